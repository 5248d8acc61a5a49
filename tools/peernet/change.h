/* change.h - commands that change one thing by its name. Owner: the command. One thread. */
#ifndef PEERNET_CLI_CHANGE_H
#define PEERNET_CLI_CHANGE_H

#include "peernet/invocation.h"
#include "peernet/text.h"

/* Calls, and says in one sentence that it was done to what the answer names in `field`; the exit code. */
int cli_change(struct cli *cli, const struct invocation *in, const char *field, enum text done);

#endif
