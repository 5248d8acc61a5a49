#include "net/conn_log.h"

#include <inttypes.h>

#include "base/log.h"

static void on_log_timer(uv_timer_t *timer)
{
    struct server *s = timer->data;
    if (!log_limit_tell(&s->log_limit, uv_now(s->loop), false))
        uv_timer_stop(timer);
}

static bool may_log(struct server *s, const char *kind)
{
    if (log_limit_may(&s->log_limit, kind, uv_now(s->loop)))
        return true;
    if (s->running && !uv_is_active((uv_handle_t *)&s->log_timer))
        uv_timer_start(&s->log_timer, on_log_timer, LOG_LIMIT_MS / 4, LOG_LIMIT_MS / 4);
    return false;
}

static const char *named(const char *peer)
{
    return *peer != '\0' ? peer : "-";
}

void server_log(struct server *s, enum err_code code, const char *message, const char *address,
                const char *why)
{
    char quoted[512];
    if (may_log(s, message))
        log_write(LOG_WARN, message, "address=%s error=%s why=%s", named(address), err_name(code),
                  log_quote(why, quoted, sizeof quoted));
}

void conn_log(const struct conn *c, enum err_code code, const char *message, const char *why)
{
    char quoted[512];
    if (may_log(c->server, message))
        log_write(LOG_WARN, message, "conn=%" PRIu64 " peer=%s error=%s why=%s", c->id, named(c->peer),
                  err_name(code), log_quote(why, quoted, sizeof quoted));
}

void conn_note(const struct conn *c, const char *message, const char *name)
{
    char quoted[512];
    if (may_log(c->server, message))
        log_write(LOG_INFO, message, "conn=%" PRIu64 " peer=%s name=%s", c->id, named(c->peer),
                  log_quote(name, quoted, sizeof quoted));
}

void conn_log_request(const struct conn *c, uint32_t msgid, size_t method, uint64_t ns, enum err_code result)
{
    uint32_t limit_ms = c->server->options.slow_ms;
    bool slow = limit_ms > 0 && ns >= (uint64_t)limit_ms * 1000000;
    const char *name = method == TRAFFIC_UNKNOWN ? "unknown" : method_table()[method].name;
    if (slow ? !may_log(c->server, "slow request") : !log_is_on(LOG_DEBUG))
        return;
    log_write(slow ? LOG_WARN : LOG_DEBUG, slow ? "slow request" : "request",
              "method=%s conn=%" PRIu64 " request=%" PRIu32 " peer=%s role=%s ms=%.3f result=%s", name, c->id,
              msgid, named(c->peer), role_name(c->role), (double)ns / 1e6, err_name(result));
}

void server_log_rest(struct server *s)
{
    log_limit_tell(&s->log_limit, uv_now(s->loop), true);
}
