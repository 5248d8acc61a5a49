/* http.h - a small HTTP server for monitoring, by libmicrohttpd on the caller's loop: GET and HEAD of whole,
 * short answers. What it waits for is one epoll descriptor that the loop polls, so there is no thread.
 *
 * Bounded: 32 connections, 16 KiB of memory each, 10 s of silence. Owner: the daemon. Loop thread only. */
#ifndef PEERNET_HTTP_HTTP_H
#define PEERNET_HTTP_HTTP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

#include "base/buf.h"
#include "base/err.h"

struct http;

struct http_answer {
    unsigned status;  /* 200 unless it is set */
    const char *type; /* of the content; static text */
    struct buf *body;
};

/* Answers a GET of `path`; `verbose`: the query has that word. False: there is nothing of that path. */
typedef bool (*http_responder)(void *context, const char *path, bool verbose, struct http_answer *out);

/* A socket that listens on `address`, or -1; `reuse_port`: others may too. ERR_BUSY when it is taken, ERR_IO.
 */
int http_listen(const struct sockaddr *address, bool reuse_port, struct err *e);
/* Answers there; the socket is closed with it, or when that fails. */
int http_open(struct http **out, uv_loop_t *loop, int listening, http_responder respond, void *context,
              struct err *e);
uint16_t http_port(const struct http *h);
/* Takes no more connections; those that there are go on. NULL is fine. */
void http_stop_listening(struct http *h);
/* Closes all at once; the memory goes when its handles are closed. NULL is fine. */
void http_close(struct http *h);

#endif
