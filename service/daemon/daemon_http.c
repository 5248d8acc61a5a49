/* daemon_http.c - what monitoring may ask: figures, whether it lives, whether it is ready, check by check. */
#include <string.h>

#include "daemon/daemon.h"
#include "daemon/metrics.h"
#include "net/address.h"

#define CHECKS 3

struct check {
    const char *name;
    bool fine;
    const char *why; /* when it is not */
};

/* The database is none of them: with it away reads go on. */
static void look(const struct daemon *d, struct check out[CHECKS])
{
    struct refresh_status status = {0};
    if (d->refresh != NULL)
        refresh_status(d->refresh, &status);
    out[0] = (struct check){"running", d->phase == DAEMON_RUNNING, "it is ending"};
    out[1] = (struct check){"snapshot", status.snapshot != NULL, "nothing was read from the database yet"};
    out[2] = (struct check){"tokens", d->tokens != NULL && token_store_has_read(d->tokens),
                            "the tokens were not read from the database yet"};
}

static bool all_fine(const struct check *checks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!checks[i].fine)
            return false;
    return true;
}

bool daemon_is_ready(const struct daemon *d)
{
    struct check checks[CHECKS];
    look(d, checks);
    return all_fine(checks, CHECKS);
}

/* As Kubernetes writes it: a line a check when that was asked for or one of them failed. */
static void write_health(const char *name, const struct check *checks, size_t n, bool verbose,
                         struct http_answer *out)
{
    bool fine = all_fine(checks, n);
    out->status = fine ? 200 : 503;
    if (fine && !verbose) {
        buf_text(out->body, "ok\n");
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (checks[i].fine)
            buf_printf(out->body, "[+]%s ok\n", checks[i].name);
        else
            buf_printf(out->body, "[-]%s failed: %s\n", checks[i].name, checks[i].why);
    buf_printf(out->body, "%s check %s\n", name, fine ? "passed" : "failed");
}

static bool respond(void *context, const char *path, bool verbose, struct http_answer *out)
{
    const struct daemon *d = context;
    struct check checks[CHECKS];
    const struct check alive = {"loop", true, ""}; /* it is what answers */
    look(d, checks);
    if (strcmp(path, "/metrics") == 0) {
        out->type = METRICS_TYPE;
        metrics_write(d, out->body);
    } else if (strcmp(path, "/livez") == 0) {
        write_health("livez", &alive, 1, verbose, out);
    } else if (strcmp(path, "/readyz") == 0) {
        write_health("readyz", checks, CHECKS, verbose, out);
    } else {
        return false;
    }
    return true;
}

static int check_place(const union address *address, bool remote_too, const char *name, struct err *e)
{
    if (address_is_loopback(address) || remote_too)
        return 0;
    return err_set(e, ERR_DENIED,
                   "--http: other machines reach %s, and nothing is encrypted on the way; allowed is an "
                   "address of this machine only (insecure-plaintext-remote is off)",
                   name);
}

int daemon_http_check(const struct daemon_options *o, struct err *e)
{
    union address address;
    if (o->http[0] == '\0')
        return 0;
    if (address_parse(o->http, &address, e))
        return err_wrap(e, "--http");
    return check_place(&address, o->insecure_plaintext_remote, o->http, e);
}

static int open_on(struct daemon *d, int listening, const char *name, struct err *e)
{
    if (listening < 0 || http_open(&d->http, &d->loop, listening, respond, d, e))
        return err_wrap(e, "--http %s", name);
    log_write(LOG_INFO, "metrics and health", "address=%s port=%u", name, http_port(d->http));
    return 0;
}

/* A socket that was handed over goes before the option. */
static int open_passed(struct daemon *d, int fd, struct err *e)
{
    union address address;
    socklen_t size = sizeof address;
    if (getsockname(fd, &address.any, &size) != 0)
        return err_set(e, ERR_IO, "the socket \"http\" that was handed over has no address");
    if (check_place(&address, d->options->insecure_plaintext_remote, "the socket that was handed over", e))
        return (int)e->code;
    return open_on(d, fd, "handed-over", e);
}

int daemon_http_open(struct daemon *d, struct err *e)
{
    union address address;
    for (int i = 0; i < d->passed.n; i++)
        if (d->passed.sockets[i].kind == PASSED_HTTP)
            return open_passed(d, d->passed.sockets[i].fd, e);
    if (d->options->http[0] == '\0')
        return 0;
    if (address_parse(d->options->http, &address, e))
        return err_wrap(e, "--http %s", d->options->http);
    return open_on(d, http_listen(&address.any, d->options->reuse_port, e), d->options->http, e);
}
