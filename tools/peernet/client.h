/* client.h - libpeernet-client as commands need it: JSON in and out, errors as struct err.
 *
 *     client_open(&client, "127.0.0.1:7400", &trust, &limits, &e);
 *     client_call(client, "network.of", params, &result, &e);     json_decref(result)
 *     client_close(client);
 *
 * Owner: whoever opened it. One thread. */
#ifndef PEERNET_CLI_CLIENT_H
#define PEERNET_CLI_CLIENT_H

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct client;

struct client_limits {
    double connect_seconds;
    double call_seconds;
    size_t reply_bytes;
};
void client_limits_default(struct client_limits *limits); /* 5 s, 30 s, 64 MiB */

/* Files; "" where there is none. */
struct client_trust {
    const char *ca; /* "" = whom this system trusts */
    const char *certificate, *key;
};

/* ERR_INVALID for an address that is none, ERR_UNAVAILABLE when nobody answers there; ERR_DENIED when it is
 * not whom it should be. */
int client_open(struct client **out, const char *address, const struct client_trust *trust,
                const struct client_limits *limits, struct err *e);
void client_close(struct client *client); /* NULL is fine */
/* When the daemon's certificate ends, in seconds since 1970-01-01; 0 without TLS. */
int64_t client_certificate_ends(const struct client *client);

/* `method` and the notification's parameter are for the call only. */
typedef void (*client_notified)(void *context, const char *method, const json_t *params);
void client_on_notification(struct client *client, client_notified notified, void *context);

/* Waits end when *flag is set. SIGINT is let through only during them when the caller
 * has blocked it. */
void client_on_interrupt(struct client *client, const volatile sig_atomic_t *flag);

/* Calls a method with params: an array (positional), an object (by name) or NULL (none). On success *result
 * is the caller's. An error of the server has its code and text; a lost connection is ERR_UNAVAILABLE, and so
 * is every call after it. */
int client_call(struct client *client, const char *method, const json_t *params, json_t **result,
                struct err *e);

/* The first call: says in which language texts shall come ("sv", "en") and, unless `token` is "", logs in.
 * ERR_DENIED, without a byte sent, where others could read the token on the way. */
int client_hello(struct client *client, const char *language, const char *token, struct err *e);

/* Did the last call fail by an answer of the server's (and not on the way)? */
bool client_refused(const struct client *client);

/* Waits for one notification (which goes to the callback), at most so long; ERR_OK also when none came. */
int client_wait(struct client *client, double seconds, struct err *e);

#endif
