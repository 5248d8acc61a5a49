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

static int write_problem(struct call *call, struct buf *problem, struct err *e)
{
    const struct argument *a = call->arguments;
    struct problem_request r = {.organizers = given(&a[ORGANIZERS]),
                                .pins = given(&a[PINS]),
                                .seed = a[SEED].natural,
                                .english = call->english,
                                .organizers_limit = call->server->options.propose_organizers};
    if (call_snapshot(call, &r.snapshot, e) || call_programme(r.snapshot, &a[PROGRAMME], &r.programme, e))
        return e->code;
    int code = problem_settings(&r.settings, r.programme, given(&a[SETTINGS]), e);
    if (code == 0)
        code = problem_write(problem, &r, e);
    settings_free(&r.settings);
    return code;
}

int handle_network_propose(struct call *call, struct buf *out, struct err *e)
{
    struct buf problem;
    (void)out;
    buf_init(&problem, 0);
    struct ticket *ticket = NULL;
    int code = write_problem(call, &problem, e);
    if (code == 0 && (ticket = ticket_open_proposal(call, e)) == NULL)
        code = e->code;
    if (code == 0) {
        uint64_t id =
            call->service->propose(call->service->self, &problem, ticket_answer_proposal, ticket, e);
        if (id != 0)
            ticket_set_proposal(ticket, id);
        else
            code = e->code;
    }
    buf_free(&problem);
    if (code != 0 && ticket != NULL)
        ticket_drop(ticket);
    return code != 0 ? code : HANDLER_LATER;
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
