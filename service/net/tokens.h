/* tokens.h - the tokens in force, as a table in memory: what a login is checked against.
 * Built once, then only read. Owner: whoever built it, until the server takes it. Loop thread only. */
#ifndef PEERNET_NET_TOKENS_H
#define PEERNET_NET_TOKENS_H

#include "base/arena.h"
#include "net/token.h"
#include "proto/method.h"

#define TOKENS_MAX 10000

/* Times are texts for people (ISO 8601, UTC; "" = never) but for `until`, by which the clock is held. */
struct token {
    int64_t id;
    enum role role;
    uint8_t hash[TOKEN_HASH_SIZE];
    int64_t until; /* seconds since 1970; 0 = it does not expire */
    const char *name, *created_at, *created_by, *expires_at, *used_on;
};

struct tokens {
    struct token *list;
    size_t n, capacity;
    struct arena text;
};

struct tokens *tokens_new(void); /* NULL: out of memory */
void tokens_free(struct tokens *t);
/* Copies the token and its texts. ERR_LIMIT above TOKENS_MAX, ERR_MEMORY. */
int tokens_add(struct tokens *t, const struct token *token, struct err *e);

/* Looks at every hash to its last byte, whichever is the one. NULL: there is none; what has expired is found
 * too. */
const struct token *tokens_find(const struct tokens *t, const uint8_t hash[TOKEN_HASH_SIZE]);
const struct token *tokens_of_id(const struct tokens *t, int64_t id);
bool token_has_expired(const struct token *token, int64_t now);

#endif
