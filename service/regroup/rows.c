#include "regroup/rows.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "store/pg_binary.h"

static void number(struct buf *out, uint32_t n)
{
    pg_binary_int4(out, (int32_t)n);
}

/* A JSON string; codes hold no control characters. */
static void json_code(struct buf *out, const char *text)
{
    buf_append(out, "\"", 1);
    for (;;) {
        size_t plain = strcspn(text, "\"\\");
        buf_append(out, text, plain);
        text += plain;
        if (*text == '\0')
            break;
        const char escaped[2] = {'\\', *text++};
        buf_append(out, escaped, 2);
    }
    buf_append(out, "\"", 1);
}

/* As jansson writes it: a whole number has its ".0" too. */
static void json_share(struct buf *out, float value)
{
    char text[32];
    int size = snprintf(text, sizeof text - 2, "%.6g", (double)value);
    bool whole = strpbrk(text, ".e") == NULL;
    buf_append(out, text, (size_t)size);
    if (whole)
        buf_append(out, ".0", 2);
}

/* [{"challenge": code, "share": 0-1, "lift": x}], most telling first. There are many, so no tree is built. */
static void shared_json(struct buf *out, const struct population *p, const struct network_reasons *n)
{
    size_t opened = pg_binary_open(out);
    buf_append(out, "[", 1);
    for (uint32_t k = 0; k < n->n_shared; k++) {
        const struct shared_challenge *c = &n->shared[k];
        buf_text(out, k > 0 ? ",{\"challenge\":" : "{\"challenge\":");
        json_code(out, p->challenges[c->challenge].code);
        buf_text(out, ",\"share\":");
        json_share(out, c->share);
        buf_text(out, ",\"lift\":");
        json_share(out, c->lift);
        buf_append(out, "}", 1);
    }
    buf_append(out, "]", 1);
    pg_binary_close(out, opened);
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
        pg_binary_null(out);
        return;
    }
    json_t *link = json_pack("{s:s, s:[o, o], s:f, s:o}", "organizer", p->organizers[l->organizer].id,
                             "sides", side_json(p, &l->side[0]), side_json(p, &l->side[1]), "similarity",
                             (double)l->direct, "shared", codes_json(p, l->common, l->n_common));
    char *words = json_dumps(link, JSON_COMPACT | JSON_REAL_PRECISION(6));
    size_t opened = pg_binary_jsonb_open(out);
    if (words == NULL)
        out->failed = true;
    else
        buf_text(out, words);
    pg_binary_close(out, opened);
    free(words);
    json_decref(link);
}

/* Number, fit and why not; NULL three times where there is none. */
static void next_columns(struct buf *out, const struct grouping *g, const struct member_reasons *m)
{
    if (m->next_network == POPULATION_NONE) {
        for (int i = 0; i < 3; i++)
            pg_binary_null(out);
        return;
    }
    number(out, g->number[m->next_network]);
    pg_binary_float4(out, m->next_fit);
    pg_binary_text(out, why_not_name(m->why_not));
}

static void codes_array(struct buf *out, const struct population *p, const uint32_t *codes, uint32_t n)
{
    size_t opened = pg_binary_texts_open(out, n);
    for (uint32_t k = 0; k < n; k++)
        pg_binary_text(out, p->challenges[codes[k]].code);
    pg_binary_close(out, opened);
}

void rows_shared_places(struct buf *out, const struct network_reasons *network,
                        const struct member_reasons *m)
{
    for (uint32_t k = 0; k < m->n_shared; k++) {
        uint32_t at = 0;
        while (network->shared[at].challenge != m->shared[k])
            at++; /* what a member shares its network shares */
        const uint8_t place[] = {(uint8_t)(at >> 8), (uint8_t)at};
        buf_append(out, place, sizeof place);
    }
}

void rows_networks(struct buf *out, int64_t run, const struct inputs *in, const struct grouping *g,
                   uint32_t from, uint32_t to)
{
    for (uint32_t k = from; k < to; k++) {
        const struct network_reasons *n = &g->reasons.networks[k];
        pg_binary_row(out, 11);
        pg_binary_int8(out, run);
        number(out, g->number[k]);
        if (g->community[k] == POPULATION_NONE)
            pg_binary_null(out);
        else
            number(out, g->community[k]);
        pg_binary_text(out, n->label_sv);
        pg_binary_text(out, n->label_en);
        pg_binary_text(out, n->reason_sv);
        pg_binary_text(out, n->reason_en);
        number(out, n->size);
        pg_binary_float4(out, n->cohesion);
        shared_json(out, &in->population, n);
        link_json(out, &in->population, &n->link);
    }
}

