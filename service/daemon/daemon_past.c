/* daemon_past.c - what was published once: found by number or day in the database, read into a snapshot of
 * its own, of which a few are kept. One is read at a time, at the gate of questions to the database, for all
 * that wait for it by then. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "daemon/daemon.h"
#include "daemon/load.h"

/* One that was read before inputs changed names organizers as they were called then: it is read again after
 * so long, or after so many times as long as that takes. */
#define STALE_MS 1000
#define STALE_TIMES 20

struct past_slot {
    struct snapshot *snapshot; /* NULL: free */
    uint64_t run, used, read_ms, took_ms;
};

/* Owner: the daemon. */
struct past {
    TAILQ_HEAD(, past_read) waiting; /* at the gate, in the order of their asking */
    uint64_t asked;                  /* how many have */
    uint64_t uses;
    size_t n;
    struct past_slot slots[];
};

struct past_read {
    struct daemon *daemon;
    struct gate_pass pass;
    TAILQ_ENTRY(past_read) link; /* while it waits */
    uint64_t number, asked;      /* of those that ever asked it is this one; there were so many at its turn */
    char *programme;
    char run[24], day[16]; /* "": by the other */
    uint64_t found;        /* the run that was meant */
    struct load *load;
    uint64_t began_ms;
    bool (*forgotten)(const void *context);
    service_past_done done;
    void *context;
    struct err error;
};

int daemon_past_open(struct daemon *d, struct err *e)
{
    size_t n = (size_t)d->options->past_runs;
    d->past = calloc(1, sizeof *d->past + n * sizeof d->past->slots[0]);
    if (d->past == NULL)
        return err_memory(e, "earlier runs");
    d->past->n = n;
    TAILQ_INIT(&d->past->waiting);
    return 0;
}

void daemon_past_forget(struct daemon *d)
{
    for (size_t i = 0; d->past != NULL && i < d->past->n; i++) {
        snapshot_free(d->past->slots[i].snapshot);
        d->past->slots[i] = (struct past_slot){0};
    }
}

void daemon_past_describe(const struct daemon *d, struct service_status *out)
{
    for (size_t i = 0; d->past != NULL && i < d->past->n; i++) {
        const struct snapshot *s = d->past->slots[i].snapshot;
        out->past.runs += s != NULL;
        out->past.bytes += s == NULL ? 0 : snapshot_bytes(s);
    }
}

void daemon_past_free(struct daemon *d)
{
    daemon_past_forget(d);
    free(d->past);
    d->past = NULL;
}

/* A thread may still build a run when all the rest has gone: then nothing is looked for, nor asked. */
static bool is_closing(const struct daemon *d)
{
    return d->refresh == NULL;
}

static bool is_stale(struct daemon *d, const struct past_slot *slot)
{
    struct pg_async_status database;
    const struct snapshot *now = d->service.snapshot(d);
    pg_async_status(d->pg, &database);
    return database.connected && now != NULL && slot->snapshot->inputs_version != now->inputs_version &&
           uv_now(&d->loop) - slot->read_ms > STALE_MS + STALE_TIMES * slot->took_ms;
}

/* The run as it is in memory, of that programme: NULL where it is not. */
static const struct snapshot *remembered(struct daemon *d, const char *programme, uint64_t run)
{
    if (is_closing(d))
        return NULL;
    const struct snapshot *now = d->service.snapshot(d);
    const struct snapshot_programme *p =
        now == NULL ? NULL : snapshot_find_programme(now, programme, strlen(programme));
    if (p != NULL && p->published_run == run)
        return now;
    for (size_t i = 0; i < d->past->n; i++) {
        struct past_slot *slot = &d->past->slots[i];
        if (slot->snapshot == NULL || slot->run != run ||
            snapshot_find_programme(slot->snapshot, programme, strlen(programme)) == NULL)
            continue;
        if (is_stale(d, slot))
            return NULL;
        slot->used = ++d->past->uses;
        return slot->snapshot;
    }
    return NULL;
}

