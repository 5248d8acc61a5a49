/* daemon_reload.c - SIGHUP: the options are read anew from where they came (flags stay, files and environment
 * variables may say something else now), checked as a whole, and what can change while the daemon runs is
 * changed. */
#include <string.h>

#include "daemon/daemon.h"
#include "daemon/descriptors.h"

/* The others are used once, at the start. */
static const char *const live[] = {
    "tls-certificate",
    "tls-key",
    "tls-minimum",
    "tls-client-ca",
    "tls-client-required",
    "tls-client-names",
    "tls-handshake-timeout",
    "drain-delay",
    "drain-timeout",
    "max-connections",
    "request-bytes",
    "request-depth",
    "request-elements",
    "output-pause",
    "output-limit",
    "clients-limit",
    "requests-in-flight",
    "requests-per-turn",
    "submit-entries",
    "insight-threshold",
    "first-byte-timeout",
    "frame-timeout",
    "idle-timeout",
    "write-timeout",
    "login-request-bytes",
    "login-connections",
    "address-connections",
    "login-timeout",
    "login-delay",
    "login-delay-most",
    "log-level",
    "log-format",
    "slow-ms",
};

static bool is_live(const char *name)
{
    for (size_t i = 0; i < sizeof live / sizeof live[0]; i++)
        if (strcmp(live[i], name) == 0)
            return true;
    return false;
}

static size_t size_of(const struct option_def *def)
{
    return def->type == OPTION_BOOL   ? sizeof(bool)
           : def->type == OPTION_TEXT ? sizeof(char *)
                                      : sizeof(int64_t);
}

static bool same_value(const struct option_def *def, const char *a, const char *b)
{
    const char *one, *other;
    if (def->type != OPTION_TEXT)
        return memcmp(a, b, size_of(def)) == 0;
    memcpy(&one, a, sizeof one);
    memcpy(&other, b, sizeof other);
    return strcmp(one, other) == 0;
}

/* Copies what can change, and names what has: `changed`, and `fixed` for what would take a restart. */
static void merge(struct daemon_options *into, const struct daemon_options *fresh, struct buf *changed,
                  struct buf *fixed)
{
    for (size_t i = 0; i < daemon_option_table.n; i++) {
        const struct option_def *def = &daemon_option_table.defs[i];
        char *to = (char *)into + def->offset;
        const char *from = (const char *)fresh + def->offset;
        struct buf *names = is_live(def->name) ? changed : fixed;
        if (!same_value(def, to, from))
            buf_printf(names, "%s%s", names->size > 0 ? "," : "", def->name);
        if (names == changed)
            memcpy(to, from, size_of(def)); /* texts also when they say the same: those before go */
    }
}

/* Nothing of it has failed yet; only the certificates can. */
static int apply(struct daemon *d, const struct daemon_options *merged, struct err *e)
{
    struct server_options server = merged->server;
    if (merged->tls.certificate[0] != '\0' && server_tls(d->server, &merged->tls, e))
        return (int)e->code;
    descriptors_for(&server);
    d->current = *merged;
    log_open("peernetd", d->current.level, d->current.format);
    return server_set_options(d->server, &server, e);
}

static int reload(struct daemon *d, struct options *source, struct buf *changed, struct buf *fixed,
                  struct err *e)
{
    struct daemon_options fresh, merged = d->current;
    int code = options_init(source, &daemon_option_table, &fresh, e);
    if (code != 0)
        return code;
    code = options_read(source, d->current.argc, d->current.argv, e);
    if (code == 0)
        code = daemon_options_check(&fresh, source, e);
    if (code == 0) {
        merge(&merged, &fresh, changed, fixed);
        code = daemon_options_check(&merged, source, e); /* as they are together now */
    }
    if (code == 0)
        code = apply(d, &merged, e);
    if (code != 0)
        options_free(source);
    return code;
}

static void tell(const struct err *e, struct buf *changed, struct buf *fixed)
{
    char quoted[1200];
    if (e->code != ERR_OK)
        log_write(LOG_ERROR, "SIGHUP: the options cannot be used, those before stay", "error=%s",
                  log_quote(e->text, quoted, sizeof quoted));
    else
        log_write(LOG_INFO, "SIGHUP: options and certificates read anew", "changed=%s", buf_string(changed));
    if (e->code == ERR_OK && fixed->size > 0)
        log_write(LOG_WARN, "SIGHUP: these options have changed and take a restart", "options=%s",
                  buf_string(fixed));
}

void daemon_reload(struct daemon *d)
{
    struct err e = ERR_INIT;
    struct options source;
    struct buf changed, fixed;
    buf_init(&changed, 0);
    buf_init(&fixed, 0);
    if (reload(d, &source, &changed, &fixed, &e) == 0) {
        daemon_reload_free(d);
        d->reread = source;
        d->has_reread = true;
    }
    tell(&e, &changed, &fixed);
    buf_free(&changed);
    buf_free(&fixed);
}

void daemon_reload_free(struct daemon *d)
{
    if (d->has_reread)
        options_free(&d->reread);
    d->has_reread = false;
}
