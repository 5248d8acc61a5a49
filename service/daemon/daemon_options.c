#include "daemon/daemon_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "daemon/daemon.h"
#include "store/pg_async.h"

#define WORKER_NAME "peernet-regroup"

static const struct option_def defs[] = {
#define OPTION(...) OPTIONS_TABLE(struct daemon_options, __VA_ARGS__)
#include "daemon/options.def"
#undef OPTION
};

const struct option_table daemon_option_table = {
    .program = "peernetd",
    .usage = "[OPTIONS]",
    .sentence =
        "Serves peer networks over MessagePack-RPC: answers from memory what PostgreSQL holds, follows its "
        "changes, and starts regroupings.",
    .defs = defs,
    .n = sizeof defs / sizeof defs[0],
};

static void fill_server(struct daemon_options *o)
{
    struct server_options *s = &o->server;
    server_options_default(s);
    s->insecure_plaintext_remote = o->insecure_plaintext_remote;
    s->reuse_port = o->reuse_port;
    s->slow_ms = (uint32_t)o->slow_ms;
    s->max_connections = (uint32_t)o->max_connections;
    s->request.bytes = (size_t)o->request_bytes;
    s->request.depth = (uint32_t)o->request_depth;
    s->request.elements = (uint32_t)o->request_elements;
    s->output_pause_bytes = (size_t)o->output_pause;
    s->output_limit_bytes = (size_t)o->output_limit;
    s->clients_limit_bytes = (size_t)o->clients_limit;
    s->answers_kept_bytes = (size_t)o->answers_kept;
    s->requests_in_flight = (uint32_t)o->requests_in_flight;
    s->submit_entries = (uint32_t)o->submit_entries;
    s->propose_organizers = (uint32_t)o->propose_organizers;
    s->insight_threshold = (uint32_t)o->insight_threshold;
    s->thread_jobs = (uint32_t)o->thread_jobs;
    s->thread_queue = (uint32_t)o->thread_queue;
    s->programme_pins = (uint32_t)o->programme_pins;
    s->requests_per_turn = (uint32_t)o->requests_per_turn;
    s->first_byte_seconds = (double)o->first_byte_timeout / 1000;
    s->frame_seconds = (double)o->frame_timeout / 1000;
    s->idle_seconds = (double)o->idle_timeout / 1000;
    s->write_seconds = (double)o->write_timeout / 1000;
    s->login_request_bytes = (size_t)o->login_request_bytes;
    if (s->login_request_bytes > s->request.bytes)
        s->login_request_bytes = s->request.bytes;
    s->login_connections = (uint32_t)o->login_connections;
    s->address_connections = (uint32_t)o->address_connections;
    s->handshake_seconds = (double)o->tls_handshake_timeout / 1000;
    s->login_seconds = (double)o->login_timeout / 1000;
    s->login_delay_ms = (uint64_t)o->login_delay;
    s->login_delay_most_ms = (uint64_t)o->login_delay_most;
}

static int check_log(struct daemon_options *o, struct err *e)
{
    int level = log_level_parse(o->log_level);
    if (level < 0)
        return err_set(e, ERR_INVALID,
                       "--log-level: \"%s\" is not allowed; allowed are error, warn, info and debug",
                       o->log_level);
    o->level = (enum log_level)level;
    int format = log_format_parse(o->log_format);
    if (format < 0)
        return err_set(e, ERR_INVALID, "--log-format: \"%s\" is not allowed; allowed are logfmt and json",
                       o->log_format);
    o->format = (enum log_format)format;
    return 0;
}

static int check_role(const char *name, const char *given, enum role *out, struct err *e)
{
    int role = role_parse(given, strlen(given));
    if (role < 0)
        return err_set(e, ERR_INVALID,
                       "--%s: \"%s\" is not allowed; allowed are admin, operator, reporter, reader and none",
                       name, given);
    *out = (enum role)role;
    return 0;
}

static int check_roles(struct daemon_options *o, struct err *e)
{
    int code = check_role("loopback-role", o->loopback_role, &o->server.loopback_role, e);
    return code == 0 ? check_role("socket-role", o->socket_role, &o->server.socket_role, e) : code;
}

/* Its files are read too, so that --check finds what is wrong with them. */
static int check_tls(struct daemon_options *o, struct err *e)
{
    bool only_1_3 = strcmp(o->tls_minimum, "1.3") == 0;
    if (!only_1_3 && strcmp(o->tls_minimum, "1.2") != 0)
        return err_set(e, ERR_INVALID, "--tls-minimum: \"%s\" is not allowed; allowed are 1.2 and 1.3",
                       o->tls_minimum);
    o->tls = (struct server_tls){.certificate = o->tls_certificate,
                                 .key = o->tls_key,
                                 .client_ca = o->tls_client_ca,
                                 .client_names = o->tls_client_names,
                                 .client_required = o->tls_client_required,
                                 .only_1_3 = only_1_3};
    bool any = o->tls_certificate[0] != '\0' || o->tls_key[0] != '\0' || o->tls_client_ca[0] != '\0' ||
               o->tls_client_names[0] != '\0' || strstr(o->listen, "tls://") != NULL;
    return any ? server_tls_check(&o->tls, e) : 0;
}

