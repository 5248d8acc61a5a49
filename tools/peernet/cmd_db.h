/* cmd_db.h - `peernet db ...`: the commands that speak to PostgreSQL itself rather than to a daemon. Their
 * words are looked up in phrases.def. Owner: main. One thread. */
#ifndef PEERNET_CLI_CMD_DB_H
#define PEERNET_CLI_CMD_DB_H

#include "peernet/text.h"

/* `argv[0]` is "db", argv[1] the subcommand; in the language wanted, unless --lang names another. Returns the
 * exit code: 0 done, 1 failed (or the check found something), 2 wrong usage, 4 not allowed, 5 database not
 * reachable. */
int cmd_db(int argc, char **argv, enum language wanted);

#endif
