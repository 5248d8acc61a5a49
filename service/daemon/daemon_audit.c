/* daemon_audit.c - whether the trail is whole: the database follows its chain a slice at a time, and between
 * two slices the connection does what else there is. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/daemon.h"

#define SLICE 5000 /* entries; about 0.15 s */

struct verifying {
    struct daemon *daemon;
    int64_t entries, last; /* followed so far */
    char hash[2 * 32 + 1];
    int64_t fault;
    char kind[16];
    bool more;
    service_json_done done;
    void *context;
};

static int on_row(void *context, const PGresult *r, int row, struct err *e)
{
    struct verifying *v = context;
    (void)e;
    int64_t checked = strtoll(PQgetvalue(r, row, 0), NULL, 10);
    v->entries += checked;
    v->last = strtoll(PQgetvalue(r, row, 1), NULL, 10);
    snprintf(v->hash, sizeof v->hash, "%s", PQgetvalue(r, row, 2));
    v->fault = strtoll(PQgetvalue(r, row, 3), NULL, 10);
    snprintf(v->kind, sizeof v->kind, "%s", PQgetvalue(r, row, 4));
    v->more = checked == SLICE && v->kind[0] == '\0';
    return 0;
}

static void answer(struct verifying *v)
{
    char fault[64] = "null", head[80] = "null", json[300];
    bool intact = v->kind[0] == '\0';
    if (!intact)
        snprintf(fault, sizeof fault, "{\"entry\": %" PRId64 ", \"kind\": \"%s\"}", v->fault, v->kind);
    if (intact && v->hash[0] != '\0')
        snprintf(head, sizeof head, "\"%s\"", v->hash);
    snprintf(json, sizeof json, "{\"intact\": %s, \"entries\": %" PRId64 ", \"head\": %s, \"fault\": %s}",
             intact ? "true" : "false", v->entries, head, fault);
    v->done(v->context, json, NULL);
    free(v);
}

static void ask_slice(struct verifying *v);

static void on_done(void *context, const struct err *e)
{
    struct verifying *v = context;
    if (e != NULL) {
        v->done(v->context, NULL, e);
        free(v);
    } else if (v->more) {
        ask_slice(v);
    } else {
        answer(v);
    }
}

static void ask_slice(struct verifying *v)
{
    char last[32], most[16];
    struct err e = ERR_INIT;
    snprintf(last, sizeof last, "%" PRId64, v->last);
    snprintf(most, sizeof most, "%d", SLICE);
    const char *values[] = {last, v->hash, most};
    struct pg_async_query query = {
        .sql = "SELECT checked, last, encode(last_hash, 'hex'), fault, kind FROM "
               "peernet.verify_audit($1::bigint, decode($2, 'hex'), $3::integer)",
        .n = 3,
        .values = values,
        .context = v,
        .row = on_row,
        .done = on_done,
    };
    if (pg_async_query(v->daemon->pg, &query, &e) == 0)
        return;
    v->done(v->context, NULL, &e);
    free(v);
}

void daemon_audit_verify(struct daemon *d, service_json_done done, void *context)
{
    struct err e = ERR_INIT;
    struct verifying *v = calloc(1, sizeof *v);
    if (v == NULL) {
        err_memory(&e, "following the trail");
        done(context, NULL, &e);
        return;
    }
    *v = (struct verifying){.daemon = d, .done = done, .context = context};
    ask_slice(v);
}
