#include "core/insight/insight_hide.h"

#include <stdlib.h>
#include <string.h>

#define FAR UINT64_MAX

struct hiding {
    struct hide_edge *edges;
    uint32_t n, n_nodes;
    int64_t *flow;      /* by edge: how much more than its count, in the world that is tried */
    uint64_t *distance; /* by node: the price of getting there */
    uint32_t *by;       /* by node: the edge over which */
    bool *along;        /* by node: in that edge's own direction */
};

void hide_small(struct hide_edge *edge, uint32_t threshold)
{
    if (edge->count >= threshold)
        return;
    edge->hidden = true;
    edge->down = edge->count;
    edge->up = threshold - edge->count;
}

static int64_t room_forward(const struct hiding *h, uint32_t i)
{
    const struct hide_edge *edge = &h->edges[i];
    return edge->most == HIDE_ANY ? INT32_MAX : (int64_t)edge->most - edge->count - h->flow[i];
}

static int64_t room_back(const struct hiding *h, uint32_t i)
{
    return (int64_t)h->edges[i].count + h->flow[i];
}

static uint64_t price_of(const struct hide_edge *edge)
{
    return edge->hidden ? 0 : 1 + (uint64_t)edge->price + edge->count;
}

static bool offer(struct hiding *h, uint32_t from, uint32_t to, uint32_t edge, bool along)
{
    uint64_t through = h->distance[from];
    if (through == FAR || through + price_of(&h->edges[edge]) >= h->distance[to])
        return false;
    h->distance[to] = through + price_of(&h->edges[edge]);
    h->by[to] = edge;
    h->along[to] = along;
    return true;
}

/* The cheapest way from one node to another, without `without`, along edges that are withheld or may be. */
static bool find_way(struct hiding *h, uint32_t from, uint32_t to, uint32_t without)
{
    for (uint32_t v = 0; v < h->n_nodes; v++)
        h->distance[v] = FAR;
    h->distance[from] = 0;
    for (bool nearer = true; nearer;) { /* no way of prices from 0 up goes round in a circle */
        nearer = false;
        for (uint32_t i = 0; i < h->n; i++) {
            const struct hide_edge *edge = &h->edges[i];
            if (i == without || (edge->fixed && !edge->hidden))
                continue;
            if (room_forward(h, i) > 0)
                nearer |= offer(h, edge->from, edge->to, i, true);
            if (room_back(h, i) > 0)
                nearer |= offer(h, edge->to, edge->from, i, false);
        }
    }
    return h->distance[to] != FAR;
}

static uint32_t node_before(const struct hiding *h, uint32_t node)
{
    const struct hide_edge *edge = &h->edges[h->by[node]];
    return h->along[node] ? edge->from : edge->to;
}

/* How much goes along the way that was found; at most `wanted`. */
static int64_t width_of(const struct hiding *h, uint32_t from, uint32_t to, int64_t wanted)
{
    for (uint32_t v = to; v != from; v = node_before(h, v)) {
        int64_t room = h->along[v] ? room_forward(h, h->by[v]) : room_back(h, h->by[v]);
        wanted = room < wanted ? room : wanted;
    }
    return wanted;
}

static void send_along(struct hiding *h, uint32_t from, uint32_t to, int64_t amount)
{
    for (uint32_t v = to; v != from; v = node_before(h, v)) {
        h->flow[h->by[v]] += h->along[v] ? amount : -amount;
        h->edges[h->by[v]].hidden = true;
    }
}

/* Room for edge `i` to be `wanted` more, or less; false where there is no way to have it. */
static bool make_room(struct hiding *h, uint32_t i, bool more, int64_t wanted)
{
    uint32_t from = more ? h->edges[i].to : h->edges[i].from;
    uint32_t to = more ? h->edges[i].from : h->edges[i].to;
    memset(h->flow, 0, h->n * sizeof *h->flow);
    while (wanted > 0) {
        if (!find_way(h, from, to, i))
            return false;
        int64_t amount = width_of(h, from, to, wanted);
        send_along(h, from, to, amount);
        wanted -= amount;
    }
    return true;
}

int hide_protect(struct hide_edge *edges, uint32_t n, uint32_t n_nodes, bool *met, struct err *e)
{
    struct hiding h = {.edges = edges, .n = n, .n_nodes = n_nodes};
    h.flow = calloc(n + 1u, sizeof *h.flow);
    h.distance = calloc(n_nodes + 1u, sizeof *h.distance);
    h.by = calloc(n_nodes + 1u, sizeof *h.by);
    h.along = calloc(n_nodes + 1u, sizeof *h.along);
    bool enough = h.flow != NULL && h.distance != NULL && h.by != NULL && h.along != NULL;
    *met = enough;
    for (uint32_t i = 0; i < n && enough; i++) {
        if (!edges[i].hidden)
            continue;
        *met = make_room(&h, i, true, edges[i].up) && *met;
        *met = make_room(&h, i, false, edges[i].down) && *met;
    }
    free(h.flow);
    free(h.distance);
    free(h.by);
    free(h.along);
    return enough ? ERR_OK : err_memory(e, "what is withheld");
}
