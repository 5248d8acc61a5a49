#include "regroup/rows.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/explain_unmatched.h"
#include "core/group.h"
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

void rows_networks(struct buf *out, int64_t run, const struct inputs *in, const struct grouping *g)
{
    for (uint32_t k = 0; k < g->n_networks; k++) {
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
        buf_text(out, "\n");
    }
}

void rows_members(struct buf *out, int64_t run, const struct inputs *in, const struct grouping *g)
{
    for (uint32_t i = 0; i < in->population.n_organizers; i++) {
        if (g->network[i] == POPULATION_NONE)
            continue;
        const struct member_reasons *m = &g->reasons.members[i];
        buf_printf(out, "%lld", (long long)run);
        text(out, in->population.organizers[i].id);
        buf_printf(out, "\t%u", g->number[g->network[i]]);
        real(out, m->fit);
        codes_array(out, &in->population, m->shared, m->n_shared);
        if (m->next_network == POPULATION_NONE) {
            buf_text(out, "\t\\N\t\\N");
        } else {
            buf_printf(out, "\t%u", g->number[m->next_network]);
            real(out, m->next_fit);
        }
        text(out, m->reason_sv);
        text(out, m->reason_en);
        buf_text(out, "\n");
    }
}

static struct unmatched_facts facts_of(const struct inputs *in, const struct grouping *g, uint32_t organizer)
{
    const struct selection *s = &g->selection;
    uint32_t before = in->base.waited[organizer];
    struct unmatched_facts f = {.reason = s->reason[organizer]};
    if (s->waits[organizer]) {
        f.waited = before + 1;
        f.since = before > 0 ? in->base.since[organizer] : in->as_of;
    }
    if (s->limit[organizer] != GROUP_NONE)
        limits_facts(&s->limits, s->limit[organizer], organizer, &f);
    return f;
}

static void reasons(struct buf *out, const struct unmatched_facts *f)
{
    static const char *const languages[] = {"sv", "en"};
    struct buf words;
    buf_init(&words, 0);
    for (size_t i = 0; i < 2; i++) {
        buf_clear(&words);
        unmatched_sentences(&words, f, languages[i]);
        text(out, buf_string(&words));
        out->failed = out->failed || buf_failed(&words);
    }
    buf_free(&words);
}

void rows_unmatched(struct buf *out, int64_t run, const struct inputs *in, const struct grouping *g)
{
    for (uint32_t i = 0; i < in->population.n_organizers; i++) {
        if (g->selection.reason[i] == UNMATCHED_NONE)
            continue;
        struct unmatched_facts f = facts_of(in, g, i);
        buf_printf(out, "%lld", (long long)run);
        text(out, in->population.organizers[i].id);
        text(out, unmatched_reason_name(f.reason));
        reasons(out, &f);
        buf_printf(out, "\t%u\t%s\n", f.waited, f.waited > 0 ? f.since : "\\N");
    }
}
