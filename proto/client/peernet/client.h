/* client.h - libpeernet-client: calls a peernet daemon and waits for the answer.
 *
 *     struct peernet_error error;
 *     struct peernet_client *client;
 *     struct peernet_options options = PEERNET_OPTIONS_DEFAULT;
 *     if (peernet_open(&client, "127.0.0.1:7400", &options, &error) != 0)
 *         errx(1, "%s: %s", error.code, error.text);
 *     char *answer;
 *     if (peernet_call_json(client, "network.of", "[\"2120000142\"]", &answer, &error) == 0)
 *         puts(answer), free(answer);
 *     peernet_close(client);
 *
 * Methods, their parameters and results, and the errors are those of PROTOCOL.md. Parameters and results are
 * MessagePack (msgpack-c's types) or JSON text. Replies are held against limits before anything is allocated
 * for them. No signals are touched, none are raised; descriptors close on exec.
 *
 * Every function that can fail returns 0, or -1 with *error filled (`error` may be NULL). Owner: whoever
 * opened the client. One thread at a time per client; different clients in different threads are fine.
 * peernet/client_uv.h is the same without waiting, on a libuv loop. */
#ifndef PEERNET_CLIENT_H
#define PEERNET_CLIENT_H

#include <msgpack.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PEERNET_ADDRESS_DEFAULT "127.0.0.1:7400"

/* What is wrong. `code` is one of PROTOCOL.md's ("E_NOT_FOUND"); E_UNAVAILABLE also where nobody answers or
 * the connection is lost, E_CANCELLED where a wait was interrupted. */
struct peernet_error {
    char code[24];
    char text[1024];
    int refused; /* the daemon said so; 0: it failed on the way, or before */
};

/* NULL or "" where there is none; numbers that are 0 count as the default. */
struct peernet_options {
    const char *ca; /* file of certificates that vouch for the daemon (TLS); none: the system's */
    const char *certificate, *key; /* files, for a daemon that asks for a client's certificate */
    const char *token;             /* to log in with; sent only where nobody else can read it */
    const char *language;          /* of texts: "sv" or "en" (the default) */
    const char *name;              /* of the program, for the daemon's log */
    double connect_seconds;        /* 5 */
    double call_seconds;           /* 30 */
    size_t reply_bytes;            /* the largest reply that is taken: 64 MiB */
};
#define PEERNET_OPTIONS_DEFAULT \
    {                           \
        0                       \
    }

struct peernet_client;

/* Connects; with a token, language or name also says hello. `address`: "HOST:PORT", "HOST" (port 7400),
 * "tls://HOST:PORT", "tls://HOST" (port 7443), "[::1]:7400", "/path/of/a/socket" or "unix:PATH". */
int peernet_open(struct peernet_client **client, const char *address, const struct peernet_options *options,
                 struct peernet_error *error);
void peernet_close(struct peernet_client *client); /* NULL is fine */

/* When the daemon's certificate ends, in seconds since 1970-01-01; 0 without TLS. */
int64_t peernet_certificate_ends(const struct peernet_client *client);

/* Says hello (again): another language, another token. Zeroed fields of `options` are left as they are. */
int peernet_hello(struct peernet_client *client, const struct peernet_options *options,
                  struct peernet_error *error);

/* A result, which borrows from the reply. Zeroed memory is an empty reply; peernet_reply_free on one is
 * fine, also twice. */
struct peernet_reply {
    msgpack_object result;
    void *memory;
};
void peernet_reply_free(struct peernet_reply *reply);

/* Calls a method. `params`: one array (positional) or map (by name), packed; NULL: none. */
int peernet_call(struct peernet_client *client, const char *method, const msgpack_sbuffer *params,
                 struct peernet_reply *reply, struct peernet_error *error);

/* The same in JSON. NULL for no parameters. *result is the caller's, to be freed. */
int peernet_call_json(struct peernet_client *client, const char *method, const char *params, char **result,
                      struct peernet_error *error);

/* Many at once: requests are gathered and sent with the first wait (or when 64 KiB are together); each is
 * received by its number, in any order. A request that is never received costs memory until the client is
 * closed. */
int peernet_send(struct peernet_client *client, const char *method, const msgpack_sbuffer *params,
                 uint32_t *number, struct peernet_error *error);
int peernet_receive(struct peernet_client *client, uint32_t number, struct peernet_reply *reply,
                    struct peernet_error *error);

/* Notifications that come (after a call of "subscribe") go to the callback, from within a call or wait.
 * Everything is for the callback only. NULL: they are dropped. */
typedef void (*peernet_notified)(void *context, const char *method, const msgpack_object *params);
void peernet_on_notification(struct peernet_client *client, peernet_notified notified, void *context);

/* Waits for one notification, at most so long. Returns 0 also when none came. */
int peernet_wait(struct peernet_client *client, double seconds, struct peernet_error *error);

/* Waits end with E_CANCELLED once *flag is not 0. Where the caller has blocked SIGINT it is let through
 * during waits, and only then, so that a handler which sets the flag is never too early. NULL: no more. */
void peernet_on_interrupt(struct peernet_client *client, const volatile sig_atomic_t *flag);

#ifdef __cplusplus
}
#endif

#endif
