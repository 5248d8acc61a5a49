/* nearest.h - what a mistyped word was meant to be.
 * No memory of its own; any thread. */
#ifndef PEERNET_CLI_NEAREST_H
#define PEERNET_CLI_NEAREST_H

#include <stddef.h>

/* Feed it the candidates one by one; `word` is the best so far, NULL while none is near enough to be meant.
 */
struct nearest {
    const char *typed;
    const char *word;
    unsigned distance;
};
void nearest_begin(struct nearest *n, const char *typed);
void nearest_offer(struct nearest *n, const char *candidate);

#endif