/* In the place of the same run, of none, or of the one that was asked for least lately. */
static void remember(struct past_read *r, struct snapshot *s)
{
    struct daemon *d = r->daemon;
    struct past_slot *place = &d->past->slots[0];
    for (size_t i = 0; i < d->past->n; i++) {
        struct past_slot *slot = &d->past->slots[i];
        if (slot->run == r->found) {
            place = slot;
            break;
        }
        if (slot->used < place->used)
            place = slot;
    }
    uv_update_time(&d->loop);
    snapshot_free(place->snapshot);
    *place = (struct past_slot){.snapshot = s,
                                .run = r->found,
                                .used = ++d->past->uses,
                                .read_ms = uv_now(&d->loop),
                                .took_ms = uv_now(&d->loop) - r->began_ms};
}

static void answer(struct past_read *r, const struct snapshot *s)
{
    r->done(r->context, s, s == NULL ? &r->error : NULL);
    free(r->programme);
    free(r);
}

/* One that waits for what this one has found: the same run, or the same day, if it had asked by the time that
 * the database was. */
static struct past_read *find_same(const struct past_read *r)
{
    struct past_read *other;
    TAILQ_FOREACH(other, &r->daemon->past->waiting, link)
    {
        // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): who is answered has left the list
        if (strcmp(other->programme, r->programme) != 0)
            continue;
        if (other->run[0] != '\0' ? strtoull(other->run, NULL, 10) == r->found
                                  : strcmp(other->day, r->day) == 0 && other->number <= r->asked)
            return other;
    }
    return NULL;
}

/* What one does that is answered may change who waits, so each is looked for anew. */
static void answer_same(const struct past_read *r, const struct snapshot *s)
{
    struct past_read *other;
    while ((other = find_same(r)) != NULL) {
        TAILQ_REMOVE(&r->daemon->past->waiting, other, link);
        gate_quit(r->daemon->reads, &other->pass);
        answer(other, s);
    }
}

/* It had a place. */
static void finish(struct past_read *r, const struct snapshot *s)
{
    if (s != NULL)
        answer_same(r, s);
    gate_leave(r->daemon->reads);
    answer(r, s);
}

static void on_loaded(void *context, struct snapshot *snapshot, const struct err *e)
{
    struct past_read *r = context;
    if (e != NULL)
        r->error = *e;
    else
        remember(r, snapshot);
    finish(r, snapshot);
}

static const struct err gone = {ERR_CANCELLED, "nobody waits for the answer any more"};

static bool is_forgotten(const void *context)
{
    const struct past_read *r = context;
    return r->forgotten != NULL && r->forgotten(r->context);
}

static const char find_query[] =
    "SELECT asked.run, r.programme, r.run IS NOT DISTINCT FROM p.published_run OR EXISTS (SELECT FROM "
    "peernet.audit AS a WHERE a.run = r.run AND a.action IN ('publish', 'rollback')) FROM (SELECT coalesce("
    "$2::bigint, (SELECT a.run FROM peernet.audit AS a WHERE a.programme = $1 AND a.action IN ('publish', "
    "'rollback', 'unpublish') AND a.at < ($3::date + 1)::timestamp AT TIME ZONE 'UTC' ORDER BY a.entry DESC "
    "LIMIT 1)) AS run) AS asked LEFT JOIN peernet.runs AS r USING (run) "
    "LEFT JOIN peernet.programmes AS p ON p.name = r.programme";

