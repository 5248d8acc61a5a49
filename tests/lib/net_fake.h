/* net_fake.h - a server on a loopback port with a fake of the daemon behind it, and clients
 * (net_fake_client.h), all in one thread: whoever waits runs the loop. Answers of the service are held back
 * until the test gives them. Include after cmocka.h. */
#ifndef PEERNET_TESTS_NET_FAKE_H
#define PEERNET_TESTS_NET_FAKE_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "net_fake_data.h"
#include "net_fake_diff.h"
#include "net/server.h"
#include "net/tokens.h"
#include "proto/mp.h"
#include "proto/mp_json.h"
#include "proto/rpc.h"

#define FAKE_HELD_MAX 2000

struct fake {
    uv_loop_t loop;
    struct server *server;
    struct server_options options;
    struct service service;
    struct snapshot *snapshot; /* NULL: not loaded yet */
    bool under_way;            /* run 9 is running */
    bool answer_at_once;
    struct {
        service_done done;
        void *context;
    } held[FAKE_HELD_MAX];
    size_t n_held;
    struct {
        service_proposal_done done;
        void *context;
        uint64_t id;
    } proposals[FAKE_HELD_MAX];
    size_t n_proposals;
    uint64_t last_proposal, cancelled_proposals;
    bool refuses_proposals, takes_no_problem;
    char last_batch[4096], last_key[404];
    bool last_organizers;
    struct err batch_error; /* when it has a code: what batches are answered with */
    struct buf last_problem;
    struct service_run_request last_start;
    char last_programme[300];
    struct service_decision_request last_decision;
    char last_why[300];
    int64_t last_cancel;
    char last_who[300], last_origin[64];
    uint8_t last_hash[TOKEN_HASH_SIZE];
    int64_t last_lifetime_ms;
    size_t logged_in; /* how often that was told */
    bool closed;      /* the server's `done` was called */
    const char *answers[SERVICE_QUESTIONS];
    char last_values[SERVICE_VALUES][200]; /* "" = left out */
    size_t asked;
};

static inline const struct snapshot *fake_snapshot(void *self)
{
    return ((struct fake *)self)->snapshot;
}

static inline double fake_age(void *self)
{
    (void)self;
    return 1.5;
}

static inline void fake_status(void *self, struct service_status *out)
{
    struct fake *f = self;
    out->ready = f->snapshot != NULL;
    out->uptime_s = 12.25;
    out->database.state = "waiting";
    out->database.error = "it said \xff";
    out->database.retry_s = -1;
    out->snapshot.age_s = 1.5;
    out->snapshot.inputs_version = 3;
    out->proposals.running = 1;
    out->proposals.jobs = 2;
    out->proposals.waiting = 3;
    out->proposals.time_limit_s = 60;
}

static inline void fake_hold(struct fake *f, service_done done, void *context)
{
    if (f->answer_at_once) {
        struct service_run_answer answer = {9, "default", "running", "2026-03-14T06:00:00Z", 8, "same"};
        done(context, &answer, NULL);
        return;
    }
    assert_true(f->n_held < FAKE_HELD_MAX);
    f->held[f->n_held].done = done;
    f->held[f->n_held++].context = context;
}

static inline void fake_run_start(void *self, const struct service_run_request *request, service_done done,
                                  void *context)
{
    struct fake *f = self;
    f->last_start = *request;
    snprintf(f->last_programme, sizeof f->last_programme, "%s", request->programme);
    fake_hold(f, done, context);
}

static inline void fake_run_decide(void *self, const struct service_decision_request *request,
                                   service_done done, void *context)
{
    struct fake *f = self;
    snprintf(f->last_who, sizeof f->last_who, "%s", request->who);
    snprintf(f->last_why, sizeof f->last_why, "%s", request->why == NULL ? "" : request->why);
    snprintf(f->last_origin, sizeof f->last_origin, "%s", request->origin);
    f->last_decision = *request;
    fake_hold(f, done, context);
}

static inline void fake_run_cancel(void *self, int64_t run, const char *who, const char *origin,
                                   service_done done, void *context)
{
    struct fake *f = self;
    snprintf(f->last_origin, sizeof f->last_origin, "%s", origin);
    snprintf(f->last_who, sizeof f->last_who, "%s", who);
    f->last_cancel = run;
    fake_hold(f, done, context);
}

static inline void fake_run_replay(void *self, int64_t run, const char *programme, service_done done,
                                   void *context)
{
    struct service_run_answer answer = {
        .run = run, .programme = programme, .state = "identical", .text = "it comes out the same"};
    (void)self;
    done(context, &answer, NULL);
}

