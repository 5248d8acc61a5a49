#include "core/snapshot/explain_match.h"

#include <stdlib.h>
#include <string.h>

#include "core/explain/explain_parts.h"

#define TOLD 3 /* challenges in a sentence */

struct matching {
    const struct population *population;
    const struct snapshot_programme *p;
    const struct match_query *q;
    double *profile;   /* by column; unit length, or all 0 */
    double *bond;      /* by challenge: the part of the profile's products with one network */
    uint32_t *members; /* by challenge: of one network, who report it */
    bool any;          /* the profile is not empty */
    struct match_answer *out;
};

static void take_own_row(struct matching *m)
{
    const struct profiles *f = &m->p->profiles;
    for (uint32_t i = f->start[m->q->organizer]; i < f->start[m->q->organizer + 1]; i++)
        m->profile[f->column[i]] = f->weight[i];
}

static void take_profile(struct matching *m)
{
    const struct profiles *f = &m->p->profiles;
    if (m->q->reports == NULL)
        take_own_row(m);
    for (size_t i = 0; i < m->q->n_reports; i++)
        profiles_imagine_report(f, m->population, m->q->reports[i].challenge, m->q->reports[i].severity,
                                m->profile);
    if (m->q->reports != NULL)
        profiles_imagine_end(f, m->profile);
    for (uint32_t c = 0; c < f->columns && !m->any; c++)
        m->any = m->profile[c] > 0;
}

/* As profiles_similarity has it: products by ascending column, those that are 0 add nothing. */
static double similarity_to(const struct matching *m, uint32_t member)
{
    const struct profiles *f = &m->p->profiles;
    double sum = 0;
    for (uint32_t i = f->start[member]; i < f->start[member + 1]; i++)
        sum += m->profile[f->column[i]] * f->weight[i];
    sum = sum > 1 ? 1 : sum;
    if (sum <= 0 || m->q->organizer == POPULATION_NONE || f->place == NULL)
        return sum;
    return sum * profiles_damping(f, m->q->organizer, member);
}

static double fit_in(const struct matching *m, const struct snapshot_network *n)
{
    double sum = 0;
    uint32_t others = 0;
    for (uint32_t i = 0; i < n->size; i++) {
        if (n->member[i] == m->q->organizer)
            continue;
        sum += similarity_to(m, n->member[i]);
        others++;
    }
    return others == 0 ? 0 : sum / others;
}

/* Keeps the best, in order; networks come by ascending number, so ties stay so. */
static void offer(struct matching *m, uint32_t network, uint32_t room, double fit)
{
    struct match_answer *x = m->out;
    size_t at = x->n_places;
    while (at > 0 && x->places[at - 1].fit < fit)
        at--;
    if (at >= m->q->limit)
        return;
    size_t moved = (x->n_places < m->q->limit ? x->n_places : m->q->limit - 1) - at;
    memmove(&x->places[at + 1], &x->places[at], moved * sizeof *x->places);
    x->places[at] = (struct match_place){.network = network, .room = room, .fit = fit};
    x->n_places += x->n_places < m->q->limit;
}

/* False: none has room. */
static bool try_networks(struct matching *m)
{
    bool any_room = false;
    for (uint32_t k = 0; k < m->p->n_networks; k++) {
        const struct snapshot_network *n = &m->p->networks[k];
        if (k == m->out->own_network) {
            m->out->own_fit = fit_in(m, n);
            continue;
        }
        if (n->size >= m->p->settings.max_size)
            continue;
        any_room = true;
        double fit = fit_in(m, n);
        if (fit > 0)
            offer(m, k, (uint32_t)m->p->settings.max_size - n->size, fit);
    }
    return any_room;
}

/* ---- what would be shared ---- */

static void count_bonds(struct matching *m, const struct snapshot_network *n)
{
    const struct profiles *f = &m->p->profiles;
    memset(m->bond, 0, (m->p->n_challenges + (size_t)1) * sizeof *m->bond);
    memset(m->members, 0, (m->p->n_challenges + (size_t)1) * sizeof *m->members);
    for (uint32_t k = 0; k < n->size; k++) {
        for (uint32_t i = f->start[n->member[k]]; i < f->start[n->member[k] + 1]; i++) {
            uint32_t column = f->column[i];
            if (column >= m->p->n_challenges || m->profile[column] <= 0)
                continue;
            m->bond[column] += m->profile[column] * f->weight[i];
            m->members[column]++;
        }
    }
}

static void list_shared(struct matching *m, struct match_place *place)
{
    count_bonds(m, &m->p->networks[place->network]);
    for (uint32_t c = 0; c < m->p->n_challenges; c++) {
        if (m->members[c] == 0)
            continue;
        uint32_t at = place->n_shared;
        for (; at > 0 && m->bond[place->shared[at - 1].challenge] < m->bond[c]; at--)
            if (at < MATCH_SHARED_MAX)
                place->shared[at] = place->shared[at - 1];
        if (at < MATCH_SHARED_MAX)
            place->shared[at] = (struct match_shared){c, m->members[c]};
        place->n_shared += place->n_shared < MATCH_SHARED_MAX;
    }
}

