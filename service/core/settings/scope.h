/* scope.h - whether an organizer, a challenge, a report lies inside a programme's scope (settings.def). NULL
 * = all do. Pure; any thread. */
#ifndef PEERNET_CORE_SCOPE_H
#define PEERNET_CORE_SCOPE_H

#include <stdbool.h>

#include "core/population/population.h"
#include "core/settings/settings.h"

/* Of each thing that the scope names the organizer needs one of the values. */
bool scope_has_organizer(const struct setting_scope *scope, const struct organizer *o);
bool scope_has_category(const struct setting_scope *scope, const char *category);
/* `day`: days since 1970-01-01. */
bool scope_has_day(const struct setting_scope *scope, int32_t day);

#endif
