/* login_delay.h - how long a login from an address has to wait after wrong ones from there: the first wrong
 * one costs `first_ms`, each further one twice as much, up to `most_ms`. Forgotten after some quiet minutes.
 *
 * Bounded: when all places are taken the address that has been quiet longest makes way. Of IPv6 the first 64
 * bits count, since one machine has all of the rest. Owner: the server. Loop thread only. */
#ifndef PEERNET_NET_LOGIN_DELAY_H
#define PEERNET_NET_LOGIN_DELAY_H

#include <stdint.h>
#include <sys/socket.h>

#define LOGIN_DELAY_PLACES 1024
#define LOGIN_DELAY_FORGET_MS 600000

/* Whom a connection comes from; all who use a unix socket are one. */
struct login_key {
    uint8_t bytes[9];
};
struct login_key login_key_of(const struct sockaddr *address);
int login_key_same(const struct login_key *a, const struct login_key *b);

struct login_delay {
    uint64_t first_ms, most_ms; /* first_ms 0: never */
    struct login_delay_place {
        struct login_key key;
        uint32_t wrong; /* 0: free */
        uint64_t at_ms; /* the last of them */
    } places[LOGIN_DELAY_PLACES];
};

/* ms that an answer has to wait now; 0 for who did nothing wrong lately. */
uint64_t login_delay_ms(const struct login_delay *d, const struct login_key *key, uint64_t now_ms);
/* One more wrong one. */
void login_delay_note(struct login_delay *d, const struct login_key *key, uint64_t now_ms);

#endif
