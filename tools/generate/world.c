#include "generate/world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate/random.h"

enum random_kind { FOR_THEME = 1, FOR_ORGANIZER, FOR_REPORTS, FOR_LEANING };

#define MUNICIPAL_SHARE (290.0 / 2800.0)

/* Cumulative shares of n things whose weight falls as 1 / (rank ^ exponent); the caller frees. */
static double *zipf(uint32_t n, double exponent)
{
    double *cumulative = malloc(n * sizeof *cumulative);
    double total = 0;
    if (cumulative == NULL)
        return NULL;
    for (uint32_t i = 0; i < n; i++)
        cumulative[i] = total += pow(i + 1.0, -exponent);
    for (uint32_t i = 0; i < n; i++)
        cumulative[i] /= total;
    return cumulative;
}

static double *by_pupils(void)
{
    double *cumulative = malloc(place_count * sizeof *cumulative);
    double total = 0;
    if (cumulative == NULL)
        return NULL;
    for (size_t i = 0; i < place_count; i++)
        cumulative[i] = total += places[i].pupils;
    for (size_t i = 0; i < place_count; i++)
        cumulative[i] /= total;
    return cumulative;
}

/* The first index whose cumulative share exceeds a random number. */
static uint32_t draw(const double *cumulative, uint32_t n, struct random *r)
{
    double x = random_real(r);
    uint32_t low = 0, high = n - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (cumulative[middle] > x)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static bool has(const uint32_t *list, uint32_t n, uint32_t value)
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i] == value)
            return true;
    return false;
}

/* Popular challenges are spread over the catalogue (not its first ones) by a step that visits each once. */
static uint32_t popular(const struct world *w, struct random *r)
{
    uint32_t n = w->options.challenges;
    uint64_t step = 7919; /* a prime: coprime with every n that it does not divide */
    if (n % step == 0)
        step = 1;
    return (uint32_t)(draw(w->challenge_popularity, n, r) * step % n);
}

static void make_theme(struct world *w, uint32_t index)
{
    struct random r = random_for(w->options.seed, FOR_THEME, index);
    struct theme *t = &w->themes[index];
    uint32_t wanted = 5 + random_below(&r, 5);
    if (wanted > w->options.challenges)
        wanted = w->options.challenges;
    while (t->n_core < wanted) {
        uint32_t challenge = popular(w, &r);
        if (!has(t->core, t->n_core, challenge))
            t->core[t->n_core++] = challenge;
    }
    t->severity = 2 + 2 * random_real(&r);
}

bool world_init(struct world *w, const struct world_options *options)
{
    *w = (struct world){.options = *options};
    w->themes = calloc(options->themes, sizeof *w->themes);
    w->challenge_popularity = zipf(options->challenges, 0.6);
    w->theme_popularity = zipf(options->themes, 0.5);
    w->place_popularity = by_pupils();
    if (w->themes == NULL || w->challenge_popularity == NULL || w->theme_popularity == NULL ||
        w->place_popularity == NULL) {
        world_free(w);
        return false;
    }
    for (uint32_t i = 0; i < options->themes; i++)
        make_theme(w, i);
    return true;
}

void world_free(struct world *w)
{
    free(w->themes);
    free(w->challenge_popularity);
    free(w->theme_popularity);
    free(w->place_popularity);
    *w = (struct world){0};
}

/* Municipal organizers come evenly spaced, so that any beginning of the population has its share of them. */
static bool is_municipal(uint32_t index, uint32_t *rank)
{
    uint32_t before = (uint32_t)ceil(index * MUNICIPAL_SHARE);
    uint32_t after = (uint32_t)ceil((index + 1.0) * MUNICIPAL_SHARE);
    *rank = before;
    return after > before;
}

