#include "regroup/problem_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "proto/mp.h"
#include "proto/rpc.h"
#include "regroup/inputs_base.h"
#include "regroup/pins.h"

const struct frame_limits problem_limits = {.bytes = 64u << 20, .depth = 16, .elements = 16u << 20};

enum {
    ID,
    NAME,
    KIND,
    MUNICIPALITY,
    COUNTY,
    LAT,
    LON,
    PUPILS,
    ATTRIBUTES,
    LAST_DAY,
    NETWORK,
    ORGANIZER_FIELDS
};

static int wrong(struct err *e, const char *what, size_t at)
{
    return err_set(e, ERR_INVALID, "the problem cannot be read: %s, entry %zu", what, at);
}

/* A copy that ends with NUL; NULL where it is no text, or one with a NUL inside, or memory ran out. */
static const char *text_of(struct arena *memory, const msgpack_object *value)
{
    const char *text;
    size_t size;
    if (!mp_get_str(value, &text, &size) || memchr(text, '\0', size) != NULL)
        return NULL;
    return arena_text(memory, text, size);
}

static bool real_of(const msgpack_object *value, double *out)
{
    *out = (double)NAN;
    return mp_is_nil(value) || (mp_get_double(value, out) && isfinite(*out));
}

static bool whole_of(const msgpack_object *value, int64_t lowest, int64_t highest, int64_t *out)
{
    return mp_get_int(value, out) && *out >= lowest && *out <= highest;
}

static int read_organizer(struct inputs *in, const msgpack_object *row, size_t at, struct err *e)
{
    int64_t pupils;
    struct organizer o = {.id = text_of(&in->text, mp_at(row, ID)),
                          .name = text_of(&in->text, mp_at(row, NAME)),
                          .municipality = text_of(&in->text, mp_at(row, MUNICIPALITY)),
                          .county = text_of(&in->text, mp_at(row, COUNTY)),
                          .attributes = text_of(&in->text, mp_at(row, ATTRIBUTES))};
    const char *kind = text_of(&in->text, mp_at(row, KIND));
    int parsed = kind == NULL ? -1 : organizer_kind_parse(kind);
    if (mp_count(row) != ORGANIZER_FIELDS || !o.id || !o.name || !o.municipality || !o.county ||
        !o.attributes || parsed < 0 || !real_of(mp_at(row, LAT), &o.lat) ||
        !real_of(mp_at(row, LON), &o.lon) || !whole_of(mp_at(row, PUPILS), -1, INT32_MAX, &pupils))
        return wrong(e, "organizers", at);
    o.kind = (enum organizer_kind)parsed;
    o.pupils = (int32_t)pupils;
    return population_add_organizer(&in->population, &o, e);
}

static int read_challenge(struct inputs *in, const msgpack_object *row, size_t at, struct err *e)
{
    const char *f[4];
    for (size_t i = 0; i < 4; i++) {
        f[i] = text_of(&in->text, mp_at(row, i));
        if (f[i] == NULL)
            return wrong(e, "challenges", at);
    }
    return population_add_challenge(&in->population, f[0], f[1], f[2], f[3], e);
}

static int each(struct inputs *in, const msgpack_object *list, const char *what,
                int (*take)(struct inputs *in, const msgpack_object *row, size_t at, struct err *e),
                struct err *e)
{
    if (list == NULL || list->type != MSGPACK_OBJECT_ARRAY)
        return wrong(e, what, 0);
    int code = ERR_OK;
    for (size_t i = 0; code == ERR_OK && i < mp_count(list); i++)
        code = take(in, mp_at(list, i), i, e);
    return code;
}

static int read_reports(struct inputs *in, const msgpack_object *problem, struct err *e)
{
    const msgpack_object *organizers = mp_find(problem, "organizers"),
                         *challenges = mp_find(problem, "challenges"), *list = mp_find(problem, "reports");
    if (list == NULL || list->type != MSGPACK_OBJECT_ARRAY || mp_count(list) % 4 != 0)
        return wrong(e, "reports", 0);
    int code = ERR_OK;
    for (size_t i = 0; code == ERR_OK && i < mp_count(list); i += 4) {
        uint64_t organizer, challenge;
        int64_t severity, day;
        if (!mp_get_uint(mp_at(list, i), &organizer) || organizer >= mp_count(organizers) ||
            !mp_get_uint(mp_at(list, i + 1), &challenge) || challenge >= mp_count(challenges) ||
            !whole_of(mp_at(list, i + 2), 1, 5, &severity) ||
            !whole_of(mp_at(list, i + 3), -4000000, 4000000, &day))
            return wrong(e, "reports", i / 4);
        const char *id = text_of(&in->text, mp_at(mp_at(organizers, organizer), ID)),
                   *name = text_of(&in->text, mp_at(mp_at(challenges, challenge), 0));
        code = id == NULL || name == NULL
                   ? err_memory(e, "the reports")
                   : population_add_report(&in->population, id, name, (int)severity, (int32_t)day, e);
    }
    return code;
}

