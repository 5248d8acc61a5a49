#include "core/snapshot/run_diff.h"

#include <stdlib.h>
#include <string.h>

#define LEAST_PART 2       /* members that make a part of a network */
#define PARTS_OF_NETWORK 4 /* at least so large a share, one in ... */
#define BETTER 0.0005f     /* a difference of fit that shows in three decimals */

struct flow {
    uint32_t before, after, members;
};

struct run_diff_parts {
    struct flow *flows;
    size_t n_flows, flow_room, network_room, move_room;
};

const char *run_diff_move_name(enum run_diff_move_kind kind)
{
    static const char *const names[] = {"moved", "joined", "left"};
    return (unsigned)kind <= MOVE_LEFT ? names[kind] : "unknown";
}

const char *run_diff_change_name(enum run_diff_change change)
{
    static const char *const names[] = {"same", "changed", "grew", "shrank", "new", "closed"};
    return (unsigned)change <= NETWORK_CLOSED ? names[change] : "unknown";
}

int run_diff_open(struct run_diff **out, struct err *e)
{
    struct run_diff *d = calloc(1, sizeof *d);
    *out = d;
    if (d == NULL)
        return err_memory(e, "a comparison");
    arena_init(&d->memory);
    d->programme = d->before = d->after = d->settings = "";
    d->parts = calloc(1, sizeof *d->parts);
    if (d->parts != NULL)
        return 0;
    run_diff_free(d);
    *out = NULL;
    return err_memory(e, "a comparison");
}

void run_diff_free(struct run_diff *d)
{
    if (d == NULL)
        return;
    if (d->parts != NULL)
        free(d->parts->flows);
    free(d->parts);
    free(d->networks);
    free(d->moves);
    arena_free(&d->memory);
    free(d);
}

/* Room for one more; doubled when there is none. */
static bool grow(void *array, size_t n, size_t *room, size_t size)
{
    void *wider, *present;
    if (n < *room)
        return true;
    memcpy(&present, array, sizeof present);
    size_t more = *room == 0 ? 64 : 2 * *room;
    wider = realloc(present, more * size);
    if (wider == NULL)
        return false;
    memcpy(array, &wider, sizeof wider);
    *room = more;
    return true;
}

static const char *keep(struct run_diff *d, const char *text, bool *failed)
{
    const char *kept = arena_text(&d->memory, text, strlen(text));
    *failed = *failed || kept == NULL;
    return kept;
}

int run_diff_head(struct run_diff *d, const char *programme, const char *before, const char *after,
                  const char *settings, struct err *e)
{
    bool failed = false;
    d->programme = keep(d, programme, &failed);
    d->before = keep(d, before, &failed);
    d->after = keep(d, after, &failed);
    d->settings = keep(d, settings, &failed);
    return failed ? err_memory(e, "a comparison") : 0;
}

int run_diff_add_network(struct run_diff *d, const struct run_diff_network_row *row, struct err *e)
{
    bool failed = false, known = d->n_networks > 0 && d->networks[d->n_networks - 1].number == row->number;
    if (!known && !grow(&d->networks, d->n_networks, &d->parts->network_room, sizeof *d->networks))
        return err_memory(e, "networks");
    if (!known)
        d->networks[d->n_networks++] = (struct run_diff_network){.number = row->number};
    struct run_diff_network *n = &d->networks[d->n_networks - 1];
    n->label_sv = keep(d, row->label_sv, &failed);
    n->label_en = keep(d, row->label_en, &failed);
    *(row->after ? &n->after : &n->before) = row->size;
    return failed ? err_memory(e, "networks") : 0;
}

int run_diff_add_flow(struct run_diff *d, uint32_t before, uint32_t after, uint32_t members, struct err *e)
{
    if (!grow(&d->parts->flows, d->parts->n_flows, &d->parts->flow_room, sizeof *d->parts->flows))
        return err_memory(e, "a comparison");
    d->parts->flows[d->parts->n_flows++] = (struct flow){before, after, members};
    return 0;
}

