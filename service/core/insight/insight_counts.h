/* insight_counts.h - how many organizers of each group report each challenge, and how severely.
 *
 * Who takes part and what counts is as in profiles (profile.h): the scope, the categories that weigh more
 * than 0 and, but for rounds, the window of time. A round is a school year, 1 July to 30 June; of each
 * organizer and challenge the latest report of the round counts in it.
 * Owner: the caller, between insight_count and insight_counts_free. Pure; any thread. */
#ifndef PEERNET_CORE_INSIGHT_COUNTS_H
#define PEERNET_CORE_INSIGHT_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "core/population/population.h"
#include "core/settings/settings.h"

#define INSIGHT_KEY 72     /* bytes of a group's name */
#define INSIGHT_GROUPS 100 /* at most */
#define INSIGHT_ROUNDS 6   /* the latest that there are, at most */
#define INSIGHT_OUTSIDE UINT32_MAX

enum insight_by { INSIGHT_ALL, INSIGHT_KIND, INSIGHT_COUNTY, INSIGHT_SIZE, INSIGHT_ROUND, INSIGHT_BY_COUNT };
const char *insight_by_name(enum insight_by by);       /* "all", "kind", "county", "size", "round" */
int insight_by_parse(const char *name, size_t length); /* -1 for anything else */

/* Which group each organizer belongs to. */
struct insight_groups {
    uint32_t n;
    char key[INSIGHT_GROUPS][INSIGHT_KEY]; /* "municipal", "12", "100-499", "2025/26"; "unknown" */
    uint32_t *of; /* by organizer; INSIGHT_OUTSIDE: it does not take part. NULL for rounds */
};
/* Of all, by kind, county or size; groups without anybody are none. ERR_LIMIT: more than INSIGHT_GROUPS. */
int insight_groups_open(const struct population *p, const struct settings *s, enum insight_by by,
                        struct insight_groups *out, struct err *e);
void insight_groups_free(struct insight_groups *g);

/* Groups of whom nobody reports anything are left out, but for rounds; groups.of does not fit the rest then.
 */
struct insight_counts {
    struct insight_groups groups;
    uint32_t n_challenges;
    uint32_t *reporting;                /* by group: organizers that report anything */
    uint32_t *count;                    /* [challenge * groups.n + group]: that report it */
    uint64_t *severity;                 /* likewise: the sum of severities */
    uint32_t all_reporting, *all_count; /* of all groups; of rounds: what counts now, in the window */
    uint64_t *all_severity;
    bool earlier; /* rounds: there are earlier ones than those that are told */
};
int insight_count(const struct population *p, const struct settings *s, int32_t today, enum insight_by by,
                  struct insight_counts *out, struct err *e);
void insight_counts_free(struct insight_counts *c);

/* For each organizer the challenges that it reports and that count now, ascending. */
struct insight_lists {
    uint32_t *start; /* n_organizers + 1 */
    uint32_t *challenge;
};
int insight_lists_open(const struct population *p, const struct settings *s, int32_t today,
                       struct insight_lists *out, struct err *e);
void insight_lists_free(struct insight_lists *l);

#endif
