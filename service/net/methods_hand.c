/* network.move, rename, note, lock: what people decide about networks themselves. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "net/ask.h"
#include "net/encode.h"
#include "net/pin_offer.h"
#include "proto/mp.h"
#include "proto/text.h"

/* ---- move ---- */

enum { ORGANIZER, NETWORK, WHY, UNTIL, PROGRAMME, RUN, DRY_RUN };

static void encode_where(struct buf *out, const struct pin_offer *o, const char *name, uint32_t network)
{
    mp_key(out, name);
    if (network == POPULATION_NONE)
        mp_nil(out);
    else
        encode_network_brief(out, &o->job.p->networks[network], o->job.english);
}

static void encode_move(struct buf *out, const struct pin_offer *o)
{
    uint32_t i = o->pin.organizer[0];
    const struct snapshot_network *to = snapshot_find_network(o->job.p, o->pin.network);
    mp_key(out, "organizer");
    encode_organizer_brief(out, &o->job.s->population.organizers[i]);
    encode_where(out, o, "from", o->job.p->places[i].network);
    encode_where(out, o, "to", (uint32_t)(to - o->job.p->networks));
    mp_key(out, "why");
    mp_text(out, o->pin.why);
    mp_key(out, "until");
    encode_optional(out, o->pin.until);
    encode_pin_price(out, o);
    mp_key(out, "dry_run");
    mp_bool(out, o->dry_run);
    encode_pin_base(out, o);
}

/* A move that no run could make is none. */
static int refuse_move(const struct pin_offer *o, bool binds, struct err *e)
{
    struct buf limits;
    const struct organizer *who = &o->job.s->population.organizers[o->pin.organizer[0]];
    if (!binds)
        return err_set(e, ERR_INVALID, "organizer: %s (%s) reports nothing that counts; no run places it",
                       who->name, who->id);
    if (o->price.known)
        return 0;
    buf_init(&limits, 0);
    limits_list(&o->job.p->limits, &limits);
    int code = err_set(e, ERR_INVALID,
                       "network: %u cannot take %s: nobody could make room for it within sizes (%" PRId64
                       " to %" PRId64 "), the rules that people set%s%s",
                       o->pin.network, who->name, o->job.p->settings.min_size, o->job.p->settings.max_size,
                       limits.size > 0 ? " and " : "", buf_string(&limits));
    buf_free(&limits);
    return code;
}

static int read_move(struct pin_offer *o, const struct argument *a, struct err *e)
{
    const struct snapshot_network *n;
    uint32_t *organizer = arena_alloc(&o->memory, sizeof *organizer);
    const char **id = arena_alloc(&o->memory, sizeof *id);
    if (organizer == NULL || id == NULL)
        return err_memory(e, "a move");
    if (call_organizer(o->job.s, &a[ORGANIZER], organizer, e) || call_network(o->job.p, &a[NETWORK], &n, e) ||
        pin_offer_words(o, &a[WHY], &a[UNTIL], e))
        return (int)e->code;
    *id = o->job.s->population.organizers[*organizer].id;
    if (a[RUN].given && a[RUN].natural != o->job.p->published_run)
        return err_set(e, ERR_STALE,
                       "this rests on run %" PRIu64 ", but run %" PRIu64
                       " is published now; look at the networks again",
                       a[RUN].natural, o->job.p->published_run);
    if (o->job.p->places[*organizer].network == (uint32_t)(n - o->job.p->networks))
        return err_set(e, ERR_INVALID,
                       "network: %s is in network %u already; to hold it there, add a pin: keep",
                       o->job.s->population.organizers[*organizer].name, n->number);
    o->pin.type = RULE_KEEP;
    o->pin.network = n->number;
    o->pin.n = 1;
    o->pin.organizer = organizer;
    o->pin.id = id;
    return 0;
}

int handle_network_move(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *a = call->arguments;
    struct pin_offer *o = pin_offer_open(call, &a[PROGRAMME], e);
    (void)out;
    if (o == NULL)
        return (int)e->code;
    if (read_move(o, a, e)) {
        pin_offer_drop(o);
        return (int)e->code;
    }
    o->base = o->job.p->published_run;
    o->dry_run = a[DRY_RUN].flag;
    o->encode = encode_move;
    o->refuse = refuse_move;
    return pin_offer_start(o, call, e);
}

/* ---- name, note, lock ---- */

