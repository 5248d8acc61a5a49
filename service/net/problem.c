#include "net/problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/scope.h"
#include "proto/mp.h"
#include "proto/mp_json.h"
#include "proto/rpc.h"
#include "proto/text.h"

#define PINS_MOST 1000

int problem_settings(struct settings *out, const struct snapshot_programme *p, const msgpack_object *settings,
                     struct err *e)
{
    struct buf json;
    settings_default(out);
    if (p->settings_fault[0] != '\0')
        return err_set(e, ERR_INVALID, "programme %s: %s", p->name, p->settings_fault);
    int code = settings_apply_json(out, p->settings_json, e);
    if (code != 0 || settings == NULL)
        return code;
    buf_init(&json, 0);
    mp_to_json(&json, settings, false);
    code = buf_failed(&json) ? err_memory(e, "the settings") : settings_apply_json(out, buf_string(&json), e);
    buf_free(&json);
    return code;
}

/* The organizer that a value of a list names. */
static int find_named(const struct snapshot *s, const char *where, const msgpack_object *value, uint32_t *out,
                      struct err *e)
{
    char shown[TEXT_SHOWN];
    const char *id;
    size_t size;
    if (!mp_get_str(value, &id, &size))
        return err_set(e, ERR_INVALID, "%s: %s came; ids of organizers (str) are allowed", where,
                       mp_type_name(value));
    *out = snapshot_find_organizer(s, id, size);
    return *out != POPULATION_NONE
               ? 0
               : err_set(e, ERR_NOT_FOUND, "%s: there is no organizer %s", where, text_show(id, size, shown));
}

/* Who takes part: row[i] = POPULATION_NONE where an organizer does not, else its row in the problem. */
struct choice {
    uint32_t *row;
    uint32_t n;
    uint32_t *challenge; /* the same of challenges */
    uint32_t n_challenges;
};

static int choose_listed(const struct problem_request *r, struct choice *c, struct err *e)
{
    const struct population *p = &r->snapshot->population;
    for (size_t k = 0; k < mp_count(r->organizers); k++) {
        uint32_t i;
        int code = find_named(r->snapshot, "organizers", mp_at(r->organizers, k), &i, e);
        if (code != 0)
            return code;
        if (!scope_has_organizer(r->settings.scope, &p->organizers[i]))
            return err_set(e, ERR_INVALID, "organizers: %s is outside the scope of the settings",
                           p->organizers[i].id);
        c->row[i] = 0;
    }
    return 0;
}

static int choose(const struct problem_request *r, struct choice *c, struct err *e)
{
    const struct population *p = &r->snapshot->population;
    int code = r->organizers != NULL ? choose_listed(r, c, e) : 0;
    for (uint32_t i = 0; code == 0 && i < p->n_organizers; i++)
        if (r->organizers != NULL ? c->row[i] == 0
                                  : scope_has_organizer(r->settings.scope, &p->organizers[i]))
            c->row[i] = c->n++;
    for (uint32_t i = 0; i < p->n_challenges; i++)
        if (scope_has_category(r->settings.scope, p->categories[p->challenges[i].category]))
            c->challenge[i] = c->n_challenges++;
    if (code == 0 && c->n == 0)
        return err_set(e, ERR_INVALID,
                       "no organizer takes part: the list is empty, or the scope of the "
                       "settings takes in nobody");
    if (code == 0 && c->n > r->organizers_limit)
        return err_set(e, ERR_LIMIT, "%u organizers would take part; the limit is %u (propose-organizers)",
                       c->n, r->organizers_limit);
    return code;
}

/* The day of an organizer's latest report that is too old to count, or nil. */
static void write_last_day(struct buf *out, const struct problem_request *r, uint32_t organizer)
{
    const struct population *p = &r->snapshot->population;
    int64_t since = r->snapshot->today - r->settings.window_days, last = INT64_MIN;
    for (uint32_t k = p->report_start[organizer]; k < p->report_start[organizer + 1]; k++)
        if (p->reports[k].day < since && p->reports[k].day > last)
            last = p->reports[k].day;
    if (last == INT64_MIN)
        mp_nil(out);
    else
        mp_int(out, last);
}

static void write_place(struct buf *out, double degrees)
{
    if (isfinite(degrees))
        mp_double(out, degrees);
    else
        mp_nil(out);
}

