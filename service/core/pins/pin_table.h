/* pin_table.h - the published networks as a table on which moves are tried: who is where, what a move brings,
 * whether sizes, limits and rules allow it. Owner: whoever called pin_table_open. One thread. */
#ifndef PEERNET_CORE_PIN_TABLE_H
#define PEERNET_CORE_PIN_TABLE_H

#include "core/rules/pin_clash.h"
#include "core/snapshot/snapshot.h"

struct pin_near {
    uint32_t network;
    double fit;
};

struct pin_table {
    const struct snapshot_programme *p;
    const struct pin_rule *rules;
    size_t n_rules;
    uint32_t n_organizers, n_networks, n_placed;
    uint32_t room;    /* members that a network's row can hold */
    uint32_t *where;  /* per organizer: its network; GROUP_NONE = in none */
    uint32_t *member; /* room per network */
    uint32_t *size;   /* per network */
    uint32_t *taken;  /* per network: the seats that its members take */
    double *own;   /* per organizer: sum of its similarities to the others of its network, where `pairs` is */
    double *pairs; /* per network: sum of the similarities of its pairs; NAN = not added up yet */
    bool *held;    /* per organizer: by a rule of together or keep */
    bool *apart;   /* per organizer: named by a rule of apart */
    bool *closed;  /* per network */
    uint32_t *asked;       /* room: members of a network as it would be */
    struct pin_near *near; /* per network: scratch of the caller's */
    void *saved;           /* the state at pin_table_save */
    bool no_memory;        /* for it */
    struct {
        uint32_t x, to; /* GROUP_NONE: nothing */
        double there;   /* pin_table_sum of them */
    } last;             /* that was asked */
};

int pin_table_open(struct pin_table *t, const struct snapshot *s, const struct snapshot_programme *p,
                   const struct pin_rule *rules, size_t n, struct err *e);
void pin_table_close(struct pin_table *t);

static inline uint32_t pin_table_member(const struct pin_table *t, uint32_t g, uint32_t k)
{
    return t->member[(size_t)g * t->room + k];
}

/* Sum of the similarities of x and the members of g, without x and `except`. */
double pin_table_sum(const struct pin_table *t, uint32_t x, uint32_t g, uint32_t except);

/* x into network `to`, and where `other` is not GROUP_NONE that member of `to` into x's: is it allowed, and
 * by how much does the sum of fits grow? */
bool pin_table_may(const struct pin_table *t, uint32_t x, uint32_t to, uint32_t other);
double pin_table_gain(struct pin_table *t, uint32_t x, uint32_t to, uint32_t other);
/* Does the half of it that is about x. */
void pin_table_move(struct pin_table *t, uint32_t x, uint32_t to);

/* Back to what was saved last. False: out of memory. */
bool pin_table_save(struct pin_table *t);
void pin_table_restore(struct pin_table *t);

#endif
