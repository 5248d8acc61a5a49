#include "regroup/session.h"

#include "regroup/interrupt.h"
#include "store/migrate.h"

/* The computing may take long, in which the connection says nothing. To compile a query that is run once
 * takes longer than it saves. And what is said to be published has to survive a crash of the server, also
 * where commits are usually not waited for. */
static const char prepare[] = "SET idle_session_timeout = 0; SET client_min_messages = error; SET jit = off; "
                              "SELECT set_config('synchronous_commit', 'on', false) WHERE "
                              "current_setting('synchronous_commit') = 'off'";

static const char lock[] = "SELECT pg_try_advisory_lock(hashtextextended('peernet.regroup ' || $1, 0))";

int session_failed(struct err *e)
{
    if (e->code == ERR_INVALID || e->code == ERR_NOT_FOUND)
        e->code = ERR_INTERNAL;
    return (int)e->code;
}

/* Said, not left to the server: it notices a closed connection a moment later, and until then a next worker
 * that is started at once would be told that another regrouping is under way. */
static void unlock(struct pg *pg)
{
    struct err e = ERR_INIT;
    if (PQtransactionStatus(pg->connection) == PQTRANS_IDLE)
        (void)pg_exec(pg, "SELECT pg_advisory_unlock_all()", &e); /* refused: it ends with the connection */
}

static int lock_programme(struct pg *pg, const char *programme, struct err *e)
{
    PGresult *result = NULL;
    int code = pg_query(pg, lock, 1, &programme, &result, e);
    if (code != ERR_OK)
        return code;
    bool got = PQgetvalue(result, 0, 0)[0] == 't';
    PQclear(result);
    if (!got)
        return err_set(e, ERR_BUSY, "programme %s: another regrouping is under way", programme);
    return ERR_OK;
}

int session_open(struct pg *pg, const char *conninfo, const char *programme, struct err *e)
{
    int code = pg_open(pg, conninfo, "peernet-regroup", e);
    if (code == ERR_INVALID)
        return (
            int)(e->code =
                     ERR_NOT_FOUND); /* the connection string is wrong: a matter of usage, not of settings */
    if (code != ERR_OK)
        return code;
    code = interrupt_connected(pg->connection, e);
    if (code == ERR_OK)
        code = pg_exec(pg, prepare, e);
    if (code == ERR_OK && migrate_check(pg, e) != ERR_OK)
        code = session_failed(e);
    if (code == ERR_OK && programme != NULL)
        code = lock_programme(pg, programme, e);
    if (code != ERR_OK)
        session_close(pg);
    return code;
}

void session_close(struct pg *pg)
{
    if (pg->connection == NULL)
        return;
    unlock(pg);
    interrupt_close();
    pg_close(pg);
}