static void write_organizer(struct buf *out, const struct problem_request *r, uint32_t organizer)
{
    const struct organizer *o = &r->snapshot->population.organizers[organizer];
    const struct snapshot_place *place = &r->programme->places[organizer];
    mp_array(out, 11);
    mp_text(out, o->id);
    mp_text(out, o->name);
    mp_text(out, organizer_kind_name(o->kind));
    mp_text(out, o->municipality);
    mp_text(out, o->county);
    write_place(out, o->lat);
    write_place(out, o->lon);
    mp_int(out, o->pupils);
    mp_text(out, o->attributes);
    write_last_day(out, r, organizer);
    mp_uint(out, place->state == PLACE_MEMBER ? r->programme->networks[place->network].number : 0);
}

static void write_challenges(struct buf *out, const struct population *p, const struct choice *c)
{
    mp_key(out, "challenges");
    mp_array(out, c->n_challenges);
    for (uint32_t i = 0; i < p->n_challenges; i++) {
        if (c->challenge[i] == POPULATION_NONE)
            continue;
        mp_array(out, 4);
        mp_text(out, p->challenges[i].code);
        mp_text(out, p->categories[p->challenges[i].category]);
        mp_text(out, p->challenges[i].label_sv);
        mp_text(out, p->challenges[i].label_en);
    }
}

/* Of each challenge the latest report, when that is inside the window and the scope. */
static uint32_t write_reports_of(struct buf *out, const struct problem_request *r, const struct choice *c,
                                 uint32_t organizer)
{
    const struct population *p = &r->snapshot->population;
    int64_t since = r->snapshot->today - r->settings.window_days;
    uint32_t n = 0, end = p->report_start[organizer + 1];
    for (uint32_t k = p->report_start[organizer]; k < end; k++) {
        const struct report *one = &p->reports[k];
        bool latest = k + 1 == end || p->reports[k + 1].challenge != one->challenge;
        if (!latest || one->day < since || c->challenge[one->challenge] == POPULATION_NONE ||
            !scope_has_day(r->settings.scope, one->day))
            continue;
        mp_uint(out, c->row[organizer]);
        mp_uint(out, c->challenge[one->challenge]);
        mp_uint(out, one->severity);
        mp_int(out, one->day);
        n++;
    }
    return n;
}

static void write_rows(struct buf *out, const struct problem_request *r, const struct choice *c)
{
    const struct population *p = &r->snapshot->population;
    uint32_t values = 0;
    mp_key(out, "organizers");
    mp_array(out, c->n);
    for (uint32_t i = 0; i < p->n_organizers; i++)
        if (c->row[i] != POPULATION_NONE)
            write_organizer(out, r, i);
    write_challenges(out, p, c);
    mp_key(out, "reports");
    size_t opened = mp_array_open(out);
    for (uint32_t i = 0; i < p->n_organizers; i++)
        if (c->row[i] != POPULATION_NONE)
            values += 4 * write_reports_of(out, r, c, i);
    mp_array_close(out, opened, values);
}

static int check_pin_member(const struct problem_request *r, const struct choice *c, const char *where,
                            const msgpack_object *value, struct err *e)
{
    uint32_t i;
    int code = find_named(r->snapshot, where, value, &i, e);
    if (code == 0 && c->row[i] == POPULATION_NONE)
        code = err_set(e, ERR_INVALID, "%s: %s does not take part", where,
                       r->snapshot->population.organizers[i].id);
    return code;
}

/* {"rule": "together", "organizers": [id, ...]} */
static int write_pin(struct buf *out, const struct problem_request *r, const struct choice *c, size_t at,
                     struct err *e)
{
    const msgpack_object *pin = mp_at(r->pins, at), *rule = mp_find(pin, "rule"),
                         *ids = mp_find(pin, "organizers");
    char where[32];
    snprintf(where, sizeof where, "pins, the %zu.", at + 1);
    bool known = mp_equals(rule, "together") || mp_equals(rule, "apart") || mp_equals(rule, "keep");
    if (mp_count(pin) != 2 || !known || ids == NULL || ids->type != MSGPACK_OBJECT_ARRAY ||
        mp_count(ids) < (mp_equals(rule, "keep") ? 1u : 2u))
        return err_set(e, ERR_INVALID,
                       "%s: {\"rule\": together, apart or keep, \"organizers\": [id, id, ...]} is allowed, "
                       "with two organizers or more (keep: one)",
                       where);
    mp_array(out, 2);
    mp_value(out, rule);
    mp_value(out, ids);
    int code = 0;
    for (size_t k = 0; code == 0 && k < mp_count(ids); k++)
        code = check_pin_member(r, c, where, mp_at(ids, k), e);
    return code;
}

