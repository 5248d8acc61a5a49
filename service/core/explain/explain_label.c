/* Labels: what a network is about, in a few words, and no two networks of a run with the same ones. Where the
 * challenges do not tell networks apart, more about them is added until it does: another shared challenge,
 * how severe, which kind of organizers, which county, of what size, in which municipalities; the number only
 * when nothing else is left. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/explain/explain_parts.h"

#define TOLD_MOST 3
#define CLASHES_MOST 40 /* more networks of one label are not told apart by their places */
#define BROAD_LEAST 3   /* so many telling challenges that a label does not name are counted in it */
#define LABEL_BYTES 110 /* a label of several challenges is kept below this by naming fewer */

struct labels {
    const struct facts *f;
    struct explanation *out;
    struct heading *headings; /* by network */
    struct clash {
        uint64_t hash;
        uint32_t network;
    } * clashes;
    uint64_t *hash[LANGUAGE_COUNT]; /* by network: of its label as it is now */
    uint32_t *value;                /* by network: what the stage at hand adds, 0 = nothing */
    int32_t *pupils;
    struct places places;
    bool bare; /* labels without the number of challenges that they do not name */
    struct buf text;
};

/* ---- which challenges ---- */

static size_t list_bytes(const struct facts *f, const uint32_t *told, uint32_t n)
{
    struct buf text;
    size_t most = 0;
    buf_init(&text, 0);
    for (enum language language = LANGUAGE_SV; language < LANGUAGE_COUNT; language++) {
        buf_clear(&text);
        say_challenges(&text, f->p, told, n, SAY_HEADING, POPULATION_NONE, language);
        most = text.size > most ? text.size : most;
    }
    buf_free(&text);
    return most;
}

static bool is_telling(const struct network_reasons *network, uint32_t i)
{
    return network->shared[i].share >= 0.5f && network->shared[i].share >= 0.7f * network->shared[0].share;
}

/* Most telling first: one to three, none where nothing is shared. */
static uint32_t network_told(const struct facts *f, const struct network_reasons *network,
                             uint32_t told[TOLD_MOST])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < network->n_shared && n < TOLD_MOST; i++) {
        if (n == 0 || is_telling(network, i))
            told[n++] = network->shared[i].challenge;
    }
    while (n > 1 && list_bytes(f, told, n) > LABEL_BYTES)
        n--;
    return n;
}

static void heading_insert(struct heading *h, uint32_t challenge)
{
    uint32_t at = h->n++;
    for (; at > 0 && h->challenges[at - 1] > challenge; at--)
        h->challenges[at] = h->challenges[at - 1];
    h->challenges[at] = challenge;
}

static bool heading_has(const struct heading *h, uint32_t challenge)
{
    for (uint32_t i = 0; i < h->n; i++)
        if (h->challenges[i] == challenge)
            return true;
    return false;
}

/* ---- what else tells networks apart: a value for each stage, 0 where there is nothing to say ---- */

/* The next shared challenge that the label does not name yet, plus one. */
static uint32_t another_challenge(const struct labels *l, uint32_t network)
{
    const struct network_reasons *n = &l->out->networks[network];
    const struct heading *h = &l->headings[network];
    for (uint32_t i = 0; h->n > 0 && h->n < SAY_MOST && i < n->n_shared; i++)
        if (n->shared[i].share >= 0.5f && !heading_has(h, n->shared[i].challenge))
            return n->shared[i].challenge + 1;
    return 0;
}

/* 1: milder, 2: more severe than usual; of the challenges in the label. */
static uint32_t severity_word(const struct labels *l, uint32_t network)
{
    const struct facts *f = l->f;
    double sum = 0, n = 0;
    for (uint32_t m = f->member_start[network]; m < f->member_start[network + 1]; m++) {
        for (uint32_t i = f->counted_start[f->member[m]]; i < f->counted_start[f->member[m] + 1]; i++) {
            if (!heading_has(&l->headings[network], f->counted[i].challenge))
                continue;
            sum += f->counted[i].severity;
            n++;
        }
    }
    if (n == 0 || fabs(sum / n - f->mean_severity) < 0.5)
        return 0;
    return sum / n < f->mean_severity ? 1 : 2;
}

