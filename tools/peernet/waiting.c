#include "peernet/waiting.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static void *draw(void *context)
{
    struct waiting_line *w = context;
    struct timespec next;
    clock_gettime(CLOCK_REALTIME, &next);
    pthread_mutex_lock(&w->lock);
    for (unsigned seconds = 0; !w->over; seconds++) {
        fprintf(stderr, "\r%s %u s\033[K", w->words, seconds);
        fflush(stderr);
        next.tv_sec++;
        while (!w->over && pthread_cond_timedwait(&w->end, &w->lock, &next) == 0)
            continue;
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

void waiting_begin(struct waiting_line *w, const char *words)
{
    *w = (struct waiting_line){.words = words};
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->end, NULL);
    w->shown = isatty(STDERR_FILENO) && pthread_create(&w->thread, NULL, draw, w) == 0;
}

void waiting_end(struct waiting_line *w)
{
    if (w->shown) {
        pthread_mutex_lock(&w->lock);
        w->over = true;
        pthread_cond_signal(&w->end);
        pthread_mutex_unlock(&w->lock);
        pthread_join(w->thread, NULL);
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->end);
}
