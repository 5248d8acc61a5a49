#include "regroup/offer.h"

#include <stdlib.h>

struct waiter {
    uint32_t organizer, ahead;
};

static int waiter_compare(const void *a, const void *b)
{
    const struct waiter *x = a, *y = b;
    if (x->ahead != y->ahead)
        return x->ahead < y->ahead ? -1 : 1;
    return x->organizer < y->organizer ? -1 : x->organizer > y->organizer;
}

static uint64_t most_seats(const struct settings *s)
{
    int64_t networks = s->networks > 0 ? s->networks : s->capacity;
    return networks > 0 ? (uint64_t)networks * (uint64_t)s->max_size : UINT64_MAX;
}

/* Who takes more seats than are left goes on waiting, and others may go first; how many find a place. */
static int admit(struct selection *s, const struct inputs *in, uint32_t *admitted, struct err *e)
{
    uint32_t n = in->population.n_organizers, count = 0, behind = 0;
    uint64_t most = most_seats(&in->settings), taken = selection_seats(s);
    struct waiter *line = malloc(((size_t)n + 1) * sizeof *line);
    *admitted = 0;
    if (line == NULL)
        return err_memory(e, "offering free places");
    for (uint32_t i = 0; i < n; i++)
        if (s->waits[i])
            line[count++] = (struct waiter){i, s->ahead[i]};
    qsort(line, count, sizeof *line, waiter_compare);
    for (uint32_t k = 0; k < count; k++) {
        uint32_t o = line[k].organizer, takes = limits_seats(&s->limits, o);
        bool room = taken < most && takes <= most - taken;
        s->ahead[o] = room ? 0 : behind++;
        if (!room)
            continue;
        taken += takes;
        s->waits[o] = false;
        s->reason[o] = UNMATCHED_NONE;
        ++*admitted;
    }
    free(line);
    return ERR_OK;
}

int offer_make(struct offer *offer, struct selection *s, const struct inputs *in, struct err *e)
{
    uint32_t admitted;
    uint64_t seats = selection_seats(s);
    offer->made = false;
    if (selection_copy(&offer->before, s, in->population.n_organizers, e) != ERR_OK)
        return (int)e->code;
    offer->made = true;
    int code = admit(s, in, &admitted, e);
    if (code == ERR_OK && admitted > 0) {
        struct err none = ERR_INIT;
        selection_renumber(s, in);
        code = selection_count_networks(s, in, &none);
        if (code == ERR_MEMORY)
            err_set(e, ERR_MEMORY, "%s", none.text);
    }
    /* Settings that so few cannot meet: the networks that were found stay. */
    if (code != ERR_OK || admitted == 0 || selection_seats(s) <= seats)
        offer_withdraw(offer, s);
    return code == ERR_INVALID ? ERR_OK : code;
}

void offer_keep(struct offer *offer)
{
    if (offer->made)
        selection_copy_free(&offer->before);
    offer->made = false;
}

void offer_withdraw(struct offer *offer, struct selection *s)
{
    if (!offer->made)
        return;
    selection_copy_free(s);
    *s = offer->before;
    offer->made = false;
}
