#include "base/gate.h"

#include <stdio.h>
#include <stdlib.h>

struct gate {
    struct gate_options options;
    struct gate_line turns; /* the first pass of each client, the next one's at the head */
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
    TAILQ_INIT(&g->turns);
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

/* Of that client; NULL: none waits. */
static struct gate_pass *first_of(const struct gate *g, uint64_t client)
{
    struct gate_pass *first = NULL;
    if (client != 0)
        TAILQ_FOREACH(first, &g->turns, link)
        {
            if (first->client == client)
                break;
        }
    return first;
}

static void wait(struct gate *g, struct gate_pass *pass)
{
    struct gate_pass *first = first_of(g, pass->client);
    TAILQ_INIT(&pass->behind);
    pass->n_behind = 0;
    if (first != NULL) {
        TAILQ_INSERT_TAIL(&first->behind, pass, link);
        first->n_behind++;
    } else {
        TAILQ_INSERT_TAIL(&g->turns, pass, link);
    }
    g->n_waiting++;
}

/* The second of its client is the first now; NULL: it was alone. */
static struct gate_pass *hand_on(struct gate_pass *first)
{
    struct gate_pass *next = TAILQ_FIRST(&first->behind);
    if (next == NULL)
        return NULL;
    TAILQ_REMOVE(&first->behind, next, link);
    TAILQ_CONCAT(&next->behind, &first->behind, link);
    next->n_behind = first->n_behind - 1;
    return next;
}

void gate_quit(struct gate *g, struct gate_pass *pass)
{
    struct gate_pass *first = first_of(g, pass->client), *next;
    g->n_waiting--;
    if (first != NULL && first != pass) {
        TAILQ_REMOVE(&first->behind, pass, link);
        first->n_behind--;
        return;
    }
    next = hand_on(pass);
    if (next != NULL)
        TAILQ_INSERT_AFTER(&g->turns, pass, next, link);
    TAILQ_REMOVE(&g->turns, pass, link);
}

/* Whose turn it is; behind it its client has its next turn after all others. */
static struct gate_pass *take(struct gate *g)
{
    struct gate_pass *pass = TAILQ_FIRST(&g->turns), *next = hand_on(pass);
    TAILQ_REMOVE(&g->turns, pass, link);
    if (next != NULL)
        TAILQ_INSERT_TAIL(&g->turns, next, link);
    g->n_waiting--;
    return pass;
}

/* What a pass does may bring others here, and they find the loop further up the stack. */
static void let_in(struct gate *g)
{
    if (g->letting_in)
        return;
    g->letting_in = true;
    while (g->running < g->options.places && g->n_waiting > 0) {
        struct gate_pass *pass = take(g);
        g->running++;
        if (pass->go(pass->context))
            g->taken++;
        else
            g->running--;
    }
    g->letting_in = false;
}

static bool is_forgotten(const struct gate_pass *pass)
{
    return pass->forgotten != NULL && pass->forgotten(pass->context);
}

static struct gate_pass *find_forgotten(const struct gate *g)
{
    struct gate_pass *first, *pass;
    TAILQ_FOREACH(first, &g->turns, link)
    {
        if (is_forgotten(first))
            return first;
        TAILQ_FOREACH(pass, &first->behind, link)
        {
            if (is_forgotten(pass))
                return pass;
        }
    }
    return NULL;
}

/* What one does that is over may change who waits, so each is looked for anew. */
static void drop_forgotten(struct gate *g)
{
    struct gate_pass *pass;
    while ((pass = find_forgotten(g)) != NULL) {
        gate_quit(g, pass);
        pass->go(pass->context);
    }
}

/* So many would wait, with `ahead` more. */
static uint32_t n_waiting_with(const struct gate *g, uint32_t ahead)
{
    uint32_t free_places =
        g->options.places - (g->running < g->options.places ? g->running : g->options.places);
    return g->n_waiting + ahead < free_places ? 0 : g->n_waiting + ahead - free_places;
}

static bool is_full(const struct gate *g, uint32_t ahead)
{
    return g->running + g->n_waiting + ahead >= g->options.places + g->options.queue;
}

static uint32_t share(const struct gate *g)
{
    return g->options.queue / 2 + g->options.queue % 2;
}

/* How many of the client's wait, with `own` more among the `ahead`, if it has its share of those that may. */
static uint32_t n_over_share(const struct gate *g, uint64_t client, uint32_t ahead, uint32_t own)
{
    if (g->running + g->n_waiting + ahead < g->options.places || client == 0)
        return 0; /* it need not wait */
    const struct gate_pass *first = first_of(g, client);
    uint32_t waiting = (first != NULL ? first->n_behind + 1 : 0) + own;
    uint32_t all = n_waiting_with(g, ahead);
    waiting = waiting < all ? waiting : all; /* some of its own have places of their own */
    return waiting >= share(g) ? waiting : 0;
}

static int refuse(struct gate *g, uint32_t own, uint32_t all, struct err *e)
{
    const struct gate_options *o = &g->options;
    char half[64] = "", besides[96] = "";
    g->refused++;
    if (own > 0)
        snprintf(half, sizeof half, "%u for one connection, half of ", share(g));
    if (o->places_option != NULL)
        snprintf(besides, sizeof besides, ", besides %u at a time (%s)", o->places, o->places_option);
    return err_set(e, ERR_BUSY, "%u %s%s wait; the limit is %s%u (%s)%s", own > 0 ? own : all, o->what,
                   own > 0 ? " of this connection" : "", half, o->queue, o->option, besides);
}

int gate_room(struct gate *g, uint64_t client, uint32_t ahead, uint32_t own, struct err *e)
{
    if (is_full(g, ahead))
        drop_forgotten(g);
    uint32_t over = is_full(g, ahead) ? 0 : n_over_share(g, client, ahead, own);
    if (over > 0 || is_full(g, ahead))
        return refuse(g, over, n_waiting_with(g, ahead), e);
    return 0;
}

int gate_enter(struct gate *g, struct gate_pass *pass, struct err *e)
{
    int code = gate_room(g, pass->client, 0, 0, e);
    if (code != 0)
        return code;
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