static int on_found(void *context, const PGresult *result, int row, struct err *e)
{
    struct past_read *r = context;
    const char *run = PQgetvalue(result, row, 0), *programme = PQgetvalue(result, row, 1);
    if (run[0] == '\0')
        return err_set(e, ERR_NOT_FOUND, "programme %s had no published networks on %s", r->programme,
                       r->day);
    if (programme[0] == '\0')
        return err_set(e, ERR_NOT_FOUND,
                       r->day[0] == '\0' ? "no run has the number %s"
                                         : "run %s, which was published then, has been removed",
                       run);
    if (strcmp(programme, r->programme) != 0)
        return err_set(e, ERR_INVALID, "run %s is of programme %s, not of %s", run, programme, r->programme);
    if (PQgetvalue(result, row, 2)[0] != 't')
        return err_set(e, ERR_INVALID, "run %s was never published (run.diff shows what it would change)",
                       run);
    r->found = strtoull(run, NULL, 10);
    return 0;
}

static void on_find_done(void *context, const struct err *e)
{
    struct past_read *r = context;
    const struct load_wish wish = {.today = refresh_day(), .past = (int64_t)r->found};
    if (e != NULL || is_forgotten(r)) {
        r->error = e != NULL ? *e : gone;
        finish(r, NULL);
        return;
    }
    const struct snapshot *s = remembered(r->daemon, r->programme, r->found);
    r->began_ms = uv_now(&r->daemon->loop);
    if (s != NULL ||
        load_start(&r->load, &r->daemon->loop, r->daemon->pg, &wish, on_loaded, r, &r->error) != 0)
        finish(r, s);
}

/* Its turn: another may have had the same run read meanwhile. */
static bool begin(void *context)
{
    struct past_read *r = context;
    TAILQ_REMOVE(&r->daemon->past->waiting, r, link);
    r->asked = r->daemon->past->asked;
    const char *values[] = {r->programme, r->run[0] == '\0' ? NULL : r->run,
                            r->day[0] == '\0' ? NULL : r->day};
    struct pg_async_query query = {
        .sql = find_query, .n = 3, .values = values, .context = r, .row = on_found, .done = on_find_done};
    const struct snapshot *s =
        r->run[0] == '\0' ? NULL : remembered(r->daemon, r->programme, strtoull(r->run, NULL, 10));
    if (s == NULL && (is_forgotten(r) || is_closing(r->daemon)))
        r->error = gone;
    else if (s == NULL && pg_async_query(r->daemon->pg, &query, &r->error) == 0)
        return true;
    answer(r, s);
    return false;
}

static struct past_read *open_read(struct daemon *d, const struct service_past *request, struct err *e)
{
    struct past_read *r = calloc(1, sizeof *r);
    char *programme = strdup(request->programme);
    if (r == NULL || programme == NULL) {
        free(r);
        free(programme);
        err_memory(e, "an earlier run");
        return NULL;
    }
    *r = (struct past_read){.daemon = d, .programme = programme, .forgotten = request->forgotten};
    r->pass =
        (struct gate_pass){.go = begin, .forgotten = is_forgotten, .context = r, .client = request->client};
    if (request->run != 0)
        snprintf(r->run, sizeof r->run, "%" PRId64, request->run);
    else
        snprintf(r->day, sizeof r->day, "%s", request->day);
    return r;
}

void daemon_past_read(void *self, const struct service_past *request, service_past_done done, void *context)
{
    struct daemon *d = self;
    struct err e = ERR_INIT;
    const struct snapshot *s =
        request->run == 0 ? NULL : remembered(d, request->programme, (uint64_t)request->run);
    struct past_read *r = NULL;
    if (s == NULL && d->past->n == 0)
        err_set(&e, ERR_LIMIT, "this daemon reads no earlier runs (past-runs is 0)");
    else if (s == NULL)
        r = open_read(d, request, &e);
    if (r == NULL) {
        done(context, s, s == NULL ? &e : NULL);
        return;
    }
    r->done = done;
    r->context = context;
    r->number = ++d->past->asked;
    TAILQ_INSERT_TAIL(&d->past->waiting, r, link);
    if (gate_enter(d->reads, &r->pass, &r->error) != 0) {
        TAILQ_REMOVE(&d->past->waiting, r, link);
        answer(r, NULL);
    }
}
