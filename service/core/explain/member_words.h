/* member_words.h - the sentence about a member of a network, worded from the facts of a run when somebody
 * asks: by the daemon for what is published or was, by the worker for a proposal, in the same words. Pure,
 * quick (about a microsecond). Owner: the caller, of everything. Any thread. */
#ifndef PEERNET_CORE_MEMBER_WORDS_H
#define PEERNET_CORE_MEMBER_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/explain/explain.h"

/* How the first three challenges that it shares are told, and what else is. Told together are those that the
 * same members report: they are of one clause, and there are two clauses. */
enum {
    TOLD_SECOND = 0,                  /* 2 bits: the clause of the second challenge, 0 or 1 */
    TOLD_THIRD = 2,                   /* 2 bits: of the third, likewise */
    TOLD_LEFT_OUT = 2,                /* of the second or third: of no clause */
    TOLD_CLOSEST = 1 << 4,            /* so much closer than anybody else that it can be said */
    TOLD_NO_OTHER = 1 << 5,           /* it resembles no other network, though there are some */
    TOLD_SPECIAL = 6,                 /* 9 bits: place in its list, from 1, of a challenge that it shares
                                         with one or two others only; 0 = none */
    TOLD_SPECIAL_MOST = (1 << 9) - 1, /* what goes into them */
    TOLD_FIRST_ONLY = 2 << 2 | 2      /* where the list is not what it was */
};

struct next_best {   /* network */
    uint32_t number; /* as people know it; 0 = there is none */
    float fit;       /* that it would have there */
    enum why_not why_not;
    struct why_facts why;
};

struct member_facts {
    uint32_t organizer;
    float fit;
    uint16_t told;
    const uint32_t *shared; /* challenges that it shares with other members, most shared first */
    uint32_t n_shared;
    uint32_t closest; /* POPULATION_NONE: nobody, or not known */
    struct next_best next;
};

/* A network's members, whoever holds them. */
struct network_view {
    const struct population *population;
    const uint32_t *member;
    uint32_t size;
    const struct shared_challenge *shared; /* of the network */
    uint32_t n_shared;
    /* The list of a member, as member_facts has it; how many. */
    uint32_t (*shared_of)(const void *holder, uint32_t organizer, const uint32_t **shared);
    const void *holder;
};

void member_say(struct buf *out, const struct network_view *network, const struct member_facts *m,
                bool english);

#endif
