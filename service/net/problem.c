#include "net/problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/settings/scope.h"
#include "net/problem_pins.h"
#include "proto/mp.h"
#include "proto/mp_json.h"
#include "proto/rpc.h"

enum phase { CHOOSING, ORGANIZERS, CHALLENGES, REPORTS, WHOLE };

struct problem {
    struct snapshot *snapshot; /* held */
    const struct snapshot_programme *programme;
    struct settings settings;
    uint64_t seed;
    uint32_t msgid;
    bool english;
    uint32_t limit;

    enum phase phase;
    uint32_t at;         /* where the next part of the phase begins */
    uint32_t *who;       /* organizers that take part, ascending; where one stands is its row */
    uint32_t n, counted; /* of them, and those that would be without the limit */
    uint32_t *challenge; /* rows of challenges, POPULATION_NONE where one does not take part */
    uint32_t n_challenges;
    struct buf out, pins;
    size_t reports_opened;
    uint32_t report_values, progress;
};

int problem_settings(struct settings *out, const struct snapshot_programme *p, const msgpack_object *settings,
                     struct err *e)
{
    struct buf json;
    settings_default(out);
    if (p->settings_fault[0] != '\0')
        return err_set(e, ERR_INVALID, "programme %s: %s", p->name, p->settings_fault);
    int code = settings_apply_json(out, p->settings_json, e);
    if (code != 0 || settings == NULL)
        return code;
    buf_init(&json, 0);
    mp_to_json(&json, settings, false);
    code = buf_failed(&json) ? err_memory(e, "the settings") : settings_apply_json(out, buf_string(&json), e);
    buf_free(&json);
    return code;
}

static int over_limit(uint32_t n, uint32_t limit, struct err *e)
{
    return err_set(e, ERR_LIMIT, "%u organizers would take part; the limit is %u (propose-organizers)", n,
                   limit);
}

static int nobody(struct err *e)
{
    return err_set(
        e, ERR_INVALID,
        "no organizer takes part: the list is empty, or the scope of the settings takes in nobody");
}

