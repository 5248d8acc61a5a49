/* login.h - who a connection is: a token turns its role into that of the token. A wrong one is answered only
 * after a delay that grows with the wrong ones from its address; meanwhile nothing else of that connection is
 * handled, and other connections from the address wait as long before they hear whether theirs is right.
 * Loop thread only. */
#ifndef PEERNET_NET_LOGIN_H
#define PEERNET_NET_LOGIN_H

#include "net/handlers.h"

/* Hello with a token: 0 when it is right and the connection has its role now; HANDLER_LATER when the answer
 * waits; ERR_DENIED, which does not say whether the token is unknown, expired or revoked; ERR_UNAVAILABLE
 * before any were read. */
int login_begin(struct call *call, const struct argument *token, struct err *e);
/* What hello answers, by what the connection is now. */
void login_encode(struct buf *out, const struct conn *c);

/* The connection closes: its answer goes nowhere. */
void login_forget(struct conn *c);
/* Looks at the answers that wait, on the server's timer. */
void login_on_timer(uv_timer_t *timer);

/* "token case-system", "uid 1000", "loopback": for the trail. Returns `out`. */
#define LOGIN_WHO 300
const char *login_who(const struct conn *c, char out[LOGIN_WHO]);
/* From where, likewise: "10.0.0.7:51234", "unix". As long as the connection. */
const char *login_origin(const struct conn *c);

#endif
