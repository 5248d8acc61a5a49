#include "core/insight/insight_counts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/settings/scope.h"

/* What is looked at report by report. */
struct taking {
    const struct population *p;
    const struct settings *s;
    int32_t today;
    bool *category; /* that count */
};

static int taking_open(struct taking *t, struct err *e)
{
    t->category = calloc(t->p->n_categories + 1u, sizeof *t->category);
    if (t->category == NULL)
        return err_memory(e, "categories");
    for (uint32_t i = 0; i < t->p->n_categories; i++)
        t->category[i] = scope_has_category(t->s->scope, t->p->categories[i]) &&
                         settings_number(t->s->category_weights, t->p->categories[i], 1) > 0;
    return ERR_OK;
}

static bool takes(const struct taking *t, const struct report *r)
{
    return t->category[t->p->challenges[r->challenge].category] && scope_has_day(t->s->scope, r->day);
}

/* Reports of one organizer and challenge are by day: the last one of them, if it counts now. */
static bool counts_now(const struct taking *t, uint32_t i, uint32_t end)
{
    const struct report *r = &t->p->reports[i];
    bool last = i + 1 == end || t->p->reports[i + 1].challenge != r->challenge;
    return last && takes(t, r) && (int64_t)t->today - r->day <= t->s->window_days;
}

/* The year in which the school year of a day begins (Howard Hinnant's way from days to a date). */
static int32_t school_year(int32_t day)
{
    int64_t z = (int64_t)day + 719468, era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year =
        of_era - (365 * year + year / 4 - year / 100); /* years from 1 March on: 1 July is day 122 */
    return (int32_t)(year + era * 400 - (of_year < 122 ? 1 : 0));
}

struct counting {
    struct taking taking;
    struct insight_counts *out;
    int32_t first, last; /* rounds */
};

static void add(struct insight_counts *c, const struct report *r, uint32_t group)
{
    size_t at = (size_t)r->challenge * c->groups.n + group;
    c->count[at]++;
    c->severity[at] += r->severity;
}

static void count_now(struct counting *k, uint32_t organizer, uint32_t group)
{
    const struct population *p = k->taking.p;
    struct insight_counts *c = k->out;
    bool any = false;
    for (uint32_t i = p->report_start[organizer], end = p->report_start[organizer + 1]; i < end; i++) {
        const struct report *r = &p->reports[i];
        if (!counts_now(&k->taking, i, end))
            continue;
        any = true;
        c->all_count[r->challenge]++;
        c->all_severity[r->challenge] += r->severity;
        if (group != INSIGHT_OUTSIDE)
            add(c, r, group);
    }
    c->all_reporting += any;
    if (group != INSIGHT_OUTSIDE)
        c->reporting[group] += any;
}

/* In which of the rounds it lies; INSIGHT_OUTSIDE: in none of those told, or it does not count. */
static uint32_t round_of(const struct counting *k, const struct report *r)
{
    int32_t year = takes(&k->taking, r) ? school_year(r->day) : INT32_MIN;
    return year < k->first || year > k->last ? INSIGHT_OUTSIDE : (uint32_t)(year - k->first);
}

static void count_rounds(struct counting *k, uint32_t organizer)
{
    const struct population *p = k->taking.p;
    bool any[INSIGHT_ROUNDS] = {false};
    for (uint32_t i = p->report_start[organizer], end = p->report_start[organizer + 1]; i < end; i++) {
        const struct report *r = &p->reports[i];
        uint32_t round = round_of(k, r);
        bool last = i + 1 == end || p->reports[i + 1].challenge != r->challenge ||
                    round_of(k, &p->reports[i + 1]) != round;
        if (round == INSIGHT_OUTSIDE || !last)
            continue;
        add(k->out, r, round);
        any[round] = true;
    }
    for (uint32_t g = 0; g < k->out->groups.n; g++)
        k->out->reporting[g] += any[g];
}

/* The latest rounds that have reports; one in between without any is told too. */
static void name_rounds(struct counting *k)
{
    const struct population *p = k->taking.p;
    int32_t first = INT32_MAX, last = INT32_MIN;
    for (uint32_t o = 0; o < p->n_organizers; o++) {
        if (!scope_has_organizer(k->taking.s->scope, &p->organizers[o]))
            continue;
        for (uint32_t i = p->report_start[o]; i < p->report_start[o + 1]; i++) {
            int32_t year = takes(&k->taking, &p->reports[i]) ? school_year(p->reports[i].day) : INT32_MIN;
            first = year != INT32_MIN && year < first ? year : first;
            last = year > last ? year : last;
        }
    }
    struct insight_groups *g = &k->out->groups;
    k->out->earlier = last >= first && last - first >= INSIGHT_ROUNDS;
    k->last = last;
    k->first = k->out->earlier ? last - INSIGHT_ROUNDS + 1 : first;
    g->n = last >= first ? (uint32_t)(last - k->first) + 1 : 0;
    for (uint32_t i = 0; i < g->n; i++)
        snprintf(g->key[i], INSIGHT_KEY, "%d/%02d", (int)k->first + (int)i,
                 ((int)k->first + (int)i + 1) % 100);
}

