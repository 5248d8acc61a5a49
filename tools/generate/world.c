#include "generate/world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate/random.h"

#define MUNICIPAL_SHARE (290.0 / 2800.0)
#define BESIDE 0.4

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
uint32_t world_draw(const double *cumulative, uint32_t n, struct random *r)
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
uint32_t world_popular(const struct world *w, struct random *r)
{
    uint32_t n = w->options.challenges;
    uint64_t step = 7919; /* a prime: coprime with every n that it does not divide */
    if (n % step == 0)
        step = 1;
    return (uint32_t)(world_draw(w->challenge_popularity, n, r) * step % n);
}

/* About half of a theme lies beside what it has already, in the same categories; the rest anywhere. */
static uint32_t core_challenge(const struct world *w, const struct theme *t, struct random *r)
{
    bool beside = random_real(r) < BESIDE && t->n_core > 0;
    uint32_t anywhere = world_popular(w, r), first, size;
    world_category(beside ? t->core[random_below(r, t->n_core)] : anywhere, &first, &size);
    uint32_t near = first + random_below(r, size);
    return beside && near < w->options.challenges ? near : anywhere;
}

static void make_theme(struct world *w, uint32_t index)
{
    struct random r = random_for(w->options.seed, FOR_THEME, index);
    struct theme *t = &w->themes[index];
    uint32_t wanted = THEME_CORE_LEAST + random_below(&r, THEME_CORE_MOST - THEME_CORE_LEAST + 1);
    if (wanted > w->options.challenges)
        wanted = w->options.challenges;
    while (t->n_core < wanted) {
        uint32_t challenge = core_challenge(w, t, &r);
        if (!has(t->core, t->n_core, challenge))
            t->core[t->n_core++] = challenge;
    }
}

bool world_init(struct world *w, const struct world_options *options)
{
    *w = (struct world){.options = *options};
    w->themes = calloc(options->themes, sizeof *w->themes);
    w->challenge_popularity = zipf(options->challenges, 0.3);
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
static uint32_t municipal_before(uint32_t index)
{
    return (uint32_t)ceil(index * MUNICIPAL_SHARE);
}

bool world_is_municipal(uint32_t organizer)
{
    return municipal_before(organizer + 1) > municipal_before(organizer);
}

void world_organizer(const struct world *w, uint32_t index, struct made_organizer *out)
{
    struct random r = random_for(w->options.seed, FOR_ORGANIZER, index);
    memset(out, 0, sizeof *out);
    snprintf(out->id, sizeof out->id, "90%08u", index);
    bool municipal = world_is_municipal(index);
    size_t place = municipal ? municipal_before(index) % place_count
                             : world_draw(w->place_popularity, (uint32_t)place_count, &r);
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
