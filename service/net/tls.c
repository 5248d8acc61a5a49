#include "net/tls.h"

#include <limits.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "net/conn.h"
#include "net/conn_log.h"

static int bio_read(BIO *bio, char *out, int size)
{
    struct tls *t = BIO_get_data(bio);
    size_t n = t->span_size < (size_t)size ? t->span_size : (size_t)size;
    BIO_clear_retry_flags(bio);
    if (n == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    memcpy(out, t->span, n);
    t->span += n;
    t->span_size -= n;
    return (int)n;
}

static int bio_write(BIO *bio, const char *data, int size)
{
    struct tls *t = BIO_get_data(bio);
    buf_append(&t->wire, data, (size_t)size);
    return buf_failed(&t->wire) ? -1 : size;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

/* Made once, for the life of the process. */
static BIO_METHOD *bio_method(void)
{
    static BIO_METHOD *method;
    if (method != NULL)
        return method;
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "peernet connection");
    if (method == NULL || BIO_meth_set_read(method, bio_read) != 1 ||
        BIO_meth_set_write(method, bio_write) != 1 || BIO_meth_set_ctrl(method, bio_control) != 1) {
        BIO_meth_free(method);
        method = NULL;
    }
    return method;
}

bool tls_open(struct conn *c)
{
    struct tls *t = calloc(1, sizeof *t);
    BIO_METHOD *method = bio_method();
    BIO *bio = method == NULL ? NULL : BIO_new(method);
    if (t == NULL || bio == NULL || (t->ssl = SSL_new(c->server->tls->ssl)) == NULL) {
        BIO_free(bio);
        free(t);
        return false;
    }
    buf_init(&t->wire, 0);
    BIO_set_data(bio, t);
    BIO_set_init(bio, 1);
    SSL_set_bio(t->ssl, bio, bio);
    SSL_set_accept_state(t->ssl);
    c->tls = t;
    return true;
}

void tls_close(struct conn *c)
{
    struct tls *t = c->tls;
    if (t == NULL)
        return;
    SSL_free(t->ssl);
    buf_free(&t->wire);
    free(t->name);
    free(t);
    c->tls = NULL;
}

static void say_why(const struct tls *t, char reason[TLS_REASON])
{
    char words[TLS_REASON / 2];
    long verified = SSL_get_verify_result(t->ssl);
    tls_reason(words, sizeof words);
    if (verified != X509_V_OK)
        snprintf(reason, TLS_REASON, "%s: %s", words, X509_verify_cert_error_string(verified));
    else
        snprintf(reason, TLS_REASON, "%s", words);
}

static int64_t end_of(const X509 *certificate)
{
    struct tm until;
    return ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &until) == 1 ? (int64_t)timegm(&until) : 1;
}

/* Who has a certificate that is named for a role has it for as long as that is valid. */
static void take_certificate(struct conn *c)
{
    struct server *s = c->server;
    X509 *certificate = SSL_get0_peer_certificate(c->tls->ssl);
    if (certificate == NULL)
        return;
    const struct tls_name *n = tls_names_match(&s->tls->names, certificate);
    if (n == NULL || (c->tls->name = strdup(n->name)) == NULL) {
        conn_note(c, "certificate without a role", "");
        return;
    }
    c->role_until = end_of(certificate);
    conn_set_role(c, n->role);
    s->counts.logins++;
    conn_note(c, "logged in", n->name);
}

/* False when there is reason to stop for now; t->broken when for good. */
static bool go_on(struct tls *t, int result, char reason[TLS_REASON])
{
    if (result > 0)
        return true;
    int why = SSL_get_error(t->ssl, result);
    if (why == SSL_ERROR_ZERO_RETURN) {
        t->ended = true;
    } else if (why != SSL_ERROR_WANT_READ) {
        t->broken = true;
        say_why(t, reason);
    }
    return false;
}

static bool shake_hands(struct conn *c, char reason[TLS_REASON])
{
    struct tls *t = c->tls;
    ERR_clear_error();
    if (t->established)
        return true;
    if (!go_on(t, SSL_do_handshake(t->ssl), reason))
        return false;
    t->established = true;
    take_certificate(c);
    return true;
}

bool tls_take(struct conn *c, const uint8_t *bytes, size_t size, char reason[TLS_REASON])
{
    struct tls *t = c->tls;
    struct server *s = c->server;
    t->span = bytes;
    t->span_size = size;
    while (shake_hands(c, reason)) {
        int n = SSL_read(t->ssl, s->plain_bytes, sizeof s->plain_bytes);
        if (!go_on(t, n, reason))
            break;
        buf_append(&c->in, s->plain_bytes, (size_t)n);
        explicit_bzero(s->plain_bytes, (size_t)n);
    }
    t->span = NULL;
    t->span_size = 0;
    return !t->broken;
}

bool tls_seal(struct conn *c)
{
    struct tls *t = c->tls;
    while (t->sealed < c->out.size && t->wire.size < TLS_WIRE_BYTES) {
        size_t rest = c->out.size - t->sealed;
        ERR_clear_error();
        int n = SSL_write(t->ssl, c->out.data + t->sealed,
                          rest > SSL3_RT_MAX_PLAIN_LENGTH ? SSL3_RT_MAX_PLAIN_LENGTH : (int)rest);
        if (n <= 0)
            return false;
        t->sealed += (size_t)n;
    }
    if (t->sealed == c->out.size) {
        buf_clear(&c->out);
        t->sealed = 0;
    } else if (t->sealed > c->out.size / 2) { /* so that it ends, also where it is never empty */
        buf_consume(&c->out, t->sealed);
        t->sealed = 0;
    }
    return !buf_failed(&t->wire);
}

void tls_say_goodbye(struct conn *c)
{
    ERR_clear_error();
    if (c->tls->established && !c->tls->broken)
        SSL_shutdown(c->tls->ssl);
    ERR_clear_error();
}
