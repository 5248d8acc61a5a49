/* pins.h - the rules that people set, brought to the organizers that take part in a run. A pin that names
 * somebody who cannot take part is obeyed as far as it goes, with a warning in the run's figures.
 * Pure. */
#ifndef PEERNET_REGROUP_PINS_H
#define PEERNET_REGROUP_PINS_H

#include "core/group.h"
#include "regroup/inputs.h"
#include "regroup/selection.h"

/* Marks whom pins hold; who has a profile but no neighbour takes part when a pin puts it together with
 * others. Warns of organizers that are unknown or cannot be placed. */
int pins_hold(const struct inputs *in, struct selection *s, struct err *e);

struct pin_rules {
    struct group_rule *rules;
    size_t n;
    struct arena memory;
};

/* The rules by elements of the selection. Pins without enough members left are no rules. */
int pin_rules_build(const struct inputs *in, const struct selection *s, struct pin_rules *out, struct err *e);
void pin_rules_free(struct pin_rules *r);

#endif
