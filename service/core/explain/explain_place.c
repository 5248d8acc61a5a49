/* Places in labels: counties by their names, and the municipalities that most members come from. A
 * municipality is called as the organizer that runs its schools. */
#include <stdlib.h>
#include <string.h>

#include "core/population/county.h"
#include "core/explain/explain_parts.h"

/* A county that is not Swedish is shown as it was written; a bare number would be a riddle. */
void say_county(struct buf *out, const char *county, enum language language)
{
    const char *name = county_name(county, language == LANGUAGE_EN);
    if (name != NULL) {
        buf_text(out, name);
        return;
    }
    if (county[strspn(county, "0123456789")] == '\0')
        buf_text(out, in(language, "län ", "county "));
    buf_text(out, county);
}

/* ---- municipalities ---- */

static int municipality_compare(const void *a, const void *b, void *context)
{
    const struct population *p = context;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int order = strcmp(p->organizers[x].municipality, p->organizers[y].municipality);
    return order != 0 ? order : (x > y) - (x < y);
}

int places_open(struct places *places, const struct population *p, struct err *e)
{
    *places = (struct places){.p = p};
    places->municipal = malloc((p->n_organizers + (size_t)1) * sizeof *places->municipal);
    if (places->municipal == NULL)
        return err_memory(e, "labels");
    for (uint32_t o = 0; o < p->n_organizers; o++)
        if (p->organizers[o].kind == KIND_MUNICIPAL && p->organizers[o].municipality[0] != '\0')
            places->municipal[places->n++] = o;
    qsort_r(places->municipal, places->n, sizeof *places->municipal, municipality_compare, (void *)p);
    return 0;
}

void places_free(struct places *places)
{
    free(places->municipal);
}

/* The organizer that runs the schools of an organizer's municipality, or POPULATION_NONE. */
static uint32_t municipal_of(const struct places *places, uint32_t organizer)
{
    const struct organizer *o = places->p->organizers;
    uint32_t low = 0, high = places->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (strcmp(o[places->municipal[middle]].municipality, o[organizer].municipality) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found =
        low < places->n && strcmp(o[places->municipal[low]].municipality, o[organizer].municipality) == 0;
    return found ? places->municipal[low] : POPULATION_NONE;
}

struct place_count {
    uint32_t organizer, count;
};

/* Where most members are before the rest; of equals the larger place, which more people know. */
static bool comes_before(const struct population *p, const struct place_count *a, const struct place_count *b)
{
    int32_t x = p->organizers[a->organizer].pupils, y = p->organizers[b->organizer].pupils;
    if (a->count != b->count)
        return a->count > b->count;
    return x != y ? x > y : a->organizer < b->organizer;
}

static uint32_t count_members(const struct facts *f, const struct places *places, uint32_t network,
                              uint32_t place)
{
    uint32_t count = 0;
    for (uint32_t m = f->member_start[network]; m < f->member_start[network + 1]; m++)
        count += municipal_of(places, f->member[m]) == place;
    return count;
}

uint32_t places_of(const struct facts *f, const struct places *places, uint32_t network,
                   uint32_t out[PLACES_LOOKED_AT])
{
    struct place_count best[PLACES_LOOKED_AT];
    uint32_t n = 0;
    if (network_size(f, network) > LINK_MEMBERS)
        return 0;
    for (uint32_t m = f->member_start[network]; m < f->member_start[network + 1]; m++) {
        struct place_count c = {.organizer = municipal_of(places, f->member[m])};
        bool known = c.organizer == POPULATION_NONE;
        for (uint32_t i = 0; i < n; i++)
            known = known || best[i].organizer == c.organizer;
        if (known)
            continue;
        c.count = count_members(f, places, network, c.organizer);
        uint32_t at = n < PLACES_LOOKED_AT ? n++ : PLACES_LOOKED_AT;
        for (; at > 0 && comes_before(f->p, &c, &best[at - 1]); at--)
            if (at < PLACES_LOOKED_AT)
                best[at] = best[at - 1];
        if (at < PLACES_LOOKED_AT)
            best[at] = c;
    }
    for (uint32_t i = 0; i < n; i++)
        out[i] = best[i].organizer;
    return n;
}
