/* watch.h - a command's output again and again, for who wants to look on: drawn anew whenever a regrouping
 * moves on or networks are published, and every other second, until Ctrl-C. On a terminal in the place of
 * what was there; elsewhere one after the other, where something has changed. One thread. */
#ifndef PEERNET_CLI_WATCH_H
#define PEERNET_CLI_WATCH_H

#include "peernet/cli.h"
#include "peernet/invocation.h"

/* Whether that makes sense: the command only reads. */
bool watch_allowed(const struct command *c);
/* The exit code: of Ctrl-C EXIT_FINE. A daemon that goes away is waited for. */
int watch_run(struct cli *cli, struct invocation *in);

#endif
