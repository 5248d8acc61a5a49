/* waiting.h - a line on standard error that counts the seconds while a call waits for its answer; nothing
 * when standard error is no terminal. It is drawn by a thread of its own, which touches nothing else. Owner:
 * the caller, of the struct, which stays where it is between begin and end. */
#ifndef PEERNET_CLI_WAITING_H
#define PEERNET_CLI_WAITING_H

#include <pthread.h>
#include <stdbool.h>

struct waiting_line {
    const char *words; /* what is going on */
    bool shown, over;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t end;
};

void waiting_begin(struct waiting_line *w, const char *words);
void waiting_end(struct waiting_line *w); /* wipes it */

#endif
