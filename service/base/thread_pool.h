/* thread_pool.h - a few threads that do one piece of work together, then wait for the next. What a result is
 * must not depend on which of them did which part. Owner: whoever called thread_pool_open; one thread calls,
 * and works as worker 0. Signals go to other threads than the pool's. */
#ifndef PEERNET_BASE_THREAD_POOL_H
#define PEERNET_BASE_THREAD_POOL_H

#include <stdint.h>

#include "base/err.h"

struct thread_pool;
typedef void (*thread_pool_work)(void *context, uint32_t worker);

/* As many threads as asked for, the caller's included; fewer where the system has no more. */
int thread_pool_open(struct thread_pool **out, uint32_t threads, struct err *e);
void thread_pool_close(struct thread_pool *pool);
/* Calls work once on every thread, and returns when all are done. */
void thread_pool_run(struct thread_pool *pool, thread_pool_work work, void *context);

#endif
