#include "core/similarity/profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/settings/scope.h"

#define EARTH_RADIUS_KM 6371.0088
#define PI 3.14159265358979323846

static int64_t report_age(const struct report *r, int32_t today)
{
    int64_t age = (int64_t)today - r->day;
    return age < 0 ? 0 : age;
}

/* The latest of the reports from `i` on that are of the same challenge; `*next` becomes the first of another.
 * They are in order of days, so the last one is inside the window if any is. */
static const struct report *latest_from(const struct population *p, uint32_t i, uint32_t end, uint32_t *next)
{
    uint32_t challenge = p->reports[i].challenge;
    while (i + 1 < end && p->reports[i + 1].challenge == challenge)
        i++;
    *next = i + 1;
    return &p->reports[i];
}

const struct report *population_latest(const struct population *p, uint32_t organizer, uint32_t challenge,
                                       int32_t today, int32_t window_days)
{
    uint32_t low = p->report_start[organizer], high = p->report_start[organizer + 1];
    uint32_t first = low;
    while (low < high) { /* to the first report of a later challenge */
        uint32_t middle = low + (high - low) / 2;
        if (p->reports[middle].challenge <= challenge)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == first || p->reports[low - 1].challenge != challenge)
        return NULL;
    const struct report *latest = &p->reports[low - 1];
    return report_age(latest, today) <= window_days ? latest : NULL;
}

struct entry {
    uint32_t column;
    double weight;
};

/* What every row needs: the rarity of each challenge, and room for one row at full width. */
struct building {
    const struct population *p;
    const struct settings *s;
    int32_t today;
    uint32_t reporting;       /* organizers with anything that counts */
    double *idf;              /* by challenge */
    double *importance;       /* by category: as the settings weigh it, 0 outside their scope */
    bool *outside;            /* by organizer: of the scope */
    uint32_t *category;       /* by category: where the row's entry for it may be */
    struct entry *row, *tail; /* all entries; those of categories while they are added up */
};

static double importance_of(const struct building *b, const struct report *r)
{
    return b->importance[b->p->challenges[r->challenge].category];
}

static bool counts(const struct building *b, const struct report *latest)
{
    return report_age(latest, b->today) <= b->s->window_days && importance_of(b, latest) > 0 &&
           !b->outside[latest->organizer] && scope_has_day(b->s->scope, latest->day);
}

/* ln(1 + N/df), N being the organizers with anything that counts: who reports nothing says nothing about
 * rarity. */
static void fill_idf(struct building *b)
{
    const struct population *p = b->p;
    uint32_t reporting = 0;
    for (uint32_t o = 0; o < p->n_organizers; o++) {
        bool any = false;
        for (uint32_t i = p->report_start[o], end = p->report_start[o + 1]; i < end;) {
            const struct report *latest = latest_from(p, i, end, &i);
            if (!counts(b, latest))
                continue;
            b->idf[latest->challenge] += 1;
            any = true;
        }
        reporting += any;
    }
    b->reporting = reporting;
    for (uint32_t c = 0; c < p->n_challenges; c++)
        b->idf[c] = b->idf[c] > 0 ? log(1 + reporting / b->idf[c]) : 0;
}

static void fill_rarity(const struct building *b, struct profiles *out)
{
    for (uint32_t c = 0; c < b->p->n_challenges; c++) {
        double idf = b->idf[c] > 0 ? b->idf[c] : log(1 + (double)b->reporting);
        out->rarity[c] = idf * b->importance[b->p->challenges[c].category];
    }
}

/* Ages are taken from the organizer's youngest report: a factor common to the whole row falls away when it is
 * normalised, and very old rows do not vanish. */
static int64_t youngest_age(const struct building *b, uint32_t organizer)
{
    const struct population *p = b->p;
    int64_t youngest = INT64_MAX;
    for (uint32_t i = p->report_start[organizer], end = p->report_start[organizer + 1]; i < end; i++) {
        int64_t age = report_age(&p->reports[i], b->today);
        youngest = age < youngest && importance_of(b, &p->reports[i]) > 0 ? age : youngest;
    }
    return youngest;
}

/* Adds to the entry of a category, which is made when the row has none yet. */
static uint32_t category_add(struct building *b, struct entry *tail, uint32_t n, uint32_t category,
                             double weight)
{
    uint32_t at = b->category[category];
    if (at < n && tail[at].column == b->p->n_challenges + category) {
        tail[at].weight += weight;
        return n;
    }
    b->category[category] = n;
    tail[n] = (struct entry){b->p->n_challenges + category, weight};
    return n + 1;
}

static int entry_compare(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return (x->column > y->column) - (x->column < y->column);
}

