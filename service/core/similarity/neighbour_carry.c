#include "core/similarity/neighbour_carry.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/similarity/neighbour_best.h"
#include "core/similarity/neighbour_join.h"

/* A row that has moved so many times as far as they do on average asks like one that is new: what the
 * furthest of the others has moved is in the bound of all. */
static const double FAR = 4;
/* More than what rounding does to a similarity and to what is told of it. */
static const float ROUNDING = 1e-6F;

struct carrying {
    const struct profiles *p;
    const struct neighbour_past *past;
    struct neighbour_lists *out; /* each list has its own place of `most`, until all are moved together */
    uint32_t *count;             /* by row */
    struct neighbour_blocks blocks;
    uint32_t *place_of; /* by row */
    uint32_t *asking;   /* places */
    uint32_t n_asking;
    float *welcome; /* by place */
    float *least;   /* by place: what it asks for at least */
    float far;      /* who has moved further asks */
    float furthest; /* drift of those that do not ask */
    double *question;
    size_t k;
};

static int carrying_open(struct carrying *c, const struct profiles *p, size_t most, struct err *e)
{
    const size_t n = p->n + (size_t)1;
    int code = neighbour_blocks_build(&c->blocks, p, e);
    if (code != 0)
        return code;
    *c->out = (struct neighbour_lists){.n = p->n, .most = most};
    c->out->start = malloc(n * sizeof *c->out->start);
    c->out->all = malloc((n * most + 1) * sizeof *c->out->all);
    c->out->beyond = calloc(n, sizeof *c->out->beyond);
    c->count = calloc(n, sizeof *c->count);
    c->place_of = calloc(n, sizeof *c->place_of);
    c->asking = malloc(n * sizeof *c->asking);
    c->welcome = malloc(n * sizeof *c->welcome);
    c->least = calloc(n, sizeof *c->least);
    c->question = calloc(p->columns + (size_t)1, sizeof *c->question);
    bool all = c->out->start && c->out->all && c->out->beyond && c->count && c->place_of && c->asking &&
               c->welcome && c->least && c->question;
    return all ? 0 : err_memory(e, "lists of neighbours");
}

static void carrying_close(struct carrying *c)
{
    neighbour_blocks_free(&c->blocks);
    free(c->count);
    free(c->place_of);
    free(c->asking);
    free(c->welcome);
    free(c->least);
    free(c->question);
}

static bool asks(const struct carrying *c, uint32_t row)
{
    return !(c->past->drift[row] <= c->far);
}

static void find_far(struct carrying *c)
{
    double sum = 0, n = 0;
    for (uint32_t place = 0; place < c->blocks.n; place++) {
        const float drift = c->past->drift[c->blocks.row[place]];
        if (drift < INFINITY) {
            sum += (double)drift;
            n++;
        }
    }
    c->far = n > 0 ? (float)(FAR * sum / n) + ROUNDING : 0;
}

static void list_asking(struct carrying *c)
{
    find_far(c);
    for (uint32_t place = 0; place < c->blocks.n; place++) {
        const uint32_t row = c->blocks.row[place];
        c->place_of[row] = place;
        if (asks(c, row))
            c->asking[c->n_asking++] = place;
        else if (c->past->drift[row] > c->furthest)
            c->furthest = c->past->drift[row];
    }
}

/* Nobody who was not listed and does not ask is more similar now. Whoever was not similar at all is not. */
static float bound_of(const struct carrying *c, uint32_t row)
{
    const float beyond = c->past->beyond[row];
    return beyond > 0 ? beyond + c->past->drift[row] + c->furthest + ROUNDING : 0;
}

static bool is_empty(const struct carrying *c, uint32_t row)
{
    return c->p->start[row] == c->p->start[row + 1];
}

/* The old list with its similarities of now; a heap, since those who ask are still to come: all that may be
 * among the best. */
static void list_anew(struct carrying *c, uint32_t place)
{
    const uint32_t row = c->blocks.row[place];
    struct neighbour_best best = {.heap = c->out->all + row * c->out->most, .k = c->out->most};
    neighbour_spread(&c->blocks, place, 1, c->question);
    for (size_t i = c->past->start[row]; i < c->past->start[row + 1]; i++) {
        const uint32_t other = c->past->row[i];
        if (other != row && !is_empty(c, other) && !asks(c, other))
            neighbour_best_offer(&best,
                                 (struct neighbour){other, neighbour_similarity(&c->blocks, c->question, row,
                                                                                c->place_of[other])});
    }
    neighbour_spread(&c->blocks, place, 0, c->question);
    c->count[row] = (uint32_t)best.n;
    /* What is not above the bound makes nothing certain. */
    const float bound = bound_of(c, row), least = neighbour_best_least(&best);
    c->welcome[place] = least > bound ? least : bound;
}

static void take_offers(struct carrying *c, const struct neighbour_some *some)
{
    for (size_t i = 0; i < some->n_offers; i++) {
        const uint32_t row = some->offers[i].to;
        struct neighbour_best best = {c->out->all + row * c->out->most, c->count[row], c->out->most};
        neighbour_best_offer(&best, some->offers[i].from);
        c->count[row] = (uint32_t)best.n;
    }
}

