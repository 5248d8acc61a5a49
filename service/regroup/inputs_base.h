/* inputs_base.h - the two parts of the inputs that are not population: what is published now, and the pins.
 * For inputs.c, inside its transaction, once the population is sealed. */
#ifndef PEERNET_REGROUP_INPUTS_BASE_H
#define PEERNET_REGROUP_INPUTS_BASE_H

#include "regroup/inputs.h"

/* Room for n organizers of whom nothing is known; inputs_free gives it back. */
int base_prepare(struct base *b, uint32_t n, struct err *e);
int base_read(struct inputs *in, struct input_rows *rows, struct err *e);
int pins_read(struct inputs *in, struct input_rows *rows, const char *programme, struct err *e);
/* The locks of networks, as pins of keep. */
int locks_read(struct inputs *in, struct input_rows *rows, const char *programme, struct err *e);
/* Takes those whom people moved to be where they were moved to, if that network is still published. */
int base_move(struct inputs *in, struct err *e);

#endif
