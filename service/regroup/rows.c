#include "regroup/rows.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/pg_sync.h"

static void tab(struct buf *out)
{
    buf_append(out, "\t", 1);
}

static void text(struct buf *out, const char *words)
{
    tab(out);
    pg_copy_text(out, words);
}

/* Nine digits bring every float back as it was. */
static void real(struct buf *out, float number)
{
    buf_printf(out, "\t%.9g", (double)number);
}

/* [{"challenge": code, "share": 0-1, "lift": x}], most telling first. */
static void shared_json(struct buf *out, const struct population *p, const struct network_reasons *n)
{
    json_t *all = json_array();
    for (uint32_t k = 0; k < n->n_shared; k++) {
        const struct shared_challenge *c = &n->shared[k];
        json_t *one = json_pack("{s:s, s:f, s:f}", "challenge", p->challenges[c->challenge].code, "share",
                                (double)c->share, "lift", (double)c->lift);
        if (json_array_append_new(all, one) != 0)
            out->failed = true;
    }
    char *words = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(6));
    if (words == NULL)
        out->failed = true;
    else
        text(out, words);
    free(words);
    json_decref(all);
}

static json_t *codes_json(const struct population *p, const uint32_t *codes, uint32_t n)
{
    json_t *all = json_array();
    for (uint32_t k = 0; k < n; k++)
        json_array_append_new(all, json_string(p->challenges[codes[k]].code));
    return all;
}

static json_t *side_json(const struct population *p, const struct link_side *side)
{
    return json_pack("{s:s, s:f, s:o}", "organizer", p->organizers[side->organizer].id, "similarity",
                     (double)side->similarity, "shared", codes_json(p, side->shared, side->n_shared));
}

/* Where there is no link, NULL. */
static void link_json(struct buf *out, const struct population *p, const struct network_link *l)
{
    if (l->organizer == POPULATION_NONE) {
        buf_text(out, "\t\\N");
        return;
    }
    json_t *link = json_pack("{s:s, s:[o, o], s:f, s:o}", "organizer", p->organizers[l->organizer].id,
                             "sides", side_json(p, &l->side[0]), side_json(p, &l->side[1]), "similarity",
                             (double)l->direct, "shared", codes_json(p, l->common, l->n_common));
    char *words = json_dumps(link, JSON_COMPACT | JSON_REAL_PRECISION(6));
    if (words == NULL)
        out->failed = true;
    else
        text(out, words);
    free(words);
    json_decref(link);
}

/* Number, fit and why not; NULL three times where there is none. */
static void next_columns(struct buf *out, const struct grouping *g, const struct member_reasons *m)
{
    if (m->next_network == POPULATION_NONE) {
        buf_text(out, "\t\\N\t\\N\t\\N");
        return;
    }
    buf_printf(out, "\t%u", g->number[m->next_network]);
    real(out, m->next_fit);
    text(out, why_not_name(m->why_not));
}

/* An array of texts as PostgreSQL writes it, then escaped once more for COPY. */
static void codes_array(struct buf *out, const struct population *p, const uint32_t *codes, uint32_t n)
{
    struct buf array;
    buf_init(&array, 0);
    buf_text(&array, "{");
    for (uint32_t k = 0; k < n; k++) {
        buf_text(&array, k > 0 ? ",\"" : "\"");
        for (const char *c = p->challenges[codes[k]].code; *c != '\0'; c++) {
            if (*c == '"' || *c == '\\')
                buf_text(&array, "\\");
            buf_append(&array, c, 1);
        }
        buf_text(&array, "\"");
    }
    buf_text(&array, "}");
    if (buf_failed(&array))
        out->failed = true;
    else
        text(out, buf_string(&array));
    buf_free(&array);
}

void rows_networks(struct buf *out, int64_t run, const struct inputs *in, const struct grouping *g,
                   uint32_t from, uint32_t to)
{
    for (uint32_t k = from; k < to; k++) {
        const struct network_reasons *n = &g->reasons.networks[k];
        buf_printf(out, "%lld\t%u\t", (long long)run, g->number[k]);
        if (g->community[k] == POPULATION_NONE)
            buf_text(out, "\\N");
        else
            buf_printf(out, "%u", g->community[k]);
        text(out, n->label_sv);
        text(out, n->label_en);
        text(out, n->reason_sv);
        text(out, n->reason_en);
        buf_printf(out, "\t%u", n->size);
        real(out, n->cohesion);
        shared_json(out, &in->population, n);
        link_json(out, &in->population, &n->link);
        buf_text(out, "\n");
    }
}

void rows_members(struct buf *out, int64_t run, const struct inputs *in, const struct grouping *g,
                  uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        if (g->network[i] == POPULATION_NONE)
            continue;
        const struct member_reasons *m = &g->reasons.members[i];
        buf_printf(out, "%lld", (long long)run);
        text(out, in->population.organizers[i].id);
        buf_printf(out, "\t%u", g->number[g->network[i]]);
        real(out, m->fit);
        codes_array(out, &in->population, m->shared, m->n_shared);
        next_columns(out, g, m);
        if (m->closest == POPULATION_NONE) {
            buf_text(out, "\t\\N\t\\N");
        } else {
            text(out, in->population.organizers[m->closest].id);
            real(out, m->closest_similarity);
        }
        text(out, m->reason_sv);
        text(out, m->reason_en);
        buf_text(out, "\n");
    }
}

/* For how many published runs in a row it has waited, this one included, and since when. */
static void waiting_columns(struct buf *out, const struct grouping *g, uint32_t organizer)
{
    uint32_t waited = g->left_out[organizer].waited;
    buf_printf(out, "\t%u\t%s", waited, waited > 0 ? g->left_out[organizer].since : "\\N");
}

/* As a day, or NULL. */
static void last_report(struct buf *out, const struct inputs *in, uint32_t organizer)
{
    struct tm date;
    char day[16];
    bool known = in->last_day != NULL && in->last_day[organizer] != LEFT_OUT_NEVER;
    time_t seconds = known ? (time_t)in->last_day[organizer] * 86400 : 0;
    if (known && gmtime_r(&seconds, &date) != NULL && strftime(day, sizeof day, "%Y-%m-%d", &date) > 0)
        text(out, day);
    else
        buf_text(out, "\t\\N");
}

/* Date of the last report, or place in the queue, each where it belongs to the reason. */
static void left_out_columns(struct buf *out, const struct inputs *in, const struct grouping *g,
                             uint32_t organizer)
{
    enum unmatched_reason reason = g->selection.reason[organizer];
    if (reason == UNMATCHED_NOTHING_REPORTED)
        last_report(out, in, organizer);
    else
        buf_text(out, "\t\\N");
    if (g->left_out[organizer].waited > 0)
        buf_printf(out, "\t%u", g->selection.ahead[organizer]);
    else
        buf_text(out, "\t\\N");
}

void rows_unmatched(struct buf *out, int64_t run, const struct inputs *in, const struct grouping *g,
                    uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        enum unmatched_reason reason = g->selection.reason[i];
        if (reason == UNMATCHED_NONE)
            continue;
        buf_printf(out, "%lld", (long long)run);
        text(out, in->population.organizers[i].id);
        text(out, unmatched_reason_name(reason));
        text(out, g->reasons.members[i].reason_sv);
        text(out, g->reasons.members[i].reason_en);
        waiting_columns(out, g, i);
        next_columns(out, g, &g->reasons.members[i]);
        left_out_columns(out, in, g, i);
        buf_text(out, "\n");
    }
}
