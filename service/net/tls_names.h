/* tls_names.h - which certificate of a client has which role: a file with a line for each,
 *
 *     # role    certificate
 *     reporter  dns:case-system.example.org
 *     operator  uri:spiffe://example.org/nightly
 *     reader    email:ada@example.org
 *     admin     subject:CN=ada,O=Example
 *
 * dns, uri and email are subject alternative names, subject the whole subject as RFC 2253 writes it. A name
 * is what it is, byte by byte: no wildcards, no case folded. The first line that fits counts. Owner: whoever
 * read it. Loop thread only. */
#ifndef PEERNET_NET_TLS_NAMES_H
#define PEERNET_NET_TLS_NAMES_H

#include <openssl/x509.h>
#include <stddef.h>

#include "base/err.h"
#include "proto/method.h"

struct tls_names {
    struct tls_name {
        char *name; /* "dns:..." */
        enum role role;
    } * list;
    size_t n;
};

/* ERR_IO; ERR_INVALID with file, line and what is allowed. tls_names_free also after a failure. */
int tls_names_read(struct tls_names *names, const char *path, struct err *e);
void tls_names_free(struct tls_names *names);

/* NULL: none fits. */
const struct tls_name *tls_names_match(const struct tls_names *names, X509 *certificate);

#endif
