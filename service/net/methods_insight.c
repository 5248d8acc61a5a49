/* insight.*: what the agency can learn from all reports and networks together, without telling of few. */
#include <math.h>

#include "core/population/county.h"
#include "core/insight/insight_challenges.h"
#include "core/insight/insight_coverage.h"
#include "core/insight/insight_quality.h"
#include "net/encode.h"
#include "net/insight_job.h"
#include "proto/mp.h"
#include "proto/text.h"

#define SHARE_DIGITS 4

/* nil where it is withheld. */
static void encode_count(struct buf *out, const char *key, bool hidden, uint32_t count)
{
    mp_key(out, key);
    if (hidden)
        mp_nil(out);
    else
        mp_uint(out, count);
}

static void encode_rounded(struct buf *out, const char *key, double value)
{
    mp_key(out, key);
    mp_rounded(out, value, SHARE_DIGITS);
}

/* "group": its key, "label": the county's name or the key again. */
static void encode_group(struct buf *out, const struct insight_job *j, const char *key)
{
    const char *name = j->by == INSIGHT_COUNTY ? county_name(key, j->job.english) : NULL;
    mp_key(out, "group");
    mp_text(out, key);
    mp_key(out, "label");
    mp_text(out, name != NULL ? name : key);
}

static void encode_head(struct buf *out, const struct insight_job *j)
{
    mp_key(out, "programme");
    mp_text(out, j->job.p->name);
    mp_key(out, "by");
    mp_text(out, insight_by_name((enum insight_by)j->by));
    mp_key(out, "threshold");
    mp_uint(out, j->threshold);
}

static void encode_cell(struct buf *out, const struct insight_cell *cell)
{
    encode_count(out, "organizers", cell->hidden, cell->count);
    encode_rounded(out, "share", cell->share);
    encode_rounded(out, "severity", cell->severity);
}

static void encode_row(struct buf *out, const struct insight_job *j, const struct insight_challenges *x,
                       const struct insight_row *row)
{
    const struct challenge *c = &j->job.s->population.challenges[row->challenge];
    mp_map(out, 9);
    encode_challenge_name(out, c, j->job.english);
    mp_key(out, "category");
    mp_text(out, j->job.s->population.categories[c->category]);
    encode_cell(out, &row->all);
    mp_key(out, "groups");
    mp_array(out, x->n_columns);
    for (uint32_t g = 0; g < x->n_columns; g++) {
        mp_map(out, 3);
        encode_cell(out, &row->cells[g]);
    }
    encode_rounded(out, "share_change", row->share_change);
    encode_rounded(out, "severity_change", row->severity_change);
}

static void encode_pairs(struct buf *out, const struct insight_job *j, const struct insight_challenges *x)
{
    mp_key(out, "pairs");
    mp_array(out, x->n_pairs);
    for (uint32_t i = 0; i < x->n_pairs; i++) {
        const struct challenge *a = &j->job.s->population.challenges[x->pairs[i].a];
        const struct challenge *b = &j->job.s->population.challenges[x->pairs[i].b];
        mp_map(out, 6);
        encode_challenge_name(out, a, j->job.english);
        mp_key(out, "other");
        mp_text(out, b->code);
        mp_key(out, "other_label");
        mp_text(out, j->job.english ? b->label_en : b->label_sv);
        mp_key(out, "organizers");
        mp_uint(out, x->pairs[i].both);
        encode_rounded(out, "lift", x->pairs[i].lift);
    }
}

static int reckon_challenges(const struct insight_job *j, struct buf *out, struct err *e)
{
    struct insight_challenges x;
    int code = insight_challenges_build(&j->job.s->population, &j->job.p->settings, j->job.s->today,
                                        (enum insight_by)j->by, j->threshold, j->limit, &x, e);
    if (code == ERR_OK) {
        encode_head(out, j);
        encode_count(out, "organizers", x.all.hidden, x.all.organizers);
        mp_key(out, "groups");
        mp_array(out, x.n_columns);
        for (uint32_t g = 0; g < x.n_columns; g++) {
            mp_map(out, 3);
            encode_group(out, j, x.columns[g].key);
            encode_count(out, "organizers", x.columns[g].hidden, x.columns[g].organizers);
        }
        mp_key(out, "challenges");
        mp_array(out, x.n_rows);
        for (uint32_t i = 0; i < x.n_rows; i++)
            encode_row(out, j, &x, &x.rows[i]);
        encode_pairs(out, j, &x);
        mp_key(out, "withheld");
        mp_uint(out, x.withheld);
    }
    insight_challenges_free(&x);
    return code;
}

static void encode_states(struct buf *out, const struct insight_coverage *x, const struct coverage_figure *at)
{
    mp_key(out, "states");
    mp_map(out, x->n_states);
    for (uint32_t k = 0; k < x->n_states; k++)
        encode_count(out, coverage_state_name(x->states[k]), at[k].hidden, at[k].count);
}

