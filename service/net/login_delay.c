#include "net/login_delay.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

struct login_key login_key_of(const struct sockaddr *address)
{
    struct login_key key = {{0}};
    if (address->sa_family == AF_INET) {
        key.bytes[0] = 4;
        memcpy(key.bytes + 1, &((const struct sockaddr_in *)address)->sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        const struct in6_addr *in6 = &((const struct sockaddr_in6 *)address)->sin6_addr;
        key.bytes[0] = IN6_IS_ADDR_V4MAPPED(in6) ? 4 : 6;
        memcpy(key.bytes + 1, in6->s6_addr + (key.bytes[0] == 4 ? 12 : 0), key.bytes[0] == 4 ? 4 : 8);
    }
    return key;
}

int login_key_same(const struct login_key *a, const struct login_key *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static int is_remembered(const struct login_delay_place *p, uint64_t now_ms)
{
    return p->wrong > 0 && now_ms - p->at_ms < LOGIN_DELAY_FORGET_MS;
}

uint64_t login_delay_ms(const struct login_delay *d, const struct login_key *key, uint64_t now_ms)
{
    for (size_t i = 0; i < LOGIN_DELAY_PLACES && d->first_ms > 0; i++) {
        const struct login_delay_place *p = &d->places[i];
        if (!is_remembered(p, now_ms) || !login_key_same(&p->key, key))
            continue;
        uint64_t ms = d->first_ms;
        for (uint32_t n = 1; n < p->wrong && ms < d->most_ms; n++)
            ms *= 2;
        return ms < d->most_ms ? ms : d->most_ms;
    }
    return 0;
}

/* Its own place, else a free one, else that of whoever has been quiet longest. */
static struct login_delay_place *place_of(struct login_delay *d, const struct login_key *key, uint64_t now_ms)
{
    struct login_delay_place *best = &d->places[0];
    for (size_t i = 0; i < LOGIN_DELAY_PLACES; i++) {
        struct login_delay_place *p = &d->places[i];
        if (!is_remembered(p, now_ms))
            p->wrong = 0;
        if (p->wrong > 0 && login_key_same(&p->key, key))
            return p;
        if (best->wrong > 0 && (p->wrong == 0 || p->at_ms < best->at_ms))
            best = p;
    }
    best->wrong = 0;
    best->key = *key;
    return best;
}

void login_delay_note(struct login_delay *d, const struct login_key *key, uint64_t now_ms)
{
    struct login_delay_place *p = place_of(d, key, now_ms);
    if (p->wrong < UINT32_MAX)
        p->wrong++;
    p->at_ms = now_ms;
}
