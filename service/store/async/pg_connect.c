/* pg_connect.c - making a connection: each host in turn, its name resolved off the loop, each of its
 * addresses with a time limit of its own. libpq may change its socket at any PQconnectPoll, so the poll
 * handle is stopped before and a fresh one started after. */
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "store/async/pg_state.h"
#include "store/sync/pg_error.h"

struct pg_watch {
    uv_poll_t poll;
    struct pg_async *pg;
};

struct pg_lookup {
    uv_getaddrinfo_t request;
    struct pg_async *pg; /* NULL: nobody waits for it any more */
};

static void try_host(struct pg_async *pg);
static void try_address(struct pg_async *pg);

static void on_watch_closed(uv_handle_t *handle)
{
    struct pg_watch *watch = handle->data;
    struct pg_async *pg = watch->pg;
    free(watch);
    pg_async_release(pg);
}

struct pg_async *pg_watch_owner(const uv_poll_t *poll)
{
    return ((const struct pg_watch *)poll->data)->pg;
}

void pg_watch_pause(struct pg_async *pg)
{
    uv_poll_stop(&pg->watch->poll);
}

void pg_watch_stop(struct pg_async *pg)
{
    if (pg->watch == NULL)
        return;
    uv_poll_stop(&pg->watch->poll);
    uv_close((uv_handle_t *)&pg->watch->poll, on_watch_closed);
    pg->watch = NULL;
}

int pg_watch_start(struct pg_async *pg, int events, uv_poll_cb callback)
{
    if (pg->watch == NULL) {
        struct pg_watch *watch = calloc(1, sizeof *watch);
        if (watch == NULL)
            return UV_ENOMEM;
        int failed = uv_poll_init(pg->loop, &watch->poll, PQsocket(pg->connection));
        if (failed != 0) {
            free(watch);
            return failed;
        }
        watch->pg = pg;
        watch->poll.data = watch;
        pg->watch = watch;
        pg->handles++;
    }
    return uv_poll_start(&pg->watch->poll, events, callback);
}

static void forget_addresses(struct pg_async *pg)
{
    for (size_t i = 0; i < pg->n_addresses; i++)
        free(pg->addresses[i]);
    free(pg->addresses);
    pg->addresses = NULL;
    pg->n_addresses = pg->address = 0;
}

static void forget_lookup(struct pg_async *pg)
{
    if (pg->lookup == NULL)
        return;
    pg->lookup->pg = NULL;
    uv_cancel((uv_req_t *)&pg->lookup->request); /* if it has begun it ends by itself and is dropped then */
    pg->lookup = NULL;
}

static void drop_connection(struct pg_async *pg)
{
    uv_idle_stop(&pg->more);
    pg_watch_stop(pg); /* before libpq closes the socket */
    PQfinish(pg->connection);
    pg->connection = NULL;
    pg->sent = pg->asking = pg->copying = pg->parked = pg->lost = false;
}

void pg_connect_drop(struct pg_async *pg)
{
    uv_timer_stop(&pg->timer);
    forget_lookup(pg);
    drop_connection(pg);
    forget_addresses(pg);
}

void pg_connect_start(struct pg_async *pg)
{
    pg->trial = (struct err){ERR_UNAVAILABLE, ""};
    pg->host = 0;
    pg->any = !pg->conninfo.prefer_standby;
    try_host(pg);
}

/* Adds to what earlier hosts of this attempt said. */
static void note_failure(struct pg_async *pg, const struct err *why)
{
    if (pg->trial.text[0] == '\0') {
        pg->trial = *why;
        pg->trial.code = ERR_UNAVAILABLE;
        return;
    }
    struct err both = ERR_INIT;
    err_set(&both, ERR_UNAVAILABLE, "%s; %s", pg->trial.text, why->text);
    pg->trial = both;
}

void pg_connect_next(struct pg_async *pg, const struct err *why)
{
    note_failure(pg, why);
    uv_timer_stop(&pg->timer);
    forget_lookup(pg);
    drop_connection(pg);
    if (++pg->address < pg->n_addresses) {
        try_address(pg);
        return;
    }
    forget_addresses(pg);
    pg->host++;
    if (pg->host >= pg->conninfo.n_hosts && !pg->any) {
        pg->host = 0;
        pg->any = true;
    }
    if (pg->host < pg->conninfo.n_hosts)
        try_host(pg);
    else
        pg_async_gave_up(pg);
}