static int reckon_coverage(const struct insight_job *j, struct buf *out, struct err *e)
{
    struct insight_coverage x;
    int code = insight_coverage_build(j->job.s, j->job.p, (enum insight_by)j->by, j->threshold, &x, e);
    if (code == ERR_OK) {
        encode_head(out, j);
        encode_count(out, "organizers", x.organizers.hidden, x.organizers.count);
        encode_states(out, &x, x.all);
        mp_key(out, "groups");
        mp_array(out, x.n_rows);
        for (uint32_t r = 0; r < x.n_rows; r++) {
            mp_map(out, 4);
            encode_group(out, j, x.keys[r]);
            encode_count(out, "organizers", x.sums[r].hidden, x.sums[r].count);
            encode_states(out, &x, &x.figures[(size_t)r * x.n_states]);
        }
        mp_key(out, "withheld");
        mp_uint(out, x.withheld);
        encode_published_run(out, j->job.p);
    }
    insight_coverage_free(&x);
    return code;
}

static void encode_churn(struct buf *out, const struct quality_run *r)
{
    mp_key(out, "churn");
    if (r->base == 0) {
        mp_nil(out);
        return;
    }
    mp_map(out, 6);
    mp_key(out, "base");
    mp_uint(out, r->base);
    encode_count(out, "stayed", r->stayed.hidden, r->stayed.count);
    encode_count(out, "moved", r->moved.hidden, r->moved.count);
    encode_count(out, "joined", r->joined.hidden, r->joined.count);
    encode_count(out, "left", r->left.hidden, r->left.count);
    encode_rounded(out, "stayed_share", r->stayed_share);
}

static void encode_run(struct buf *out, const struct insight_job *j, const struct quality_run *r)
{
    mp_map(out, 10);
    mp_key(out, "run");
    mp_uint(out, r->run->run);
    mp_key(out, "state");
    mp_text(out, run_state_name(snapshot_run_state(j->job.s, r->run)));
    mp_key(out, "was_published");
    mp_bool(out, snapshot_run_was_published(j->job.s, r->run));
    mp_key(out, "as_of");
    mp_text(out, r->run->as_of);
    encode_count(out, "networks", r->networks < 0, r->networks < 0 ? 0 : (uint32_t)r->networks);
    encode_rounded(out, "mean_fit", r->mean_fit);
    encode_count(out, "organizers", r->organizers.hidden, r->organizers.count);
    encode_count(out, "members", r->matched.hidden, r->matched.count);
    mp_key(out, "unmatched");
    mp_map(out, QUALITY_REASONS);
    for (int i = 0; i < QUALITY_REASONS; i++)
        encode_count(out, unmatched_reason_name((enum unmatched_reason)(UNMATCHED_NONE + 1 + i)),
                     r->unmatched[i].hidden, r->unmatched[i].count);
    encode_churn(out, r);
}

static void encode_fit(struct buf *out, const struct insight_quality *x)
{
    encode_rounded(out, "mean_fit", x->mean_fit);
    encode_rounded(out, "bound", x->bound);
    encode_rounded(out, "attained", x->bound > 0 ? x->mean_fit / x->bound : (double)NAN);
    mp_key(out, "fits");
    mp_map(out, 3);
    encode_rounded(out, "tenth", x->lowest_fit[0]);
    encode_rounded(out, "quarter", x->lowest_fit[1]);
    encode_rounded(out, "half", x->lowest_fit[2]);
}

static int reckon_quality(const struct insight_job *j, struct buf *out, struct err *e)
{
    struct insight_quality x;
    int code = insight_quality_build(j->job.s, j->job.p, j->threshold, j->limit, &x, e);
    if (code == ERR_OK) {
        mp_key(out, "programme");
        mp_text(out, j->job.p->name);
        mp_key(out, "threshold");
        mp_uint(out, j->threshold);
        encode_published_run(out, j->job.p);
        encode_count(out, "members", x.members.hidden, x.members.count);
        encode_fit(out, &x);
        mp_key(out, "runs");
        mp_array(out, x.n_runs);
        for (uint32_t i = 0; i < x.n_runs; i++)
            encode_run(out, j, &x.runs[i]);
        mp_key(out, "runs_total");
        mp_uint(out, j->job.p->runs_total);
    }
    insight_quality_free(&x);
    return code;
}

static int read_by(const struct argument *a, bool rounds, int *out, struct err *e)
{
    char shown[TEXT_SHOWN];
    *out = insight_by_parse(a->text, a->text_size);
    if (*out >= 0 && (rounds || *out != INSIGHT_ROUND))
        return 0;
    return err_set(e, ERR_INVALID, "by: %s came; allowed are all, kind, county%s",
                   text_show(a->text, a->text_size, shown), rounds ? ", size and round" : " and size");
}

int handle_insight_challenges(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *a = call->arguments;
    struct insight_job job = {.reckon = reckon_challenges, .limit = (uint32_t)a[1].natural};
    (void)out;
    return read_by(&a[0], true, &job.by, e) ? (int)e->code : insight_job_start(call, &a[2], &job, e);
}

int handle_insight_coverage(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *a = call->arguments;
    struct insight_job job = {.reckon = reckon_coverage};
    (void)out;
    return read_by(&a[0], false, &job.by, e) ? (int)e->code : insight_job_start(call, &a[1], &job, e);
}

int handle_insight_quality(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *a = call->arguments;
    struct insight_job job = {.reckon = reckon_quality, .limit = (uint32_t)a[0].natural};
    (void)out;
    return insight_job_start(call, &a[1], &job, e);
}