int run_diff_add_move(struct run_diff *d, const struct run_diff_move *move, struct err *e)
{
    bool failed = false;
    if (!grow(&d->moves, d->n_moves, &d->parts->move_room, sizeof *d->moves))
        return err_memory(e, "who moved");
    struct run_diff_move *m = &d->moves[d->n_moves++];
    *m = *move;
    m->id = keep(d, move->id, &failed);
    m->name = keep(d, move->name, &failed);
    m->before.unmatched = keep(d, move->before.unmatched, &failed);
    m->after.unmatched = keep(d, move->after.unmatched, &failed);
    m->reason_sv = keep(d, move->reason_sv, &failed);
    m->reason_en = keep(d, move->reason_en, &failed);
    return failed ? err_memory(e, "who moved") : 0;
}

bool run_diff_is_wordless(const struct run_diff_move *move)
{
    return move->after.network != 0 && move->reason_sv[0] == '\0';
}

static const char *words_of(struct run_diff *d, const struct snapshot *later, uint32_t organizer,
                            bool english, struct buf *room)
{
    buf_clear(room);
    snapshot_say_reason(later, &later->programmes[0], organizer, english, room);
    return buf_failed(room) ? NULL : arena_text(&d->memory, buf_string(room), room->size);
}

int run_diff_word(struct run_diff *d, const struct snapshot *later, struct err *e)
{
    struct buf room;
    int code = 0;
    buf_init(&room, 0);
    for (uint32_t i = 0; code == 0 && i < d->n_moves; i++) {
        struct run_diff_move *m = &d->moves[i];
        uint32_t at = snapshot_find_organizer(later, m->id, strlen(m->id));
        if (!run_diff_is_wordless(m) || at == POPULATION_NONE || later->n_programmes == 0)
            continue;
        m->reason_sv = words_of(d, later, at, false, &room);
        m->reason_en = words_of(d, later, at, true, &room);
        code = m->reason_sv && m->reason_en ? 0 : err_memory(e, "who moved");
    }
    buf_free(&room);
    return code;
}

