/* price.h - how what a rule costs is told. One thread. */
#ifndef PEERNET_CLI_PRICE_H
#define PEERNET_CLI_PRICE_H

#include "peernet/cli.h"

/* "It costs 0.012 of mean fit." and the moves of the nearest way, of an answer with cost and moves. */
void price_write(struct cli *cli, const json_t *result);
/* A line "  Alvesta kommun: from network 3 to network 7". */
void price_write_move(struct cli *cli, const json_t *move);

#endif
