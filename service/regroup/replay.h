/* replay.h - the command `replay`: computes a run again from what it was computed from, and says whether the
 * same comes out. Nothing is written. One thread but for the search. */
#ifndef PEERNET_REGROUP_REPLAY_H
#define PEERNET_REGROUP_REPLAY_H

#include "base/buf.h"

void replay_help(struct buf *out);
/* argv[0] is the command's name. The exit code. */
int replay_main(int argc, char **argv);

#endif
