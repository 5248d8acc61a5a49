/* What changes who may connect and what for, while connections are there: other tokens, other certificates.
 * A part of server.h. */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "net/conn.h"
#include "net/conn_log.h"
#include "net/tls.h"

/* What its token was is so no more. */
static bool has_lost_token(const struct conn *c, const struct tokens *now)
{
    const struct token *was = tokens_of_id(c->server->tokens, c->token), *is = tokens_of_id(now, c->token);
    return is == NULL || was == NULL || is->role != was->role ||
           memcmp(is->hash, was->hash, sizeof is->hash) != 0;
}

void server_set_tokens(struct server *s, struct tokens *tokens)
{
    struct conn *c;
    TAILQ_FOREACH(c, &s->conns, all)
    {
        if (c->token == 0 || c->state == CONN_CLOSING)
            continue;
        const struct token *is = tokens_of_id(tokens, c->token);
        if (has_lost_token(c, tokens)) {
            conn_log(c, ERR_DENIED, "connection ended: its token is revoked", "");
            conn_close(c);
        } else {
            c->role_until = is->until;
        }
    }
    tokens_free(s->tokens);
    s->tokens = tokens;
}

/* Those that are what they are by a certificate, and are by the new names something else. The certificate is
 * asked again: another line may be the first that fits it. */
static void close_by_names(struct server *s, const struct tls_names *names)
{
    struct conn *c;
    TAILQ_FOREACH(c, &s->conns, all)
    {
        if (c->state == CONN_CLOSING || c->tls == NULL || c->tls->name == NULL || c->token != 0)
            continue;
        const struct tls_name *n = tls_names_match(names, SSL_get0_peer_certificate(c->tls->ssl));
        if (n != NULL && n->role == c->role)
            continue;
        conn_log(c, ERR_DENIED, "connection ended: its certificate has another role now", "");
        conn_close(c);
    }
}

int server_tls(struct server *s, const struct server_tls *options, struct err *e)
{
    struct tls_context *context;
    if (tls_context_open(&context, options, e))
        return (int)e->code;
    log_write(context->has_ended ? LOG_WARN : LOG_INFO,
              context->has_ended ? "certificate read, but it has expired" : "certificate read",
              "until=%s client_names=%zu", context->until, context->names.n);
    close_by_names(s, &context->names);
    tls_context_free(s->tls);
    s->tls = context;
    return 0;
}

int server_tls_check(const struct server_tls *options, struct err *e)
{
    struct tls_context *context;
    int code = tls_context_open(&context, options, e);
    tls_context_free(context);
    return code;
}
