/* handlers.h - the handlers of all methods, one for each line of methods.def, and what they are given.
 *
 * A handler writes its result, exactly one value, into `out` and returns 0; or fills *e and returns its code;
 * or takes a ticket and returns HANDLER_LATER. Whatever it wrote is dropped unless it returns 0. Loop thread
 * only; nothing of a call outlives the handler but the ticket. */
#ifndef PEERNET_NET_HANDLERS_H
#define PEERNET_NET_HANDLERS_H

#include "net/state.h"

#define HANDLER_LATER (-1)

struct call {
    struct server *server;
    struct conn *conn;
    const struct service *service;
    const struct method *method;
    uint32_t msgid;
    bool english;                /* the connection's language: else Swedish */
    const struct snapshot *past; /* what it is to answer from, where it asked for an earlier run; else NULL */
    size_t lasting; /* of the result: bytes that rest on the request, the language and the snapshot alone; all
                     * but encode_age's field, where there are any */
    struct argument arguments[METHOD_PARAMS_MAX]; /* checked, in the order of methods.def */
};

typedef int (*handler)(struct call *call, struct buf *out, struct err *e);

#define METHOD(symbol, name, parameters, result, role, since, sentence) \
    int handle_##symbol(struct call *call, struct buf *out, struct err *e);
#include "proto/methods.def"
#undef METHOD

#endif
