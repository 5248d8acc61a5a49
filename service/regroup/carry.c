#include "regroup/carry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/similarity/neighbour_carry.h"

/* To be raised when what is kept becomes another. */
enum { FORM = 0x504e4301 };
/* So many more are kept than are wanted: where one of the list has gone, the next is known. */
enum { SPARE = 8 };
/* Of more that have changed, all neighbours are found anew; and so many in all may have changed since
 * networks were sought widely. */
static const double CHANGED_MOST = 0.2, SINCE_MOST = 0.3;
/* Nor may the mean fit have fallen by more than this share since. */
static const double FALL_MOST = 0.002;

/* ---- fingerprints ---- */

static uint64_t mix(uint64_t hash, uint64_t word)
{
    __extension__ unsigned __int128 product =
        (unsigned __int128)(hash ^ 0x9e3779b97f4a7c15u) * (word ^ 0xe7037ed1a0b428dbu);
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t mix_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    hash = mix(hash, size);
    for (; size > 0;) {
        const size_t n = size < sizeof(uint64_t) ? size : sizeof(uint64_t);
        uint64_t word = 0;
        memcpy(&word, at, n);
        hash = mix(hash, word);
        at += n;
        size -= n;
    }
    return hash;
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
    return mix_bytes(hash, text, strlen(text));
}

static uint64_t mix_place(uint64_t hash, double degrees)
{
    const double known = degrees == degrees ? degrees : 1e9;
    return mix_bytes(hash, &known, sizeof known);
}

/* Of what the organizer's profile and place are made of. A report dated after today counts as today's. */
static uint64_t fingerprint(const struct inputs *in, uint32_t organizer)
{
    const struct population *p = &in->population;
    const struct organizer *o = &p->organizers[organizer];
    uint64_t hash = mix_text(1, o->id);
    if (in->settings.geography > 0)
        hash = mix_place(mix_place(hash, o->lat), o->lon);
    for (uint32_t i = p->report_start[organizer]; i < p->report_start[organizer + 1]; i++) {
        const struct report *r = &p->reports[i];
        const int32_t day = r->day < in->today ? r->day : in->today;
        hash = mix(hash, (uint64_t)r->challenge << 8 | r->severity);
        hash = mix(hash, (uint64_t)(int64_t)day);
    }
    return hash;
}

/* Of what else similarities rest on. */
static bool conditions(const struct inputs *in, uint64_t *out)
{
    const struct population *p = &in->population;
    char *settings = settings_for_digest(&in->settings);
    uint64_t hash = mix_text(GROUP_ENGINE, PEERNET_VERSION);
    if (settings == NULL)
        return false;
    hash = mix_text(hash, settings);
    free(settings);
    for (uint32_t c = 0; c < p->n_challenges; c++)
        hash = mix_text(mix_text(hash, p->challenges[c].code), p->categories[p->challenges[c].category]);
    *out = hash;
    return true;
}

bool carry_suits(const struct inputs *in)
{
    const struct settings *s = &in->settings;
    const uint32_t n = in->population.n_organizers;
    return in->carry.wanted && s->carry_from > 0 && n >= (uint64_t)s->carry_from &&
           (n <= NEIGHBOUR_EXACT_MOST || s->probes == 0) && s->geography < 1;
}

/* ---- keeping ---- */

struct head {
    uint64_t conditions;
    double since, fit, mean_fit; /* mean_fit: of the run itself */
    uint32_t form, rows, challenges, most;
};

static void keep_number(struct buf *out, uint32_t n)
{
    uint8_t bytes[5];
    size_t used = 0;
    for (; n >= 0x80; n >>= 7)
        bytes[used++] = (uint8_t)(n | 0x80);
    bytes[used++] = (uint8_t)n;
    buf_append(out, bytes, used);
}

static int row_compare(const void *a_, const void *b_)
{
    const uint32_t *a = a_, *b = b_;
    return (*a > *b) - (*a < *b);
}

/* How many, then who: ascending, as differences. */
static void keep_list(struct buf *out, const struct neighbour *list, uint32_t n, uint32_t *room)
{
    uint32_t before = 0;
    for (uint32_t i = 0; i < n; i++)
        room[i] = list[i].row;
    qsort(room, n, sizeof *room, row_compare);
    keep_number(out, n);
    for (uint32_t i = 0; i < n; i++) {
        keep_number(out, room[i] - before);
        before = room[i];
    }
}