/* The values of SERVICE_NETWORK_SET. */
enum { SET_PROGRAMME, SET_NETWORK, SET_NAME, SET_NOTE, SET_LOCKED, SET_VERSION, SET_INPUTS, SET_WHO };

/* Parameters are network, the value, programme, version. The value goes to `at`. A lock rests on the rules of
 * the snapshot, in which it contradicts none. */
static int set(struct call *call, const struct snapshot *s, size_t at, struct err *e)
{
    const struct argument *a = call->arguments;
    const struct param *params = call->method->params;
    struct ask ask;
    ask_begin(&ask, SERVICE_NETWORK_SET);
    ask_argument(&ask, SET_PROGRAMME, &a[2], &params[2]);
    ask_argument(&ask, SET_NETWORK, &a[0], &params[0]);
    ask_argument(&ask, at, &a[1], &params[1]);
    ask_argument(&ask, SET_VERSION, &a[3], &params[3]);
    if (at == SET_LOCKED)
        ask_whole(&ask, SET_INPUTS, (int64_t)s->inputs_version);
    ask_actor(&ask, SET_WHO, call->conn);
    return ask_end(&ask, call, 0, e);
}

static int find(struct call *call, const struct snapshot **s, const struct snapshot_programme **p,
                const struct snapshot_network **n, struct err *e)
{
    if (call_snapshot(call, s, e) || call_programme(*s, &call->arguments[2], p, e))
        return (int)e->code;
    return call_network(*p, &call->arguments[0], n, e);
}

int handle_network_rename(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *name = &call->arguments[1];
    const struct snapshot *s;
    const struct snapshot_programme *p;
    const struct snapshot_network *n;
    char shown[TEXT_SHOWN];
    (void)out;
    if (find(call, &s, &p, &n, e))
        return (int)e->code;
    bool fine = name->text_size == 0 || (name->text[0] != ' ' && name->text[name->text_size - 1] != ' ');
    for (size_t i = 0; i < name->text_size; i++)
        fine = fine && (unsigned char)name->text[i] >= 0x20 && name->text[i] != 0x7f;
    if (!fine)
        return err_set(e, ERR_INVALID,
                       "name: %s came; allowed is text without control characters or outer blanks",
                       text_show(name->text, name->text_size, shown));
    return set(call, s, SET_NAME, e);
}

int handle_network_note(struct call *call, struct buf *out, struct err *e)
{
    const struct snapshot *s;
    const struct snapshot_programme *p;
    const struct snapshot_network *n;
    (void)out;
    int code = find(call, &s, &p, &n, e);
    return code != 0 ? code : set(call, s, SET_NOTE, e);
}

static void set_locked(struct pin_offer *o)
{
    struct ask ask;
    ask_begin(&ask, SERVICE_NETWORK_SET);
    ask_text(&ask, SET_PROGRAMME, o->job.p->name, strlen(o->job.p->name));
    ask_whole(&ask, SET_NETWORK, o->lock->number);
    ask_text(&ask, SET_LOCKED, "true", 4);
    if (o->has_version)
        ask_whole(&ask, SET_VERSION, (int64_t)o->version);
    ask_whole(&ask, SET_INPUTS, (int64_t)o->job.s->inputs_version);
    ask_text(&ask, SET_WHO, o->who, strlen(o->who));
    ask_text(&ask, SET_WHO + 1, o->origin, strlen(o->origin));
    ask_for(&ask, o->job.service, o->job.ticket);
}

/* A lock may contradict a rule: it is looked at like one. */
static int lock(struct call *call, const struct snapshot_network *n, struct err *e)
{
    const struct argument *a = call->arguments;
    struct pin_offer *o = pin_offer_open(call, &a[2], e);
    if (o == NULL)
        return (int)e->code;
    o->lock = n; /* of the snapshot that it holds */
    o->has_version = a[3].given;
    o->version = a[3].natural;
    o->set = set_locked;
    return pin_offer_start(o, call, e);
}

int handle_network_lock(struct call *call, struct buf *out, struct err *e)
{
    const struct snapshot *s;
    const struct snapshot_programme *p;
    const struct snapshot_network *n;
    (void)out;
    int code = find(call, &s, &p, &n, e);
    if (code == 0 && call->arguments[1].flag && !n->locked)
        return lock(call, n, e);
    return code != 0 ? code : set(call, s, SET_LOCKED, e);
}