/* What the published networks and old reports say of each, once the rows are in their order. */
static int read_past(struct inputs *in, const msgpack_object *organizers, struct err *e)
{
    uint32_t n = in->population.n_organizers;
    in->last_day = malloc(((size_t)n + 1) * sizeof *in->last_day);
    if (in->last_day == NULL)
        return err_memory(e, "the reports that count no more");
    for (size_t k = 0; k < mp_count(organizers); k++) {
        const msgpack_object *row = mp_at(organizers, k), *last = mp_at(row, LAST_DAY);
        const char *id = NULL;
        size_t size = 0;
        int64_t number, day = LEFT_OUT_NEVER;
        mp_get_str(mp_at(row, ID), &id, &size);
        uint32_t i = population_find_organizer(&in->population, id, size);
        if (i == POPULATION_NONE || !whole_of(mp_at(row, NETWORK), 0, UINT32_MAX - 1, &number) ||
            (!mp_is_nil(last) && !whole_of(last, -4000000, 4000000, &day)))
            return wrong(e, "organizers", k);
        in->last_day[i] = (int32_t)day;
        in->base.number[i] = in->base.run > 0 ? (uint32_t)number : 0;
        if (in->base.number[i] > in->base.highest_number)
            in->base.highest_number = in->base.number[i];
    }
    return ERR_OK;
}

static int read_pin(struct inputs *in, const msgpack_object *row, size_t at, struct err *e)
{
    const msgpack_object *ids = mp_at(row, 1);
    const char *rule = text_of(&in->text, mp_at(row, 0));
    int type = rule == NULL ? -1 : pin_rule_parse(rule);
    if (type < 0 || ids == NULL || ids->type != MSGPACK_OBJECT_ARRAY)
        return wrong(e, "pins", at);
    struct pin *pin = &in->pins[in->n_pins];
    *pin = (struct pin){.number = (int64_t)at + 1,
                        .type = (enum group_rule_type)type,
                        .why = "",
                        .made_by = "this request",
                        .organizers = calloc(mp_count(ids) + 1, sizeof *pin->organizers)};
    if (pin->organizers == NULL)
        return err_memory(e, "the pins");
    in->n_pins++;
    for (; pin->n_organizers < mp_count(ids); pin->n_organizers++) {
        const char *id = text_of(&in->text, mp_at(ids, pin->n_organizers));
        if (id == NULL)
            return wrong(e, "pins", at);
        pin->organizers[pin->n_organizers] = id;
    }
    return ERR_OK;
}

static int read_head(struct problem *p, const msgpack_object *problem, struct err *e)
{
    struct inputs *in = &p->in;
    const char *settings = text_of(&in->text, mp_find(problem, "settings"));
    const msgpack_object *language = mp_find(problem, "language");
    int64_t today;
    p->english = mp_equals(language, "en");
    if (settings == NULL || (!p->english && !mp_equals(language, "sv")) ||
        !whole_of(mp_find(problem, "seed"), 0, INT64_MAX, &p->seed) ||
        !whole_of(mp_find(problem, "today"), -4000000, 4000000, &today) ||
        !whole_of(mp_find(problem, "base"), 0, INT64_MAX, &in->base.run))
        return wrong(e, "its head", 0);
    in->today = (int32_t)today;
    return settings_apply_json(&in->settings, settings, e);
}

static int read_all(struct problem *p, const msgpack_object *problem, struct err *e)
{
    struct inputs *in = &p->in;
    const msgpack_object *organizers = mp_find(problem, "organizers"), *pins = mp_find(problem, "pins");
    int code = read_head(p, problem, e);
    if (code == ERR_OK)
        code = each(in, organizers, "organizers", read_organizer, e);
    if (code == ERR_OK)
        code = each(in, mp_find(problem, "challenges"), "challenges", read_challenge, e);
    if (code == ERR_OK)
        code = population_index(&in->population, e);
    if (code == ERR_OK)
        code = read_reports(in, problem, e);
    if (code == ERR_OK)
        code = population_seal(&in->population, e);
    if (code == ERR_OK)
        code = base_prepare(&in->base, in->population.n_organizers, e);
    if (code == ERR_OK)
        code = read_past(in, organizers, e);
    in->pins = calloc(mp_count(pins) + 1, sizeof *in->pins);
    if (code == ERR_OK && in->pins == NULL)
        code = err_memory(e, "the pins");
    return code == ERR_OK ? each(in, pins, "pins", read_pin, e) : code;
}

int problem_read(struct problem *p, const uint8_t *data, size_t size, struct err *e)
{
    struct frame_scan scan;
    struct mp_tree tree = {.top = NULL};
    struct rpc_message m;
    *p = (struct problem){.seed = 0};
    settings_default(&p->in.settings);
    population_init(&p->in.population);
    arena_init(&p->in.text);
    frame_begin(&scan, &problem_limits);
    enum frame_answer answer = frame_scan(&scan, data, size);
    if (answer != FRAME_WHOLE || scan.at != size)
        return err_set(e, ERR_INVALID, "the problem cannot be read: %s",
                       answer == FRAME_BAD    ? scan.reason
                       : answer == FRAME_MORE ? "it ends too soon"
                                              : "something follows it");
    int code = mp_unpack(data, size, &tree, e);
    if (code == ERR_OK &&
        (rpc_read(tree.top, &m, e) != RPC_FINE || m.type != RPC_REQUEST || m.method_size != 7 ||
         memcmp(m.method, "propose", 7) != 0 || mp_count(m.params) != 1))
        code = err_set(e, ERR_INVALID, "the problem cannot be read: it is no request propose with one value");
    if (code == ERR_OK) {
        p->msgid = m.msgid;
        code = read_all(p, mp_at(m.params, 0), e);
    }
    mp_free(&tree);
    return code;
}

void problem_free(struct problem *p)
{
    inputs_free(&p->in);
}