static int by_number(const void *a, const void *b)
{
    const struct run_diff_network *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

const struct run_diff_network *run_diff_find(const struct run_diff *d, uint32_t number)
{
    struct run_diff_network wanted = {.number = number};
    return d->n_networks == 0 ? NULL
                              : bsearch(&wanted, d->networks, d->n_networks, sizeof *d->networks, by_number);
}

static int by_before(const void *a, const void *b)
{
    const struct flow *x = a, *y = b;
    if (x->before != y->before)
        return x->before < y->before ? -1 : 1;
    return x->members != y->members ? (x->members > y->members ? -1 : 1)
                                    : (x->after > y->after) - (x->after < y->after);
}

static int by_after(const void *a, const void *b)
{
    const struct flow *x = a, *y = b;
    if (x->after != y->after)
        return x->after < y->after ? -1 : 1;
    return x->members != y->members ? (x->members > y->members ? -1 : 1)
                                    : (x->before > y->before) - (x->before < y->before);
}

static void count_flow(struct run_diff_counts *c, const struct flow *f)
{
    if (f->before == f->after)
        c->stayed += f->members;
    else if (f->before == 0)
        c->joined += f->members;
    else if (f->after == 0)
        c->left += f->members;
    else
        c->moved += f->members;
}

static struct run_diff_network *own(struct run_diff *d, uint32_t number)
{
    const struct run_diff_network *n = run_diff_find(d, number);
    return n == NULL ? NULL : &d->networks[n - d->networks];
}

static bool is_part(uint32_t members, uint32_t size)
{
    return members >= LEAST_PART && members * (uint64_t)PARTS_OF_NETWORK >= size;
}

/* The flows of one network, `at` the first and all of them beside each other, as its parts. `ahead`: where
 * they went, else whence they came. Returns how many flows that were. */
static size_t take_parts(struct run_diff *d, size_t at, bool ahead, bool *failed)
{
    const struct flow *flows = d->parts->flows;
    const uint32_t number = ahead ? flows[at].before : flows[at].after;
    size_t n = 0, large = 0;
    while (at + n < d->parts->n_flows && (ahead ? flows[at + n].before : flows[at + n].after) == number)
        n++;
    struct run_diff_network *network = own(d, number);
    struct run_diff_part *parts = arena_alloc(&d->memory, n * sizeof *parts);
    *failed = *failed || parts == NULL;
    if (number == 0 || network == NULL || parts == NULL)
        return n;
    uint32_t count = 0;
    for (size_t i = at; i < at + n; i++) {
        const uint32_t other = ahead ? flows[i].after : flows[i].before;
        large += other != 0 && is_part(flows[i].members, ahead ? network->before : network->after);
        if (other == number)
            network->stayed = flows[i].members;
        else
            parts[count++] = (struct run_diff_part){other, flows[i].members};
    }
    if (ahead) {
        network->to = parts;
        network->n_to = count;
        network->split = large > 1;
    } else {
        network->from = parts;
        network->n_from = count;
        network->merged = large > 1;
    }
    return n;
}

static void take_all_parts(struct run_diff *d, bool ahead, bool *failed)
{
    struct run_diff_parts *p = d->parts;
    if (p->n_flows > 0)
        qsort(p->flows, p->n_flows, sizeof *p->flows, ahead ? by_before : by_after);
    for (size_t at = 0; at < p->n_flows && !*failed;)
        at += take_parts(d, at, ahead, failed);
}

static enum run_diff_change change_of(const struct run_diff_network *n)
{
    if (n->before == 0 || n->after == 0)
        return n->before == 0 ? NETWORK_NEW : NETWORK_CLOSED;
    if (n->before != n->after)
        return n->after > n->before ? NETWORK_GREW : NETWORK_SHRANK;
    return n->stayed == n->after ? NETWORK_SAME : NETWORK_CHANGED;
}

int run_diff_build(struct run_diff *d, struct err *e)
{
    bool failed = false;
    for (size_t i = 0; i < d->parts->n_flows; i++) {
        const struct flow *f = &d->parts->flows[i];
        if ((f->before != 0 && run_diff_find(d, f->before) == NULL) ||
            (f->after != 0 && run_diff_find(d, f->after) == NULL))
            return err_set(e, ERR_INTERNAL, "members of a network that the run lacks: %u or %u", f->before,
                           f->after);
        count_flow(&d->counts, f);
    }
    take_all_parts(d, true, &failed);
    take_all_parts(d, false, &failed);
    if (failed)
        return err_memory(e, "a comparison");
    for (uint32_t i = 0; i < d->n_networks; i++) {
        struct run_diff_network *n = &d->networks[i];
        n->change = change_of(n);
        d->counts.networks[n->change]++;
        d->counts.split += n->split;
        d->counts.merged += n->merged;
    }
    return 0;
}

enum run_diff_move_kind run_diff_move_kind(const struct run_diff_move *move)
{
    return move->before.network == 0 ? MOVE_JOINED : move->after.network == 0 ? MOVE_LEFT : MOVE_MOVED;
}

/* Did it go to where a large part of its network went? */
static bool with_a_part(const struct run_diff_network *from, uint32_t to)
{
    for (uint32_t i = 0; from->split && i < from->n_to; i++)
        if (from->to[i].network == to)
            return is_part(from->to[i].members, from->before);
    return false;
}

const char *run_diff_why(const struct run_diff *d, const struct run_diff_move *move)
{
    enum run_diff_move_kind kind = run_diff_move_kind(move);
    if (kind == MOVE_JOINED)
        return move->before.unmatched[0] == '\0' ? "new" : "placed";
    if (kind == MOVE_LEFT)
        return move->after.unmatched[0] == '\0' ? "gone" : move->after.unmatched;
    const struct run_diff_network *from = run_diff_find(d, move->before.network);
    if (from != NULL && from->change == NETWORK_CLOSED)
        return "closed";
    if (from != NULL && with_a_part(from, move->after.network))
        return "split";
    return move->after.fit >= move->before.fit + BETTER ? "better" : "others";
}
