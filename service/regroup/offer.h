/* offer.h - a search may let members go, for limits or a least fit, while others wait for want of room: their
 * places are offered to those who wait, who then take part in another search of the same run. An offer that
 * places fewer than before is withdrawn. Owner: whoever called offer_make; each offer made is kept or
 * withdrawn. Pure. */
#ifndef PEERNET_REGROUP_OFFER_H
#define PEERNET_REGROUP_OFFER_H

#include "regroup/selection.h"

struct offer {
    struct selection before; /* arrays of its own; limits and warnings are shared */
    bool made;
};

/* The first in line become elements of the selection, as far as there are seats; the others move up.
 * `offer->made` is false, and the selection as it was, where nobody waits or finds a place. */
int offer_make(struct offer *offer, struct selection *s, const struct inputs *in, struct err *e);
void offer_keep(struct offer *offer);
void offer_withdraw(struct offer *offer, struct selection *s);

#endif
