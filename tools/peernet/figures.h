/* figures.h - the figures of a run, as facts under each other.
 * One thread. */
#ifndef PEERNET_CLI_FIGURES_H
#define PEERNET_CLI_FIGURES_H

#include <jansson.h>
#include <stdint.h>

#include "peernet/cli.h"

void figures_write(struct cli *cli, const json_t *figures);
int64_t figures_unmatched(const json_t *figures); /* of all reasons */

#endif
