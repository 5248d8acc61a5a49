/* plan_people.h - whom a plan is about: the organizers of a programme, with what they need and since when
 * they wait, as the snapshot has them. Pure; any thread that may read the snapshot. */
#ifndef PEERNET_CORE_PLAN_PEOPLE_H
#define PEERNET_CORE_PLAN_PEOPLE_H

#include "core/plan/plan.h"
#include "core/snapshot/snapshot.h"

/* All organizers in the scope, and all members of published networks; plan_person.network is the index of the
 * network. Of the reports that count in the programme:
 *   need      sum of severity/5, halved every half-life of its age
 *   severity  its mean over what is reported
 *   breadth   how much is reported, to the most that anybody does
 *   waiting   days since the first report of any of it, to the most that anybody waits
 * Who was invited before is left out, or with `again` comes after all others; *before = how many those are.
 * ERR_MEMORY. */
int plan_people_gather(const struct snapshot *s, const struct snapshot_programme *p, bool again,
                       struct plan_people *out, uint32_t *before, struct err *e);
void plan_people_free(struct plan_people *people);

#endif