void carry_keep(const struct inputs *in, const struct profiles *p, const struct neighbour_lists *lists,
                const struct carried *carried, double mean_fit, struct buf *out)
{
    const uint32_t n = lists->n, challenges = in->population.n_challenges;
    struct head head = {.since = carried->since,
                        .fit = carried->fit,
                        .mean_fit = mean_fit,
                        .form = FORM,
                        .rows = n,
                        .challenges = challenges,
                        .most = (uint32_t)lists->most};
    uint32_t *room = malloc((lists->most + 1) * sizeof *room);
    const size_t from = out->size;
    out->failed |= room == NULL || !conditions(in, &head.conditions);
    buf_append(out, &head, sizeof head);
    buf_append(out, p->rarity, challenges * sizeof *p->rarity);
    for (uint32_t row = 0; row < n; row++) {
        const uint64_t print = fingerprint(in, row);
        buf_append(out, &print, sizeof print);
    }
    buf_append(out, lists->beyond, n * sizeof *lists->beyond);
    for (uint32_t row = 0; room != NULL && row < n; row++)
        keep_list(out, lists->all + lists->start[row], (uint32_t)(lists->start[row + 1] - lists->start[row]),
                  room);
    free(room);
    if (buf_failed(out))
        return;
    const uint64_t all = mix_bytes(2, out->data + from, out->size - from);
    buf_append(out, &all, sizeof all);
}

/* ---- what was kept ---- */

struct kept {
    struct head head;
    const uint8_t *rarity, *prints, *beyond, *lists, *end;
};

/* False: it is not of this program, or damaged. */
static bool kept_open(struct kept *k, const struct buf *bytes)
{
    uint64_t all;
    if (bytes->size < sizeof k->head + sizeof all)
        return false;
    const uint8_t *at = bytes->data, *end = bytes->data + bytes->size - sizeof all;
    memcpy(&k->head, at, sizeof k->head);
    memcpy(&all, end, sizeof all);
    at += sizeof k->head;
    const size_t row = sizeof(uint64_t) + sizeof(float);
    if (k->head.form != FORM || all != mix_bytes(2, bytes->data, (size_t)(end - bytes->data)) ||
        (size_t)(end - at) < k->head.challenges * sizeof(double) + k->head.rows * row)
        return false;
    k->rarity = at;
    k->prints = k->rarity + k->head.challenges * sizeof(double);
    k->beyond = k->prints + k->head.rows * sizeof(uint64_t);
    k->lists = k->beyond + k->head.rows * sizeof(float);
    k->end = end;
    return true;
}

