/* rpc.h - the envelopes of MessagePack-RPC, both ways:
 *
 *     request  [0, msgid, method, params]    response  [1, msgid, error, result]    notification  [2, method,
 * params]
 *
 * Rules that keep real clients working: a response is a four-element array with a one-byte header and carries
 * the request's msgid (all 32 bits); method names may come as str or bin; what carries no msgid cannot be
 * answered, and then the connection closes. Owner: the caller, of everything. Any thread. */
#ifndef PEERNET_PROTO_RPC_H
#define PEERNET_PROTO_RPC_H

#include <msgpack.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum rpc_type { RPC_REQUEST = 0, RPC_RESPONSE = 1, RPC_NOTIFICATION = 2 };

/* Borrows from the unpacked frame. */
struct rpc_message {
    enum rpc_type type;
    uint32_t msgid;     /* request, response */
    const char *method; /* request, notification; not NUL-terminated */
    size_t method_size;
    const msgpack_object *params; /* request, notification: an array */
    const msgpack_object *error;  /* response; nil when the call succeeded */
    const msgpack_object *result; /* response */
};

enum rpc_verdict {
    RPC_FINE,
    RPC_REFUSED,     /* a request with a msgid and something wrong behind it: answer it with *e */
    RPC_UNANSWERABLE /* no envelope at all: close the connection, *e says why */
};
enum rpc_verdict rpc_read(const msgpack_object *top, struct rpc_message *out, struct err *e);

/* How many bytes a request has before its method, and its msgid, of a frame that is whole and checked; 0: it
 * is no request, or not written the short way, and rpc_read has to look at it. */
size_t rpc_request_head(const uint8_t *data, size_t size, uint32_t *msgid);

/* Each writes the beginning of an envelope; the caller writes exactly one value behind: the array of params,
 * or the result. */
void rpc_write_request(struct buf *out, uint32_t msgid, const char *method);
void rpc_write_notification(struct buf *out, const char *method);
void rpc_write_result(struct buf *out, uint32_t msgid);

/* A whole error response: the error is "E_CODE: text", or for clients that asked for it the map {code,
 * message} or the list [code, message], which is Neovim's form and that of clients made for it. */
enum rpc_error_style { RPC_ERROR_STRING, RPC_ERROR_MAP, RPC_ERROR_LIST };
#define RPC_ERROR_STYLES 3
/* Its word in hello: string, map, list. */
const char *rpc_error_style_name(enum rpc_error_style style);
void rpc_write_error(struct buf *out, uint32_t msgid, const struct err *error, enum rpc_error_style style);

/* The client's side of it: fills *e from a response's error in any style (or any other value a foreign
 * server may send, as ERR_INTERNAL) and returns its code; ERR_OK when the error is nil. There are always
 * words. */
int rpc_read_error(const msgpack_object *error, struct err *e);

#endif
