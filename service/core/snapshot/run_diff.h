/* run_diff.h - what changed between two runs of a programme: who moved, from where to where and why; which
 * networks grew, shrank, split, merged, closed, or are new.
 *
 *     run_diff_open(&diff);
 *     run_diff_add_network(diff, ...);  run_diff_add_flow(diff, ...);  run_diff_add_move(diff, ...);
 *     run_diff_build(diff, &e);         from then on immutable
 *
 * A network is the same where its number is: numbers follow the members from run to run. Flows say how many
 * went from one network to another (0 = in none), so that the size of all this goes by the number of
 * networks, not of organizers. Owner: whoever opened it; run_diff_free. One thread at a time. Strings are
 * never NULL once added. */
#ifndef PEERNET_CORE_RUN_DIFF_H
#define PEERNET_CORE_RUN_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "core/population/population.h"
#include "core/snapshot/snapshot.h"

/* Where an organizer is in one of the two runs. */
struct run_diff_place {
    uint32_t network; /* number; 0 = in none */
    float fit;
    const char *unmatched; /* reason's code, "" for a member and for one that took no part in the run */
};

enum run_diff_move_kind { MOVE_MOVED, MOVE_JOINED, MOVE_LEFT };
const char *run_diff_move_name(enum run_diff_move_kind kind); /* "moved", "joined", "left" */

/* An organizer whose network is another one now. */
struct run_diff_move {
    const char *id, *name;
    enum organizer_kind kind;
    struct run_diff_place before, after;
    const char *reason_sv, *reason_en; /* the later run's sentence about it, "" where it is not in it, or as
                                          long as it is not worded */
};

struct run_diff_part {
    uint32_t network; /* number; 0 = in none */
    uint32_t members;
};

enum run_diff_change {
    NETWORK_SAME,
    NETWORK_CHANGED,
    NETWORK_GREW,
    NETWORK_SHRANK,
    NETWORK_NEW,
    NETWORK_CLOSED
};
#define RUN_DIFF_CHANGES 6
const char *run_diff_change_name(enum run_diff_change change); /* "same", "changed", "grew", ... */

struct run_diff_network {
    uint32_t number;
    const char *label_sv, *label_en; /* of the later run that has it */
    uint32_t before, after;          /* members; 0 = the run has no such network */
    uint32_t stayed;
    enum run_diff_change change;
    bool split; /* two or more parts of it, of at least two members and a quarter of it each, went on apart */
    bool merged; /* likewise two or more such parts came together in it */
    const struct run_diff_part *from,
        *to; /* who came and went, by network, most first; without those who stayed */
    uint32_t n_from, n_to;
};

struct run_diff_counts {
    uint64_t stayed, moved, joined, left;
    uint32_t networks[RUN_DIFF_CHANGES], split, merged;
};

struct run_diff {
    const char *programme, *before, *after,
        *settings;                     /* the last three: JSON, of the two runs and what differs */
    struct run_diff_network *networks; /* by number */
    uint32_t n_networks;
    struct run_diff_move *moves; /* in the order in which they were added */
    uint32_t n_moves;
    struct run_diff_counts counts;
    struct run_diff_parts *parts; /* of run_diff.c */
    struct arena memory;
};

int run_diff_open(struct run_diff **out, struct err *e);
void run_diff_free(struct run_diff *d); /* NULL is allowed */

/* Texts are copied. ERR_MEMORY. */
int run_diff_head(struct run_diff *d, const char *programme, const char *before, const char *after,
                  const char *settings, struct err *e);
struct run_diff_network_row {
    uint32_t number, size;
    bool after; /* of the later run */
    const char *label_sv, *label_en;
};
/* Numbers in ascending order, the earlier run's row before the later one's. */
int run_diff_add_network(struct run_diff *d, const struct run_diff_network_row *row, struct err *e);
/* So many members of network `before` are in network `after`, each pair once; at least one is not 0. */
int run_diff_add_flow(struct run_diff *d, uint32_t before, uint32_t after, uint32_t members, struct err *e);
int run_diff_add_move(struct run_diff *d, const struct run_diff_move *move, struct err *e);
/* Is the move's sentence to be worded from facts, since the later run has none of this member? */
bool run_diff_is_wordless(const struct run_diff_move *move);
/* Words all of these, from a snapshot of the later run that holds their networks. ERR_MEMORY. */
int run_diff_word(struct run_diff *d, const struct snapshot *later, struct err *e);

/* ERR_INTERNAL where a flow names a network that was not added. */
int run_diff_build(struct run_diff *d, struct err *e);

/* NULL when neither run has it. */
const struct run_diff_network *run_diff_find(const struct run_diff *d, uint32_t number);
enum run_diff_move_kind run_diff_move_kind(const struct run_diff_move *move);
/* Why it moved, as a code: "closed" (its network is no more), "split" (its network parted, and it went with
 * its part), "better" (it fits better there), "others" (it fits no better: others do, or a rule wants it); of
 * those who joined "new" (took no part before) or "placed" (did, in no network); of those who left "gone"
 * (takes no part any more) or the code of its being unmatched. */
const char *run_diff_why(const struct run_diff *d, const struct run_diff_move *move);

#endif
