#include "net/encode.h"

#include <inttypes.h>

#include "core/pins/pin_list.h"
#include "proto/mp.h"
#include "proto/text.h"

void encode_shared(struct buf *out, const struct snapshot *s, const struct snapshot_programme *p, uint32_t a,
                   uint32_t b, bool english)
{
    uint32_t shared[SHARED_MAX];
    size_t n = snapshot_shared(p, a, b, shared, SHARED_MAX);
    encode_challenges(out, &s->population, shared, n, english);
}

/* The number of the network that a person moved it to and it is not in yet; 0 = none. */
static uint32_t moves_to(const struct snapshot *s, const struct snapshot_programme *p,
                         const struct snapshot_pin *pin)
{
    uint32_t i = pin->network != 0 && pin->n == 1 ? pin->organizer[0] : POPULATION_NONE;
    if (i == POPULATION_NONE || pin_has_ended(s, pin))
        return 0;
    uint32_t at = p->places[i].network;
    return at != POPULATION_NONE && p->networks[at].number == pin->network ? 0 : pin->network;
}

static void encode_moves(struct buf *out, const struct snapshot *s, const struct snapshot_programme *p,
                         const struct snapshot_network *n)
{
    uint32_t count = 0;
    mp_key(out, "moves");
    size_t opened = mp_array_open(out);
    for (uint32_t k = 0; k < p->n_pins; k++) {
        uint32_t to = moves_to(s, p, &p->pins[k]);
        uint32_t from = to == 0 ? POPULATION_NONE : p->places[p->pins[k].organizer[0]].network;
        if (to == 0 || (to != n->number && (from == POPULATION_NONE || &p->networks[from] != n)))
            continue;
        mp_map(out, 4);
        mp_key(out, "organizer");
        encode_organizer_brief(out, &s->population.organizers[p->pins[k].organizer[0]]);
        mp_key(out, "from");
        if (from == POPULATION_NONE)
            mp_nil(out);
        else
            mp_uint(out, p->networks[from].number);
        mp_key(out, "to");
        mp_uint(out, to);
        mp_key(out, "pin");
        mp_int(out, p->pins[k].number);
        count++;
    }
    mp_array_close(out, opened, count);
}

/* What people say of it. */
static void encode_hands(struct buf *out, const struct snapshot *s, const struct snapshot_programme *p,
                         const struct snapshot_network *n)
{
    mp_key(out, "name");
    encode_optional(out, n->name);
    mp_key(out, "note");
    encode_optional(out, n->note);
    mp_key(out, "locked");
    mp_bool(out, n->locked);
    mp_key(out, "version");
    mp_uint(out, n->version);
    encode_moves(out, s, p, n);
}

void encode_changed_inputs(struct buf *out, const struct snapshot_run *run)
{
    mp_key(out, "changed");
    if (run == NULL || run->changed[0] == '\0')
        mp_array(out, 0);
    else
        encode_json(out, run->changed);
}

void encode_number_label(struct buf *out, const struct snapshot_network *n, bool english)
{
    mp_key(out, "number");
    mp_uint(out, n->number);
    mp_key(out, "label");
    mp_text(out, english ? n->label_en : n->label_sv);
}

void encode_network(struct buf *out, const struct snapshot *s, const struct snapshot_programme *p,
                    const struct snapshot_network *n, bool english)
{
    mp_map(out, 12);
    encode_number_label(out, n, english);
    mp_key(out, "reason");
    mp_text(out, english ? n->reason_en : n->reason_sv);
    mp_key(out, "size");
    mp_uint(out, n->size);
    mp_key(out, "cohesion");
    mp_rounded(out, n->cohesion, SCORE_DIGITS);
    mp_key(out, "shared");
    mp_array(out, n->n_shared);
    for (uint32_t i = 0; i < n->n_shared; i++)
        encode_share(out, &s->population, &n->shared[i], english);
    encode_link(out, &s->population, &n->link, english);
    encode_hands(out, s, p, n);
}

void encode_network_brief(struct buf *out, const struct snapshot_network *n, bool english)
{
    mp_map(out, 2);
    encode_number_label(out, n, english);
}

int call_snapshot(struct call *call, const struct snapshot **out, struct err *e)
{
    *out = call->past != NULL ? call->past : call->service->snapshot(call->service->self);
    if (*out == NULL)
        return err_set(
            e, ERR_UNAVAILABLE,
            "no data yet: the database has not been read since this daemon started (status says why)");
    return 0;
}

int call_organizer(const struct snapshot *s, const struct argument *id, uint32_t *out, struct err *e)
{
    char shown[TEXT_SHOWN];
    *out = snapshot_find_organizer(s, id->text, id->text_size);
    if (*out == POPULATION_NONE)
        return err_set(e, ERR_NOT_FOUND, "no organizer has the id %s",
                       text_show(id->text, id->text_size, shown));
    return 0;
}

int call_programme(const struct snapshot *s, const struct argument *name,
                   const struct snapshot_programme **out, struct err *e)
{
    char shown[TEXT_SHOWN];
    *out = snapshot_find_programme(s, name->text, name->text_size);
    if (*out == NULL)
        return err_set(e, ERR_NOT_FOUND, "no programme is called %s",
                       text_show(name->text, name->text_size, shown));
    return 0;
}

int call_network(const struct snapshot_programme *p, const struct argument *number,
                 const struct snapshot_network **out, struct err *e)
{
    *out = snapshot_find_network(p, number->natural);
    if (*out != NULL)
        return 0;
    if (p->published_run == 0)
        return err_set(e, ERR_NOT_FOUND, "programme %s has no published networks yet", p->name);
    return err_set(e, ERR_NOT_FOUND, "programme %s has no network %" PRIu64 " in its published run %" PRIu64,
                   p->name, number->natural, p->published_run);
}

void encode_age(struct buf *out, const struct service *service)
{
    mp_key(out, "age_s");
    mp_rounded(out, service->age_s(service->self), 3);
}

void encode_age_last(struct buf *out, struct call *call)
{
    call->lasting = out->size;
    encode_age(out, call->service);
}

void encode_published_run(struct buf *out, const struct snapshot_programme *p)
{
    mp_key(out, "run");
    if (p->published_run == 0)
        mp_nil(out);
    else
        mp_uint(out, p->published_run);
}
