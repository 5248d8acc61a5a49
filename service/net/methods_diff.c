/* run.diff: two runs of a programme beside each other. */
#include <stdlib.h>
#include <string.h>

#include "core/pins/pin_list.h"
#include "core/snapshot/run_diff.h"
#include "net/encode.h"
#include "net/ticket.h"
#include "proto/mp.h"

static const char *label(const struct run_diff_network *n, bool english)
{
    return english ? n->label_en : n->label_sv;
}

/* nil for none. */
static void encode_number(struct buf *out, const char *key, uint32_t number)
{
    mp_key(out, key);
    if (number == 0)
        mp_nil(out);
    else
        mp_uint(out, number);
}

static void encode_counts(struct buf *out, const struct run_diff_counts *c)
{
    mp_map(out, 5);
    mp_key(out, "stayed");
    mp_uint(out, c->stayed);
    mp_key(out, "moved");
    mp_uint(out, c->moved);
    mp_key(out, "joined");
    mp_uint(out, c->joined);
    mp_key(out, "left");
    mp_uint(out, c->left);
    mp_key(out, "networks");
    mp_map(out, RUN_DIFF_CHANGES + 2);
    for (int i = 0; i < RUN_DIFF_CHANGES; i++) {
        mp_key(out, run_diff_change_name((enum run_diff_change)i));
        mp_uint(out, c->networks[i]);
    }
    mp_key(out, "split");
    mp_uint(out, c->split);
    mp_key(out, "merged");
    mp_uint(out, c->merged);
}

static void encode_parts(struct buf *out, const char *key, const struct run_diff_part *parts, uint32_t n)
{
    mp_key(out, key);
    mp_array(out, n);
    for (uint32_t i = 0; i < n; i++) {
        mp_map(out, 2);
        encode_number(out, "network", parts[i].network);
        mp_key(out, "members");
        mp_uint(out, parts[i].members);
    }
}

static void encode_changed(struct buf *out, const struct run_diff_network *n, bool english)
{
    mp_map(out, 10);
    mp_key(out, "number");
    mp_uint(out, n->number);
    mp_key(out, "label");
    mp_text(out, label(n, english));
    mp_key(out, "change");
    mp_text(out, run_diff_change_name(n->change));
    mp_key(out, "split");
    mp_bool(out, n->split);
    mp_key(out, "merged");
    mp_bool(out, n->merged);
    mp_key(out, "before");
    mp_uint(out, n->before);
    mp_key(out, "after");
    mp_uint(out, n->after);
    mp_key(out, "stayed");
    mp_uint(out, n->stayed);
    encode_parts(out, "came", n->from, n->n_from);
    encode_parts(out, "went", n->to, n->n_to);
}

static void encode_networks(struct buf *out, const struct run_diff *d, bool english)
{
    uint32_t count = 0;
    size_t opened = mp_array_open(out);
    for (uint32_t i = 0; i < d->n_networks; i++) {
        if (d->networks[i].change == NETWORK_SAME)
            continue;
        encode_changed(out, &d->networks[i], english);
        count++;
    }
    mp_array_close(out, opened, count);
}

static void encode_place(struct buf *out, const struct run_diff *d, const struct run_diff_place *p,
                         bool english)
{
    const struct run_diff_network *n = p->network == 0 ? NULL : run_diff_find(d, p->network);
    mp_map(out, 3);
    mp_key(out, "network");
    if (n == NULL) {
        mp_nil(out);
    } else {
        mp_map(out, 2);
        mp_key(out, "number");
        mp_uint(out, n->number);
        mp_key(out, "label");
        mp_text(out, label(n, english));
    }
    mp_key(out, "fit");
    if (n == NULL)
        mp_nil(out);
    else
        mp_rounded(out, p->fit, SCORE_DIGITS);
    mp_key(out, "unmatched");
    encode_optional(out, p->unmatched);
}

