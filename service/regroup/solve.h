/* solve.h - `peernet-regroup solve`: groups the elements of a file without a database, which is how the
 * engine is compared with others. Main thread. */
#ifndef PEERNET_REGROUP_SOLVE_H
#define PEERNET_REGROUP_SOLVE_H

/* argv[0] is "solve". Returns the exit code; errors have been told on standard error. */
int solve_main(int argc, char **argv);

#endif