static inline bool fake_run_progress(void *self, int64_t run, struct service_run_progress *out)
{
    if (run != 9 || !((struct fake *)self)->under_way)
        return false;
    *out = (struct service_run_progress){9, "default", "running", "graph", "Neighbours", 0.25, 1.5, NULL};
    return true;
}

static inline size_t fake_runs_under_way(void *self, int64_t *runs, size_t max)
{
    if (!((struct fake *)self)->under_way || max == 0)
        return 0;
    runs[0] = 9;
    return 1;
}

static inline void fake_token_create(void *self, const struct service_token_request *request,
                                     service_token_done done, void *context)
{
    struct fake *f = self;
    struct service_token_answer answer = {.name = request->name,
                                          .role = request->role,
                                          .created_at = "2026-03-14T06:00:00Z",
                                          .expires_at =
                                              request->lifetime_ms == 0 ? "" : "2026-06-12T06:00:00Z"};
    memcpy(f->last_hash, request->hash, sizeof f->last_hash);
    f->last_lifetime_ms = request->lifetime_ms;
    snprintf(f->last_who, sizeof f->last_who, "%s", request->who);
    done(context, &answer, NULL);
}

static inline void fake_token_revoke(void *self, const char *name, const char *who, const char *origin,
                                     service_token_done done, void *context)
{
    struct fake *f = self;
    snprintf(f->last_origin, sizeof f->last_origin, "%s", origin);
    struct service_token_answer answer = {.name = name, .revoked_at = "2026-03-15T06:00:00Z"};
    struct err e = ERR_INIT;
    snprintf(f->last_who, sizeof f->last_who, "%s", who);
    if (strcmp(name, "nobody") != 0) {
        done(context, &answer, NULL);
        return;
    }
    err_set(&e, ERR_NOT_FOUND, "there is no token nobody");
    done(context, NULL, &e);
}

static inline int fake_propose_room(void *self, uint64_t client, uint32_t ahead, uint32_t own, struct err *e)
{
    struct fake *f = self;
    (void)client;
    (void)ahead;
    (void)own;
    return f->refuses_proposals || f->answer_at_once ? err_set(e, ERR_BUSY, "as many wait as may") : 0;
}

static inline uint64_t fake_propose(void *self, uint64_t client, struct buf *problem,
                                    service_proposal_done done, void *context, struct err *e)
{
    struct fake *f = self;
    assert_true(client != 0);
    if (f->takes_no_problem) {
        err_set(e, ERR_BUSY, "somebody was quicker");
        return 0;
    }
    buf_free(&f->last_problem);
    f->last_problem = *problem;
    buf_init(problem, 0);
    assert_true(f->n_proposals < FAKE_HELD_MAX);
    f->proposals[f->n_proposals].done = done;
    f->proposals[f->n_proposals].context = context;
    f->proposals[f->n_proposals++].id = ++f->last_proposal;
    return f->last_proposal;
}

static inline void fake_submit(void *self, const struct service_batch *batch, service_batch_done done,
                               void *context)
{
    struct fake *f = self;
    struct service_batch_answer answer = {1, 2, 3, 4, "2026-03-14T06:00:00Z"};
    snprintf(f->last_batch, sizeof f->last_batch, "%s", buf_string(batch->entries));
    snprintf(f->last_key, sizeof f->last_key, "%s", batch->key);
    snprintf(f->last_who, sizeof f->last_who, "%s", batch->who);
    snprintf(f->last_origin, sizeof f->last_origin, "%s", batch->origin);
    f->last_organizers = batch->organizers;
    if (f->batch_error.code == ERR_OK)
        done(context, &answer, NULL);
    else
        done(context, NULL, &f->batch_error);
}

/* Answers that one, by its place among those that wait. */
static inline void fake_answer_proposal(struct fake *f, size_t at, const void *answer, size_t size,
                                        const struct err *e)
{
    assert_true(at < f->n_proposals);
    service_proposal_done done = f->proposals[at].done;
    void *context = f->proposals[at].context;
    memmove(&f->proposals[at], &f->proposals[at + 1], (--f->n_proposals - at) * sizeof f->proposals[0]);
    struct buf bytes;
    buf_init(&bytes, 0);
    buf_append(&bytes, answer, size);
    done(context, &bytes, e);
    buf_free(&bytes);
}

