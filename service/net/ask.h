/* ask.h - a question that the database answers, in the making: values from a request's arguments, as text.
 * Owner: the handler, until ask_end. Loop thread only. */
#ifndef PEERNET_NET_ASK_H
#define PEERNET_NET_ASK_H

#include "base/arena.h"
#include "net/handlers.h"

struct ask {
    struct service_ask ask;
    struct arena memory; /* of the values */
    bool failed;         /* for lack of memory */
};

void ask_begin(struct ask *a, enum service_question question);
/* Value `i` is a text, which is copied; NULL: left out. */
void ask_text(struct ask *a, size_t i, const char *text, size_t size);
void ask_whole(struct ask *a, size_t i, int64_t value);
void ask_real(struct ask *a, size_t i, double value); /* NAN: left out */
/* An argument: str, uint or bool; left out where it was not given. */
void ask_argument(struct ask *a, size_t i, const struct argument *argument, const struct param *param);
/* The request's first `n` arguments as the first values. */
void ask_arguments(struct ask *a, const struct call *call, size_t n);
/* Texts as one value, a list of them. */
void ask_list(struct ask *a, size_t i, const char *const *texts, size_t n);
/* Who asks, and from where: two values from `i` on. */
void ask_actor(struct ask *a, size_t i, const struct conn *c);

/* Asks and returns HANDLER_LATER, unless `code`, which it returns then, or *e say otherwise. Frees it. */
int ask_end(struct ask *a, struct call *call, int code, struct err *e);
/* Asks for a ticket that is there. Frees it. */
void ask_for(struct ask *a, const struct service *service, struct ticket *ticket);

#endif