/* Those who have changed ask, and others hear of them. */
static int ask_changed(struct carrying *c, uint32_t threads, struct err *e)
{
    struct neighbour_some some = {.place = c->asking, .n = c->n_asking, .welcome = c->welcome};
    for (uint32_t i = 0; i < c->n_asking; i++)
        c->welcome[c->asking[i]] = INFINITY;
    int code = neighbour_join_some(&c->blocks, &some, c->out->most, threads, c->out->all, c->count, e);
    if (code == 0)
        take_offers(c, &some);
    free(some.offers);
    return code;
}

/* How many of a sorted list are certainly the best. */
static uint32_t count_certain(const struct carrying *c, uint32_t row)
{
    const struct neighbour *list = c->out->all + row * c->out->most;
    const float bound = bound_of(c, row);
    uint32_t n = 0;
    while (n < c->count[row] && list[n].similarity > bound)
        n++;
    return n;
}

/* Sorted; and who cannot be certain of so many as are wanted is going to ask. As many as are listed there are
 * that similar: less need not be found. */
static void settle(struct carrying *c, uint32_t place)
{
    const uint32_t row = c->blocks.row[place];
    struct neighbour_best best = {c->out->all + row * c->out->most, c->count[row], c->out->most};
    const float bound = bound_of(c, row);
    neighbour_best_sort(&best);
    c->count[row] = (uint32_t)best.n;
    const uint32_t certain = count_certain(c, row);
    if (certain >= c->k || bound <= 0) {
        c->out->beyond[row] = certain == c->out->most ? best.heap[certain - 1].similarity : bound;
        c->count[row] = certain;
        return;
    }
    c->least[place] = best.n >= c->k ? best.heap[best.n - 1].similarity : 0;
    c->asking[c->n_asking++] = place;
}

/* What is below what was asked for is not all that there is of it. */
static void take_answer(struct carrying *c, uint32_t place)
{
    const uint32_t row = c->blocks.row[place];
    const struct neighbour *list = c->out->all + row * c->out->most;
    uint32_t n = c->count[row];
    while (n > 0 && list[n - 1].similarity < c->least[place])
        n--;
    c->count[row] = n;
    c->out->beyond[row] = n == c->out->most ? list[n - 1].similarity : c->least[place];
}

static int ask_uncertain(struct carrying *c, uint32_t threads, struct err *e)
{
    for (uint32_t i = 0; i < c->n_asking; i++)
        take_answer(c, c->asking[i]);
    c->n_asking = 0;
    for (uint32_t place = 0; place < c->blocks.n; place++)
        if (!asks(c, c->blocks.row[place]))
            settle(c, place);
    struct neighbour_some some = {.place = c->asking, .n = c->n_asking, .least = c->least};
    int code = neighbour_join_some(&c->blocks, &some, c->out->most, threads, c->out->all, c->count, e);
    free(some.offers);
    for (uint32_t i = 0; code == 0 && i < c->n_asking; i++)
        take_answer(c, c->asking[i]);
    return code;
}

static void move_together(struct carrying *c)
{
    struct neighbour_lists *l = c->out;
    size_t used = 0;
    for (uint32_t row = 0; row < l->n; row++) {
        memmove(l->all + used, l->all + row * l->most, c->count[row] * sizeof *l->all);
        l->start[row] = used;
        used += c->count[row];
    }
    l->start[l->n] = used;
}

static int carry(struct carrying *c, uint32_t changed_most, uint32_t threads, uint32_t *asked, struct err *e)
{
    list_asking(c);
    *asked = c->n_asking;
    if (*asked > changed_most)
        return err_set(e, ERR_LIMIT, "the profiles of %u organizers are others", *asked);
    for (uint32_t place = 0; place < c->blocks.n; place++)
        if (!asks(c, c->blocks.row[place]))
            list_anew(c, place);
    int code = ask_changed(c, threads, e);
    if (code == 0)
        code = ask_uncertain(c, threads, e);
    if (code == 0)
        move_together(c);
    *asked += c->n_asking;
    return code;
}

int neighbour_lists_carry(const struct profiles *p, const struct neighbour_past *past, size_t k, size_t most,
                          uint32_t changed_most, uint32_t threads, struct neighbour_lists *out,
                          uint32_t *asked, struct err *e)
{
    struct carrying c = {.p = p, .past = past, .out = out, .k = k};
    const size_t others = p->n > 0 ? p->n - (size_t)1 : 0;
    *out = (struct neighbour_lists){0};
    *asked = 0;
    /* Where distance may leave nothing of a similarity, who is not similar at all may become so. */
    if (!neighbour_join_suits(p) || (p->place != NULL && !(p->geography < 1)))
        return err_set(e, ERR_LIMIT, "neighbours of such profiles are found anew");
    most = most < others ? most : others;
    c.k = k < most ? k : most;
    int code = most > 0 ? carrying_open(&c, p, most, e) : err_set(e, ERR_LIMIT, "there are no neighbours");
    if (code == 0)
        code = carry(&c, changed_most, threads, asked, e);
    carrying_close(&c);
    if (code != 0)
        neighbour_lists_free(out);
    return code;
}
