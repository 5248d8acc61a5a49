#include "store/async/pg_conninfo.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/pg_async.h"

static bool is_uri(const char *conninfo)
{
    return strncmp(conninfo, "postgresql://", 13) == 0 || strncmp(conninfo, "postgres://", 11) == 0;
}

/* libpq's words about a string it cannot read quote parts of it, perhaps of a password: not shown. */
static PQconninfoOption *parse(const char *conninfo, struct err *e)
{
    char *words = NULL;
    PQconninfoOption *options = PQconninfoParse(conninfo, &words);
    PQfreemem(words);
    if (options == NULL)
        err_set(e, ERR_INVALID,
                "the database's connection string cannot be read (not shown: it may hold a password); "
                "example: host=/var/run/postgresql dbname=peernet");
    return options;
}

static const char *value_of(const PQconninfoOption *options, const char *keyword)
{
    for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++)
        if (strcmp(o->keyword, keyword) == 0)
            return o->val == NULL ? "" : o->val;
    return "";
}

bool pg_async_holds_password(const char *conninfo)
{
    if (!is_uri(conninfo) && strchr(conninfo, '=') == NULL)
        return false;
    PQconninfoOption *options = parse(conninfo, NULL);
    bool holds = value_of(options, "password")[0] != '\0' || value_of(options, "sslpassword")[0] != '\0';
    PQconninfoFree(options);
    return holds;
}

/* Environment and service file. A service that the string names has to be in the environment for that. */
static PQconninfoOption *defaults_with(const char *service)
{
    const char *before = getenv("PGSERVICE");
    char *saved = before == NULL ? NULL : strdup(before);
    if (service[0] != '\0')
        setenv("PGSERVICE", service, 1);
    PQconninfoOption *defaults = PQconndefaults();
    if (service[0] != '\0' && saved != NULL)
        setenv("PGSERVICE", saved, 1);
    else if (service[0] != '\0')
        unsetenv("PGSERVICE");
    free(saved);
    return defaults;
}

static const char *keep(struct pg_conninfo *c, const char *text)
{
    return arena_text(&c->text, text, strlen(text));
}

static bool add(struct pg_conninfo *c, const char *keyword, const char *value)
{
    if (c->n + 4 >= PG_CONNINFO_PARAMS) /* room for a host's own three and the end */
        return true;
    c->keywords[c->n] = keep(c, keyword);
    c->values[c->n] = keep(c, value);
    c->n++;
    return c->keywords[c->n - 1] != NULL && c->values[c->n - 1] != NULL;
}

static bool has(const struct pg_conninfo *c, const char *keyword)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->keywords[i], keyword) == 0)
            return true;
    return false;
}

/* The i-th piece of a list with commas; the last one for all behind it when `repeat`. */
static const char *piece(struct pg_conninfo *c, const char *list, size_t index, bool repeat)
{
    const char *start = list;
    for (size_t i = 0; i < index; i++) {
        const char *comma = strchr(start, ',');
        if (comma == NULL)
            return repeat && strchr(list, ',') == NULL ? keep(c, list) : "";
        start = comma + 1;
    }
    return arena_text(&c->text, start, strcspn(start, ","));
}

static size_t pieces(const char *list)
{
    size_t n = 1;
    for (; *list != '\0'; list++)
        n += *list == ',';
    return n;
}

