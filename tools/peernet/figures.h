/* figures.h - the figures of a run, as facts under each other.
 * One thread. */
#ifndef PEERNET_CLI_FIGURES_H
#define PEERNET_CLI_FIGURES_H

#include <jansson.h>
#include <stdint.h>

#include "peernet/cli.h"

void figures_write(struct cli *cli, const json_t *figures);
/* Those of two runs as a table, and settings of which both differ ({name, before, after}); NULL = none. The
 * exit code. */
int figures_beside(struct cli *cli, const json_t *before, const json_t *after, const json_t *settings);
int64_t figures_unmatched(const json_t *figures); /* of all reasons */

#endif