/* One organizer's weights by ascending column: its challenges, then their categories. */
static uint32_t row_fill(struct building *b, uint32_t organizer)
{
    const struct population *p = b->p;
    int64_t youngest = youngest_age(b, organizer);
    uint32_t n = 0, n_tail = 0;
    for (uint32_t i = p->report_start[organizer], end = p->report_start[organizer + 1]; i < end;) {
        const struct report *latest = latest_from(p, i, end, &i);
        if (!counts(b, latest))
            continue;
        double halvings = (double)(report_age(latest, b->today) - youngest) / b->s->half_life_days;
        double weight = latest->severity / 5.0 * exp2(-halvings) * b->idf[latest->challenge];
        weight *= importance_of(b, latest);
        uint32_t category = p->challenges[latest->challenge].category;
        b->row[n++] = (struct entry){latest->challenge, weight};
        if (b->s->category_share > 0)
            n_tail = category_add(b, b->tail, n_tail, category, b->s->category_share * weight);
    }
    qsort(b->tail, n_tail, sizeof *b->tail, entry_compare);
    memcpy(b->row + n, b->tail, n_tail * sizeof *b->tail);
    return n + n_tail;
}

/* Scales to unit length and drops what is 0 then. */
static uint32_t row_normalise(const struct entry *row, uint32_t n, uint32_t *column, float *weight)
{
    double square = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++)
        square += row[i].weight * row[i].weight;
    double scale = square > 0 ? 1 / sqrt(square) : 0;
    for (uint32_t i = 0; i < n; i++) {
        float w = (float)(row[i].weight * scale);
        if (w <= 0)
            continue;
        column[kept] = row[i].column;
        weight[kept++] = w;
    }
    return kept;
}

static void fill_rows(struct building *b, struct profiles *out)
{
    uint32_t used = 0;
    for (uint32_t o = 0; o < out->n; o++) {
        out->start[o] = used;
        uint32_t n = row_fill(b, o);
        used += row_normalise(b->row, n, out->column + used, out->weight + used);
    }
    out->start[out->n] = used;
}

/* Points on the unit sphere: their chord gives the great-circle distance without sines and cosines a pair. */
static int fill_places(const struct population *p, struct profiles *out, struct err *e)
{
    out->place = malloc((p->n_organizers + 1u) * sizeof *out->place);
    if (out->place == NULL)
        return err_memory(e, "places");
    for (uint32_t o = 0; o < p->n_organizers; o++) {
        double lat = p->organizers[o].lat * PI / 180, lon = p->organizers[o].lon * PI / 180;
        out->place[o] = (struct profile_place){cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)};
    }
    return 0;
}

/* The most entries that a row can have, and all rows together. */
static uint32_t widest_row(const struct population *p, size_t *all)
{
    uint32_t widest = 0;
    *all = 0;
    for (uint32_t o = 0; o < p->n_organizers; o++) {
        uint32_t reports = p->report_start[o + 1] - p->report_start[o];
        uint32_t challenges = reports < p->n_challenges ? reports : p->n_challenges;
        uint32_t wide = challenges + (challenges < p->n_categories ? challenges : p->n_categories);
        *all += wide;
        widest = wide > widest ? wide : widest;
    }
    return widest;
}

static int profiles_allocate(struct profiles *out, size_t all, uint32_t challenges, struct err *e)
{
    if (all >= UINT32_MAX)
        return err_set(e, ERR_LIMIT, "profiles of %zu entries; at most %u can be grouped at once", all,
                       UINT32_MAX - 1);
    out->start = malloc((out->n + 1u) * sizeof *out->start);
    out->column = malloc((all + 1) * sizeof *out->column);
    out->weight = malloc((all + 1) * sizeof *out->weight);
    out->rarity = malloc((challenges + 1u) * sizeof *out->rarity);
    return out->start && out->column && out->weight && out->rarity ? 0 : err_memory(e, "profiles");
}

/* Gives back what was reserved for entries that did not come; keeping it all is no harm. */
static void profiles_shrink(struct profiles *out)
{
    size_t used = out->start[out->n] + (size_t)1;
    uint32_t *column = realloc(out->column, used * sizeof *column);
    float *weight = realloc(out->weight, used * sizeof *weight);
    out->column = column == NULL ? out->column : column;
    out->weight = weight == NULL ? out->weight : weight;
}

