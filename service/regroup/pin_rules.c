#include "regroup/pin_rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "regroup/pins.h"

/* The words by which people know the pin: "pin 3 (together: Alvesta, Tingsryd), set by Anna: shared staff".
 */
static const char *name_pin(const struct inputs *in, const struct pin *pin, struct arena *memory)
{
    struct buf words;
    buf_init(&words, 600);
    buf_printf(&words, "pin %lld (%s:", (long long)pin->number, pin_rule_name(pin->type));
    for (uint32_t k = 0; k < pin->n_organizers; k++) {
        uint32_t i = pin_organizer(in, pin, k);
        if (k == 4 && pin->n_organizers > 5) {
            buf_printf(&words, ", and %u more", pin->n_organizers - k);
            break;
        }
        buf_printf(&words, "%s %s", k > 0 ? "," : "",
                   i == POPULATION_NONE ? pin->organizers[k] : in->population.organizers[i].name);
    }
    buf_printf(&words, "), set by %s", pin->made_by);
    if (pin->why[0] != '\0')
        buf_printf(&words, ": %s", pin->why);
    const char *text = buf_failed(&words) ? NULL : arena_text(memory, (const char *)words.data, words.size);
    if (text == NULL) { /* very long names: the number alone says which pin it is */
        char plain[64];
        int n =
            snprintf(plain, sizeof plain, "pin %lld (%s)", (long long)pin->number, pin_rule_name(pin->type));
        text = arena_text(memory, plain, (size_t)n);
    }
    buf_free(&words);
    return text;
}

static int rule_build(const struct inputs *in, const struct selection *s, const struct pin *pin,
                      struct pin_rules *out, struct err *e)
{
    uint32_t *members = arena_alloc(&out->memory, ((size_t)pin->n_organizers + 1) * sizeof *members);
    if (members == NULL)
        return err_memory(e, "the pins");
    uint32_t n = 0;
    for (uint32_t k = 0; k < pin->n_organizers; k++) {
        uint32_t i = pin_organizer(in, pin, k);
        if (i == POPULATION_NONE || s->element[i] == POPULATION_NONE)
            continue;
        if (pin->type == RULE_KEEP && in->base.number[i] == 0)
            continue;
        bool twice = false;
        for (uint32_t j = 0; j < n; j++)
            twice = twice || members[j] == s->element[i];
        if (!twice)
            members[n++] = s->element[i];
    }
    if (n < (pin->type == RULE_KEEP ? 1u : 2u))
        return ERR_OK;
    const char *name = name_pin(in, pin, &out->memory);
    if (name == NULL)
        return err_memory(e, "the pins");
    out->rules[out->n++] = (struct group_rule){pin->type, members, n, name};
    return ERR_OK;
}

int pin_rules_build(const struct inputs *in, const struct selection *s, struct pin_rules *out, struct err *e)
{
    *out = (struct pin_rules){0};
    arena_init(&out->memory);
    out->rules = calloc((size_t)in->n_pins + 1, sizeof *out->rules);
    int code = out->rules == NULL ? err_memory(e, "the pins") : ERR_OK;
    for (uint32_t p = 0; code == ERR_OK && p < in->n_pins; p++)
        code = rule_build(in, s, &in->pins[p], out, e);
    if (code != ERR_OK)
        pin_rules_free(out);
    return code;
}

void pin_rules_free(struct pin_rules *r)
{
    free(r->rules);
    arena_free(&r->memory);
    *r = (struct pin_rules){0};
}
