#include "net/pin_offer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "core/pins/pin_list.h"
#include "core/rules/pin_words.h"
#include "net/ask.h"
#include "net/encode.h"
#include "net/ticket.h"
#include "proto/mp.h"
#include "proto/text.h"

#define ORGANIZERS_MOST 1000 /* of one rule */

static void set_pin(struct pin_offer *o)
{
    const struct snapshot_pin *pin = &o->pin;
    const char *rule = pin_rule_name(pin->type);
    struct ask ask;
    ask_begin(&ask, SERVICE_PIN_ADD);
    ask_text(&ask, 0, o->job.p->name, strlen(o->job.p->name));
    ask_text(&ask, 1, rule, strlen(rule));
    ask_list(&ask, 2, pin->id, pin->n);
    if (pin->network != 0)
        ask_whole(&ask, 3, pin->network);
    ask_text(&ask, 4, pin->why, strlen(pin->why));
    ask_text(&ask, 5, pin->until[0] != '\0' ? pin->until : NULL, strlen(pin->until));
    ask_real(&ask, 6, o->price.known ? o->price.cost : (double)NAN);
    ask_whole(&ask, 7, (int64_t)o->job.s->inputs_version);
    ask_whole(&ask, 8, (int64_t)o->base);
    ask_text(&ask, 9, o->who, strlen(o->who));
    ask_text(&ask, 10, o->origin, strlen(o->origin));
    ask_for(&ask, o->job.service, o->job.ticket);
}

static struct pin_offer *offer_of(struct thread_job *job)
{
    return (struct pin_offer *)job;
}

int pin_offer_words(struct pin_offer *o, const struct argument *why, const struct argument *until,
                    struct err *e)
{
    char shown[TEXT_SHOWN];
    if (why->given)
        o->pin.why = arena_text(&o->memory, why->text, why->text_size);
    if (until->given)
        o->pin.until = arena_text(&o->memory, until->text, until->text_size);
    if (o->pin.why == NULL || o->pin.until == NULL)
        return err_memory(e, "a pin");
    if (!until->given)
        return 0;
    if (!date_parse(o->pin.until, &o->pin.until_day))
        return err_set(e, ERR_INVALID, "until: %s came; allowed is a day such as 2026-03-14",
                       text_show(until->text, until->text_size, shown));
    if (o->pin.until_day < o->job.s->today)
        return err_set(e, ERR_INVALID, "until: %s is over; allowed is today or a later day", o->pin.until);
    return 0;
}

static int read_organizer(const struct pin_offer *o, const msgpack_object *value, size_t at, uint32_t *out,
                          struct err *e)
{
    char shown[TEXT_SHOWN];
    const char *id;
    size_t size;
    if (!mp_get_str(value, &id, &size))
        return err_set(e, ERR_INVALID, "organizers[%zu]: %s came; a str, the id, is allowed", at,
                       mp_type_name(value));
    *out = snapshot_find_organizer(o->job.s, id, size);
    if (*out == POPULATION_NONE)
        return err_set(e, ERR_NOT_FOUND, "organizers[%zu]: no organizer has the id %s", at,
                       text_show(id, size, shown));
    return 0;
}

int pin_offer_organizers(struct pin_offer *o, const msgpack_object *list, size_t least, struct err *e)
{
    size_t n = mp_count(list);
    if (n < least || n > ORGANIZERS_MOST)
        return err_set(e, ERR_INVALID, "organizers: %zu came; %zu to %d are allowed", n, least,
                       ORGANIZERS_MOST);
    const char **id = arena_alloc(&o->memory, n * sizeof *id);
    uint32_t *organizer = arena_alloc(&o->memory, n * sizeof *organizer);
    if (id == NULL || organizer == NULL)
        return err_memory(e, "a pin");
    for (size_t i = 0; i < n; i++) {
        if (read_organizer(o, mp_at(list, i), i, &organizer[i], e))
            return (int)e->code;
        id[i] = o->job.s->population.organizers[organizer[i]].id;
        for (size_t k = 0; k < i; k++)
            if (organizer[k] == organizer[i])
                return err_set(e, ERR_INVALID, "organizers[%zu]: %s came before, as organizers[%zu]", i,
                               id[i], k);
    }
    o->pin.id = id;
    o->pin.organizer = organizer;
    o->pin.n = (uint32_t)n;
    return 0;
}

/* Of a move: that of before no longer holds. */
static bool is_replaced(void *context, const struct snapshot_pin *pin)
{
    const struct pin_offer *o = context;
    return o->pin.network != 0 && pin->network != 0 && pin->n == 1 &&
           pin->organizer[0] == o->pin.organizer[0];
}

/* Of the same organizers, in whatever order. */
static bool is_same(const struct snapshot_pin *a, const struct snapshot_pin *b)
{
    uint32_t found = 0;
    for (uint32_t i = 0; a->type == b->type && a->network == b->network && a->n == b->n && i < a->n; i++)
        for (uint32_t k = 0; k < b->n; k++)
            found += a->organizer[i] == b->organizer[k];
    return found > 0 && found == a->n;
}

