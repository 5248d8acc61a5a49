#include "net/tokens.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

struct tokens *tokens_new(void)
{
    struct tokens *t = calloc(1, sizeof *t);
    if (t != NULL)
        arena_init(&t->text);
    return t;
}

void tokens_free(struct tokens *t)
{
    if (t == NULL)
        return;
    arena_free(&t->text);
    free(t->list);
    free(t);
}

static int make_room(struct tokens *t, struct err *e)
{
    if (t->n >= TOKENS_MAX)
        return err_set(e, ERR_LIMIT, "there are more tokens than %d; revoke those that nobody uses",
                       TOKENS_MAX);
    if (t->n < t->capacity)
        return 0;
    size_t capacity = t->capacity == 0 ? 16 : t->capacity * 2;
    struct token *list = realloc(t->list, capacity * sizeof *list);
    if (list == NULL)
        return err_memory(e, "tokens");
    t->list = list;
    t->capacity = capacity;
    return 0;
}

int tokens_add(struct tokens *t, const struct token *token, struct err *e)
{
    if (make_room(t, e))
        return (int)e->code;
    struct token copy = *token;
    const char **const texts[] = {&copy.name, &copy.created_at, &copy.created_by, &copy.expires_at,
                                  &copy.used_on};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *texts[i] = arena_text(&t->text, *texts[i], strlen(*texts[i]));
        if (*texts[i] == NULL)
            return err_memory(e, "tokens");
    }
    t->list[t->n++] = copy;
    return 0;
}

const struct token *tokens_find(const struct tokens *t, const uint8_t hash[TOKEN_HASH_SIZE])
{
    const struct token *found = NULL;
    for (size_t i = 0; i < t->n; i++)
        if (CRYPTO_memcmp(t->list[i].hash, hash, TOKEN_HASH_SIZE) == 0)
            found = &t->list[i];
    return found;
}

const struct token *tokens_of_id(const struct tokens *t, int64_t id)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->list[i].id == id)
            return &t->list[i];
    return NULL;
}

bool token_has_expired(const struct token *token, int64_t now)
{
    return token->until != 0 && now >= token->until;
}
