/* run.*: regroupings: start one, follow it, look at it, put its networks in force. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "net/encode.h"
#include "net/login.h"
#include "net/ticket.h"
#include "proto/mp.h"

#define UNDER_WAY_MAX 16

static void encode_started(struct buf *out, const struct service_run_answer *answer)
{
    mp_map(out, 3);
    mp_key(out, "run");
    mp_int(out, answer->run);
    mp_key(out, "programme");
    mp_text(out, answer->programme);
    mp_key(out, "state");
    mp_text(out, answer->state);
}

int handle_run_start(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *name = &call->arguments[0], *seed = &call->arguments[1];
    char programme[4 * 63 + 1]; /* 63 characters by methods.def */
    char who[LOGIN_WHO];
    (void)out;
    snprintf(programme, sizeof programme, "%.*s", (int)name->text_size, name->text);
    struct ticket *ticket = ticket_open(call, encode_started, e);
    if (ticket == NULL)
        return e->code;
    struct service_run_request request = {.programme = programme,
                                          .has_seed = seed->given,
                                          .seed = seed->natural,
                                          .publish = call->arguments[2].flag,
                                          .force = call->arguments[3].flag,
                                          .who = login_who(call->conn, who),
                                          .origin = login_origin(call->conn)};
    call->service->run_start(call->service->self, &request, ticket_answer, ticket);
    return HANDLER_LATER;
}

static void encode_run_head(struct buf *out, uint64_t run, const char *programme, const char *state)
{
    mp_key(out, "run");
    mp_uint(out, run);
    mp_key(out, "programme");
    mp_text(out, programme);
    mp_key(out, "state");
    mp_text(out, state);
}

/* A run that was written: a proposal, published or stale. */
static void encode_run(struct buf *out, const struct snapshot *s, const struct snapshot_run *r)
{
    mp_map(out, 17);
    encode_run_head(out, r->run, s->programmes[r->programme].name, run_state_name(snapshot_run_state(s, r)));
    mp_key(out, "base_run");
    if (r->base_run == 0)
        mp_nil(out);
    else
        mp_uint(out, r->base_run);
    mp_key(out, "as_of");
    mp_text(out, r->as_of);
    mp_key(out, "seed");
    mp_int(out, r->seed);
    mp_key(out, "effort");
    mp_uint(out, r->effort);
    mp_key(out, "inputs_version");
    mp_uint(out, r->inputs_version);
    mp_key(out, "inputs_digest");
    mp_text(out, r->inputs_digest);
    mp_key(out, "settings");
    encode_json(out, r->settings);
    mp_key(out, "versions");
    encode_json(out, r->versions);
    mp_key(out, "figures");
    encode_json(out, r->figures);
    mp_key(out, "started_at");
    mp_text(out, r->started_at);
    mp_key(out, "finished_at");
    mp_text(out, r->finished_at);
    encode_changed_inputs(out, r);
    mp_key(out, "was_published");
    mp_bool(out, snapshot_run_was_published(s, r));
    mp_key(out, "rejected");
    if (r->rejected[0] == '\0')
        mp_nil(out);
    else
        encode_json(out, r->rejected);
}

/* One that is under way, or ended without being written. */
static void encode_progress(struct buf *out, const struct service_run_progress *p)
{
    mp_map(out, 8);
    encode_run_head(out, (uint64_t)p->run, p->programme, p->state);
    mp_key(out, "stage");
    encode_foreign(out, p->stage);
    mp_key(out, "share");
    mp_rounded(out, p->share, 4);
    mp_key(out, "text");
    encode_foreign(out, p->text);
    mp_key(out, "elapsed_s");
    mp_rounded(out, p->elapsed_s, 3);
    mp_key(out, "error");
    encode_optional(out, p->error);
}

int handle_run_get(struct call *call, struct buf *out, struct err *e)
{
    uint64_t run = call->arguments[0].natural;
    const struct snapshot *s = call->service->snapshot(call->service->self);
    const struct snapshot_run *written = s != NULL ? snapshot_find_run(s, run) : NULL;
    struct service_run_progress progress;
    bool known = written == NULL && call->service->run_progress(call->service->self, (int64_t)run, &progress);
    if (written == NULL && !known && call_snapshot(call, &s, e))
        return e->code;
    if (written == NULL && !known)
        return err_set(e, ERR_NOT_FOUND, "no run has the number %" PRIu64, run);
    mp_map(out, 2);
    mp_key(out, "run");
    if (written != NULL)
        encode_run(out, s, written);
    else
        encode_progress(out, &progress);
    if (s != NULL) {
        encode_age(out, call->service);
    } else {
        mp_key(out, "age_s");
        mp_nil(out);
    }
    return 0;
}

/* Those of a programme that are under way and not written yet, newest first as the service has them. */
static size_t runs_under_way(const struct call *call, const struct snapshot *s,
                             const struct snapshot_programme *p,
                             struct service_run_progress out[UNDER_WAY_MAX])
{
    int64_t runs[UNDER_WAY_MAX];
    size_t n = 0, all = call->service->runs_under_way(call->service->self, runs, UNDER_WAY_MAX);
    for (size_t i = 0; i < all; i++) {
        if (snapshot_find_run(s, (uint64_t)runs[i]) == NULL &&
            call->service->run_progress(call->service->self, runs[i], &out[n]) &&
            strcmp(out[n].programme, p->name) == 0)
            n++;
    }
    return n;
}

int handle_run_list(struct call *call, struct buf *out, struct err *e)
{
    uint64_t offset = call->arguments[1].natural, limit = call->arguments[2].natural;
    const struct snapshot *s;
    const struct snapshot_programme *p;
    struct service_run_progress under_way[UNDER_WAY_MAX];
    if (call_snapshot(call, &s, e) || call_programme(s, &call->arguments[0], &p, e))
        return e->code;
    uint64_t running = runs_under_way(call, s, p, under_way), held = running + p->n_runs, count = 0;
    mp_map(out, 3);
    mp_key(out, "runs");
    size_t opened = mp_array_open(out);
    for (uint64_t i = offset; i < held && count < limit; i++, count++) {
        if (i < running)
            encode_progress(out, &under_way[i]);
        else
            encode_run(out, s, p->runs[i - running]);
    }
    mp_array_close(out, opened, (uint32_t)count);
    mp_key(out, "total");
    mp_uint(out, running + p->runs_total);
    encode_age(out, call->service);
    return 0;
}
