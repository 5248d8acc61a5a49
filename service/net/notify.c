/* Notifications: encoded once, appended to each subscriber's output. The second half of server.h. */
#include <stdio.h>
#include <string.h>

#include "net/conn.h"
#include "net/conn_log.h"
#include "net/encode.h"
#include "net/output.h"
#include "net/spare.h"
#include "proto/mp.h"

static void send_notice(struct conn *c, const struct buf *notice)
{
    struct server *s = c->server;
    char why[80];
    if (c->state != CONN_OPEN || c->input_ended)
        return;
    spare_lend(&s->spare_out, &c->out);
    if (output_has_room(c, notice->size))
        mp_raw(&c->out, notice->data, notice->size);
    else
        c->out.failed = true;
    if (buf_failed(&c->out)) {
        s->counts.slow_readers++;
        s->reached[LIMIT_OUTPUT_LIMIT]++;
        snprintf(why, sizeof why, "its unsent output has reached %zu bytes (output-limit)",
                 s->options.output_limit_bytes);
        conn_log(c, ERR_LIMIT, "connection ended: a subscriber that does not read", why);
        conn_close(c);
        return;
    }
    s->counts.notifications++;
    if (c->in_turn)
        return; /* the turn will send it */
    output_flush(c);
    conn_weigh(c);
}

/* To whoever has subscribed to one of `topics`. */
static void notify(struct server *s, enum notification_id id, uint32_t topics, server_writer write,
                   void *context)
{
    const struct notification *n = &notification_table()[id];
    struct conn *c;
    bool encoded = false;
    TAILQ_FOREACH(c, &s->conns, all)
    {
        if ((c->topics & topics) == 0)
            continue;
        if (!encoded) {
            buf_clear(&s->notice);
            rpc_write_notification(&s->notice, n->name);
            mp_array(&s->notice, 1);
            write(&s->notice, context);
            encoded = true;
        }
        send_notice(c, &s->notice);
    }
}

void server_notify(struct server *s, enum notification_id id, server_writer write, void *context)
{
    const char *topic = notification_table()[id].topic;
    notify(s, id, 1u << topic_parse(topic, strlen(topic)), write, context);
}

static void write_progress(struct buf *out, void *context)
{
    const struct service_run_progress *p = context;
    mp_map(out, 5);
    mp_key(out, "run");
    mp_int(out, p->run);
    mp_key(out, "programme");
    mp_text(out, p->programme);
    mp_key(out, "stage");
    mp_text(out, p->stage);
    mp_key(out, "share");
    mp_rounded(out, p->share, 4);
    mp_key(out, "text");
    encode_foreign(out, p->text);
}

void server_notify_progress(struct server *s, const struct service_run_progress *progress)
{
    struct service_run_progress copy = *progress;
    server_notify(s, NOTIFICATION_run_progress, write_progress, &copy);
}

static void write_finished(struct buf *out, void *context)
{
    const struct server_run_end *end = context;
    mp_map(out, 7);
    mp_key(out, "run");
    mp_int(out, end->run);
    mp_key(out, "programme");
    mp_text(out, end->programme);
    mp_key(out, "state");
    mp_text(out, end->state);
    mp_key(out, "error");
    encode_optional(out, end->error);
    mp_key(out, "mean_fit");
    mp_rounded(out, end->mean_fit, 4);
    mp_key(out, "published");
    mp_bool(out, end->published);
    mp_key(out, "result");
    if (end->result > 0)
        mp_int(out, end->result);
    else
        mp_nil(out);
}

void server_notify_finished(struct server *s, const struct server_run_end *end)
{
    struct server_run_end copy = *end;
    server_notify(s, NOTIFICATION_run_finished, write_finished, &copy);
}

struct publication {
    int64_t run;
    const char *programme;
};

static void write_published(struct buf *out, void *context)
{
    const struct publication *p = context;
    mp_map(out, 2);
    mp_key(out, "run");
    mp_int(out, p->run);
    mp_key(out, "programme");
    mp_text(out, p->programme);
}

void server_notify_published(struct server *s, int64_t run, const char *programme)
{
    struct publication p = {.run = run, .programme = programme};
    server_notify(s, NOTIFICATION_networks_published, write_published, &p);
}

static void write_ending(struct buf *out, void *context)
{
    const struct server_ending *ending = context;
    mp_map(out, 2);
    mp_key(out, "listens_s");
    mp_rounded(out, ending->listens_s, 3);
    mp_key(out, "within_s");
    mp_rounded(out, ending->within_s, 3);
}

void server_notify_ending(struct server *s, const struct server_ending *ending)
{
    struct server_ending copy = *ending;
    notify(s, NOTIFICATION_daemon_ending, ~0u, write_ending, &copy);
}