static int by_index(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Ascending, each once. */
static void put_in_order(struct problem *p)
{
    uint32_t kept = 0;
    qsort(p->who, p->n, sizeof *p->who, by_index);
    for (uint32_t i = 0; i < p->n; i++)
        if (i == 0 || p->who[i] != p->who[i - 1])
            p->who[kept++] = p->who[i];
    p->n = p->counted = kept;
}

static int choose_listed(struct problem *p, const msgpack_object *list, struct err *e)
{
    const struct population *population = &p->snapshot->population;
    if (mp_count(list) > p->limit)
        return over_limit((uint32_t)mp_count(list), p->limit, e);
    for (size_t k = 0; k < mp_count(list); k++) {
        uint32_t i;
        int code = problem_find(p->snapshot, "organizers", mp_at(list, k), &i, e);
        if (code != 0)
            return code;
        if (!scope_has_organizer(p->settings.scope, &population->organizers[i]))
            return err_set(e, ERR_INVALID, "organizers: %s is outside the scope of the settings",
                           population->organizers[i].id);
        p->who[p->n++] = i;
    }
    put_in_order(p);
    return p->n == 0 ? nobody(e) : 0;
}

static bool takes_part(const void *context, uint32_t organizer)
{
    const struct problem *p = context;
    if (p->phase == CHOOSING) /* all within the scope will */
        return scope_has_organizer(p->settings.scope, &p->snapshot->population.organizers[organizer]);
    return bsearch(&organizer, p->who, p->n, sizeof *p->who, by_index) != NULL;
}

static void choose_challenges(struct problem *p)
{
    const struct population *population = &p->snapshot->population;
    for (uint32_t i = 0; i < population->n_challenges; i++) {
        bool has =
            scope_has_category(p->settings.scope, population->categories[population->challenges[i].category]);
        p->challenge[i] = has ? p->n_challenges++ : POPULATION_NONE;
    }
}

static int take_request(struct problem *p, const struct problem_request *r, struct err *e)
{
    int code = 0;
    if (r->organizers != NULL) {
        code = choose_listed(p, r->organizers, e);
        p->phase = ORGANIZERS;
    }
    choose_challenges(p);
    if (code == 0)
        code = problem_pins(&p->pins, p->snapshot, r->pins, p->limit, takes_part, p, e);
    return code;
}

int problem_open(struct problem **out, struct problem_request *r, struct err *e)
{
    const struct population *population = &r->snapshot->population;
    struct problem *p = *out = calloc(1, sizeof *p);
    if (p == NULL) {
        settings_free(&r->settings);
        return err_memory(e, "the proposal's problem");
    }
    *p = (struct problem){.snapshot = snapshot_hold(r->snapshot),
                          .programme = r->programme,
                          .settings = r->settings,
                          .seed = r->seed,
                          .msgid = r->msgid,
                          .english = r->english,
                          .limit = r->organizers_limit,
                          .who = malloc(((size_t)r->organizers_limit + 1) * sizeof *p->who),
                          .challenge = malloc(((size_t)population->n_challenges + 1) * sizeof *p->challenge)};
    settings_default(&r->settings);
    buf_init(&p->out, 0);
    buf_init(&p->pins, 0);
    int code = p->who == NULL || p->challenge == NULL ? err_memory(e, "the proposal's problem")
                                                      : take_request(p, r, e);
    if (code != 0) {
        problem_free(p);
        *out = NULL;
    }
    return code;
}

void problem_free(struct problem *p)
{
    if (p == NULL)
        return;
    snapshot_free(p->snapshot);
    settings_free(&p->settings);
    buf_free(&p->out);
    buf_free(&p->pins);
    free(p->who);
    free(p->challenge);
    free(p);
}

/* The end of a part that begins at `at`. */
static uint32_t part_end(uint32_t at, uint32_t part, uint32_t all)
{
    return all - at < part ? all : at + part;
}

static void enter(struct problem *p, enum phase phase)
{
    p->phase = phase;
    p->at = 0;
}

static int choose_part(struct problem *p, struct err *e)
{
    const struct population *population = &p->snapshot->population;
    uint32_t end = part_end(p->at, PROBLEM_PART_LOOK, population->n_organizers);
    for (; p->at < end; p->at++) {
        if (!scope_has_organizer(p->settings.scope, &population->organizers[p->at]))
            continue;
        if (p->counted++ < p->limit)
            p->who[p->n++] = p->at;
    }
    if (p->at < population->n_organizers)
        return 0;
    enter(p, ORGANIZERS);
    if (p->counted > p->limit)
        return over_limit(p->counted, p->limit, e);
    return p->n == 0 ? nobody(e) : 0;
}

/* The day of an organizer's latest report that is too old to count, or nil. */
static void write_last_day(struct problem *p, uint32_t organizer)
{
    const struct population *population = &p->snapshot->population;
    int64_t since = p->snapshot->today - p->settings.window_days, last = INT64_MIN;
    uint32_t end = population->report_start[organizer + 1];
    for (uint32_t k = population->report_start[organizer]; k < end; k++)
        if (population->reports[k].day < since && population->reports[k].day > last)
            last = population->reports[k].day;
    if (last == INT64_MIN)
        mp_nil(&p->out);
    else
        mp_int(&p->out, last);
}

static void write_place(struct buf *out, double degrees)
{
    if (isfinite(degrees))
        mp_double(out, degrees);
    else
        mp_nil(out);
}

static void write_organizer(struct problem *p, uint32_t organizer)
{
    const struct organizer *o = &p->snapshot->population.organizers[organizer];
    const struct snapshot_place *place = &p->programme->places[organizer];
    struct buf *out = &p->out;
    mp_array(out, 11);
    mp_text(out, o->id);
    mp_text(out, o->name);
    mp_text(out, organizer_kind_name(o->kind));
    mp_text(out, o->municipality);
    mp_text(out, o->county);
    write_place(out, o->lat);
    write_place(out, o->lon);
    mp_int(out, o->pupils);
    mp_text(out, o->attributes);
    write_last_day(p, organizer);
    mp_uint(out, place->state == PLACE_MEMBER ? p->programme->networks[place->network].number : 0);
}

static int write_head(struct problem *p, struct err *e)
{
    struct buf *out = &p->out;
    char *settings = settings_to_json(&p->settings);
    if (settings == NULL)
        return err_memory(e, "the proposal's problem");
    rpc_write_request(out, p->msgid, "propose");
    mp_array(out, 1);
    mp_map(out, 9);
    mp_key(out, "settings");
    mp_text(out, settings);
    mp_key(out, "seed");
    mp_uint(out, p->seed);
    mp_key(out, "today");
    mp_int(out, p->snapshot->today);
    mp_key(out, "language");
    mp_text(out, p->english ? "en" : "sv");
    mp_key(out, "base");
    mp_uint(out, p->programme->published_run);
    mp_key(out, "organizers");
    mp_array(out, p->n);
    free(settings);
    return 0;
}

static int write_organizers_part(struct problem *p, struct err *e)
{
    if (p->at == 0 && write_head(p, e))
        return (int)e->code;
    uint32_t end = part_end(p->at, PROBLEM_PART, p->n);
    for (; p->at < end; p->at++, p->progress++)
        write_organizer(p, p->who[p->at]);
    if (p->at == p->n)
        enter(p, CHALLENGES);
    return 0;
}

static void write_challenge(struct problem *p, const struct challenge *c)
{
    mp_array(&p->out, 4);
    mp_text(&p->out, c->code);
    mp_text(&p->out, p->snapshot->population.categories[c->category]);
    mp_text(&p->out, c->label_sv);
    mp_text(&p->out, c->label_en);
}

static void write_challenges_part(struct problem *p)
{
    const struct population *population = &p->snapshot->population;
    uint32_t end = part_end(p->at, PROBLEM_PART_ROWS, population->n_challenges);
    if (p->at == 0) {
        mp_key(&p->out, "challenges");
        mp_array(&p->out, p->n_challenges);
    }
    for (; p->at < end; p->at++)
        if (p->challenge[p->at] != POPULATION_NONE)
            write_challenge(p, &population->challenges[p->at]);
    if (p->at < population->n_challenges)
        return;
    mp_key(&p->out, "reports");
    p->reports_opened = mp_array_open(&p->out);
    enter(p, REPORTS);
}

/* Of each challenge the latest report, when that is inside the window and the scope. How many were looked at.
 */
static uint32_t write_reports_of(struct problem *p, uint32_t row)
{
    const struct population *population = &p->snapshot->population;
    int64_t since = p->snapshot->today - p->settings.window_days;
    uint32_t start = population->report_start[p->who[row]], end = population->report_start[p->who[row] + 1];
    for (uint32_t k = start; k < end; k++) {
        const struct report *one = &population->reports[k];
        bool latest = k + 1 == end || population->reports[k + 1].challenge != one->challenge;
        if (!latest || one->day < since || p->challenge[one->challenge] == POPULATION_NONE ||
            !scope_has_day(p->settings.scope, one->day))
            continue;
        mp_uint(&p->out, row);
        mp_uint(&p->out, p->challenge[one->challenge]);
        mp_uint(&p->out, one->severity);
        mp_int(&p->out, one->day);
        p->report_values += 4;
    }
    return end - start;
}

static void write_reports_part(struct problem *p)
{
    uint32_t end = part_end(p->at, PROBLEM_PART, p->n), rows = 0;
    for (; p->at < end && rows < PROBLEM_PART_ROWS; p->at++, p->progress++)
        rows += write_reports_of(p, p->at);
    if (p->at < p->n)
        return;
    mp_array_close(&p->out, p->reports_opened, p->report_values);
    mp_key(&p->out, "pins");
    mp_raw(&p->out, p->pins.data, p->pins.size);
    enter(p, WHOLE);
}

int problem_write(struct problem *p, struct err *e)
{
    int code = 0;
    if (p->phase == CHOOSING)
        code = choose_part(p, e);
    else if (p->phase == ORGANIZERS)
        code = write_organizers_part(p, e);
    else if (p->phase == CHALLENGES)
        write_challenges_part(p);
    else if (p->phase == REPORTS)
        write_reports_part(p);
    return code == 0 && buf_failed(&p->out) ? err_memory(e, "the proposal's problem") : code;
}

bool problem_is_whole(const struct problem *p)
{
    return p->phase == WHOLE;
}

struct buf *problem_bytes(struct problem *p)
{
    return &p->out;
}

uint32_t problem_progress(const struct problem *p)
{
    return p->progress;
}