static bool is_numeric(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static int split_hosts(struct pg_conninfo *c, const char *host, const char *hostaddr, const char *port,
                       struct err *e)
{
    size_t n = pieces(hostaddr[0] != '\0' ? hostaddr : host);
    if (hostaddr[0] != '\0' && host[0] != '\0' && pieces(host) != n)
        return err_set(e, ERR_INVALID, "the connection names %zu hosts but %zu addresses (hostaddr)",
                       pieces(host), n);
    if (pieces(port) != 1 && pieces(port) != n)
        return err_set(e, ERR_INVALID, "the connection names %zu hosts but %zu ports", n, pieces(port));
    c->hosts = calloc(n, sizeof *c->hosts);
    if (c->hosts == NULL)
        return err_memory(e, "database hosts");
    for (size_t i = 0; i < n; i++) {
        struct pg_host *h = &c->hosts[c->n_hosts++];
        h->host = piece(c, host, i, false);
        h->hostaddr = piece(c, hostaddr, i, false);
        h->port = piece(c, port, i, true);
        if (h->host == NULL || h->hostaddr == NULL || h->port == NULL)
            return err_memory(e, "database hosts");
        h->resolve = h->hostaddr[0] == '\0' && h->host[0] != '\0' && h->host[0] != '/' && h->host[0] != '@' &&
                     !is_numeric(h->host);
    }
    return 0;
}

/* What a child has to say for itself; and the service, whose file's content is in the other variables
 * already: named again it would win over them. */
static bool is_for_children(const char *variable)
{
    return variable != NULL && strcmp(variable, "PGSERVICE") != 0 && strcmp(variable, "PGAPPNAME") != 0;
}

static int add_environment(struct pg_conninfo *c, const char *name, const char *value, struct err *e)
{
    if (!is_for_children(name) || value[0] == '\0')
        return 0;
    size_t size = strlen(name) + strlen(value) + 2;
    char *line = arena_alloc(&c->text, size);
    if (line == NULL)
        return err_memory(e, "the worker's environment");
    snprintf(line, size, "%s=%s", name, value);
    c->environment[c->n_environment++] = line;
    return 0;
}

/* Every option: what the string says, else what environment and service file say. */
static int merge(struct pg_conninfo *c, const PQconninfoOption *given, const PQconninfoOption *defaults,
                 struct err *e)
{
    c->environment = calloc(PG_CONNINFO_PARAMS, sizeof *c->environment);
    if (c->environment == NULL)
        return err_memory(e, "database options");
    const char *host = "", *hostaddr = "", *port = "";
    for (const PQconninfoOption *o = defaults; o->keyword != NULL; o++) {
        const char *value = value_of(given, o->keyword);
        if (value[0] == '\0')
            value = o->val == NULL ? "" : o->val;
        if (c->n_environment < PG_CONNINFO_PARAMS && add_environment(c, o->envvar, value, e) != 0)
            return ERR_MEMORY;
        if (strcmp(o->keyword, "host") == 0)
            host = value;
        else if (strcmp(o->keyword, "hostaddr") == 0)
            hostaddr = value;
        else if (strcmp(o->keyword, "port") == 0)
            port = value;
        else if (strcmp(o->keyword, "target_session_attrs") == 0 && strcmp(value, "prefer-standby") == 0)
            c->prefer_standby = true;
        else if (value[0] != '\0' && !add(c, o->keyword, value))
            return err_memory(e, "database options");
    }
    return split_hosts(c, host, hostaddr, port, e);
}

/* A server that is gone without a word is noticed within about half a minute by TCP itself. */
static bool add_own(struct pg_conninfo *c, const char *application_name)
{
    static const char *const own[][2] = {{"client_encoding", "UTF8"},
                                         {"keepalives_idle", "15"},
                                         {"keepalives_interval", "5"},
                                         {"keepalives_count", "3"},
                                         {"tcp_user_timeout", "30000"}};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (!has(c, own[i][0]) && !add(c, own[i][0], own[i][1]))
            return false;
    return has(c, "application_name") || add(c, "application_name", application_name);
}

int pg_conninfo_open(struct pg_conninfo *c, const char *conninfo, const char *application_name, struct err *e)
{
    *c = (struct pg_conninfo){0};
    arena_init(&c->text);
    bool name_only = conninfo[0] != '\0' && !is_uri(conninfo) && strchr(conninfo, '=') == NULL;
    PQconninfoOption *given = parse(name_only ? "" : conninfo, e);
    if (given == NULL)
        return ERR_INVALID;
    for (PQconninfoOption *o = given; name_only && o->keyword != NULL; o++)
        if (strcmp(o->keyword, "dbname") == 0)
            o->val = strdup(conninfo);
    PQconninfoOption *defaults = defaults_with(value_of(given, "service"));
    int code = defaults == NULL ? err_memory(e, "database options") : merge(c, given, defaults, e);
    if (code == 0 && !add_own(c, application_name))
        code = err_memory(e, "database options");
    PQconninfoFree(given);
    PQconninfoFree(defaults);
    if (code != 0)
        pg_conninfo_free(c);
    return code;
}

void pg_conninfo_free(struct pg_conninfo *c)
{
    free(c->hosts);
    free(c->environment);
    arena_free(&c->text);
    *c = (struct pg_conninfo){0};
}

int pg_async_check(const char *conninfo, struct err *e)
{
    struct pg_conninfo c;
    int code = pg_conninfo_open(&c, conninfo, "check", e);
    if (code == 0)
        pg_conninfo_free(&c);
    return code;
}

PGconn *pg_conninfo_start(const struct pg_conninfo *c, const struct pg_host *host, const char *address,
                          bool any)
{
    const char *keywords[PG_CONNINFO_PARAMS + 8], *values[PG_CONNINFO_PARAMS + 8];
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        keywords[n] = c->keywords[i];
        values[n++] = c->values[i];
    }
    const char *const own[][2] = {{"host", host->host},
                                  {"hostaddr", address[0] != '\0' ? address : host->hostaddr},
                                  {"port", host->port},
                                  {"target_session_attrs", c->prefer_standby && !any ? "standby" : ""}};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (own[i][1][0] == '\0')
            continue;
        keywords[n] = own[i][0];
        values[n++] = own[i][1];
    }
    keywords[n] = values[n] = NULL;
    return PQconnectStartParams(keywords, values, 0);
}
