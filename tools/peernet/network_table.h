/* network_table.h - networks and their members as tables, for the commands that show them.
 * Each appends to cli->out; 0 or the exit code. One thread. */
#ifndef PEERNET_CLI_NETWORK_TABLE_H
#define PEERNET_CLI_NETWORK_TABLE_H

#include "peernet/cli.h"

/* NETWORK SIZE COHESION LABEL */
int network_table(struct cli *cli, const json_t *networks);
/* "Network 7: Mathematics and absence" */
void network_heading(struct cli *cli, const json_t *network);
/* ID NAME KIND FIT (CLOSEST NEXT) SHARED */
int network_members(struct cli *cli, const json_t *members);

#endif