static inline void fake_propose_cancel(void *self, uint64_t proposal)
{
    struct fake *f = self;
    struct err e = {ERR_CANCELLED, "the proposal was cancelled"};
    for (size_t i = 0; i < f->n_proposals; i++)
        if (f->proposals[i].id == proposal) {
            f->cancelled_proposals++;
            fake_answer_proposal(f, i, NULL, 0, &e);
            return;
        }
}

static inline void fake_logged_in(void *self, const struct token *token)
{
    (void)token;
    ((struct fake *)self)->logged_in++;
}

/* Answers with what the test has put into `answers`, or refuses where it has nothing. */
static inline void fake_ask(void *self, const struct service_ask *ask, service_json_done done, void *context)
{
    struct fake *f = self;
    struct err e = ERR_INIT;
    f->asked++;
    for (size_t i = 0; i < SERVICE_VALUES; i++)
        snprintf(f->last_values[i], sizeof f->last_values[i], "%s",
                 ask->values[i] == NULL ? "" : ask->values[i]);
    err_set(&e, ERR_UNAVAILABLE, "the database is away");
    const char *json = f->answers[ask->question];
    done(context, json, json == NULL ? &e : NULL);
}

/* Run 7 is the one that is published; everything else is another time. */
static inline void fake_past(void *self, const struct service_past *request, service_past_done done,
                             void *context)
{
    struct fake *f = self;
    struct err e = ERR_INIT;
    err_set(&e, ERR_NOT_FOUND, "no run has the number %lld", (long long)request->run);
    bool known = request->run == 7 || request->day != NULL;
    done(context, known ? f->snapshot : NULL, known ? NULL : &e);
}

/* Answers the oldest request that waits. */
static inline void fake_answer(struct fake *f, const struct service_run_answer *answer, const struct err *e)
{
    assert_true(f->n_held > 0);
    service_done done = f->held[0].done;
    void *context = f->held[0].context;
    memmove(&f->held[0], &f->held[1], --f->n_held * sizeof f->held[0]);
    done(context, answer, e);
}

static inline void fake_init(struct fake *f)
{
    memset(f, 0, sizeof *f);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    f->snapshot = fake_data();
    f->service = (struct service){f,
                                  fake_snapshot,
                                  fake_age,
                                  fake_status,
                                  fake_run_start,
                                  fake_run_decide,
                                  fake_run_cancel,
                                  fake_run_replay,
                                  fake_run_progress,
                                  fake_runs_under_way,
                                  fake_token_create,
                                  fake_token_revoke,
                                  fake_propose_room,
                                  fake_propose,
                                  fake_propose_cancel,
                                  fake_logged_in,
                                  fake_ask,
                                  fake_run_diff,
                                  fake_past,
                                  fake_submit};
    server_options_default(&f->options);
}

static inline void fake_listen(struct fake *f)
{
    struct err e = ERR_INIT;
    if (server_open(&f->server, &f->loop, &f->options, &f->service, &e) ||
        server_listen_tcp(f->server, "127.0.0.1:0", &e))
        fail_msg("%s", e.text);
}

static inline void fake_closed(void *context)
{
    ((struct fake *)context)->closed = true;
}

/* Runs the loop for about so long. */
static inline void fake_run(struct fake *f, unsigned ms)
{
    uint64_t end = uv_hrtime() + (uint64_t)ms * 1000000;
    do {
        uv_run(&f->loop, UV_RUN_NOWAIT);
        usleep(200);
    } while (uv_hrtime() < end);
}

/* Runs the loop until the condition holds; fails after a minute: other work may make it slow. */
#define FAKE_UNTIL(f, condition)                                 \
    do {                                                         \
        uint64_t fake_end = uv_hrtime() + UINT64_C(60000000000); \
        while (!(condition)) {                                   \
            uv_run(&(f)->loop, UV_RUN_NOWAIT);                   \
            if (uv_hrtime() > fake_end)                          \
                fail_msg("waited in vain for %s", #condition);   \
            usleep(100);                                         \
        }                                                        \
    } while (0)

static inline void fake_end(struct fake *f)
{
    if (f->server != NULL) {
        server_stop(f->server, fake_closed, f);
        FAKE_UNTIL(f, f->closed);
    }
    while (f->n_held > 0) { /* every ticket is answered once, also behind its server's end */
        struct err e = {ERR_CANCELLED, "ending"};
        fake_answer(f, NULL, &e);
    }
    assert_int_equal(f->n_proposals, 0); /* they end with their connections */
    buf_free(&f->last_problem);
    server_free(f->server);
    snapshot_free(f->snapshot);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
}

#include "net_fake_client.h"

#endif
