/* daemon_audit.c - whether the trail is whole: the database follows its chain a slice at a time, and between
 * two slices the connection does what else there is. Those who ask during a walk share the next one, since
 * what this one has passed may have changed before they asked. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "daemon/daemon.h"

#define SLICE 5000 /* entries; about 0.15 s */

struct asker {
    TAILQ_ENTRY(asker) link;
    service_json_done done;
    void *context;
    bool (*forgotten)(const void *context); /* NULL: never */
};
TAILQ_HEAD(askers, asker);

struct audit_walk {
    struct daemon *daemon;
    struct gate_pass pass;
    bool under_way;
    struct askers now, next;
    uint32_t n_next;
    int64_t entries, last; /* followed so far */
    char hash[2 * 32 + 1];
    int64_t fault;
    char kind[16];
    bool more;
};

int daemon_audit_open(struct daemon *d, struct err *e)
{
    struct audit_walk *w = d->audit_walk = calloc(1, sizeof *w);
    if (w == NULL)
        return err_memory(e, "following the trail");
    w->daemon = d;
    TAILQ_INIT(&w->now);
    TAILQ_INIT(&w->next);
    return 0;
}

void daemon_audit_free(struct daemon *d)
{
    free(d->audit_walk);
}

static bool is_forgotten(const struct asker *a)
{
    return a->forgotten != NULL && a->forgotten(a->context);
}

static bool all_forgotten(const struct audit_walk *w)
{
    const struct asker *a;
    TAILQ_FOREACH(a, &w->now, link)
    {
        if (!is_forgotten(a))
            return false;
    }
    return true;
}

static int on_row(void *context, const PGresult *r, int row, struct err *e)
{
    struct audit_walk *w = context;
    (void)e;
    int64_t checked = strtoll(PQgetvalue(r, row, 0), NULL, 10);
    w->entries += checked;
    w->last = strtoll(PQgetvalue(r, row, 1), NULL, 10);
    snprintf(w->hash, sizeof w->hash, "%s", PQgetvalue(r, row, 2));
    w->fault = strtoll(PQgetvalue(r, row, 3), NULL, 10);
    snprintf(w->kind, sizeof w->kind, "%s", PQgetvalue(r, row, 4));
    w->more = checked == SLICE && w->kind[0] == '\0';
    return 0;
}

static void write_verdict(const struct audit_walk *w, char *json, size_t size)
{
    char fault[64] = "null", head[80] = "null";
    bool intact = w->kind[0] == '\0';
    if (!intact)
        snprintf(fault, sizeof fault, "{\"entry\": %" PRId64 ", \"kind\": \"%s\"}", w->fault, w->kind);
    if (intact && w->hash[0] != '\0')
        snprintf(head, sizeof head, "\"%s\"", w->hash);
    snprintf(json, size, "{\"intact\": %s, \"entries\": %" PRId64 ", \"head\": %s, \"fault\": %s}",
             intact ? "true" : "false", w->entries, head, fault);
}

static void begin(struct audit_walk *w);

/* The walk is over for those it was for; an answer may bring new askers, who wait for the next. */
static void end_walk(struct audit_walk *w, const struct err *e)
{
    char json[300];
    struct asker *a;
    write_verdict(w, json, sizeof json);
    while ((a = TAILQ_FIRST(&w->now)) != NULL) {
        TAILQ_REMOVE(&w->now, a, link);
        a->done(a->context, e == NULL ? json : NULL, e);
        free(a);
    }
    w->under_way = false;
}

static void on_done(void *context, const struct err *e)
{
    struct audit_walk *w = context;
    struct gate *gate = w->daemon->reads;
    if (e == NULL && w->more) {
        gate_again(gate, &w->pass);
        return;
    }
    end_walk(w, e);
    gate_leave(gate);
    begin(w);
}

static int send_slice(struct audit_walk *w, struct err *e)
{
    char last[32], most[16];
    snprintf(last, sizeof last, "%" PRId64, w->last);
    snprintf(most, sizeof most, "%d", SLICE);
    const char *values[] = {last, w->hash, most};
    struct pg_async_query query = {
        .sql = "SELECT checked, last, encode(last_hash, 'hex'), fault, kind FROM "
               "peernet.verify_audit($1::bigint, decode($2, 'hex'), $3::integer)",
        .n = 3,
        .values = values,
        .context = w,
        .row = on_row,
        .done = on_done,
    };
    return pg_async_query(w->daemon->pg, &query, e);
}

/* The next slice, unless all are gone by now. */
static bool go(void *context)
{
    struct audit_walk *w = context;
    struct err e = ERR_INIT;
    if (all_forgotten(w))
        err_set(&e, ERR_CANCELLED, "nobody waits for the answer any more");
    else if (send_slice(w, &e) == 0)
        return true;
    end_walk(w, &e);
    begin(w);
    return false;
}

static void begin(struct audit_walk *w)
{
    struct err e = ERR_INIT;
    if (w->under_way || w->n_next == 0)
        return;
    TAILQ_CONCAT(&w->now, &w->next, link);
    w->n_next = 0;
    w->under_way = true;
    w->entries = w->last = w->fault = 0;
    w->hash[0] = w->kind[0] = '\0';
    w->more = false;
    w->pass = (struct gate_pass){.go = go, .context = w};
    if (gate_enter(w->daemon->reads, &w->pass, &e) != 0)
        end_walk(w, &e);
}

static void drop_forgotten(struct audit_walk *w)
{
    static const struct err gone = {ERR_CANCELLED, "nobody waits for the answer any more"};
    struct asker *a = TAILQ_FIRST(&w->next), *next;
    for (; a != NULL; a = next) {
        next = TAILQ_NEXT(a, link);
        if (!is_forgotten(a))
            continue;
        TAILQ_REMOVE(&w->next, a, link);
        w->n_next--;
        a->done(a->context, NULL, &gone);
        free(a);
    }
}

static struct asker *take(struct audit_walk *w, struct err *e)
{
    uint32_t most = (uint32_t)w->daemon->options->ask_queue + 1;
    if (w->n_next >= most)
        drop_forgotten(w);
    if (w->n_next >= most) {
        err_set(e, ERR_BUSY, "%u audit.verify wait for the next walk; the limit is %u (ask-queue and one)",
                w->n_next, most);
        return NULL;
    }
    struct asker *a = calloc(1, sizeof *a);
    if (a == NULL)
        err_memory(e, "following the trail");
    return a;
}

void daemon_audit_verify(struct daemon *d, const struct service_ask *ask, service_json_done done,
                         void *context)
{
    struct audit_walk *w = d->audit_walk;
    struct err e = ERR_INIT;
    struct asker *a = take(w, &e);
    if (a == NULL) {
        done(context, NULL, &e);
        return;
    }
    *a = (struct asker){.done = done, .context = context, .forgotten = ask->forgotten};
    TAILQ_INSERT_TAIL(&w->next, a, link);
    w->n_next++;
    begin(w);
}
