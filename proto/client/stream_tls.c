#include "proto/client/stream_tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

static const char *reason(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = code == 0 ? NULL : ERR_reason_error_string(code);
    return text == NULL ? "the other side ended it" : text;
}

/* OpenSSL's own socket BIO writes with write(), which raises SIGPIPE; a library must not, and must not touch
 * the program's signals either. */
static int socket_of(BIO *bio)
{
    return (int)(intptr_t)BIO_get_data(bio);
}

static int again(BIO *bio, ssize_t done, void (*set)(BIO *))
{
    BIO_clear_retry_flags(bio);
    if (done < 0 && (errno == EAGAIN || errno == EINTR))
        set(bio);
    return (int)done;
}

static void retry_write(BIO *bio)
{
    BIO_set_retry_write(bio);
}

static void retry_read(BIO *bio)
{
    BIO_set_retry_read(bio);
}

static int socket_write(BIO *bio, const char *data, int size)
{
    return again(bio, send(socket_of(bio), data, (size_t)size, MSG_NOSIGNAL), retry_write);
}

static int socket_read(BIO *bio, char *room, int size)
{
    return again(bio, recv(socket_of(bio), room, (size_t)size, 0), retry_read);
}

static long socket_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static BIO_METHOD *method;

static void make_method(void)
{
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals");
    if (method != NULL &&
        (BIO_meth_set_write(method, socket_write) != 1 || BIO_meth_set_read(method, socket_read) != 1 ||
         BIO_meth_set_ctrl(method, socket_control) != 1)) {
        BIO_meth_free(method);
        method = NULL;
    }
}

static bool set_socket(SSL *ssl, int fd)
{
    BIO *bio = CRYPTO_THREAD_run_once(&once, make_method) == 1 && method != NULL ? BIO_new(method) : NULL;
    if (bio == NULL)
        return false;
    BIO_set_data(bio,
                 (void *)(intptr_t)fd); // NOLINT(performance-no-int-to-ptr): a descriptor, never followed
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    return true;
}

static int own_file(const char *path, struct err *e)
{
    return err_set(e, ERR_INVALID, "%s: it cannot be used for TLS (%s)", path, reason());
}

static int set_trust(SSL_CTX *context, const struct stream_trust *trust, struct err *e)
{
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
        return err_set(e, ERR_INTERNAL, "TLS: %s", reason());
    if (trust->ca[0] == '\0' ? SSL_CTX_set_default_verify_paths(context) != 1
                             : SSL_CTX_load_verify_file(context, trust->ca) != 1)
        return own_file(trust->ca[0] == '\0' ? "this system's certificates" : trust->ca, e);
    if (trust->certificate[0] != '\0' && SSL_CTX_use_certificate_chain_file(context, trust->certificate) != 1)
        return own_file(trust->certificate, e);
    if (trust->key[0] != '\0' && SSL_CTX_use_PrivateKey_file(context, trust->key, SSL_FILETYPE_PEM) != 1)
        return own_file(trust->key, e);
    return 0;
}

/* Whom the certificate has to be made out to. */
static bool set_host(SSL *ssl, const char *host)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    bool numeric = inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
    if (numeric)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

int stream_tls_open(SSL **out, int fd, const char *host, const struct stream_trust *trust, struct err *e)
{
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL)
        return err_memory(e, "TLS");
    /* Whoever sends anew after a wait may have moved the bytes. */
    SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_ENABLE_PARTIAL_WRITE);
    int code = set_trust(context, trust, e);
    SSL *ssl = code == 0 ? SSL_new(context) : NULL;
    SSL_CTX_free(context);
    if (code == 0 && (ssl == NULL || !set_socket(ssl, fd) || !set_host(ssl, host)))
        code = err_memory(e, "TLS");
    if (code != 0) {
        SSL_free(ssl);
        return code;
    }
    *out = ssl;
    return 0;
}

static int handshake_failed(SSL *ssl, const char *host, struct err *e)
{
    long verified = SSL_get_verify_result(ssl);
    if (verified != X509_V_OK)
        return err_set(e, ERR_DENIED, "the certificate of %s is not believed: %s", host,
                       X509_verify_cert_error_string(verified));
    return err_set(e, ERR_UNAVAILABLE, "no TLS with %s: %s", host, reason());
}

/* Whether OpenSSL only waits; *events says what for. */
static bool waits(int why, short *events)
{
    *events = (short)(why == SSL_ERROR_WANT_READ ? POLLIN : why == SSL_ERROR_WANT_WRITE ? POLLOUT : 0);
    return *events != 0;
}

int stream_tls_shake_hands(SSL *ssl, const char *host, short *events, struct err *e)
{
    ERR_clear_error();
    int done = SSL_connect(ssl);
    *events = 0;
    if (done == 1 || waits(SSL_get_error(ssl, done), events))
        return 0;
    return handshake_failed(ssl, host, e);
}

int stream_tls_result(SSL *ssl, int done, size_t *n, short *events, struct err *e)
{
    *n = done > 0 ? (size_t)done : 0;
    *events = 0;
    if (done > 0)
        return 0;
    int why = SSL_get_error(ssl, done);
    if (waits(why, events) || why == SSL_ERROR_ZERO_RETURN)
        return 0;
    return err_set(e, ERR_UNAVAILABLE, "TLS: %s", reason());
}

int64_t stream_tls_certificate_ends(const SSL *ssl)
{
    struct tm ends;
    X509 *certificate = SSL_get1_peer_certificate(ssl);
    const ASN1_TIME *time = certificate == NULL ? NULL : X509_get0_notAfter(certificate);
    int64_t seconds = time != NULL && ASN1_TIME_to_tm(time, &ends) == 1 ? (int64_t)timegm(&ends) : 0;
    X509_free(certificate);
    return seconds;
}
