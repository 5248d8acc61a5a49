/* propose.h - `peernet-regroup propose`: a problem on standard input, networks with reasons on standard
 * output, nothing stored and no database. */
#ifndef PEERNET_REGROUP_PROPOSE_H
#define PEERNET_REGROUP_PROPOSE_H

#include "base/buf.h"

int propose_main(int argc, char **argv);
void propose_help(struct buf *out);

#endif
