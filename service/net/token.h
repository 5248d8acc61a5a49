/* token.h - tokens as text: "pn_" and 256 random bits as base64url, and the SHA-256 of it, which is all that
 * is kept. A text has one form only: what decodes to the same bits but is written otherwise is no token.
 * No state; any thread. */
#ifndef PEERNET_NET_TOKEN_H
#define PEERNET_NET_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define TOKEN_SIZE 46 /* characters */
#define TOKEN_HASH_SIZE 32

/* A new one from the system's randomness, NUL-terminated. ERR_INTERNAL when there is none to be had. */
int token_make(char out[TOKEN_SIZE + 1], struct err *e);

/* Its SHA-256; false, with `out` all zero, for a text that is no token. */
bool token_hash(const char *text, size_t size, uint8_t out[TOKEN_HASH_SIZE]);

#endif
