#include "net/token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/random.h>

#define PREFIX "pn_"
#define BITS_SIZE 32 /* bytes */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Six bits at a time, the first first; behind the last byte come zeros. */
static void encode(const uint8_t bits[BITS_SIZE], char *out)
{
    unsigned held = 0, count = 0;
    for (size_t i = 0; i < BITS_SIZE; i++) {
        held = (held << 8 | bits[i]) & 0xffff;
        for (count += 8; count >= 6; count -= 6)
            *out++ = letters[held >> (count - 6) & 63];
    }
    *out++ = letters[held << (6 - count) & 63];
    *out = '\0';
}

int token_make(char out[TOKEN_SIZE + 1], struct err *e)
{
    uint8_t bits[BITS_SIZE];
    if (getrandom(bits, sizeof bits, 0) != (ssize_t)sizeof bits)
        return err_set(e, ERR_INTERNAL, "the system gives no randomness for a token");
    memcpy(out, PREFIX, strlen(PREFIX));
    encode(bits, out + strlen(PREFIX));
    OPENSSL_cleanse(bits, sizeof bits);
    return 0;
}

static bool is_token(const char *text, size_t size)
{
    if (size != TOKEN_SIZE || memcmp(text, PREFIX, strlen(PREFIX)) != 0)
        return false;
    for (size_t i = strlen(PREFIX); i < size; i++)
        if (text[i] == '\0' || strchr(letters, text[i]) == NULL)
            return false;
    /* The last letter holds four bits of the token, and two zeros. */
    return (strchr(letters, text[size - 1]) - letters) % 4 == 0;
}

bool token_hash(const char *text, size_t size, uint8_t out[TOKEN_HASH_SIZE])
{
    memset(out, 0, TOKEN_HASH_SIZE);
    return is_token(text, size) && EVP_Digest(text, size, out, NULL, EVP_sha256(), NULL) == 1;
}
