/* pin_rules.h - the rules that people set as the search obeys them: by elements of the selection. Owner:
 * whoever called pin_rules_build. Pure. */
#ifndef PEERNET_REGROUP_PIN_RULES_H
#define PEERNET_REGROUP_PIN_RULES_H

#include "core/group/group.h"
#include "regroup/inputs.h"
#include "regroup/selection.h"

struct pin_rules {
    struct group_rule *rules;
    size_t n;
    struct arena memory;
};

/* Pins without enough members left are no rules. */
int pin_rules_build(const struct inputs *in, const struct selection *s, struct pin_rules *out, struct err *e);
void pin_rules_free(struct pin_rules *r);

#endif