void world_organizer(const struct world *w, uint32_t index, struct made_organizer *out)
{
    struct random r = random_for(w->options.seed, FOR_ORGANIZER, index);
    uint32_t rank;
    memset(out, 0, sizeof *out);
    snprintf(out->id, sizeof out->id, "90%08u", index);
    bool municipal = is_municipal(index, &rank);
    size_t place = municipal ? rank % place_count : draw(w->place_popularity, (uint32_t)place_count, &r);
    out->place = &places[place];
    out->lat = out->place->lat + 0.03 * random_normal(&r);
    out->lon = out->place->lon + 0.05 * random_normal(&r);
    double chance = random_real(&r);
    if (municipal) {
        out->kind = "municipal";
        out->pupils = (int32_t)(out->place->pupils * (0.9 + 0.2 * random_real(&r)));
        out->forms = "preschool;compulsory;upper-secondary";
        snprintf(out->name, sizeof out->name, "%s (%u)", out->place->name, index + 1);
        return;
    }
    out->pupils = (int32_t)exp(4.6 + 0.9 * random_normal(&r));
    out->kind = chance < 0.01 ? "regional" : chance < 0.015 ? "state" : "independent";
    out->forms = chance < 0.015  ? "upper-secondary"
                 : chance < 0.45 ? "preschool"
                 : chance < 0.6  ? "preschool;compulsory"
                 : chance < 0.85 ? "compulsory"
                                 : "upper-secondary";
    snprintf(out->name, sizeof out->name, "%s %u, %s",
             chance < 0.01    ? "Regionala skolan"
             : chance < 0.015 ? "Statliga skolan"
                              : "Friskolan",
             index + 1, out->place->name);
}

struct leaning {
    uint32_t main, second; /* second = UINT32_MAX: none */
    double shift;          /* of severity */
    bool silent;
};

/* What an organizer struggles with in a round: drift between rounds is a walk from the first round on. */
static struct leaning leaning_in(const struct world *w, uint32_t organizer, uint32_t round)
{
    struct random r = random_for(w->options.seed, FOR_LEANING, organizer);
    struct leaning l = {.second = UINT32_MAX};
    l.silent = random_real(&r) < w->options.silent;
    l.shift = 0.6 * random_normal(&r);
    l.main = draw(w->theme_popularity, w->options.themes, &r);
    if (random_real(&r) < 1.0 / 3)
        l.second = draw(w->theme_popularity, w->options.themes, &r);
    for (uint32_t i = 0; i < round; i++) {
        bool moves = random_real(&r) < w->options.drift;
        uint32_t theme = draw(w->theme_popularity, w->options.themes, &r);
        if (moves)
            l.main = theme;
    }
    return l;
}

static size_t add(struct made_report *out, size_t n, uint32_t challenge, int32_t day, double severity)
{
    for (size_t i = 0; i < n; i++)
        if (out[i].challenge == challenge)
            return n;
    if (n == REPORTS_MOST)
        return n;
    double whole = floor(severity + 0.5);
    out[n] = (struct made_report){challenge, day, (uint8_t)(whole < 1 ? 1 : whole > 5 ? 5 : whole)};
    return n + 1;
}

static int by_challenge(const void *a, const void *b)
{
    const struct made_report *x = a, *y = b;
    return x->challenge < y->challenge ? -1 : x->challenge > y->challenge;
}

static size_t add_theme(const struct world *w, struct random *r, const struct leaning *l, uint32_t theme,
                        double probability, int32_t day, struct made_report *out, size_t n)
{
    const struct theme *t = &w->themes[theme];
    for (uint32_t i = 0; i < t->n_core; i++) {
        double chance = random_real(r);
        double severity = t->severity + l->shift + 0.8 * random_normal(r);
        if (chance < probability)
            n = add(out, n, t->core[i], day, severity);
    }
    return n;
}

size_t world_reports(const struct world *w, uint32_t organizer, uint32_t round,
                     struct made_report out[REPORTS_MOST])
{
    struct random r = random_for(w->options.seed, FOR_REPORTS + 16 * (uint64_t)round, organizer);
    struct leaning l = leaning_in(w, organizer, round);
    int32_t day =
        w->options.last_day - 365 * (int32_t)(w->options.rounds - 1 - round) - (int32_t)random_below(&r, 60);
    size_t n = 0;
    if (l.silent)
        return 0;
    n = add_theme(w, &r, &l, l.main, 0.75, day, out, n);
    if (l.second != UINT32_MAX)
        n = add_theme(w, &r, &l, l.second, 0.3, day, out, n);
    /* Noise: each further one with probability a half, one on average. */
    while (random_real(&r) < 0.5)
        n = add(out, n, popular(w, &r), day, 2.5 + random_normal(&r));
    if (n == 0)
        n = add(out, n, w->themes[l.main].core[0], day, w->themes[l.main].severity);
    qsort(out, n, sizeof *out, by_challenge);
    return n;
}
