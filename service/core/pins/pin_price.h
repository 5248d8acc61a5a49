/* pin_price.h - what a rule costs: the mean fit of the published networks less that of the nearest networks
 * that obey it. The nearest are found by the cheapest moves, one organizer into another network or two that
 * change places, within sizes, limits and the other rules; what a whole search would find can only be better.
 * What a rule of keep costs is what the moves that it forbids would bring now. At 2,800 organizers a
 * millisecond or two. Pure. */
#ifndef PEERNET_CORE_PIN_PRICE_H
#define PEERNET_CORE_PIN_PRICE_H

#include "core/rules/pin_clash.h"
#include "core/snapshot/snapshot.h"

#define PIN_MOVES_TOLD 16

struct pin_move {
    uint32_t organizer;
    uint32_t from, to; /* numbers of networks; 0 = in none */
};

struct pin_price {
    bool known;  /* false: no way was found, or nobody of it is in a published network */
    double cost; /* of mean fit; below 0: it brings something */
    struct pin_move moves[PIN_MOVES_TOLD]; /* the first so many */
    uint32_t n_moves;
};

/* `rules`: those in force, the last one is what the price is asked of. ERR_MEMORY. */
int pin_price(const struct snapshot *s, const struct snapshot_programme *p, const struct pin_rule *rules,
              size_t n, struct pin_price *out, struct err *e);

#endif
