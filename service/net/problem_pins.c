#include "net/problem_pins.h"

#include <stdio.h>

#include "proto/mp.h"
#include "proto/text.h"

#define PINS_MOST 1000

int problem_find(const struct snapshot *s, const char *where, const msgpack_object *value, uint32_t *out,
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

/* {"rule": "together", "organizers": [id, ...]}; its list of ids. */
static int check_form(const msgpack_object *pin, const char *where, const msgpack_object **ids, struct err *e)
{
    const msgpack_object *rule = mp_find(pin, "rule");
    bool known = mp_equals(rule, "together") || mp_equals(rule, "apart") || mp_equals(rule, "keep");
    *ids = mp_find(pin, "organizers");
    if (mp_count(pin) == 2 && known && *ids != NULL && (*ids)->type == MSGPACK_OBJECT_ARRAY &&
        mp_count(*ids) >= (mp_equals(rule, "keep") ? 1u : 2u))
        return 0;
    return err_set(e, ERR_INVALID,
                   "%s: {\"rule\": together, apart or keep, \"organizers\": [id, id, ...]} is allowed, "
                   "with two organizers or more (keep: one)",
                   where);
}

int problem_pins(struct buf *out, const struct snapshot *s, const msgpack_object *pins, uint32_t limit,
                 bool (*takes_part)(const void *context, uint32_t organizer), const void *context,
                 struct err *e)
{
    size_t n = mp_count(pins), named = 0;
    char where[32];
    const msgpack_object *ids;
    if (n > PINS_MOST)
        return err_set(e, ERR_LIMIT, "%zu pins came; at most %d are allowed", n, PINS_MOST);
    mp_array(out, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        snprintf(where, sizeof where, "pins, the %zu.", i + 1);
        if (check_form(mp_at(pins, i), where, &ids, e))
            return (int)e->code;
        named += mp_count(ids);
        if (named > limit)
            return err_set(e, ERR_LIMIT, "pins: they name more than %u organizers (propose-organizers)",
                           limit);
        for (size_t k = 0; k < mp_count(ids); k++) {
            uint32_t organizer;
            if (problem_find(s, where, mp_at(ids, k), &organizer, e))
                return (int)e->code;
            if (!takes_part(context, organizer))
                return err_set(e, ERR_INVALID, "%s: %s does not take part", where,
                               s->population.organizers[organizer].id);
        }
        mp_array(out, 2);
        mp_value(out, mp_find(mp_at(pins, i), "rule"));
        mp_value(out, ids);
    }
    return 0;
}