/* Its shared challenges as their places in its network's list, two bytes each; where these are too many, as
 * codes. Two columns, one of them NULL. */
static void shared_columns(struct buf *out, const struct population *p, const struct network_reasons *network,
                           const struct member_reasons *m)
{
    if (network->n_shared > UINT16_MAX) {
        codes_array(out, p, m->shared, m->n_shared);
        pg_binary_null(out);
        return;
    }
    pg_binary_null(out);
    size_t opened = pg_binary_open(out);
    rows_shared_places(out, network, m);
    pg_binary_close(out, opened);
}

/* What belongs to the why not: three columns, NULL where there is nothing. */
static void why_columns(struct buf *out, const struct population *p, const struct member_reasons *m)
{
    const bool rule = m->why_not == WHY_NOT_PINNED || m->why_not == WHY_NOT_APART;
    if (isnan(m->why.figure))
        pg_binary_null(out);
    else
        pg_binary_float4(out, m->why.figure);
    if (rule)
        pg_binary_int8(out, m->why.pin);
    else
        pg_binary_null(out);
    if (rule && m->why.with != POPULATION_NONE)
        pg_binary_text(out, p->organizers[m->why.with].id);
    else
        pg_binary_null(out);
}

void rows_members(struct buf *out, int64_t run, const struct inputs *in, const struct grouping *g,
                  uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        if (g->network[i] == POPULATION_NONE)
            continue;
        const struct member_reasons *m = &g->reasons.members[i];
        pg_binary_row(out, 15);
        pg_binary_int8(out, run);
        pg_binary_text(out, in->population.organizers[i].id);
        number(out, g->number[g->network[i]]);
        pg_binary_float4(out, m->fit);
        shared_columns(out, &in->population, &g->reasons.networks[g->network[i]], m);
        pg_binary_int2(out, (int16_t)m->told);
        next_columns(out, g, m);
        why_columns(out, &in->population, m);
        if (m->closest == POPULATION_NONE) {
            pg_binary_null(out);
            pg_binary_null(out);
        } else {
            pg_binary_text(out, in->population.organizers[m->closest].id);
            pg_binary_float4(out, m->closest_similarity);
        }
    }
}

/* For how many published runs in a row it has waited, this one included, and since when. */
static void waiting_columns(struct buf *out, const struct grouping *g, uint32_t organizer)
{
    const struct left_out *l = &g->left_out[organizer];
    int32_t since = 0;
    number(out, l->waited);
    if (l->waited == 0)
        pg_binary_null(out);
    else if (date_parse(l->since, &since))
        pg_binary_date(out, since);
    else
        out->failed = true;
}

/* As a day, or NULL. */
static void last_report(struct buf *out, const struct inputs *in, uint32_t organizer)
{
    if (in->last_day != NULL && in->last_day[organizer] != LEFT_OUT_NEVER)
        pg_binary_date(out, in->last_day[organizer]);
    else
        pg_binary_null(out);
}

/* Date of the last report, or place in the queue, each where it belongs to the reason. */
static void left_out_columns(struct buf *out, const struct inputs *in, const struct grouping *g,
                             uint32_t organizer)
{
    if (g->selection.reason[organizer] == UNMATCHED_NOTHING_REPORTED)
        last_report(out, in, organizer);
    else
        pg_binary_null(out);
    if (g->left_out[organizer].waited > 0)
        number(out, g->selection.ahead[organizer]);
    else
        pg_binary_null(out);
}

void rows_unmatched(struct buf *out, int64_t run, const struct inputs *in, const struct grouping *g,
                    uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        enum unmatched_reason reason = g->selection.reason[i];
        if (reason == UNMATCHED_NONE)
            continue;
        pg_binary_row(out, 12);
        pg_binary_int8(out, run);
        pg_binary_text(out, in->population.organizers[i].id);
        pg_binary_text(out, unmatched_reason_name(reason));
        pg_binary_text(out, g->reasons.members[i].reason_sv);
        pg_binary_text(out, g->reasons.members[i].reason_en);
        waiting_columns(out, g, i);
        next_columns(out, g, &g->reasons.members[i]);
        left_out_columns(out, in, g, i);
    }
}
