#include "store/sync/pg_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* A prefix of an SQLSTATE (class or whole) and what it means to callers; the first that matches counts. */
static const struct {
    const char *prefix;
    enum err_code code;
} meanings[] = {
    {"PN001", ERR_STALE},       {"PN002", ERR_BUSY},        {"PN003", ERR_NOT_FOUND},
    {"PN004", ERR_LIMIT},       {"08", ERR_UNAVAILABLE},    {"57P01", ERR_UNAVAILABLE},
    {"57P02", ERR_UNAVAILABLE}, {"57P03", ERR_UNAVAILABLE}, {"57P05", ERR_UNAVAILABLE},
    {"53300", ERR_UNAVAILABLE}, {"25006", ERR_UNAVAILABLE}, {"57014", ERR_CANCELLED},
    {"55P03", ERR_BUSY},        {"40001", ERR_BUSY},        {"40P01", ERR_BUSY},
    {"22", ERR_INVALID},        {"23", ERR_INVALID},        {"42501", ERR_DENIED},
    {"28", ERR_DENIED},
};

enum err_code pg_error_code(const char *sqlstate)
{
    if (sqlstate == NULL)
        return ERR_INTERNAL;
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (strncmp(sqlstate, meanings[i].prefix, strlen(meanings[i].prefix)) == 0)
            return meanings[i].code;
    }
    return ERR_INTERNAL;
}

int pg_error_words(struct err *e, enum err_code code, const char *words)
{
    char line[sizeof e->text];
    size_t used = 0;
    while (*words != '\0' && used < sizeof line - 2) {
        size_t space = strspn(words, " \t\r\n");
        if (space == 0) {
            line[used++] = *words++;
            continue;
        }
        bool ends_line = memchr(words, '\n', space) != NULL;
        words += space;
        if (used == 0 || *words == '\0')
            continue;
        if (ends_line && strchr(",;:.?!", line[used - 1]) == NULL)
            line[used++] = ';';
        line[used++] = ' ';
    }
    line[used] = '\0';
    return err_set(e, code, "%s", used > 0 ? line : "no words from the database");
}

static bool is_good(const PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_EMPTY_QUERY:
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_SINGLE_TUPLE:
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
        return true;
    default:
        return false;
    }
}

int pg_error_of(const PGconn *connection, const PGresult *result, struct err *e)
{
    if (result != NULL && is_good(result))
        return ERR_OK;
    const char *primary = result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    bool lost = PQstatus(connection) == CONNECTION_BAD;
    if (primary == NULL)
        return pg_error_words(e, lost ? ERR_UNAVAILABLE : ERR_INTERNAL, PQerrorMessage(connection));
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (state != NULL && strcmp(state, "55P03") == 0)
        primary = "somebody else holds what this needs; nothing was changed, try again";
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    char words[sizeof e->text];
    snprintf(words, sizeof words, "%s%s%s%s%s%s", primary, detail != NULL ? " (" : "",
             detail != NULL ? detail : "", detail != NULL ? ")" : "", hint != NULL ? "; " : "",
             hint != NULL ? hint : "");
    enum err_code code = lost ? ERR_UNAVAILABLE : pg_error_code(state);
    return pg_error_words(e, code, words);
}