/* Per organizer of the snapshot the first pin in force that names it, 0 = none; NULL where none is known. */
static int64_t *pins_in_force(const struct run_diff *d, const struct snapshot *s)
{
    const struct snapshot_programme *p =
        s == NULL ? NULL : snapshot_find_programme(s, d->programme, strlen(d->programme));
    int64_t *pins = p == NULL ? NULL : calloc((size_t)s->population.n_organizers + 1, sizeof *pins);
    for (uint32_t i = pins == NULL ? 0 : p->n_pins; i > 0; i--) {
        const struct snapshot_pin *pin = &p->pins[i - 1];
        for (uint32_t k = 0; !pin_has_ended(s, pin) && k < pin->n; k++)
            if (pin->organizer[k] != POPULATION_NONE)
                pins[pin->organizer[k]] = pin->number;
    }
    return pins;
}

/* The rule that names whoever moved for no other reason; 0 = none. */
static int64_t pin_of(const struct run_diff_move *m, const char *why, const struct snapshot *s,
                      const int64_t *pins)
{
    uint32_t i = POPULATION_NONE;
    if (pins != NULL && strcmp(why, "others") == 0)
        i = snapshot_find_organizer(s, m->id, strlen(m->id));
    return i == POPULATION_NONE ? 0 : pins[i];
}

static void encode_move(struct buf *out, const struct run_diff *d, const struct run_diff_move *m,
                        const struct snapshot *s, const int64_t *pins, bool english)
{
    const struct organizer o = {.id = m->id, .name = m->name, .kind = m->kind};
    mp_map(out, 7);
    mp_key(out, "organizer");
    encode_organizer_brief(out, &o);
    mp_key(out, "move");
    mp_text(out, run_diff_move_name(run_diff_move_kind(m)));
    mp_key(out, "why");
    int64_t pin = pin_of(m, run_diff_why(d, m), s, pins);
    mp_text(out, pin != 0 ? "pin" : run_diff_why(d, m));
    mp_key(out, "pin");
    if (pin == 0)
        mp_nil(out);
    else
        mp_int(out, pin);
    mp_key(out, "before");
    encode_place(out, d, &m->before, english);
    mp_key(out, "after");
    encode_place(out, d, &m->after, english);
    mp_key(out, "reason");
    encode_optional(out, english ? m->reason_en : m->reason_sv);
}

static void encode_diff(struct buf *out, const struct run_diff *d, const struct snapshot *s, bool english)
{
    int64_t *pins = pins_in_force(d, s);
    mp_map(out, 8);
    mp_key(out, "programme");
    mp_text(out, d->programme);
    mp_key(out, "before");
    encode_json(out, d->before);
    mp_key(out, "after");
    encode_json(out, d->after);
    mp_key(out, "settings");
    encode_json(out, d->settings);
    mp_key(out, "counts");
    encode_counts(out, &d->counts);
    mp_key(out, "networks");
    encode_networks(out, d, english);
    mp_key(out, "moves");
    mp_array(out, d->n_moves);
    for (uint32_t i = 0; i < d->n_moves; i++)
        encode_move(out, d, &d->moves[i], s, pins, english);
    free(pins);
    mp_key(out, "total");
    mp_uint(out, d->counts.moved + d->counts.joined + d->counts.left);
}

int handle_run_diff(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *a = call->arguments;
    (void)out;
    struct service_diff_request request = {.before = (int64_t)a[0].natural,
                                           .after = (int64_t)a[1].natural,
                                           .offset = a[2].natural,
                                           .limit = a[3].natural,
                                           .forgotten = ticket_is_forgotten};
    struct ticket *ticket = ticket_open_diff(call, encode_diff, e);
    if (ticket == NULL)
        return (int)e->code;
    request.client = ticket_client(ticket);
    call->service->run_diff(call->service->self, &request, ticket_answer_diff, ticket);
    return HANDLER_LATER;
}
