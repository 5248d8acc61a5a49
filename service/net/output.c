#include "net/output.h"

#include <stdlib.h>

#include "net/conn.h"
#include "net/spare.h"
#include "net/tls.h"

size_t output_unsent(const struct conn *c)
{
    size_t queued = c->writing ? uv_stream_get_write_queue_size(&c->uv.stream) : 0;
    size_t later = c->sending.size - c->handed;
    return queued + later + c->out.size + (c->tls != NULL ? c->tls->wire.size - c->tls->sealed : 0);
}

bool output_has_room(const struct conn *c, size_t size)
{
    size_t unsent = output_unsent(c), limit = c->server->options.output_limit_bytes;
    return unsent <= limit && size <= limit - unsent;
}

static void give_back(struct buf *b)
{
    if (b->size == 0 && b->capacity > 0)
        buf_free(b);
}

void output_rest(struct conn *c)
{
    give_back(&c->in);
    give_back(&c->out);
    give_back(&c->sending);
    if (c->tls != NULL)
        give_back(&c->tls->wire);
}

/* Of what goes to the kernel: encrypted or not. */
static struct buf *spare_of(const struct conn *c)
{
    return c->tls != NULL ? &c->server->spare_wire : &c->server->spare_out;
}

static void write_piece(struct conn *c);

static void on_written(uv_write_t *write, int status)
{
    struct conn *c = write->data;
    free(write);
    c->writing = false;
    if (status == 0 && c->state == CONN_OPEN && c->handed < c->sending.size) {
        write_piece(c);
        return;
    }
    buf_clear(&c->sending);
    c->handed = 0;
    spare_take(spare_of(c), &c->sending);
    if (c->state != CONN_OPEN)
        return;
    if (status < 0)
        conn_close(c);
    else
        conn_turn(c);
}

/* The kernel copies what it takes, and may take much: others have their turn between two pieces. */
static void write_piece(struct conn *c)
{
    uv_write_t *write =
        malloc(sizeof *write); /* its own memory: most connections write nothing most of the time */
    if (write == NULL) {
        conn_close(c);
        return;
    }
    size_t rest = c->sending.size - c->handed, size = rest < WRITE_BYTES ? rest : WRITE_BYTES;
    uv_buf_t piece = uv_buf_init((char *)c->sending.data + c->handed, (unsigned)size);
    write->data = c;
    c->handed += size;
    c->writing = uv_write(write, &c->uv.stream, &piece, 1, on_written) == 0;
    if (c->writing)
        return;
    free(write);
    conn_close(c);
}

/* What does not go at once goes to libuv, which takes its time. */
static void write_later(struct conn *c, struct buf *from, size_t sent)
{
    struct buf empty = c->sending;
    c->sending = *from;
    *from = empty;
    c->handed = sent;
    c->write_at = uv_now(c->server->loop);
    write_piece(c);
}

/* Sends what is in `from`; false when that is not over yet, or the connection is. */
static bool write_now(struct conn *c, struct buf *from)
{
    size_t first = from->size < WRITE_BYTES ? from->size : WRITE_BYTES;
    c->server->traffic.bytes_out += from->size;
    uv_buf_t piece = uv_buf_init((char *)from->data, (unsigned)first);
    int sent = uv_try_write(&c->uv.stream, &piece, 1);
    if (sent < 0 && sent != UV_EAGAIN) {
        conn_close(c);
        return false;
    }
    if (sent != (int)from->size) {
        write_later(c, from, sent < 0 ? 0 : (size_t)sent);
        return false;
    }
    buf_clear(from);
    spare_take(spare_of(c), from);
    return true;
}

/* Part by part, so that little of it is there twice. */
static void flush_sealed(struct conn *c)
{
    size_t before = c->out.size;
    spare_lend(&c->server->spare_wire, &c->tls->wire);
    do {
        if (c->tls->established && !c->tls->broken && !tls_seal(c)) {
            conn_close(c);
            return;
        }
        spare_take(&c->server->spare_out, &c->out);
        if (c->out.size > 0 && before - (c->out.size - c->tls->sealed) > WRITE_BYTES) {
            c->server->traffic.bytes_out += c->tls->wire.size;
            write_later(c, &c->tls->wire, 0); /* and goes on when that is written */
            break;
        }
    } while (c->tls->wire.size > 0 && write_now(c, &c->tls->wire) && c->out.size > 0);
    if (c->tls != NULL)
        spare_take(&c->server->spare_wire, &c->tls->wire);
}

void output_flush(struct conn *c)
{
    if (c->state != CONN_OPEN || c->writing)
        return;
    if (c->tls != NULL)
        flush_sealed(c);
    else if (c->out.size > 0)
        write_now(c, &c->out);
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
    struct conn *c = shutdown->data;
    free(shutdown);
    if (status < 0 && c->state != CONN_CLOSING)
        conn_close(c);
}

void output_end(struct conn *c)
{
    if (c->server->n_lingering >= server_lingering_most(c->server->options.max_connections)) {
        conn_close(c); /* so that peers who break rules in a row cannot hold more than that */
        return;
    }
    if (c->tls != NULL) {
        tls_say_goodbye(c);
        output_flush(c); /* as far as the kernel takes it; what it does not goes before the shutdown */
    }
    if (c->state != CONN_OPEN)
        return;
    conn_leave_open(c);
    c->server->n_lingering++;
    c->state = CONN_LINGERING;
    c->end_at = uv_now(c->server->loop) + LINGER_MS;
    uv_shutdown_t *shutdown = malloc(sizeof *shutdown);
    if (shutdown == NULL) {
        conn_close(c);
        return;
    }
    shutdown->data = c;
    if (uv_shutdown(shutdown, &c->uv.stream, on_shutdown) < 0) {
        free(shutdown);
        conn_close(c);
    }
}