/* The kind that three of four members are of, plus one. */
static uint32_t dominating_kind(const struct facts *f, uint32_t network)
{
    uint32_t count[KIND_COUNT] = {0};
    for (uint32_t m = f->member_start[network]; m < f->member_start[network + 1]; m++)
        count[f->p->organizers[f->member[m]].kind]++;
    for (uint32_t kind = 0; kind < KIND_COUNT; kind++)
        if (4 * count[kind] >= 3 * network_size(f, network))
            return kind + 1;
    return 0;
}

/* A member from the county where more than half of them are, plus one: found by letting counties vote each
 * other out. */
static uint32_t dominating_county(const struct facts *f, uint32_t network)
{
    const struct organizer *o = f->p->organizers;
    uint32_t votes = 0, candidate = 0, count = 0;
    for (uint32_t m = f->member_start[network]; m < f->member_start[network + 1]; m++) {
        if (votes == 0)
            candidate = f->member[m];
        votes += strcmp(o[f->member[m]].county, o[candidate].county) == 0 ? 1 : UINT32_MAX;
    }
    for (uint32_t m = f->member_start[network]; m < f->member_start[network + 1]; m++)
        count += strcmp(o[f->member[m]].county, o[candidate].county) == 0;
    return o[candidate].county[0] != '\0' && 2 * count > network_size(f, network) ? candidate + 1 : 0;
}

/* 1: half as large as usual or smaller, 2: twice or larger; by the median number of pupils. */
static uint32_t size_word(const struct labels *l, uint32_t network)
{
    const struct facts *f = l->f;
    size_t n = 0;
    for (uint32_t m = f->member_start[network]; m < f->member_start[network + 1]; m++)
        if (f->p->organizers[f->member[m]].pupils >= 0)
            l->pupils[n++] = f->p->organizers[f->member[m]].pupils;
    if (2 * n < network_size(f, network) || n == 0)
        return 0;
    double median = pupils_median(l->pupils, n);
    return 2 * median <= f->median_pupils ? 1 : median >= 2 * f->median_pupils ? 2 : 0;
}

/* A mark of the municipalities that were chosen for it; equal for the same ones. */
static uint32_t places_mark(const struct heading *h)
{
    uint32_t mark = 0;
    for (uint32_t i = 0; i < h->n_places; i++)
        mark = mark * 65599 + h->places[i] + 1;
    return h->n_places > 0 && mark == 0 ? 1 : mark;
}

static uint32_t stage_value(const struct labels *l, enum stage stage, uint32_t network)
{
    if (network_size(l->f, network) == 0)
        return stage == STAGE_NUMBER;
    switch (stage) {
    case STAGE_CHALLENGE:
    case STAGE_CHALLENGE_AGAIN:
        return another_challenge(l, network);
    case STAGE_SEVERITY:
        return severity_word(l, network);
    case STAGE_KIND:
        return dominating_kind(l->f, network);
    case STAGE_COUNTY:
        return dominating_county(l->f, network);
    case STAGE_SIZE:
        return size_word(l, network);
    case STAGE_PLACES:
        return places_mark(&l->headings[network]);
    case STAGE_NUMBER:
    case STAGE_COUNT:
        break;
    }
    return 1;
}

static bool same_value(const struct labels *l, enum stage stage, uint32_t a, uint32_t b)
{
    if (stage != STAGE_COUNTY || a == 0 || b == 0)
        return a == b && stage != STAGE_NUMBER;
    return strcmp(l->f->p->organizers[a - 1].county, l->f->p->organizers[b - 1].county) == 0;
}

/* ---- saying it ---- */

/* A network of twenty challenges is not about three of them. */
static uint32_t count_more(const struct labels *l, uint32_t network)
{
    const struct network_reasons *r = &l->out->networks[network];
    uint32_t more = 0;
    for (uint32_t i = 0; i < r->n_shared && l->headings[network].n > 0 && !l->bare; i++)
        more += is_telling(r, i) && !heading_has(&l->headings[network], r->shared[i].challenge);
    return more >= BROAD_LEAST ? more : 0;
}

static void say_places(struct buf *out, const struct labels *l, uint32_t network, enum language language)
{
    const struct heading *h = &l->headings[network];
    buf_text(out, in(language, "bland annat i ", "in "));
    say_names(out, l->f->p, h->places, h->n_places, language);
    buf_text(out, in(language, "", " among others"));
}

