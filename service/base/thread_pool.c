#include "base/thread_pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

enum { STACK_BYTES = 256 << 10 };

struct worker {
    struct thread_pool *pool;
    pthread_t thread;
    uint32_t number;
};

struct thread_pool {
    pthread_mutex_t mutex;
    pthread_cond_t start, done;
    struct worker *workers;
    uint32_t extra;   /* threads beside the caller's */
    uint32_t working; /* of those, how many have not finished this round */
    uint64_t round;
    bool ending;
    thread_pool_work work;
    void *context;
};

static void *worker_main(void *argument)
{
    struct worker *w = argument;
    struct thread_pool *pool = w->pool;
    uint64_t seen = 0;
    pthread_mutex_lock(&pool->mutex);
    for (;;) {
        while (!pool->ending && pool->round == seen)
            pthread_cond_wait(&pool->start, &pool->mutex);
        if (pool->ending)
            break;
        seen = pool->round;
        pthread_mutex_unlock(&pool->mutex);
        pool->work(pool->context, w->number);
        pthread_mutex_lock(&pool->mutex);
        if (--pool->working == 0)
            pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

static void start_threads(struct thread_pool *pool, uint32_t wanted)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    if (pthread_attr_init(&attributes) != 0)
        return;
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool->extra < wanted) {
        struct worker *w = &pool->workers[pool->extra];
        *w = (struct worker){.pool = pool, .number = pool->extra + 1};
        if (pthread_create(&w->thread, &attributes, worker_main, w) != 0)
            break;
        pool->extra++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
}

int thread_pool_open(struct thread_pool **out, uint32_t threads, struct err *e)
{
    struct thread_pool *pool = calloc(1, sizeof *pool);
    struct worker *workers = calloc((size_t)threads + 1, sizeof *workers);
    *out = NULL;
    if (!pool || !workers) {
        free(pool);
        free(workers);
        return err_memory(e, "the threads of the search");
    }
    pool->workers = workers;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->start, NULL);
    pthread_cond_init(&pool->done, NULL);
    if (threads > 1)
        start_threads(pool, threads - 1);
    *out = pool;
    return ERR_OK;
}

void thread_pool_close(struct thread_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->mutex);
    pool->ending = true;
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->mutex);
    for (uint32_t i = 0; i < pool->extra; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->start);
    pthread_mutex_destroy(&pool->mutex);
    free(pool->workers);
    free(pool);
}

void thread_pool_run(struct thread_pool *pool, thread_pool_work work, void *context)
{
    pthread_mutex_lock(&pool->mutex);
    pool->work = work;
    pool->context = context;
    pool->working = pool->extra;
    pool->round++;
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->mutex);
    work(context, 0);
    pthread_mutex_lock(&pool->mutex);
    while (pool->working > 0)
        pthread_cond_wait(&pool->done, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}
