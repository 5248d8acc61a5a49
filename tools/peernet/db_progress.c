#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "peernet/db_parts.h"

enum { WIDTH = 30, REDRAW_MS = 100 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void db_progress_open(struct db_progress *p)
{
    *p = (struct db_progress){.shown = isatty(STDERR_FILENO) == 1};
}

static void draw_bar(double share)
{
    char bar[WIDTH + 1];
    int full = (int)(share * WIDTH);
    memset(bar, '.', WIDTH);
    memset(bar, '#', (size_t)full);
    bar[WIDTH] = '\0';
    fprintf(stderr, " [%s] %3d %%", bar, (int)(share * 100));
}

void db_progress_show(struct db_progress *p, const char *phase, uint64_t done, uint64_t all, const char *unit)
{
    int64_t now = p->shown ? now_ms() : 0;
    bool same = strncmp(p->phase, phase, sizeof p->phase - 1) == 0;
    if (!p->shown || (same && p->drawn && now - p->last < REDRAW_MS && done < all))
        return;
    snprintf(p->phase, sizeof p->phase, "%s", phase);
    p->last = now;
    p->drawn = true;
    fprintf(stderr, "\r\033[K%s", phase);
    if (all > 0)
        draw_bar(done >= all ? 1 : (double)done / (double)all);
    else if (done > 0)
        fprintf(stderr, " %llu %s", (unsigned long long)done, unit);
    fflush(stderr);
}

void db_progress_close(struct db_progress *p)
{
    if (p->drawn)
        fputs("\r\033[K", stderr);
    p->drawn = false;
}
