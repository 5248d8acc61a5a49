/* limits_view.h - the limits of networks (core/limits.h) as the engine wants them, by element. Owner: whoever
 * called limits_view_open. Pure. */
#ifndef PEERNET_REGROUP_LIMITS_VIEW_H
#define PEERNET_REGROUP_LIMITS_VIEW_H

#include "core/group/group_limits.h"
#include "core/rules/limits.h"

/* The engine's view of a list of organizers. Owner: whoever called limits_view_open. */
struct limits_view {
    struct group_limits engine;
    const struct group_limits *given; /* NULL where there is nothing to obey */
    struct arena memory;
};
int limits_view_open(struct limits_view *v, const struct limits *l, const uint32_t *organizer, uint32_t n,
                     struct err *e);
void limits_view_close(struct limits_view *v);

#endif