static void say_stage(struct buf *out, const struct labels *l, enum stage stage, uint32_t network,
                      enum language language)
{
    const uint32_t value = l->headings[network].added[stage];
    static const char *const kinds[KIND_COUNT][LANGUAGE_COUNT] = {
        [KIND_MUNICIPAL] = {"kommunala huvudmän", "municipal organizers"},
        [KIND_INDEPENDENT] = {"enskilda huvudmän", "independent organizers"},
        [KIND_REGIONAL] = {"regionala huvudmän", "regional organizers"},
        [KIND_STATE] = {"statliga huvudmän", "state organizers"},
    };
    if (stage == STAGE_SEVERITY && value == 1)
        buf_text(out, in(language, "lindrigare än vanligt", "milder than usual"));
    else if (stage == STAGE_SEVERITY)
        buf_text(out, in(language, "allvarligare än vanligt", "more severe than usual"));
    else if (stage == STAGE_KIND)
        buf_text(out, kinds[value - 1][language]);
    else if (stage == STAGE_COUNTY)
        say_county(out, l->f->p->organizers[value - 1].county, language);
    else if (stage == STAGE_SIZE && value == 1)
        buf_text(out, in(language, "mindre huvudmän", "smaller organizers"));
    else if (stage == STAGE_SIZE)
        buf_text(out, in(language, "större huvudmän", "larger organizers"));
    else if (stage == STAGE_PLACES)
        say_places(out, l, network, language);
}

static void say_label(struct buf *out, const struct labels *l, uint32_t network, enum language language)
{
    const struct heading *h = &l->headings[network];
    bool first = true;
    if (h->n == 0)
        buf_text(out, in(language, "Blandade utmaningar", "Mixed challenges"));
    say_heading(out, l->f->p, h->challenges, h->n, count_more(l, network), language);
    for (enum stage stage = STAGE_SEVERITY; stage < STAGE_NUMBER; stage++) {
        if (h->added[stage] == 0)
            continue;
        buf_text(out, first ? " – " : ", ");
        say_stage(out, l, stage, network, language);
        first = false;
    }
    if (h->added[STAGE_NUMBER] > 0)
        buf_printf(out, " (%s %u)", in(language, "nätverk", "network"), l->f->numbers[network]);
}

static int write_labels(struct labels *l, uint32_t network, struct err *e)
{
    const char *labels[LANGUAGE_COUNT];
    for (enum language language = LANGUAGE_SV; language < LANGUAGE_COUNT; language++) {
        buf_clear(&l->text);
        say_label(&l->text, l, network, language);
        const char *text = buf_string(&l->text);
        labels[language] = buf_failed(&l->text) ? NULL : arena_text(&l->out->memory, text, l->text.size);
        if (labels[language] == NULL)
            return err_memory(e, "labels");
    }
    l->out->networks[network].label_sv = labels[LANGUAGE_SV];
    l->out->networks[network].label_en = labels[LANGUAGE_EN];
    return 0;
}

/* ---- clashes ---- */

static uint64_t text_hash(const char *text)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (; *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * 0x100000001b3u;
    return h;
}

static int clash_compare(const void *a, const void *b)
{
    const struct clash *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->network > y->network) - (x->network < y->network);
}

/* The municipalities looked at of each network of a clash. */
struct looked_at {
    uint32_t places[CLASHES_MOST][PLACES_LOOKED_AT], n[CLASHES_MOST];
};

static bool is_named_once(const struct looked_at *seen, size_t n, uint32_t place)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < seen->n[i]; k++)
            count += seen->places[i][k] == place;
    return count == 1;
}

/* The municipalities that none of the others names; where there is none such, nothing. What a network was
 * given for its label in the other language stays. */
static void choose_places(const struct labels *l, const struct clash *run, size_t n)
{
    struct looked_at seen;
    if (n > CLASHES_MOST)
        return;
    for (size_t i = 0; i < n; i++)
        seen.n[i] = places_of(l->f, &l->places, run[i].network, seen.places[i]);
    for (size_t i = 0; i < n; i++) {
        struct heading *h = &l->headings[run[i].network];
        if (l->value[run[i].network] != 0)
            continue;
        h->n_places = 0;
        for (uint32_t k = 0; k < seen.n[i] && h->n_places < PLACES_SAID; k++)
            if (is_named_once(&seen, n, seen.places[i][k]))
                h->places[h->n_places++] = seen.places[i][k];
    }
}

