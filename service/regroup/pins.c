#include "regroup/pins.h"

#include <stdio.h>
#include <string.h>

#include "regroup/warnings.h"

uint32_t pin_organizer(const struct inputs *in, const struct pin *pin, uint32_t k)
{
    return population_find_organizer(&in->population, pin->organizers[k], strlen(pin->organizers[k]));
}

bool pin_keeps(const struct inputs *in, const struct pin *pin, uint32_t organizer)
{
    uint32_t home = base_home(&in->base, organizer);
    return home != 0 && (pin->network == 0 || pin->network == home);
}

/* "pin 3 (keep)", "network 7 (locked)". */
static void name_briefly(const struct pin *pin, char out[64])
{
    if (pin->lock)
        snprintf(out, 64, "network %u (locked)", pin->network);
    else
        snprintf(out, 64, "pin %lld (%s)", (long long)pin->number, pin_rule_name(pin->type));
}

/* Decides about one organizer of one pin: it is held, or there is a warning. */
static int hold_one(const struct inputs *in, const struct pin *pin, uint32_t k, enum unmatched_reason *reason,
                    bool *held, json_t *warnings, struct err *e)
{
    char rule[64];
    const char *id = pin->organizers[k];
    uint32_t i = pin_organizer(in, pin, k);
    name_briefly(pin, rule);
    if (i == POPULATION_NONE && inputs_outside(in, id))
        return warnings_add(warnings, e, "%s: %s is outside the programme's scope", rule, id);
    if (i == POPULATION_NONE)
        return warnings_add(warnings, e, "%s: there is no organizer %s", rule, id);
    const char *name = in->population.organizers[i].name;
    if (reason[i] == UNMATCHED_NOTHING_REPORTED)
        return warnings_add(warnings, e, "%s: %s (%s) reported nothing that counts and is in no network",
                            rule, name, id);
    if (pin->type == RULE_KEEP && pin->network != 0 && !pin_keeps(in, pin, i))
        return warnings_add(warnings, e, "%s: %s (%s) is free, network %u is not published any more", rule,
                            name, id, pin->network);
    if (pin->type == RULE_KEEP && !pin_keeps(in, pin, i))
        return warnings_add(warnings, e, "%s: %s (%s) is in no published network that it could stay in", rule,
                            name, id);
    if (pin->type == RULE_APART)
        return ERR_OK;
    held[i] = true;
    reason[i] = UNMATCHED_NONE;
    return ERR_OK;
}

int pins_hold(const struct inputs *in, enum unmatched_reason *reason, bool *held, json_t *warnings,
              struct err *e)
{
    int code = ERR_OK;
    for (uint32_t p = 0; code == ERR_OK && p < in->n_pins; p++) {
        const struct pin *pin = &in->pins[p];
        for (uint32_t k = 0; code == ERR_OK && k < pin->n_organizers; k++)
            code = hold_one(in, pin, k, reason, held, warnings, e);
    }
    return code;
}
