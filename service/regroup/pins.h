/* pins.h - what the rules that people set ask of the choice of who takes part. A pin that names somebody who
 * cannot take part is obeyed as far as it goes, with a warning in the run's figures. Pure. */
#ifndef PEERNET_REGROUP_PINS_H
#define PEERNET_REGROUP_PINS_H

#include <jansson.h>
#include <stdbool.h>

#include "core/explain/explain.h"
#include "core/group/group.h"
#include "core/rules/pin_words.h"
#include "regroup/inputs.h"

/* The k-th organizer that the pin names; POPULATION_NONE when there is none of that id. */
uint32_t pin_organizer(const struct inputs *in, const struct pin *pin, uint32_t k);

/* Does a pin of keep have a place for that organizer: the published network that it is in, or was moved to?
 */
bool pin_keeps(const struct inputs *in, const struct pin *pin, uint32_t organizer);

/* Marks whom pins hold; who has a profile but no neighbour takes part when a pin puts it together with
 * others. `reason` and `held` are per organizer. Warns of organizers that are unknown or cannot be placed. */
int pins_hold(const struct inputs *in, enum unmatched_reason *reason, bool *held, json_t *warnings,
              struct err *e);

#endif
