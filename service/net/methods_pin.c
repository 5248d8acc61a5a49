/* pin.*: rules that people set and later runs obey. */
#include <stdio.h>

#include "core/pins/pin_list.h"
#include "core/rules/pin_words.h"
#include "net/ask.h"
#include "net/encode.h"
#include "net/pin_offer.h"
#include "proto/mp.h"
#include "proto/text.h"

enum { RULE, ORGANIZERS, WHY, UNTIL, PROGRAMME, DRY_RUN };

static int read_rule(const struct argument *a, enum group_rule_type *out, struct err *e)
{
    char name[16], shown[TEXT_SHOWN];
    snprintf(name, sizeof name, "%.*s", (int)a->text_size, a->text);
    int type = pin_rule_parse(name);
    if (type < 0)
        return err_set(e, ERR_INVALID, "rule: %s came; allowed are together, apart and keep",
                       text_show(a->text, a->text_size, shown));
    *out = (enum group_rule_type)type;
    return 0;
}

static void encode_members(struct buf *out, const struct snapshot *s, const struct snapshot_pin *pin)
{
    mp_key(out, "organizers");
    mp_array(out, pin->n);
    for (uint32_t k = 0; k < pin->n; k++) {
        if (pin->organizer[k] != POPULATION_NONE) {
            encode_organizer_brief(out, &s->population.organizers[pin->organizer[k]]);
            continue;
        }
        mp_map(out, 3);
        mp_key(out, "id");
        mp_text(out, pin->id[k]);
        mp_key(out, "name");
        mp_nil(out);
        mp_key(out, "kind");
        mp_nil(out);
    }
}

static void encode_offer(struct buf *out, const struct pin_offer *o)
{
    mp_key(out, "rule");
    mp_text(out, pin_rule_name(o->pin.type));
    encode_members(out, o->job.s, &o->pin);
    mp_key(out, "why");
    mp_text(out, o->pin.why);
    mp_key(out, "until");
    encode_optional(out, o->pin.until);
    encode_pin_price(out, o);
    mp_key(out, "dry_run");
    mp_bool(out, o->dry_run);
    encode_pin_base(out, o);
}

int handle_pin_add(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *a = call->arguments;
    struct pin_offer *o = pin_offer_open(call, &a[PROGRAMME], e);
    (void)out;
    if (o == NULL)
        return (int)e->code;
    if (read_rule(&a[RULE], &o->pin.type, e) || pin_offer_words(o, &a[WHY], &a[UNTIL], e) ||
        pin_offer_organizers(o, a[ORGANIZERS].object, o->pin.type == RULE_KEEP ? 1 : 2, e)) {
        pin_offer_drop(o);
        return (int)e->code;
    }
    o->base = o->job.p->published_run;
    o->dry_run = a[DRY_RUN].flag;
    o->encode = encode_offer;
    return pin_offer_start(o, call, e);
}

static void encode_pin(struct buf *out, const struct snapshot *s, const struct snapshot_pin *pin)
{
    mp_map(out, 10);
    mp_key(out, "pin");
    mp_int(out, pin->number);
    mp_key(out, "rule");
    mp_text(out, pin_rule_name(pin->type));
    encode_members(out, s, pin);
    mp_key(out, "network");
    if (pin->network == 0)
        mp_nil(out);
    else
        mp_uint(out, pin->network);
    mp_key(out, "why");
    encode_foreign(out, pin->why);
    mp_key(out, "made_by");
    encode_foreign(out, pin->made_by);
    mp_key(out, "made_at");
    mp_text(out, pin->made_at);
    mp_key(out, "until");
    encode_optional(out, pin->until);
    mp_key(out, "ended");
    mp_bool(out, pin_has_ended(s, pin));
    mp_key(out, "cost");
    mp_rounded(out, pin->cost, 6);
}

int handle_pin_list(struct call *call, struct buf *out, struct err *e)
{
    const struct snapshot *s;
    const struct snapshot_programme *p;
    const struct argument *a = call->arguments;
    uint32_t n = 0;
    uint64_t total = 0;
    if (call_snapshot(call, &s, e) || call_programme(s, &a[0], &p, e))
        return (int)e->code;
    mp_map(out, 4);
    mp_key(out, "pins");
    size_t opened = mp_array_open(out);
    for (uint32_t i = 0; i < p->n_pins; i++) {
        if (pin_has_ended(s, &p->pins[i]) && !a[1].flag)
            continue;
        if (total++ < a[2].natural || n >= a[3].natural)
            continue;
        encode_pin(out, s, &p->pins[i]);
        n++;
    }
    mp_array_close(out, opened, n);
    mp_key(out, "total");
    mp_uint(out, total);
    encode_published_run(out, p);
    encode_age_last(out, call);
    return 0;
}

int handle_pin_remove(struct call *call, struct buf *out, struct err *e)
{
    struct ask ask;
    (void)out;
    ask_begin(&ask, SERVICE_PIN_REMOVE);
    ask_arguments(&ask, call, 1);
    ask_actor(&ask, 1, call->conn);
    return ask_end(&ask, call, 0, e);
}
