/* network.propose and cancel: networks of a set of organizers that nobody stores, computed by a worker. */
#include <stdlib.h>

#include "net/encode.h"
#include "net/problem.h"
#include "net/ticket.h"
#include "proto/mp.h"

enum { ORGANIZERS, SETTINGS, PINS, SEED, PROGRAMME };

static const msgpack_object *given(const struct argument *a)
{
    return a->given ? a->object : NULL;
}

static int open_problem(struct call *call, struct problem **out, struct err *e)
{
    const struct argument *a = call->arguments;
    struct problem_request r = {.organizers = given(&a[ORGANIZERS]),
                                .pins = given(&a[PINS]),
                                .seed = a[SEED].natural,
                                .msgid = call->msgid,
                                .english = call->english,
                                .organizers_limit = call->server->options.propose_organizers};
    if (call_snapshot(call, &r.snapshot, e) || call_programme(r.snapshot, &a[PROGRAMME], &r.programme, e))
        return (int)e->code;
    if (problem_settings(&r.settings, r.programme, given(&a[SETTINGS]), e) == 0)
        return problem_open(out, &r, e);
    settings_free(&r.settings);
    return (int)e->code;
}

int handle_network_propose(struct call *call, struct buf *out, struct err *e)
{
    struct problem *problem;
    (void)out;
    if (call->service->propose_room(call->service->self, call->conn->id, call->server->n_drafts,
                                    ticket_drafts(call->conn), e) ||
        open_problem(call, &problem, e) || ticket_open_proposal(call, problem, e) == NULL)
        return (int)e->code;
    return HANDLER_LATER;
}

int handle_cancel(struct call *call, struct buf *out, struct err *e)
{
    (void)e;
    bool found = ticket_cancel(call->conn, (uint32_t)call->arguments[0].natural);
    /* The cancelled one was answered meanwhile, by the buffer that this answer goes to. */
    buf_clear(out);
    mp_map(out, 1);
    mp_key(out, "cancelled");
    mp_bool(out, found);
    return 0;
}