static bool take_number(struct kept *k, uint32_t *out)
{
    *out = 0;
    for (int shift = 0; k->lists < k->end && shift < 32; shift += 7) {
        const uint8_t byte = *k->lists++;
        *out |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

struct known {
    uint64_t print;
    uint32_t row;
};

static int known_compare(const void *a_, const void *b_)
{
    const struct known *a = a_, *b = b_;
    return (a->print > b->print) - (a->print < b->print);
}

/* The past by rows of the present. */
struct past {
    size_t *start;
    uint32_t *row, *now; /* now: by row of then, POPULATION_NONE = gone or changed */
    float *beyond, *drift;
    double *ratio; /* by challenge: how much rarer it was then */
    struct known *known;
};

static void past_free(struct past *past)
{
    free(past->start);
    free(past->row);
    free(past->now);
    free(past->beyond);
    free(past->drift);
    free(past->ratio);
    free(past->known);
}

static int past_open(struct past *past, const struct kept *k, uint32_t n, struct err *e)
{
    *past = (struct past){.start = calloc(n + (size_t)1, sizeof *past->start),
                          .row = malloc(((size_t)k->head.rows * k->head.most + 1) * sizeof *past->row),
                          .now = malloc((k->head.rows + (size_t)1) * sizeof *past->now),
                          .beyond = calloc(n + (size_t)1, sizeof *past->beyond),
                          .drift = malloc((n + (size_t)1) * sizeof *past->drift),
                          .ratio = malloc((k->head.challenges + (size_t)1) * sizeof *past->ratio),
                          .known = malloc((n + (size_t)1) * sizeof *past->known)};
    bool all =
        past->start && past->row && past->now && past->beyond && past->drift && past->ratio && past->known;
    return all ? ERR_OK : err_memory(e, "the neighbours of an earlier run");
}

/* Who is the same as then; how many are not, there and here. */
static uint32_t match(struct past *past, const struct kept *k, const struct inputs *in)
{
    const uint32_t n = in->population.n_organizers;
    uint32_t same = 0;
    for (uint32_t row = 0; row < n; row++) {
        past->known[row] = (struct known){fingerprint(in, row), row};
        past->drift[row] = INFINITY;
    }
    qsort(past->known, n, sizeof *past->known, known_compare);
    for (uint32_t then = 0; then < k->head.rows; then++) {
        struct known key = {0};
        memcpy(&key.print, k->prints + then * sizeof key.print, sizeof key.print);
        const struct known *found = bsearch(&key, past->known, n, sizeof key, known_compare);
        past->now[then] = found == NULL ? POPULATION_NONE : found->row;
        if (found != NULL)
            memcpy(&past->beyond[found->row], k->beyond + then * sizeof(float), sizeof(float));
        same += found != NULL;
    }
    return n > k->head.rows ? n - same : k->head.rows - same;
}

/* The lists of those who are the same, of such. Organizers are in the order of their ids, then as now. False:
 * damaged. */
static bool take_lists(struct past *past, struct kept *k, uint32_t n)
{
    size_t used = 0;
    uint32_t next = 0;
    for (uint32_t then = 0; then < k->head.rows; then++) {
        uint32_t count, other = 0, step;
        const uint32_t row = past->now[then];
        if (!take_number(k, &count) || count > k->head.most || (row != POPULATION_NONE && row < next))
            return false;
        for (; row != POPULATION_NONE && next <= row; next++)
            past->start[next] = used;
        for (uint32_t i = 0; i < count; i++) {
            if (!take_number(k, &step) || step >= k->head.rows - other)
                return false;
            other += step;
            if (row != POPULATION_NONE && past->now[other] != POPULATION_NONE)
                past->row[used++] = past->now[other];
        }
    }
    for (; next <= n; next++)
        past->start[next] = used;
    return k->lists == k->end;
}

/* How far the profile has moved because challenges have become rarer or commoner: its own of then is what it
 * is now with the weights of then. */
static double drift_of(const struct past *past, const struct inputs *in, const struct profiles *p,
                       uint32_t row, double *then)
{
    const uint32_t challenges = in->population.n_challenges;
    const uint32_t start = p->start[row], end = p->start[row + 1];
    double square = 0, apart = 0;
    for (uint32_t i = start; i < end && p->column[i] < challenges; i++) {
        const uint32_t c = p->column[i], category = challenges + in->population.challenges[c].category;
        then[c] = (double)p->weight[i] * past->ratio[c];
        then[category] += p->category_share * then[c];
    }
    for (uint32_t i = start; i < end; i++)
        square += then[p->column[i]] * then[p->column[i]];
    for (uint32_t i = start; i < end; i++) {
        const double moved = (double)p->weight[i] - then[p->column[i]] / sqrt(square);
        apart += moved * moved;
    }
    for (uint32_t i = start; i < end && p->column[i] < challenges; i++)
        then[p->column[i]] = then[challenges + in->population.challenges[p->column[i]].category] = 0;
    return sqrt(apart);
}

static int find_drift(struct past *past, const struct kept *k, const struct inputs *in,
                      const struct profiles *p, struct err *e)
{
    double *then = calloc(p->columns + (size_t)1, sizeof *then);
    if (then == NULL)
        return err_memory(e, "the neighbours of an earlier run");
    for (uint32_t c = 0; c < k->head.challenges; c++) {
        double rarity;
        memcpy(&rarity, k->rarity + c * sizeof rarity, sizeof rarity);
        past->ratio[c] = p->rarity[c] > 0 ? rarity / p->rarity[c] : 0;
    }
    for (uint32_t i = 0; i < k->head.rows; i++)
        if (past->now[i] != POPULATION_NONE)
            past->drift[past->now[i]] = (float)drift_of(past, in, p, past->now[i], then) * 1.0001F;
    free(then);
    return ERR_OK;
}

/* ERR_LIMIT: not from what was kept. */
static int lists_from(struct kept *k, const struct inputs *in, const struct profiles *p, size_t most,
                      uint32_t threads, struct neighbour_lists *out, struct carried *carried, struct err *e)
{
    const uint32_t n = in->population.n_organizers, changed_most = (uint32_t)(CHANGED_MOST * n);
    struct past past;
    int code = past_open(&past, k, n, e);
    if (code == ERR_OK) {
        carried->changed = match(&past, k, in);
        if (carried->changed > changed_most || !take_lists(&past, k, n))
            code = ERR_LIMIT; /* nobody is told: all is found anew */
    }
    if (code == ERR_OK)
        code = find_drift(&past, k, in, p, e);
    if (code == ERR_OK) {
        const struct neighbour_past then = {past.start, past.row, past.beyond, past.drift};
        code = neighbour_lists_carry(p, &then, (size_t)in->settings.neighbours, most, changed_most, threads,
                                     out, &carried->asked, e);
    }
    past_free(&past);
    return code;
}

static bool kept_fits(struct kept *k, const struct inputs *in, size_t most)
{
    uint64_t now;
    return in->carry.run > 0 && kept_open(k, &in->carry.kept) && conditions(in, &now) &&
           k->head.conditions == now && k->head.challenges == in->population.n_challenges &&
           k->head.most <= most;
}

int carry_find(const struct inputs *in, const struct profiles *p, uint32_t threads,
               struct neighbour_lists *out, struct carried *carried, struct err *e)
{
    struct kept k;
    struct err none = ERR_INIT;
    const size_t most = (size_t)in->settings.neighbours + SPARE;
    int code = ERR_LIMIT;
    *carried = (struct carried){0};
    if (kept_fits(&k, in, most))
        code = lists_from(&k, in, p, most, threads, out, carried, &none);
    if (code == ERR_OK) {
        carried->run = in->carry.run;
        carried->since = k.head.since + (double)carried->changed / in->population.n_organizers;
        carried->fit = k.head.fit;
        carried->networks = in->carry.run == in->base.run && in->settings.stability > 0 &&
                            carried->since <= SINCE_MOST && k.head.mean_fit >= k.head.fit * (1 - FALL_MOST);
        return ERR_OK;
    }
    *carried = (struct carried){0};
    if (code != ERR_LIMIT)
        return err_set(e, (enum err_code)code, "%s", none.text);
    return neighbour_lists_build(p, most, 0, threads, out, e);
}
