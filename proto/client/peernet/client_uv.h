/* client_uv.h - libpeernet-client on a libuv loop: nothing waits, answers come by callback.
 *
 *     peernet_uv_open(&client, loop, "127.0.0.1:7400", &options, opened, context, &error);
 *     peernet_uv_call(client, "network.of", &params, answered, context, &error);
 *     peernet_uv_close(client, NULL);
 *
 * Calls may be made at once, before the connection stands; they go out in order after the hello. Each is
 * answered once: by the daemon, by its time limit (options.call_seconds), or, when the connection is lost or
 * closed, by E_UNAVAILABLE or E_CANCELLED. What a callback is given is for the callback only; `error` is NULL
 * when all went well. A callback may call and close.
 *
 * Owner: whoever opened it, until peernet_uv_close. The loop's thread only. */
#ifndef PEERNET_CLIENT_UV_H
#define PEERNET_CLIENT_UV_H

#include <uv.h>

#include "client.h"

#ifdef __cplusplus
extern "C" {
#endif

struct peernet_uv;

/* Connected and, where options say so, logged in; or not, and then every call fails. Later, with an error,
 * when the connection is lost. There is no connecting anew: close it and open another. */
typedef void (*peernet_uv_state)(void *context, const struct peernet_error *error);

/* -1, without a callback, for an address that is none or out of memory. `state` may be NULL. */
int peernet_uv_open(struct peernet_uv **client, uv_loop_t *loop, const char *address,
                    const struct peernet_options *options, peernet_uv_state state, void *context,
                    struct peernet_error *error);

typedef void (*peernet_uv_answered)(void *context, const msgpack_object *result,
                                    const struct peernet_error *error);

/* -1, without a callback: out of memory, or lost already. `answered` may be NULL. */
int peernet_uv_call(struct peernet_uv *client, const char *method, const msgpack_sbuffer *params,
                    peernet_uv_answered answered, void *context, struct peernet_error *error);

void peernet_uv_on_notification(struct peernet_uv *client, peernet_notified notified, void *context);

/* Calls that wait are answered with E_CANCELLED, now; `closed` (or NULL) comes when the loop has let go of
 * everything. */
void peernet_uv_close(struct peernet_uv *client, void (*closed)(void *context));

#ifdef __cplusplus
}
#endif

#endif