static int allocate(struct insight_counts *c, struct err *e)
{
    size_t cells = (size_t)c->n_challenges * c->groups.n + 1;
    c->reporting = calloc(c->groups.n + 1u, sizeof *c->reporting);
    c->count = calloc(cells, sizeof *c->count);
    c->severity = calloc(cells, sizeof *c->severity);
    c->all_count = calloc(c->n_challenges + 1u, sizeof *c->all_count);
    c->all_severity = calloc(c->n_challenges + 1u, sizeof *c->all_severity);
    return c->reporting && c->count && c->severity && c->all_count && c->all_severity
               ? 0
               : err_memory(e, "counts of challenges");
}

static void count_all(struct counting *k, enum insight_by by)
{
    const struct population *p = k->taking.p;
    for (uint32_t o = 0; o < p->n_organizers; o++) {
        if (!scope_has_organizer(k->taking.s->scope, &p->organizers[o]))
            continue;
        count_now(k, o, by == INSIGHT_ROUND ? INSIGHT_OUTSIDE : k->out->groups.of[o]);
        if (by == INSIGHT_ROUND)
            count_rounds(k, o);
    }
}

/* A group of whom nobody reports anything is none. */
static void drop_silent(struct insight_counts *c)
{
    uint32_t old = c->groups.n, n = 0;
    for (uint32_t g = 0; g < old; g++) {
        if (c->reporting[g] == 0)
            continue;
        memmove(c->groups.key[n], c->groups.key[g], INSIGHT_KEY);
        c->reporting[n++] = c->reporting[g];
        for (uint32_t i = 0; i < c->n_challenges; i++) { /* still in rows of the old width */
            c->count[(size_t)i * old + n - 1] = c->count[(size_t)i * old + g];
            c->severity[(size_t)i * old + n - 1] = c->severity[(size_t)i * old + g];
        }
    }
    for (uint32_t i = 1; i < c->n_challenges && n < old; i++) {
        memmove(&c->count[(size_t)i * n], &c->count[(size_t)i * old], n * sizeof *c->count);
        memmove(&c->severity[(size_t)i * n], &c->severity[(size_t)i * old], n * sizeof *c->severity);
    }
    c->groups.n = n;
}

int insight_count(const struct population *p, const struct settings *s, int32_t today, enum insight_by by,
                  struct insight_counts *out, struct err *e)
{
    struct counting k = {.taking = {.p = p, .s = s, .today = today}, .out = out};
    *out = (struct insight_counts){.n_challenges = p->n_challenges};
    int code = taking_open(&k.taking, e);
    if (code == ERR_OK && by == INSIGHT_ROUND)
        name_rounds(&k);
    else if (code == ERR_OK)
        code = insight_groups_open(p, s, by, &out->groups, e);
    if (code == ERR_OK)
        code = allocate(out, e);
    if (code == ERR_OK)
        count_all(&k, by);
    if (code == ERR_OK && by != INSIGHT_ROUND)
        drop_silent(out);
    free(k.taking.category);
    return code;
}

void insight_counts_free(struct insight_counts *c)
{
    insight_groups_free(&c->groups);
    free(c->reporting);
    free(c->count);
    free(c->severity);
    free(c->all_count);
    free(c->all_severity);
    *c = (struct insight_counts){0};
}

int insight_lists_open(const struct population *p, const struct settings *s, int32_t today,
                       struct insight_lists *out, struct err *e)
{
    struct taking t = {.p = p, .s = s, .today = today};
    uint32_t used = 0;
    out->start = calloc(p->n_organizers + 1u, sizeof *out->start);
    out->challenge = malloc((p->n_reports + 1) * sizeof *out->challenge);
    int code = out->start == NULL || out->challenge == NULL ? err_memory(e, "lists of challenges") : 0;
    if (code == ERR_OK)
        code = taking_open(&t, e);
    for (uint32_t o = 0; o < p->n_organizers && code == ERR_OK; o++) {
        bool inside = scope_has_organizer(s->scope, &p->organizers[o]);
        for (uint32_t i = p->report_start[o], end = p->report_start[o + 1]; i < end && inside; i++)
            if (counts_now(&t, i, end))
                out->challenge[used++] = p->reports[i].challenge;
        out->start[o + 1] = used;
    }
    free(t.category);
    return code;
}

void insight_lists_free(struct insight_lists *l)
{
    free(l->start);
    free(l->challenge);
    *l = (struct insight_lists){0};
}
