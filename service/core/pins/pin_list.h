/* pin_list.h - the rules that are in force in a programme, as the snapshot holds them, and one that is about
 * to be set: as pin_clash and pin_price take them. Owner: whoever called pin_list_begin; pin_list_close also
 * after a failure. Pure. */
#ifndef PEERNET_CORE_PIN_LIST_H
#define PEERNET_CORE_PIN_LIST_H

#include "core/rules/pin_clash.h"
#include "core/snapshot/snapshot.h"

struct pin_list {
    const struct snapshot *s;
    const struct snapshot_programme *p;
    struct pin_rule *rules;
    size_t n;
    struct arena memory;
};

/* Empty, with room for all pins of the programme, its locks and one more. */
int pin_list_begin(struct pin_list *l, const struct snapshot *s, const struct snapshot_programme *p,
                   struct err *e);
void pin_list_close(struct pin_list *l);

/* Adds one (of number 0: the new one) but for those who are unknown or report nothing that counts. False in
 * *binds: too few of it take part for it to bind anybody, so it was not added. */
int pin_list_add(struct pin_list *l, const struct snapshot_pin *pin, bool *binds, struct err *e);

/* Adds that a network is locked: its members are kept in it, and nobody else joins. */
int pin_list_lock(struct pin_list *l, const struct snapshot_network *n, struct err *e);
/* All pins in force but those that `without` (NULL: none) says, and all locks. */
int pin_list_fill(struct pin_list *l, bool (*without)(void *context, const struct snapshot_pin *pin),
                  void *context, struct err *e);

/* pin_clash of all of them, the one that was added last being the new one. */
int pin_list_check(const struct pin_list *l, struct err *e);

bool pin_has_ended(const struct snapshot *s, const struct snapshot_pin *pin);

#endif
