/* plan_table.h - a plan as tables, for the commands that show one.
 * Append to cli->out; 0 or the exit code of a failure, told. One thread. */
#ifndef PEERNET_CLI_PLAN_TABLE_H
#define PEERNET_CLI_PLAN_TABLE_H

#include "peernet/cli.h"

/* Term by term. */
int plan_write_terms(struct cli *cli, const json_t *plan);
/* Who is invited; nothing where the list is empty. */
int plan_write_parties(struct cli *cli, const json_t *parties);
/* A line for each office that is far from everybody. */
void plan_write_far(struct cli *cli, const json_t *plan);
/* When all have been invited, or how many never are. */
void plan_write_end(struct cli *cli, const json_t *plan);
/* For CSV, {"invitations": [{plan, term, office, round, network, organizer, name, need, km}]}: one for each
 * organizer that is invited by one of these plans; need and km are those of all who are invited with it. The
 * caller's; NULL without memory. */
json_t *plan_rows(const json_t *plans);
/* Several side by side. */
int plan_write_all(struct cli *cli, const json_t *plans);

#endif
