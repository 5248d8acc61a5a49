#include "core/explain/explain_pair.h"

#include <math.h>
#include <stdlib.h>

#include "core/explain/explain_parts.h"

#define TOLD 3 /* challenges in one part of a sentence */

struct pair {
    const struct population *p;
    const struct profiles *profiles;
    const struct settings *s;
    int32_t today;
    uint32_t organizer[2];
    double cosine;
    struct pair_explanation *out;
};

static uint8_t severity_of(const struct pair *pair, int side, uint32_t challenge)
{
    const struct report *r = population_latest(pair->p, pair->organizer[side], challenge, pair->today,
                                               (int32_t)pair->s->window_days);
    return r == NULL ? 0 : r->severity;
}

static void take_shared(struct pair *pair, uint32_t column, float first, float second)
{
    struct pair_explanation *x = pair->out;
    float share = (float)((double)first * second / pair->cosine);
    if (column >= pair->p->n_challenges) {
        x->categories[x->n_categories++] = (struct pair_category){column - pair->p->n_challenges, share};
        return;
    }
    x->shared[x->n_shared++] =
        (struct pair_challenge){.challenge = column,
                                .severity = {severity_of(pair, 0, column), severity_of(pair, 1, column)},
                                .weight = {first, second},
                                .share = share};
}

static void take_single(struct pair *pair, int side, uint32_t column, float weight)
{
    struct pair_explanation *x = pair->out;
    if (column >= pair->p->n_challenges)
        return;
    struct pair_challenge *c = &x->only[side][x->n_only[side]++];
    *c = (struct pair_challenge){.challenge = column};
    c->severity[side] = severity_of(pair, side, column);
    c->weight[side] = weight;
}

/* Both rows at once, by column. */
static void take_rows(struct pair *pair)
{
    const struct profiles *f = pair->profiles;
    uint32_t i = f->start[pair->organizer[0]], j = f->start[pair->organizer[1]];
    const uint32_t end_i = f->start[pair->organizer[0] + 1], end_j = f->start[pair->organizer[1] + 1];
    while (i < end_i || j < end_j) {
        uint32_t x = i < end_i ? f->column[i] : UINT32_MAX, y = j < end_j ? f->column[j] : UINT32_MAX;
        if (x == y)
            take_shared(pair, x, f->weight[i], f->weight[j]);
        else if (x < y)
            take_single(pair, 0, x, f->weight[i]);
        else
            take_single(pair, 1, y, f->weight[j]);
        i += x <= y;
        j += y <= x;
    }
}

static int heaviest_first(const void *a, const void *b)
{
    const struct pair_challenge *x = a, *y = b;
    float left = x->share + x->weight[0] + x->weight[1], right = y->share + y->weight[0] + y->weight[1];
    if (x->share != y->share)
        return x->share < y->share ? 1 : -1;
    if (left != right)
        return left < right ? 1 : -1;
    return (x->challenge > y->challenge) - (x->challenge < y->challenge);
}

static int heaviest_category_first(const void *a, const void *b)
{
    const struct pair_category *x = a, *y = b;
    if (x->share != y->share)
        return x->share < y->share ? 1 : -1;
    return (x->category > y->category) - (x->category < y->category);
}

static int rows_compare(struct pair *pair, struct err *e)
{
    struct pair_explanation *x = pair->out;
    uint32_t wide[2];
    for (int side = 0; side < 2; side++) {
        const uint32_t *start = pair->profiles->start + pair->organizer[side];
        wide[side] = start[1] - start[0];
        x->only[side] = arena_alloc(&x->memory, (wide[side] + 1u) * sizeof *x->only[side]);
    }
    x->shared = arena_alloc(&x->memory, (wide[0] + 1u) * sizeof *x->shared);
    x->categories = arena_alloc(&x->memory, (wide[0] + 1u) * sizeof *x->categories);
    if (!x->only[0] || !x->only[1] || !x->shared || !x->categories)
        return err_memory(e, "a comparison");
    take_rows(pair);
    qsort(x->shared, x->n_shared, sizeof *x->shared, heaviest_first);
    for (int side = 0; side < 2; side++)
        qsort(x->only[side], x->n_only[side], sizeof *x->only[side], heaviest_first);
    qsort(x->categories, x->n_categories, sizeof *x->categories, heaviest_category_first);
    return 0;
}

/* ---- words ---- */

