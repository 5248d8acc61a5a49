/* confirm.h - before what cannot be undone: asks a person at a terminal; a script has to say --yes. One
 * thread. */
#ifndef PEERNET_CLI_CONFIRM_H
#define PEERNET_CLI_CONFIRM_H

#include "peernet/cli.h"
#include "peernet/invocation.h"

/* `question` speaks of {1}, as typed. 0 to go on; EXIT_FAILED when the answer was no; EXIT_USAGE, told, where
 * nobody is there to be asked. */
int confirm(struct cli *cli, const struct invocation *in, enum text question, const char *about);

#endif
