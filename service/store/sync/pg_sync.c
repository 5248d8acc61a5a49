#include "store/pg_sync.h"

#include <stdlib.h>
#include <string.h>

#include "store/sync/pg_error.h"

/* What people may have mistaken in a connection string is not shown when it could hold a password: libpq's
 * own words quote the part that it could not read. */
static int check_conninfo(const char *conninfo, struct err *e)
{
    bool uri = strncmp(conninfo, "postgresql://", 13) == 0 || strncmp(conninfo, "postgres://", 11) == 0;
    if (!uri && strchr(conninfo, '=') == NULL)
        return ERR_OK; /* libpq takes it as the name of a database */
    char *words = NULL;
    PQconninfoOption *options = PQconninfoParse(conninfo, &words);
    int code = ERR_OK;
    if (options == NULL && (strstr(conninfo, "password") != NULL || strchr(conninfo, '@') != NULL))
        code = err_set(e, ERR_INVALID,
                       "the connection string cannot be read (not shown: it may hold a password); "
                       "example: host=/var/run/postgresql dbname=peernet");
    else if (options == NULL)
        code = pg_error_words(e, ERR_INVALID, words != NULL ? words : "the connection string cannot be read");
    for (PQconninfoOption *o = options; code == ERR_OK && o != NULL && o->keyword != NULL; o++) {
        if (strcmp(o->keyword, "host") == 0 && o->val != NULL && o->val[0] != '@' &&
            strchr(o->val, '@') != NULL)
            code =
                err_set(e, ERR_INVALID,
                        "the connection string's host holds '@': in a URI write '@' of a password as %%40");
    }
    PQconninfoFree(options);
    PQfreemem(words);
    return code;
}

static void ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

int pg_open(struct pg *pg, const char *conninfo, const char *application_name, struct err *e)
{
    pg->connection = NULL;
    if (conninfo == NULL)
        conninfo = "";
    int code = check_conninfo(conninfo, e);
    if (code != ERR_OK)
        return code;
    const char *keywords[] = {"fallback_application_name", "dbname", "client_encoding", NULL};
    const char *values[] = {application_name, conninfo, "UTF8", NULL};
    pg->connection = PQconnectdbParams(keywords, values, 1);
    if (pg->connection == NULL)
        return err_memory(e, "a database connection");
    PQsetNoticeReceiver(pg->connection, ignore_notice, NULL);
    if (PQstatus(pg->connection) != CONNECTION_OK)
        code = pg_error_words(e, ERR_UNAVAILABLE, PQerrorMessage(pg->connection));
    else
        /* Dates and numbers have one form whatever the role's or the database's defaults are. */
        code = pg_exec(pg,
                       "SET search_path = peernet, pg_catalog; SET datestyle = 'ISO, YMD'; "
                       "SET extra_float_digits = 1; SET standard_conforming_strings = on",
                       e);
    if (code != ERR_OK) {
        err_wrap(e, "connecting to the database");
        pg_close(pg);
    }
    return code;
}

void pg_close(struct pg *pg)
{
    PQfinish(pg->connection);
    pg->connection = NULL;
}

int pg_exec(struct pg *pg, const char *sql, struct err *e)
{
    PGresult *result = PQexec(pg->connection, sql);
    int code = pg_error_of(pg->connection, result, e);
    PQclear(result);
    return code;
}

int pg_query(struct pg *pg, const char *sql, int n, const char *const *values, PGresult **result,
             struct err *e)
{
    *result = PQexecParams(pg->connection, sql, n, NULL, values, NULL, NULL, 0);
    int code = pg_error_of(pg->connection, *result, e);
    if (code != ERR_OK) {
        PQclear(*result);
        *result = NULL;
    }
    return code;
}

int pg_copy_in_start(struct pg *pg, const char *sql, struct err *e)
{
    return pg_exec(pg, sql, e);
}

int pg_copy_in_put(struct pg *pg, const void *data, size_t size, struct err *e)
{
    const char *at = data;
    while (size > 0) {
        int part = size > (1 << 20) ? 1 << 20 : (int)size;
        if (PQputCopyData(pg->connection, at, part) != 1)
            return pg_error_of(pg->connection, NULL, e);
        at += part;
        size -= (size_t)part;
    }
    return ERR_OK;
}

int pg_copy_in_end(struct pg *pg, struct err *e)
{
    if (PQputCopyEnd(pg->connection, NULL) != 1)
        return pg_error_of(pg->connection, NULL, e);
    int code = ERR_OK;
    PGresult *result = NULL;
    while ((result = PQgetResult(pg->connection)) != NULL) {
        if (code == ERR_OK)
            code = pg_error_of(pg->connection, result, e);
        PQclear(result);
    }
    return code;
}

void pg_copy_text(struct buf *row, const char *text)
{
    if (text == NULL) {
        buf_append(row, "\\N", 2);
        return;
    }
    for (;;) {
        size_t plain = strcspn(text, "\t\n\r\\");
        buf_append(row, text, plain);
        text += plain;
        if (*text == '\0')
            return;
        char escaped[2] = {'\\', *text == '\t' ? 't' : *text == '\n' ? 'n' : *text == '\r' ? 'r' : '\\'};
        buf_append(row, escaped, 2);
        text++;
    }
}

/* Ends a COPY that nobody wants to read on: asks the server to stop and throws away what is on its way. */
static void abandon_copy(struct pg *pg)
{
    PGcancel *cancel = PQgetCancel(pg->connection);
    char words[256];
    if (cancel != NULL)
        PQcancel(cancel, words, sizeof words);
    PQfreeCancel(cancel);
    char *line = NULL;
    while (PQgetCopyData(pg->connection, &line, 0) > 0)
        PQfreemem(line);
    PGresult *result = NULL;
    while ((result = PQgetResult(pg->connection)) != NULL)
        PQclear(result);
}

static int finish_copy_out(struct pg *pg, int size, struct err *e)
{
    int code = size == -2 ? pg_error_of(pg->connection, NULL, e) : ERR_OK;
    PGresult *result = NULL;
    while ((result = PQgetResult(pg->connection)) != NULL) {
        if (code == ERR_OK)
            code = pg_error_of(pg->connection, result, e);
        PQclear(result);
    }
    return code;
}

int pg_copy_stream(struct pg *pg, const char *sql, pg_bytes take, void *context, struct err *e)
{
    int code = pg_exec(pg, sql, e);
    if (code != ERR_OK)
        return code;
    for (;;) {
        char *line = NULL;
        int size = PQgetCopyData(pg->connection, &line, 0);
        if (size < 0)
            return finish_copy_out(pg, size, e);
        code = take(context, line, (size_t)size, e);
        PQfreemem(line);
        if (code != ERR_OK) {
            abandon_copy(pg);
            return code;
        }
    }
}

struct rows {
    pg_row row;
    void *context;
};

static int take_row(void *context, char *data, size_t size, struct err *e)
{
    const struct rows *rows = context;
    (void)size; /* libpq puts a NUL behind it */
    return copy_row_take(data, rows->row, rows->context, e);
}

int pg_copy_out(struct pg *pg, const char *sql, pg_row row, void *context, struct err *e)
{
    struct rows rows = {row, context};
    return pg_copy_stream(pg, sql, take_row, &rows, e);
}
