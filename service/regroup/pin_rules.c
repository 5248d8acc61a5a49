#include "regroup/pin_rules.h"

#include <stdlib.h>

#include "regroup/pins.h"

struct named {
    const struct inputs *in;
    const struct pin *pin;
};

static const char *name_of(void *context, uint32_t k)
{
    const struct named *n = context;
    uint32_t i = pin_organizer(n->in, n->pin, k);
    return i == POPULATION_NONE ? n->pin->organizers[k] : n->in->population.organizers[i].name;
}

static const char *name_pin(const struct inputs *in, const struct pin *pin, struct arena *memory)
{
    struct named named = {in, pin};
    struct pin_words words = {.number = pin->number,
                              .type = pin->type,
                              .network = pin->network,
                              .lock = pin->lock,
                              .n = pin->n_organizers,
                              .made_by = pin->made_by,
                              .why = pin->why,
                              .name_of = name_of,
                              .context = &named};
    return pin_words(&words, memory);
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
        if (pin->type == RULE_KEEP && !pin_keeps(in, pin, i))
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
