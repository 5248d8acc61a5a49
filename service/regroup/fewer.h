/* fewer.h - how many networks limits leave room for is not known beforehand: tries the number that sizes
 * suggest, then fewer. Shared by run and solve. Pure but for what is called. */
#ifndef PEERNET_REGROUP_FEWER_H
#define PEERNET_REGROUP_FEWER_H

#include "core/settings/settings.h"
#include "regroup/selection.h"

/* One search for s->n_networks networks; an err_code as group_solve's. */
typedef int (*fewer_search)(void *context, struct err *e);

/* Calls `search` until it finds networks or none is left to try; s->n_networks is then what was tried last.
 * Where the settings fix the number of networks, or nothing but sizes limits them, there is one try. Where
 * all fail, *e is what the first try said. ERR_INVALID also where the engine neither found networks nor a
 * proof that there are none: then the text says what to loosen. */
int fewer_networks_try(struct selection *s, const struct settings *settings, fewer_search search,
                       void *context, struct err *e);

#endif
