/* inputs_base.h - the two parts of the inputs that are not population: what is published now, and the pins.
 * For inputs.c, inside its transaction, once the population is sealed. */
#ifndef PEERNET_REGROUP_INPUTS_BASE_H
#define PEERNET_REGROUP_INPUTS_BASE_H

#include "regroup/inputs.h"

int base_read(struct inputs *in, struct pg *pg, struct err *e);
int pins_read(struct inputs *in, struct pg *pg, const char *programme, struct err *e);

#endif