/* ---- words ---- */

static void say_members(struct buf *out, uint32_t i, uint32_t members, uint32_t size, enum language language)
{
    buf_text(out, in(language, " med ", " with "));
    if (i > 0) {
        say_count(out, members, language);
        return;
    }
    if (size == 1) {
        buf_text(out, in(language, "den enda medlemmen", "the only member"));
        return;
    }
    if (members == size)
        buf_text(out, in(language, "alla ", "all "));
    else
        say_count(out, members, language);
    if (members != size)
        buf_text(out, in(language, " av de ", " of the "));
    say_count(out, size, language);
    buf_text(out, in(language, members == size ? " medlemmar" : " medlemmarna", " members"));
}

static void say_place(struct buf *out, const struct matching *m, const struct match_place *place,
                      enum language language)
{
    uint32_t n = place->n_shared < TOLD ? place->n_shared : TOLD;
    uint32_t size = m->p->networks[place->network].size;
    if (n == 0)
        buf_text(out,
                 in(language,
                    "Delar ingen enskild utmaning med medlemmarna, men utmaningarna hör till samma områden",
                    "Shares no single challenge with the members, but the challenges belong to the same "
                    "areas"));
    else
        buf_text(out, in(language, "Delar ", "Shares "));
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            buf_text(out, i + 1 < n ? ", " : in(language, " och ", " and "));
        say_challenges(out, m->population, &place->shared[i].challenge, 1, SAY_SENTENCE,
                       i > 0 ? place->shared[0].challenge : POPULATION_NONE, language);
        say_members(out, i, place->shared[i].members, size, language);
    }
    buf_text(out, in(language, ". Plats för ", ". Room for "));
    say_count(out, place->room, language);
    buf_text(out, in(language, " till.", " more."));
}

static const char *place_words(struct matching *m, const struct match_place *place, enum language language)
{
    struct buf text;
    buf_init(&text, 0);
    say_place(&text, m, place, language);
    const char *kept = buf_failed(&text) ? NULL : arena_text(&m->out->memory, buf_string(&text), text.size);
    buf_free(&text);
    return kept;
}

static void say_outcome(struct matching *m, bool any_room)
{
    static const char *const words[][2] = {
        {"Inga nätverk är publicerade ännu.", "No networks are published yet."},
        {"Inget som räknas är rapporterat, så inget nätverk kan sägas passa.",
         "Nothing that counts is reported, so no network can be said to fit."},
        {"Inget nätverk har plats.", "No network has room."},
        {"Ingen i något nätverk med plats rapporterar något liknande.",
         "Nobody in any network with room reports anything like it."},
        {"De nätverk med plats som passar bäst, efter likheten med medlemmarna.",
         "The networks with room that fit best, by similarity to their members."},
    };
    size_t is = m->p->published_run == 0 ? 0 : !m->any ? 1 : !any_room ? 2 : m->out->n_places == 0 ? 3 : 4;
    m->out->reason_sv = words[is][0];
    m->out->reason_en = words[is][1];
}

static int match_all(struct matching *m, struct err *e)
{
    take_profile(m);
    say_outcome(m, try_networks(m));
    for (size_t i = 0; i < m->out->n_places; i++) {
        struct match_place *place = &m->out->places[i];
        list_shared(m, place);
        place->reason_sv = place_words(m, place, LANGUAGE_SV);
        place->reason_en = place_words(m, place, LANGUAGE_EN);
        if (place->reason_sv == NULL || place->reason_en == NULL)
            return err_memory(e, "a match");
    }
    return 0;
}

int match_networks(const struct snapshot *s, const struct snapshot_programme *p, const struct match_query *q,
                   struct match_answer *out, struct err *e)
{
    struct matching m = {.population = &s->population, .p = p, .q = q, .out = out};
    *out = (struct match_answer){.own_network = POPULATION_NONE};
    arena_init(&out->memory);
    if (q->organizer != POPULATION_NONE)
        out->own_network = p->places[q->organizer].network;
    m.profile = calloc(p->profiles.columns + (size_t)1, sizeof *m.profile);
    m.bond = calloc(p->n_challenges + (size_t)1, sizeof *m.bond);
    m.members = calloc(p->n_challenges + (size_t)1, sizeof *m.members);
    out->places = arena_alloc(&out->memory, (q->limit + 1) * sizeof *out->places);
    int code = m.profile && m.bond && m.members && out->places ? match_all(&m, e) : err_memory(e, "a match");
    free(m.profile);
    free(m.bond);
    free(m.members);
    if (code != 0)
        match_free(out);
    return code;
}

void match_free(struct match_answer *x)
{
    arena_free(&x->memory);
}

bool match_is_newcomer(const struct snapshot_programme *p, uint32_t organizer)
{
    const struct snapshot_place *place = &p->places[organizer];
    bool silent_then = place->state == PLACE_UNMATCHED && place->unmatched == UNMATCHED_NOTHING_REPORTED;
    bool reports_now = p->profiles.start[organizer] != p->profiles.start[organizer + 1];
    return reports_now && (place->state == PLACE_NEW || silent_then);
}
