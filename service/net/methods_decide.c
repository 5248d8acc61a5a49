/* run.publish, run.reject, run.rollback, run.cancel, run.replay: what people do about runs. */
#include <stdio.h>
#include <string.h>

#include "net/encode.h"
#include "net/login.h"
#include "net/ticket.h"
#include "proto/mp.h"

#define WHY_SIZE (4 * 500 + 1) /* 500 characters by methods.def */

static void encode_run_and_programme(struct buf *out, const struct service_run_answer *answer)
{
    mp_key(out, "run");
    mp_int(out, answer->run);
    mp_key(out, "programme");
    mp_text(out, answer->programme);
}

static void encode_rejection(struct buf *out, const struct service_run_answer *answer)
{
    mp_map(out, 3);
    encode_run_and_programme(out, answer);
    mp_key(out, "rejected_at");
    mp_text(out, answer->at);
}

static void encode_publication(struct buf *out, const struct service_run_answer *answer)
{
    mp_map(out, 4);
    encode_run_and_programme(out, answer);
    mp_key(out, "replaced");
    if (answer->replaced == 0)
        mp_nil(out);
    else
        mp_int(out, answer->replaced);
    mp_key(out, "published_at");
    mp_text(out, answer->at);
}

static void encode_cancelled(struct buf *out, const struct service_run_answer *answer)
{
    mp_map(out, 3);
    encode_run_and_programme(out, answer);
    mp_key(out, "state");
    mp_text(out, answer->state);
}

static int decide(struct call *call, struct service_decision_request *request, ticket_encoder encode,
                  struct err *e)
{
    char who[LOGIN_WHO];
    struct ticket *ticket = ticket_open(call, encode, e);
    if (ticket == NULL)
        return (int)e->code;
    request->run = (int64_t)call->arguments[0].natural;
    request->who = login_who(call->conn, who);
    request->origin = login_origin(call->conn);
    call->service->run_decide(call->service->self, request, ticket_answer, ticket);
    return HANDLER_LATER;
}

static const char *copy_why(const struct argument *a, char out[WHY_SIZE])
{
    if (!a->given)
        return NULL;
    snprintf(out, WHY_SIZE, "%.*s", (int)a->text_size, a->text);
    return out;
}

int handle_run_publish(struct call *call, struct buf *out, struct err *e)
{
    struct service_decision_request request = {.decision = SERVICE_PUBLISH, .force = call->arguments[1].flag};
    (void)out;
    return decide(call, &request, encode_publication, e);
}

int handle_run_reject(struct call *call, struct buf *out, struct err *e)
{
    char why[WHY_SIZE];
    struct service_decision_request request = {.decision = SERVICE_REJECT,
                                               .why = copy_why(&call->arguments[1], why)};
    (void)out;
    return decide(call, &request, encode_rejection, e);
}

int handle_run_rollback(struct call *call, struct buf *out, struct err *e)
{
    char why[WHY_SIZE];
    const struct argument *expected = &call->arguments[2];
    struct service_decision_request request = {.decision = SERVICE_ROLLBACK,
                                               .why = copy_why(&call->arguments[1], why),
                                               .expected = expected->given ? (int64_t)expected->natural : 0};
    (void)out;
    return decide(call, &request, encode_publication, e);
}

static bool is_under_way(const struct service *service, uint64_t run)
{
    struct service_run_progress progress;
    return service->run_progress(service->self, (int64_t)run, &progress) &&
           strcmp(progress.state, "running") == 0;
}

int handle_run_cancel(struct call *call, struct buf *out, struct err *e)
{
    char who[LOGIN_WHO];
    uint64_t run = call->arguments[0].natural;
    const struct snapshot *s = call->service->snapshot(call->service->self);
    (void)out;
    /* One that is written may be under way all the same: computed again. */
    if (!is_under_way(call->service, run) && s != NULL && snapshot_find_run(s, run) != NULL)
        return err_set(e, ERR_INVALID, "run %llu is written already; run.reject says that it is not wanted",
                       (unsigned long long)run);
    struct ticket *ticket = ticket_open(call, encode_cancelled, e);
    if (ticket == NULL)
        return (int)e->code;
    call->service->run_cancel(call->service->self, (int64_t)run, login_who(call->conn, who),
                              login_origin(call->conn), ticket_answer, ticket);
    return HANDLER_LATER;
}

static void encode_replay(struct buf *out, const struct service_run_answer *answer)
{
    mp_map(out, 4);
    encode_run_and_programme(out, answer);
    mp_key(out, "identical");
    mp_bool(out, strcmp(answer->state, "identical") == 0);
    mp_key(out, "text");
    encode_foreign(out, answer->text);
}

int handle_run_replay(struct call *call, struct buf *out, struct err *e)
{
    uint64_t run = call->arguments[0].natural;
    const struct snapshot *s;
    (void)out;
    if (call_snapshot(call, &s, e))
        return (int)e->code;
    const struct snapshot_run *found = snapshot_find_run(s, run);
    if (found == NULL)
        return err_set(e, ERR_NOT_FOUND, "no run has the number %llu", (unsigned long long)run);
    struct ticket *ticket = ticket_open(call, encode_replay, e);
    if (ticket == NULL)
        return (int)e->code;
    call->service->run_replay(call->service->self, (int64_t)run, s->programmes[found->programme].name,
                              ticket_answer, ticket);
    return HANDLER_LATER;
}
