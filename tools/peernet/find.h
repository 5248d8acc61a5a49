/* find.h - calls about a thing that a person names, told well when there is no such thing. The organizer that
 * a person means: its number as the register has it (2120000019) or as people write it (212000-0019), or its
 * name when that fits one organizer only. One thread. */
#ifndef PEERNET_CLI_FIND_H
#define PEERNET_CLI_FIND_H

#include "peernet/cli.h"
#include "peernet/invocation.h"

/* A number as the register has it, 2120000019 or 212000-0019, without the hyphen; false for anything else. */
#define FIND_NUMBER 260
bool find_number(const char *typed, char out[FIND_NUMBER]);

/* Calls the command's method with its parameter "organizer" as typed and, when there is no such number, as
 * meant. 0 or the exit code; a failure, also that several fit, has been told. */
int find_organizer(struct cli *cli, const struct invocation *in, json_t **result);

/* Puts the number of the organizer that a person means in the place of what was typed for this parameter. 0
 * or the exit code, told. */
int find_organizer_id(struct cli *cli, const struct invocation *in, const char *param);

/* The same for each of a list. */
int find_organizer_ids(struct cli *cli, json_t *organizers);

/* Calls the command's method about a network or run by its number; `none` says that there is none of number
 * {1}. */
int find_numbered(struct cli *cli, const struct invocation *in, enum text none, json_t **result);

#endif
