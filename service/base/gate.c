#include "base/gate.h"

#include <stdlib.h>

struct gate {
    struct gate_options options;
    TAILQ_HEAD(, gate_pass) waiting;
    uint32_t n_waiting, running;
    uint64_t taken, refused;
    bool letting_in; /* further up the stack */
    bool closing;
};

int gate_open(struct gate **out, const struct gate_options *options, struct err *e)
{
    struct gate *g = *out = calloc(1, sizeof *g);
    if (g == NULL)
        return err_memory(e, options->what);
    g->options = *options;
    TAILQ_INIT(&g->waiting);
    return 0;
}

static void free_if_over(struct gate *g)
{
    if (g->closing && !g->letting_in && g->running == 0 && g->n_waiting == 0)
        free(g);
}

void gate_close(struct gate *g)
{
    if (g == NULL)
        return;
    g->closing = true;
    free_if_over(g);
}

static void wait(struct gate *g, struct gate_pass *pass)
{
    TAILQ_INSERT_TAIL(&g->waiting, pass, link);
    g->n_waiting++;
}

void gate_quit(struct gate *g, struct gate_pass *pass)
{
    TAILQ_REMOVE(&g->waiting, pass, link);
    g->n_waiting--;
}

/* What a pass does may bring others here, and they find the loop further up the stack. */
static void let_in(struct gate *g)
{
    if (g->letting_in)
        return;
    g->letting_in = true;
    while (g->running < g->options.places && g->n_waiting > 0) {
        struct gate_pass *pass = TAILQ_FIRST(&g->waiting);
        gate_quit(g, pass);
        g->running++;
        if (pass->go(pass->context))
            g->taken++;
        else
            g->running--;
    }
    g->letting_in = false;
}

static void drop_forgotten(struct gate *g)
{
    struct gate_pass *pass = TAILQ_FIRST(&g->waiting), *next;
    for (; pass != NULL; pass = next) {
        next = TAILQ_NEXT(pass, link);
        if (pass->forgotten == NULL || !pass->forgotten(pass->context))
            continue;
        gate_quit(g, pass);
        pass->go(pass->context);
    }
}

static bool is_full(const struct gate *g)
{
    return g->running >= g->options.places && g->n_waiting >= g->options.queue;
}

static int refuse(struct gate *g, struct err *e)
{
    const struct gate_options *o = &g->options;
    g->refused++;
    if (o->places_option == NULL)
        return err_set(e, ERR_BUSY, "%u %s wait; the limit is %u (%s)", g->n_waiting, o->what, o->queue,
                       o->option);
    return err_set(e, ERR_BUSY, "%u %s wait; the limit is %u (%s), besides %u at a time (%s)", g->n_waiting,
                   o->what, o->queue, o->option, o->places, o->places_option);
}

int gate_enter(struct gate *g, struct gate_pass *pass, struct err *e)
{
    if (is_full(g))
        drop_forgotten(g);
    if (is_full(g))
        return refuse(g, e);
    wait(g, pass);
    let_in(g);
    return 0;
}

void gate_again(struct gate *g, struct gate_pass *pass)
{
    wait(g, pass);
    g->running--;
    let_in(g);
}

void gate_leave(struct gate *g)
{
    g->running--;
    let_in(g);
    free_if_over(g);
}

void gate_counts(const struct gate *g, struct gate_counts *out)
{
    *out = (struct gate_counts){.running = g->running,
                                .waiting = g->n_waiting,
                                .places = g->options.places,
                                .queue = g->options.queue,
                                .taken = g->taken,
                                .refused = g->refused};
}
