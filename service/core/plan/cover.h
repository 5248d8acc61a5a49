/* cover.h - which activities answer what organizers need: for a network the few that cover most of its shared
 * need, for all organizers the challenges that many report and no activity answers. Pure; any thread that may
 * read the snapshot. */
#ifndef PEERNET_CORE_COVER_H
#define PEERNET_CORE_COVER_H

#include "core/snapshot/snapshot.h"

#define COVER_MOST 20 /* activities of one network */

struct cover_choice {
    uint32_t activity; /* index into snapshot.activities */
    double share;      /* of the shared need, that it adds to those before it */
};
struct cover_network {
    struct cover_choice choice[COVER_MOST]; /* in the order in which they were taken: most added first */
    uint32_t n_choices;
    double need;    /* shared by the network: of each challenge that two members or more report, the sum of
                       severity/5, halved every half-life of a report's age */
    double covered; /* share of it */
};

struct cover; /* memory for one network after the other */
/* NULL when memory ran out. */
struct cover *cover_open(const struct snapshot *s, const struct snapshot_programme *p);
void cover_close(struct cover *c);

/* Activities of network `network` (index), the one that adds most first, ties by code, until `enough` (0-1)
 * of its need is covered, `most` (up to COVER_MOST) are taken or no other adds anything. What is chosen so
 * covers 63 % at least of what the best choice of as many could. */
void cover_network(struct cover *c, uint32_t network, uint32_t most, double enough,
                   struct cover_network *out);

/* Is there an activity for it? */
bool cover_answers(const struct cover *c, uint32_t challenge);
/* Organizers with any report that counts in the programme. */
uint32_t cover_reporting(const struct cover *c);

#endif
