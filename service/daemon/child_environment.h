/* child_environment.h - the environment of a worker: this process's own, with the database connection in
 * libpq's variables, so that no password has to be in its flags. Owner: the caller frees. Any thread. */
#ifndef PEERNET_DAEMON_CHILD_ENVIRONMENT_H
#define PEERNET_DAEMON_CHILD_ENVIRONMENT_H

/* `connection`: "PGHOST=..." and so on, ends with NULL. They replace what this process has of the same names;
 * its PGSERVICE and PEERNET_DATABASE, which could say something else, are left out. NULL: out of memory. */
char **child_environment(const char *const *connection);
void child_environment_free(char **environment);

#endif
