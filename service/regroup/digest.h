/* digest.h - a fingerprint of everything that decides a run: who organizers are, the catalogue, what is
 * reported, settings, pins, seed and the versions of peernet and igraph. Equal digests mean that a new run
 * has nothing to add.
 *
 * What is published is left out: otherwise publishing a run would at once ask for another. So is the day: all
 * reports age alike, so their weights stay in proportion; the day counts only through which reports are still
 * inside the window. So is the engine's number (GROUP_ENGINE): what is published is not regrouped because
 * another engine might do it otherwise, and a replay by another engine can still tell that the inputs are
 * whole. Pure. */
#ifndef PEERNET_REGROUP_DIGEST_H
#define PEERNET_REGROUP_DIGEST_H

#include "regroup/inputs.h"

int digest_build(const struct inputs *in, int64_t seed, char out[DIGEST_SIZE], struct err *e);

#endif
