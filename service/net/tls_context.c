#include "net/tls_context.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CLIENT_CHAIN_BYTES 32768 /* of a client's certificates */
#define CLIENT_CHAIN_DEPTH 4

const char *tls_reason(char *out, size_t size)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(code);
    snprintf(out, size, "%s", code == 0 ? "the peer ended it" : reason == NULL ? "unknown" : reason);
    ERR_clear_error();
    return out;
}

static int fail(const char *path, const char *what, struct err *e)
{
    char reason[256];
    return err_set(e, ERR_INVALID, "%s: %s (%s)", path, what, tls_reason(reason, sizeof reason));
}

static int set_rules(SSL_CTX *ssl, const struct server_tls *options, struct err *e)
{
    static const unsigned char session[] = "peernet";
    SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_CLEANSE_PLAINTEXT);
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_session_id_context(ssl, session, sizeof session - 1);
    if (SSL_CTX_set_num_tickets(ssl, 0) == 1 &&
        SSL_CTX_set_min_proto_version(ssl, options->only_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION) == 1 &&
        SSL_CTX_set_cipher_list(ssl, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
        SSL_CTX_set1_groups_list(ssl, "X25519:P-256:P-384") == 1)
        return 0;
    return fail("TLS", "its rules cannot be set", e);
}

/* A key that others on this machine can read is none: as PostgreSQL has it, at most a group may when it is
 * root's file. */
static int check_key(int fd, const char *path, struct err *e)
{
    struct stat file;
    if (fstat(fd, &file) != 0)
        return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(file.st_mode))
        return err_set(e, ERR_INVALID, "%s: a private key has to be a regular file", path);
    unsigned open = file.st_mode & (file.st_uid == 0 ? 0037u : 0077u);
    if (open != 0)
        return err_set(
            e, ERR_DENIED,
            "%s: others can read or change this private key (mode %04o); it has to be 0600 or less, or "
            "0640 or less when root owns it",
            path, (unsigned)file.st_mode & 07777);
    return 0;
}

/* Nobody is there to be asked for it. */
static int no_passphrase(char *out, int size, int writing, void *context)
{
    (void)out;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static int take_key(SSL_CTX *ssl, BIO *file, const char *path, struct err *e)
{
    EVP_PKEY *key = file == NULL ? NULL : PEM_read_bio_PrivateKey(file, NULL, no_passphrase, NULL);
    if (key == NULL)
        return fail(path, "it holds no private key in PEM without a passphrase", e);
    int taken = SSL_CTX_use_PrivateKey(ssl, key);
    EVP_PKEY_free(key);
    if (taken != 1 || SSL_CTX_check_private_key(ssl) != 1)
        return fail(path, "the private key does not belong to the certificate", e);
    return 0;
}

static int read_key(SSL_CTX *ssl, const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    int code = check_key(fd, path, e);
    if (code == 0) {
        BIO *file = BIO_new_fd(fd, BIO_NOCLOSE);
        code = take_key(ssl, file, path, e);
        BIO_free(file);
    }
    close(fd);
    return code;
}

static int read_certificate(struct tls_context *c, const char *path, struct err *e)
{
    struct tm until;
    if (SSL_CTX_use_certificate_chain_file(c->ssl, path) != 1)
        return fail(path, "it holds no certificate in PEM", e);
    const ASN1_TIME *end = X509_get0_notAfter(SSL_CTX_get0_certificate(c->ssl));
    if (ASN1_TIME_to_tm(end, &until) == 1)
        strftime(c->until, sizeof c->until, "%Y-%m-%dT%H:%M:%SZ", &until);
    c->has_ended = X509_cmp_current_time(end) < 0;
    return 0;
}

static int read_clients(struct tls_context *c, const struct server_tls *options, struct err *e)
{
    const char *path = options->client_ca;
    if (path[0] == '\0')
        return 0;
    STACK_OF(X509_NAME) *issuers = SSL_load_client_CA_file(path);
    if (issuers == NULL || SSL_CTX_load_verify_file(c->ssl, path) != 1) {
        sk_X509_NAME_pop_free(issuers, X509_NAME_free);
        return fail(path, "it holds no certificates in PEM", e);
    }
    SSL_CTX_set_client_CA_list(c->ssl, issuers);
    SSL_CTX_set_verify(
        c->ssl, SSL_VERIFY_PEER | (options->client_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
    SSL_CTX_set_verify_depth(c->ssl, CLIENT_CHAIN_DEPTH);
    SSL_CTX_set_max_cert_list(c->ssl, CLIENT_CHAIN_BYTES);
    return options->client_names[0] == '\0' ? 0 : tls_names_read(&c->names, options->client_names, e);
}

static int check_options(const struct server_tls *o, struct err *e)
{
    if (o->certificate[0] == '\0' || o->key[0] == '\0')
        return err_set(e, ERR_INVALID,
                       "TLS needs both a certificate and its private key (tls-certificate, tls-key)");
    if (o->client_names[0] != '\0' && o->client_ca[0] == '\0')
        return err_set(
            e, ERR_INVALID,
            "tls-client-names: without tls-client-ca no client has a certificate that could be believed");
    return 0;
}

int tls_context_open(struct tls_context **out, const struct server_tls *options, struct err *e)
{
    *out = NULL;
    if (check_options(options, e))
        return (int)e->code;
    ERR_clear_error();
    struct tls_context *c = calloc(1, sizeof *c);
    if (c == NULL)
        return err_memory(e, "TLS");
    c->ssl = SSL_CTX_new(TLS_server_method());
    int code = c->ssl == NULL ? err_memory(e, "TLS") : set_rules(c->ssl, options, e);
    if (code == 0)
        code = read_certificate(c, options->certificate, e);
    if (code == 0)
        code = read_key(c->ssl, options->key, e);
    if (code == 0)
        code = read_clients(c, options, e);
    if (code == 0)
        *out = c;
    else
        tls_context_free(c);
    return code;
}

void tls_context_free(struct tls_context *c)
{
    if (c == NULL)
        return;
    SSL_CTX_free(c->ssl);
    tls_names_free(&c->names);
    free(c);
}
