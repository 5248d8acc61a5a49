/* neighbour_order.h - rows of profiles in such an order that each 64 one behind the other are alike, and so
 * are each 64 times 64. Only neighbour*.c include it. */
#ifndef PEERNET_CORE_NEIGHBOUR_ORDER_H
#define PEERNET_CORE_NEIGHBOUR_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "core/similarity/profile.h"

/* Reorders `row`, n rows that have entries, ascending: a function of the profiles. */
int neighbour_order_rows(const struct profiles *p, uint32_t *row, uint32_t n, struct err *e);

#endif