static int write_pins(struct buf *out, const struct problem_request *r, const struct choice *c, struct err *e)
{
    size_t n = mp_count(r->pins);
    if (n > PINS_MOST)
        return err_set(e, ERR_LIMIT, "%zu pins came; at most %d are allowed", n, PINS_MOST);
    int code = 0;
    mp_key(out, "pins");
    mp_array(out, (uint32_t)n);
    for (size_t i = 0; code == 0 && i < n; i++)
        code = write_pin(out, r, c, i, e);
    return code;
}

static int write_all(struct buf *out, const struct problem_request *r, const struct choice *c, struct err *e)
{
    char *settings = settings_to_json(&r->settings);
    rpc_write_request(out, 0, "propose");
    mp_array(out, 1);
    mp_map(out, 9);
    mp_key(out, "settings");
    mp_text(out, settings);
    mp_key(out, "seed");
    mp_uint(out, r->seed);
    mp_key(out, "today");
    mp_int(out, r->snapshot->today);
    mp_key(out, "language");
    mp_text(out, r->english ? "en" : "sv");
    mp_key(out, "base");
    mp_uint(out, r->programme->published_run);
    write_rows(out, r, c);
    int code = write_pins(out, r, c, e);
    if (code == 0 && (settings == NULL || buf_failed(out)))
        code = err_memory(e, "the proposal's problem");
    free(settings);
    return code;
}

int problem_write(struct buf *out, const struct problem_request *r, struct err *e)
{
    const struct population *p = &r->snapshot->population;
    struct choice c = {.row = malloc(((size_t)p->n_organizers + 1) * sizeof *c.row),
                       .challenge = malloc(((size_t)p->n_challenges + 1) * sizeof *c.challenge)};
    int code = c.row == NULL || c.challenge == NULL ? err_memory(e, "the proposal's problem") : 0;
    if (code == 0) {
        memset(c.row, 0xff, ((size_t)p->n_organizers + 1) * sizeof *c.row);
        memset(c.challenge, 0xff, ((size_t)p->n_challenges + 1) * sizeof *c.challenge);
        code = choose(r, &c, e);
    }
    if (code == 0)
        code = write_all(out, r, &c, e);
    free(c.row);
    free(c.challenge);
    return code;
}

static int no_answer(struct err *e, const char *why)
{
    return err_set(e, ERR_INTERNAL, "the worker's answer cannot be used: %s", why);
}

/* An error's envelope: what the worker says of it. */
static int read_failure(const uint8_t *data, size_t size, struct err *e)
{
    struct mp_tree tree;
    struct rpc_message m;
    int code = mp_unpack(data, size, &tree, e);
    if (code == 0 && (rpc_read(tree.top, &m, e) != RPC_FINE || m.type != RPC_RESPONSE || m.msgid != 0 ||
                      rpc_read_error(m.error, e) == ERR_OK))
        code = no_answer(e, "it is no response with a result");
    else if (code == 0)
        code = (int)e->code;
    mp_free(&tree);
    return code;
}

int problem_answer(const uint8_t *data, size_t size, uint32_t pairs, const uint8_t **fields, size_t *n,
                   struct err *e)
{
    static const uint8_t head[] = {0x94, 0x01, 0x00, 0xc0}; /* [1, 0, nil, */
    struct frame_limits limits = {.bytes = size + 16, .depth = FRAME_DEPTH_MAX, .elements = UINT32_MAX};
    struct frame_scan scan;
    frame_begin(&scan, &limits);
    enum frame_answer answer = frame_scan(&scan, data, size);
    if (answer != FRAME_WHOLE || scan.at != size)
        return no_answer(e, answer == FRAME_BAD    ? scan.reason
                            : answer == FRAME_MORE ? "it ends too soon"
                                                   : "something follows it");
    if (size <= sizeof head || memcmp(data, head, sizeof head) != 0)
        return read_failure(data, size, e);
    if (data[sizeof head] != (0x80 | pairs))
        return no_answer(e, "its result is no map of the fields that are expected");
    *fields = data + sizeof head + 1;
    *n = size - sizeof head - 1;
    return 0;
}