/* Networks of one label: each gets what the stage says of it, unless that is the same for all. */
static void part_clash(struct labels *l, enum stage stage, const struct clash *run, size_t n)
{
    if (stage == STAGE_PLACES)
        choose_places(l, run, n);
    const uint32_t first = stage_value(l, stage, run[0].network);
    bool differs = false;
    for (size_t i = 1; i < n && !differs; i++)
        differs = !same_value(l, stage, first, stage_value(l, stage, run[i].network));
    for (size_t i = 0; differs && i < n; i++)
        l->value[run[i].network] = stage_value(l, stage, run[i].network);
}

/* Of the label without the number of further challenges: a number more or less tells nobody apart. */
static int hash_labels(struct labels *l, uint32_t network, struct err *e)
{
    l->bare = true;
    for (enum language language = LANGUAGE_SV; language < LANGUAGE_COUNT; language++) {
        buf_clear(&l->text);
        say_label(&l->text, l, network, language);
        l->hash[language][network] = text_hash(buf_string(&l->text));
        if (buf_failed(&l->text))
            return err_memory(e, "labels");
    }
    l->bare = false;
    return 0;
}

/* Finds labels that several networks have in this language. */
static void part_clashes(struct labels *l, enum stage stage, enum language language)
{
    const uint32_t n = l->f->n_networks;
    for (uint32_t network = 0; network < n; network++)
        l->clashes[network] = (struct clash){l->hash[language][network], network};
    qsort(l->clashes, n, sizeof *l->clashes, clash_compare);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && l->clashes[to].hash == l->clashes[from].hash;)
            to++;
        if (to - from > 1)
            part_clash(l, stage, l->clashes + from, to - from);
    }
}

static int run_stage(struct labels *l, enum stage stage, struct err *e)
{
    const uint32_t n = l->f->n_networks;
    int code = 0;
    memset(l->value, 0, n * sizeof *l->value);
    for (enum language language = LANGUAGE_SV; language < LANGUAGE_COUNT; language++)
        part_clashes(l, stage, language);
    for (uint32_t network = 0; network < n && code == 0; network++) {
        if (l->value[network] == 0)
            continue;
        l->headings[network].added[stage] = l->value[network];
        if (stage <= STAGE_CHALLENGE_AGAIN)
            heading_insert(&l->headings[network], l->value[network] - 1);
        code = hash_labels(l, network, e);
    }
    return code;
}

static int first_labels(struct labels *l, struct err *e)
{
    int code = 0;
    for (uint32_t network = 0; network < l->f->n_networks && code == 0; network++) {
        uint32_t told[TOLD_MOST], n = network_told(l->f, &l->out->networks[network], told);
        for (uint32_t i = 0; i < n; i++)
            heading_insert(&l->headings[network], told[i]);
        code = hash_labels(l, network, e);
    }
    return code;
}

static int open_hashes(struct labels *l, struct err *e)
{
    for (enum language language = LANGUAGE_SV; language < LANGUAGE_COUNT; language++) {
        l->hash[language] = malloc((l->f->n_networks + (size_t)1) * sizeof *l->hash[language]);
        if (l->hash[language] == NULL)
            return err_memory(e, "labels");
    }
    return 0;
}

int labels_make(const struct facts *f, struct explanation *out, struct heading *headings, struct err *e)
{
    struct labels l = {.f = f, .out = out, .headings = headings};
    buf_init(&l.text, 0);
    l.clashes = malloc((f->n_networks + (size_t)1) * sizeof *l.clashes);
    l.value = malloc((f->n_networks + (size_t)1) * sizeof *l.value);
    l.pupils = malloc((f->p->n_organizers + (size_t)1) * sizeof *l.pupils);
    int code = places_open(&l.places, f->p, e);
    if (code == 0)
        code = open_hashes(&l, e);
    if (code == 0)
        code = l.clashes && l.value && l.pupils ? first_labels(&l, e) : err_memory(e, "labels");
    for (enum stage stage = STAGE_CHALLENGE; code == 0 && stage < STAGE_COUNT; stage++)
        code = run_stage(&l, stage, e);
    for (uint32_t network = 0; code == 0 && network < f->n_networks; network++)
        code = write_labels(&l, network, e);
    for (enum language language = LANGUAGE_SV; language < LANGUAGE_COUNT; language++)
        free(l.hash[language]);
    free(l.clashes);
    free(l.value);
    free(l.pupils);
    places_free(&l.places);
    buf_free(&l.text);
    return code;
}
