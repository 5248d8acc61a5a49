/* pin_clash.h - can rules that people set be met together? Asked when one is about to be set, so that a
 * contradiction is told to the person who makes it; the engine (group_check) has the last word about sizes
 * and limits when a run begins. Pure. */
#ifndef PEERNET_CORE_PIN_CLASH_H
#define PEERNET_CORE_PIN_CLASH_H

#include "core/group/group.h"
#include "core/rules/limits.h"

/* A rule by organizers; who takes no part is left out by the caller. */
struct pin_rule {
    enum group_rule_type type;
    const uint32_t *organizer;
    uint32_t n;
    uint32_t network; /* keep: the index of the network to be in; GROUP_NONE = each where it is */
    bool closed;      /* keep: nobody else may be in that network */
    const char *name; /* the words in which a person wrote it */
};

struct pin_problem {
    const struct pin_rule *rules; /* the last one is the new one */
    size_t n;
    uint32_t n_organizers;
    const uint32_t *home; /* per organizer: the index of its published network, GROUP_NONE = it is in none */
    uint32_t n_networks;
    uint32_t max_size;           /* seats */
    const struct limits *limits; /* what else the settings ask of networks; NULL = nothing */
};

/* ERR_INVALID names the fewest rules, the new one among them, that cannot be met together, and why; or of
 * those that were there before, where they clash already without it. A network that is closed stays as large
 * as it is. */
int pin_clash(const struct pin_problem *p, struct err *e);

#endif