/* The first few of a list. */
static void say_first(struct buf *out, const struct pair *pair, const struct pair_challenge *list, uint32_t n,
                      enum language language)
{
    uint32_t told[TOLD], n_told = 0;
    for (; n_told < n && n_told < TOLD; n_told++)
        told[n_told] = list[n_told].challenge;
    say_challenges(out, pair->p, told, n_told, SAY_SENTENCE, POPULATION_NONE, language);
}

static void say_percent(struct buf *out, double share, enum language language)
{
    buf_printf(out, "%ld %s.", lround(100 * share), in(language, "procent", "per cent"));
}

static void say_shared(struct buf *out, const struct pair *pair, enum language language)
{
    const struct pair_explanation *x = pair->out;
    double share = 0;
    for (uint32_t i = 0; i < x->n_shared && i < TOLD; i++)
        share += x->shared[i].share;
    buf_text(out, in(language, "Båda rapporterar ", "Both report "));
    say_first(out, pair, x->shared, x->n_shared, language);
    buf_printf(out, ": %ld ", lround(100 * share));
    buf_text(out, in(language, "procent av likheten, som är ", "per cent of the similarity, which is "));
    say_percent(out, x->similarity, language);
}

static void say_unlike(struct buf *out, const struct pair *pair, enum language language)
{
    if (!(pair->out->similarity > 0)) {
        buf_text(out, in(language, "De har ingenting gemensamt av det som räknas.",
                         "They have nothing in common that counts."));
        return;
    }
    buf_text(out, in(language,
                     "De delar ingen enskild utmaning, men deras utmaningar hör till samma områden: likheten "
                     "är ",
                     "They share no single challenge, but their challenges belong to the same areas: the "
                     "similarity is "));
    say_percent(out, pair->out->similarity, language);
}

static void say_alone(struct buf *out, const struct pair *pair, int side, enum language language)
{
    const struct pair_explanation *x = pair->out;
    const uint32_t *start = pair->profiles->start + pair->organizer[side];
    if (x->n_only[side] == 0 && start[0] != start[1])
        return;
    buf_printf(out, " %s", pair->p->organizers[pair->organizer[side]].name);
    if (x->n_only[side] == 0) {
        buf_text(out, in(language, " rapporterar inget som räknas.", " reports nothing that counts."));
        return;
    }
    buf_text(out, in(language, " rapporterar för sig ", " alone reports "));
    say_first(out, pair, x->only[side], x->n_only[side], language);
    if (x->n_only[side] > TOLD)
        buf_text(out, in(language, " med mera", " and more"));
    buf_text(out, ".");
}

static void say_distance(struct buf *out, const struct pair *pair, enum language language)
{
    if (!(pair->out->damping < 0.995))
        return;
    buf_text(out, in(language, " Av den likhet som finns utan hänsyn till avståndet återstår ",
                     " Of the similarity that there is without regard to distance, what remains is "));
    say_percent(out, pair->out->damping, language);
}

static const char *reason(const struct pair *pair, enum language language)
{
    struct buf text;
    buf_init(&text, 0);
    if (pair->out->n_shared > 0)
        say_shared(&text, pair, language);
    else
        say_unlike(&text, pair, language);
    if (pair->out->similarity > 0)
        say_distance(&text, pair, language);
    for (int side = 0; side < 2; side++)
        say_alone(&text, pair, side, language);
    const char *kept =
        buf_failed(&text) ? NULL : arena_text(&pair->out->memory, buf_string(&text), text.size);
    buf_free(&text);
    return kept;
}

int pair_explain(const struct population *p, const struct profiles *profiles, const struct settings *s,
                 int32_t today, uint32_t first, uint32_t second, struct pair_explanation *out, struct err *e)
{
    struct pair pair = {.p = p, .profiles = profiles, .s = s, .today = today, .organizer = {first, second}};
    *out = (struct pair_explanation){
        .similarity = profiles_similarity(profiles, first, second),
        .damping = profiles_damping(profiles, first, second),
        .distance_km = organizer_distance_km(&p->organizers[first], &p->organizers[second])};
    arena_init(&out->memory);
    pair.out = out;
    pair.cosine = profiles_cosine(profiles, first, second);
    int code = rows_compare(&pair, e);
    if (code == 0) {
        out->reason_sv = reason(&pair, LANGUAGE_SV);
        out->reason_en = reason(&pair, LANGUAGE_EN);
        code = out->reason_sv && out->reason_en ? 0 : err_memory(e, "a comparison");
    }
    if (code != 0)
        pair_free(out);
    return code;
}

void pair_free(struct pair_explanation *x)
{
    arena_free(&x->memory);
}