static int check_mode(struct daemon_options *o, struct err *e)
{
    char *end;
    unsigned long mode = strtoul(o->socket_mode, &end, 8);
    if (*end != '\0' || mode > 0777)
        return err_set(e, ERR_INVALID,
                       "--socket-mode: \"%s\" is not allowed; allowed are 000 to 0777, in octal",
                       o->socket_mode);
    o->socket_bits = (unsigned)mode;
    return 0;
}

static int check_database(const struct daemon_options *o, const struct options *source, struct err *e)
{
    if (options_source(source, "database") == OPTION_FROM_FLAG && pg_async_holds_password(o->database))
        return err_set(
            e, ERR_INVALID,
            "--database: a password does not belong in a flag, where others can read it; use a password "
            "file (PGPASSFILE), a service file, or PEERNET_DATABASE");
    return pg_async_check(o->database, e) == 0 ? 0 : err_wrap(e, "--database");
}

bool daemon_options_address(const char **list, char *out, size_t size)
{
    const char *at = *list + strspn(*list, ", ");
    size_t length = strcspn(at, ",");
    *list = at + length;
    while (length > 0 && at[length - 1] == ' ')
        length--;
    if (length == 0 || length >= size)
        return false;
    memcpy(out, at, length);
    out[length] = '\0';
    return true;
}

static int check_listen(const struct daemon_options *o, struct err *e)
{
    char address[1001];
    const char *list = o->listen;
    size_t n = 0;
    while (daemon_options_address(&list, address, sizeof address)) {
        n++;
        if (strncmp(address, "unix:", 5) != 0 && strrchr(address, ':') == NULL)
            return err_set(e, ERR_INVALID,
                           "--listen: \"%s\" is not allowed; allowed are HOST:PORT, tls://HOST:PORT and "
                           "unix:PATH, several "
                           "with commas between",
                           address);
    }
    return n > 0 ? 0
                 : err_set(
                       e, ERR_INVALID,
                       "--listen: no address is given; allowed are HOST:PORT, tls://HOST:PORT and unix:PATH");
}

/* Beside this program, as in a build or test tree, or in bin when this one is in sbin. */
static void find_worker(struct daemon_options *o)
{
    static const char *const places[] = {"", "../bin/", "../regroup/"};
    char own[3000];
    size_t size = sizeof own;
    snprintf(o->worker, sizeof o->worker, "%s", WORKER_NAME);
    char *slash = uv_exepath(own, &size) == 0 ? strrchr(own, '/') : NULL;
    if (slash == NULL)
        return;
    slash[1] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char path[sizeof own + 64];
        snprintf(path, sizeof path, "%s%s%s", own, places[i], WORKER_NAME);
        if (access(path, X_OK) == 0) {
            snprintf(o->worker, sizeof o->worker, "%s", path);
            return;
        }
    }
}

static int check_worker(struct daemon_options *o, struct err *e)
{
    if (o->regroup_program[0] == '\0') {
        find_worker(o);
        return 0;
    }
    snprintf(o->worker, sizeof o->worker, "%s", o->regroup_program);
    if (strchr(o->worker, '/') != NULL && access(o->worker, X_OK) != 0)
        return err_set(e, ERR_INVALID, "--regroup-program: %s is no program that can be started here",
                       o->worker);
    return 0;
}

int daemon_options_check(struct daemon_options *o, const struct options *source, struct err *e)
{
    if (source->n_operands > 0)
        return err_set(e, ERR_INVALID, "\"%s\" is no option; peernetd takes only options, see --help",
                       source->operands[0]);
    if (o->retry_first > o->retry_most)
        return err_set(e, ERR_INVALID, "--retry-first is %lld ms; allowed is at most --retry-most, %lld ms",
                       (long long)o->retry_first, (long long)o->retry_most);
    fill_server(o);
    int code = server_options_check(&o->server, e);
    if (code == 0)
        code = check_log(o, e);
    if (code == 0)
        code = check_roles(o, e);
    if (code == 0)
        code = check_tls(o, e);
    if (code == 0)
        code = check_mode(o, e);
    if (code == 0)
        code = check_listen(o, e);
    if (code == 0)
        code = daemon_http_check(o, e);
    if (code == 0)
        code = check_database(o, source, e);
    return code == 0 ? check_worker(o, e) : code;
}
