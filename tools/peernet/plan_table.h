/* plan_table.h - a plan as tables, for the commands that show one.
 * Append to cli->out; 0 or the exit code of a failure, told. One thread. */
#ifndef PEERNET_CLI_PLAN_TABLE_H
#define PEERNET_CLI_PLAN_TABLE_H

#include "peernet/cli.h"

/* Term by term. */
int plan_write_terms(struct cli *cli, const json_t *plan);
/* Who is invited; nothing where the list is empty. */
int plan_write_parties(struct cli *cli, const json_t *parties);
/* When all have been invited, or how many never are. */
void plan_write_end(struct cli *cli, const json_t *plan);
/* Several side by side. */
int plan_write_all(struct cli *cli, const json_t *plans);

#endif
