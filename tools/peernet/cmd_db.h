/* cmd_db.h - `peernet db ...`: the commands that speak to PostgreSQL itself rather than to a daemon. Their
 * words are English only: they are for whoever runs the database. Owner: main. One thread. */
#ifndef PEERNET_CLI_CMD_DB_H
#define PEERNET_CLI_CMD_DB_H

/* `argv[0]` is "db", argv[1] the subcommand. Returns the exit code: 0 done, 1 failed (or the check found
 * something), 2 wrong usage, 4 not allowed, 5 database not reachable. */
int cmd_db(int argc, char **argv);

#endif