static int building_open(struct building *b, uint32_t widest, struct err *e)
{
    b->idf = calloc(b->p->n_challenges + 1u, sizeof *b->idf);
    b->importance = calloc(b->p->n_categories + 1u, sizeof *b->importance);
    b->category = calloc(b->p->n_categories + 1u, sizeof *b->category);
    b->row = malloc((widest + 1u) * sizeof *b->row);
    b->tail = malloc((widest + 1u) * sizeof *b->tail);
    b->outside = calloc(b->p->n_organizers + 1u, sizeof *b->outside);
    if (!b->idf || !b->importance || !b->outside || !b->category || !b->row || !b->tail)
        return err_memory(e, "building profiles");
    const struct setting_scope *scope = b->s->scope;
    for (uint32_t c = 0; c < b->p->n_categories; c++)
        if (scope_has_category(scope, b->p->categories[c]))
            b->importance[c] = settings_number(b->s->category_weights, b->p->categories[c], 1);
    for (uint32_t o = 0; scope != NULL && o < b->p->n_organizers; o++)
        b->outside[o] = !scope_has_organizer(scope, &b->p->organizers[o]);
    return ERR_OK;
}

static void building_close(struct building *b)
{
    free(b->idf);
    free(b->importance);
    free(b->outside);
    free(b->category);
    free(b->row);
    free(b->tail);
}

int profiles_build(const struct population *p, const struct settings *s, int32_t today, struct profiles *out,
                   struct err *e)
{
    size_t all;
    struct building b = {.p = p, .s = s, .today = today};
    *out = (struct profiles){.n = p->n_organizers,
                             .columns = p->n_challenges + p->n_categories,
                             .geography = s->geography,
                             .distance_km = s->distance_km,
                             .category_share = s->category_share};
    int code = building_open(&b, widest_row(p, &all), e);
    if (code == 0)
        code = profiles_allocate(out, all, p->n_challenges, e);
    if (code == 0 && s->geography > 0)
        code = fill_places(p, out, e);
    if (code == 0) {
        fill_idf(&b);
        fill_rarity(&b, out);
        fill_rows(&b, out);
        profiles_shrink(out);
    } else {
        profiles_free(out);
    }
    building_close(&b);
    return code;
}

size_t profiles_bytes(const struct profiles *p)
{
    if (p->start == NULL)
        return 0;
    return p->n * (sizeof *p->start + (p->place == NULL ? 0 : sizeof *p->place)) +
           p->start[p->n] * (sizeof *p->column + sizeof *p->weight);
}

void profiles_free(struct profiles *p)
{
    free(p->start);
    free(p->column);
    free(p->weight);
    free(p->place);
    free(p->rarity);
    *p = (struct profiles){0};
}

void profiles_imagine_report(const struct profiles *p, const struct population *population,
                             uint32_t challenge, int severity, double *profile)
{
    double weight = severity / 5.0 * p->rarity[challenge];
    profile[challenge] += weight;
    profile[population->n_challenges + population->challenges[challenge].category] +=
        p->category_share * weight;
}

void profiles_imagine_end(const struct profiles *p, double *profile)
{
    double square = 0;
    for (uint32_t c = 0; c < p->columns; c++)
        square += profile[c] * profile[c];
    double scale = square > 0 ? 1 / sqrt(square) : 0;
    for (uint32_t c = 0; c < p->columns; c++)
        profile[c] = (float)(profile[c] * scale); /* as a row keeps it */
}

double profiles_cosine(const struct profiles *p, uint32_t a, uint32_t b)
{
    uint32_t i = p->start[a], j = p->start[b];
    const uint32_t end_i = p->start[a + 1], end_j = p->start[b + 1];
    double sum = 0;
    while (i < end_i && j < end_j) {
        uint32_t x = p->column[i], y = p->column[j];
        if (x == y)
            sum += (double)p->weight[i] * p->weight[j];
        i += x <= y;
        j += y <= x;
    }
    return sum > 1 ? 1 : sum;
}

double profiles_damping(const struct profiles *p, uint32_t a, uint32_t b)
{
    if (p->place == NULL)
        return 1;
    const struct profile_place *u = &p->place[a], *v = &p->place[b];
    double x = u->x - v->x, y = u->y - v->y, z = u->z - v->z;
    double half_chord = sqrt(x * x + y * y + z * z) / 2;
    if (isnan(half_chord)) /* an unknown place is infinitely far away */
        return 1 - p->geography;
    double km = 2 * EARTH_RADIUS_KM * asin(half_chord > 1 ? 1 : half_chord);
    return 1 - p->geography + p->geography * exp(-km / p->distance_km);
}

double profiles_similarity(const struct profiles *p, uint32_t a, uint32_t b)
{
    double cosine = profiles_cosine(p, a, b);
    return p->place == NULL || cosine <= 0 ? cosine : cosine * profiles_damping(p, a, b);
}