/* That rule stands already: another like it would bind nobody more, and outlive its removal. */
static int refuse_same(const struct pin_offer *o, struct err *e)
{
    for (uint32_t i = 0; o->lock == NULL && o->pin.network == 0 && i < o->job.p->n_pins; i++) {
        const struct snapshot_pin *pin = &o->job.p->pins[i];
        if (!is_same(&o->pin, pin) || pin_has_ended(o->job.s, pin))
            continue;
        return pin->until[0] == '\0'
                   ? err_set(e, ERR_INVALID, "the rule stands already, as pin %lld", (long long)pin->number)
                   : err_set(e, ERR_INVALID, "the rule stands already, as pin %lld (until %s)",
                             (long long)pin->number, pin->until);
    }
    return 0;
}

static int weigh(struct pin_offer *o, struct err *e)
{
    struct pin_list list;
    bool binds = o->lock != NULL;
    if (refuse_same(o, e) != 0)
        return (int)e->code;
    int code = pin_list_begin(&list, o->job.s, o->job.p, e);
    if (code == ERR_OK)
        code = pin_list_fill(&list, is_replaced, o, e);
    if (code == ERR_OK)
        code = o->lock != NULL ? pin_list_lock(&list, o->lock, e) : pin_list_add(&list, &o->pin, &binds, e);
    if (code == ERR_OK && binds)
        code = pin_list_check(&list, e);
    if (code == ERR_OK && binds && o->lock == NULL)
        code = pin_price(o->job.s, o->job.p, list.rules, list.n, &o->price, e);
    if (code == ERR_OK && o->refuse != NULL)
        code = o->refuse(o, binds, e);
    pin_list_close(&list);
    return code;
}

static int work(struct thread_job *job, struct err *e)
{
    return weigh(offer_of(job), e);
}

/* Who is gone by now has not changed anything. */
static void answer(struct thread_job *job)
{
    struct pin_offer *o = offer_of(job);
    struct buf head;
    if (o->encode != NULL) {
        buf_init(&head, 0);
        o->encode(&head, o);
        ticket_set_head(job->ticket, &head);
    }
    if (o->dry_run)
        ticket_answer_json(job->ticket, "null", NULL);
    else
        o->set(o);
}

static void drop(struct thread_job *job)
{
    struct pin_offer *o = offer_of(job);
    arena_free(&o->memory);
    free(o);
}

struct pin_offer *pin_offer_open(struct call *call, const struct argument *programme, struct err *e)
{
    static const struct thread_job_kind kind = {work, answer, drop};
    struct pin_offer *o = calloc(1, sizeof *o);
    if (o == NULL) {
        err_memory(e, "a pin");
        return NULL;
    }
    o->pin = (struct snapshot_pin){.until_day = INT32_MAX, .why = "", .made_by = "", .until = ""};
    o->set = set_pin;
    arena_init(&o->memory);
    if (thread_job_open(&o->job, &kind, call, programme, e) == 0)
        return o;
    drop(&o->job);
    return NULL;
}

void pin_offer_drop(struct pin_offer *o)
{
    thread_job_drop(&o->job);
}

static int check_room(const struct pin_offer *o, struct server *s, struct err *e)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < o->job.p->n_pins; i++)
        n += !is_replaced((void *)o, &o->job.p->pins[i]);
    if (o->lock != NULL || o->dry_run || n < s->options.programme_pins)
        return 0;
    s->reached[LIMIT_PROGRAMME_PINS]++;
    return err_set(e, ERR_LIMIT,
                   "programme %s has %u pins; the limit is %u (programme-pins); pin.remove takes back those "
                   "that have ended or are not needed",
                   o->job.p->name, n, s->options.programme_pins);
}

int pin_offer_start(struct pin_offer *o, struct call *call, struct err *e)
{
    login_who(call->conn, o->who);
    snprintf(o->origin, sizeof o->origin, "%s", login_origin(call->conn));
    if (check_room(o, call->server, e) == 0)
        return thread_job_start(&o->job, call, e);
    pin_offer_drop(o);
    return (int)e->code;
}

static void encode_number(struct buf *out, const char *name, uint32_t number)
{
    mp_key(out, name);
    if (number == 0)
        mp_nil(out);
    else
        mp_uint(out, number);
}

void encode_pin_price(struct buf *out, const struct pin_offer *o)
{
    mp_key(out, "cost");
    mp_rounded(out, o->price.known ? o->price.cost : (double)NAN, 6);
    mp_key(out, "moves");
    mp_array(out, o->price.n_moves);
    for (uint32_t i = 0; i < o->price.n_moves; i++) {
        mp_map(out, 3);
        mp_key(out, "organizer");
        encode_organizer_brief(out, &o->job.s->population.organizers[o->price.moves[i].organizer]);
        encode_number(out, "from", o->price.moves[i].from);
        encode_number(out, "to", o->price.moves[i].to);
    }
}

void encode_pin_base(struct buf *out, const struct pin_offer *o)
{
    encode_published_run(out, o->job.p);
    encode_age(out, o->job.service);
}