static void next_because(struct pg_async *pg, const char *what, int code)
{
    struct err why = ERR_INIT;
    err_set(&why, ERR_UNAVAILABLE, "%s %s: %s", what, pg->conninfo.hosts[pg->host].host, uv_strerror(code));
    pg_connect_next(pg, &why);
}

static bool keep_addresses(struct pg_async *pg, const struct addrinfo *found)
{
    size_t n = 0;
    for (const struct addrinfo *a = found; a != NULL; a = a->ai_next)
        n++;
    pg->addresses = calloc(n + 1, sizeof *pg->addresses);
    if (pg->addresses == NULL)
        return false;
    for (const struct addrinfo *a = found; a != NULL; a = a->ai_next) {
        char text[NI_MAXHOST];
        if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) != 0)
            continue;
        char *copy = strdup(text);
        if (copy == NULL)
            return false;
        pg->addresses[pg->n_addresses++] = copy;
    }
    return true;
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
    struct pg_lookup *lookup = request->data;
    struct pg_async *pg = lookup->pg;
    free(lookup);
    if (pg != NULL) {
        pg->lookup = NULL;
        bool kept = status == 0 && keep_addresses(pg, found);
        if (status != 0 || !kept)
            next_because(pg, "looking up", status != 0 ? status : UV_ENOMEM);
        else if (pg->n_addresses == 0)
            next_because(pg, "looking up", UV_EAI_NODATA);
        else
            try_address(pg);
    }
    uv_freeaddrinfo(found);
}

static void try_host(struct pg_async *pg)
{
    const struct pg_host *host = &pg->conninfo.hosts[pg->host];
    if (!host->resolve) {
        try_address(pg);
        return;
    }
    struct pg_lookup *lookup = calloc(1, sizeof *lookup);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    int failed = UV_ENOMEM;
    if (lookup != NULL) {
        lookup->request.data = lookup;
        lookup->pg = pg;
        failed = uv_getaddrinfo(pg->loop, &lookup->request, on_resolved, host->host, NULL, &hints);
    }
    if (failed != 0) {
        free(lookup);
        next_because(pg, "looking up", failed);
        return;
    }
    pg->lookup = lookup;
    pg_async_enter(pg, PG_RESOLVING);
    pg_async_limit(pg, pg->options.connect_ms);
}

static void ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

static void next_by_libpq(struct pg_async *pg)
{
    struct err why = ERR_INIT;
    pg_error_words(&why, ERR_UNAVAILABLE, PQerrorMessage(pg->connection));
    pg_connect_next(pg, &why);
}

static void on_connected(struct pg_async *pg)
{
    int failed =
        PQsetnonblocking(pg->connection, 1) == 0 ? pg_watch_start(pg, UV_READABLE, pg_queue_event) : UV_EIO;
    if (failed != 0) {
        next_because(pg, "watching the connection to", failed);
        return;
    }
    pg_async_went_up(pg);
}

static void on_connecting(uv_poll_t *poll, int status, int events)
{
    struct pg_async *pg = pg_watch_owner(poll);
    (void)status; /* libpq finds out by itself what is wrong with its socket */
    (void)events;
    pg_watch_stop(pg);
    int wanted = 0;
    switch (PQconnectPoll(pg->connection)) {
    case PGRES_POLLING_OK:
        on_connected(pg);
        return;
    case PGRES_POLLING_READING:
        wanted = UV_READABLE;
        break;
    case PGRES_POLLING_WRITING:
        wanted = UV_WRITABLE;
        break;
    default:
        next_by_libpq(pg);
        return;
    }
    int failed = pg_watch_start(pg, wanted, on_connecting);
    if (failed != 0)
        next_because(pg, "watching the connection to", failed);
}

static void try_address(struct pg_async *pg)
{
    const struct pg_host *host = &pg->conninfo.hosts[pg->host];
    pg->connection = pg_conninfo_start(&pg->conninfo, host,
                                       pg->n_addresses > 0 ? pg->addresses[pg->address] : "", pg->any);
    if (pg->connection == NULL) {
        next_because(pg, "connecting to", UV_ENOMEM);
        return;
    }
    PQsetNoticeReceiver(pg->connection, ignore_notice, NULL);
    pg_async_enter(pg, PG_CONNECTING);
    if (PQstatus(pg->connection) == CONNECTION_BAD) {
        next_by_libpq(pg);
        return;
    }
    pg_async_limit(pg, pg->options.connect_ms);
    int failed = pg_watch_start(pg, UV_WRITABLE, on_connecting);
    if (failed != 0)
        next_because(pg, "watching the connection to", failed);
}
