/* group_check.h - everything before the search: the problem's own sense, bounds, rules, limits. Pure; one
 * thread. */
#ifndef PEERNET_CORE_GROUP_CHECK_H
#define PEERNET_CORE_GROUP_CHECK_H

#include "core/group/group_settle.h"

/* On ERR_OK the settlement belongs to the caller. ERR_INVALID names the smallest clash found, of rules and
 * limits, in people's words; ERR_LIMIT: neither a placement nor a proof that there is none was found. */
int group_check(const struct group_problem *p, struct group_settlement *out, struct err *e);

#endif
