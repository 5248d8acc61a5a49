#include "core/pins/pin_list.h"

#include <stdlib.h>

#include "core/rules/pin_words.h"

bool pin_has_ended(const struct snapshot *s, const struct snapshot_pin *pin)
{
    return pin->until_day < s->today;
}

struct named {
    const struct snapshot *s;
    const struct snapshot_pin *pin;
};

static const char *name_of(void *context, uint32_t k)
{
    const struct named *n = context;
    uint32_t i = n->pin->organizer[k];
    return i == POPULATION_NONE ? n->pin->id[k] : n->s->population.organizers[i].name;
}

static const char *words_of(struct pin_list *l, const struct snapshot_pin *pin)
{
    struct named named = {l->s, pin};
    struct pin_words words = {.number = pin->number,
                              .type = pin->type,
                              .network = pin->network,
                              .n = pin->n,
                              .made_by = pin->made_by,
                              .why = pin->why,
                              .name_of = name_of,
                              .context = &named};
    return pin_words(&words, &l->memory);
}

static uint32_t network_of(const struct pin_list *l, const struct snapshot_pin *pin)
{
    const struct snapshot_network *n = pin->network == 0 ? NULL : snapshot_find_network(l->p, pin->network);
    return n == NULL ? GROUP_NONE : (uint32_t)(n - l->p->networks);
}

/* Who can be bound: known, with a profile; kept where it is only who is somewhere. */
static bool takes_part(const struct pin_list *l, const struct pin_rule *rule, uint32_t i)
{
    const struct profiles *f = &l->p->profiles;
    return i != POPULATION_NONE && f->start[i] != f->start[i + 1] &&
           (rule->type != RULE_KEEP || rule->network != GROUP_NONE ||
            l->p->places[i].network != POPULATION_NONE);
}

int pin_list_add(struct pin_list *l, const struct snapshot_pin *pin, bool *binds, struct err *e)
{
    uint32_t *members = arena_alloc(&l->memory, ((size_t)pin->n + 1) * sizeof *members);
    struct pin_rule rule = {.type = pin->type, .organizer = members, .network = network_of(l, pin)};
    *binds = false;
    for (uint32_t k = 0; members != NULL && k < pin->n; k++)
        if (takes_part(l, &rule, pin->organizer[k]))
            members[rule.n++] = pin->organizer[k];
    if (members != NULL && rule.n < (pin->type == RULE_KEEP ? 1u : 2u))
        return ERR_OK;
    rule.name = members == NULL ? NULL : words_of(l, pin);
    if (rule.name == NULL)
        return err_memory(e, "the pins");
    *binds = true;
    l->rules[l->n++] = rule;
    return ERR_OK;
}

int pin_list_begin(struct pin_list *l, const struct snapshot *s, const struct snapshot_programme *p,
                   struct err *e)
{
    *l = (struct pin_list){.s = s, .p = p};
    arena_init(&l->memory);
    l->rules = calloc((size_t)p->n_pins + p->n_networks + 2, sizeof *l->rules);
    return l->rules == NULL ? err_memory(e, "the pins") : ERR_OK;
}

int pin_list_lock(struct pin_list *l, const struct snapshot_network *n, struct err *e)
{
    const struct profiles *f = &l->p->profiles;
    struct pin_words words = {.lock = true, .network = n->number, .made_by = n->locked_by};
    uint32_t *members = arena_alloc(&l->memory, ((size_t)n->size + 1) * sizeof *members);
    struct pin_rule rule = {
        .type = RULE_KEEP, .organizer = members, .network = (uint32_t)(n - l->p->networks), .closed = true};
    for (uint32_t k = 0; members != NULL && k < n->size; k++)
        if (f->start[n->member[k]] != f->start[n->member[k] + 1])
            members[rule.n++] = n->member[k];
    rule.name = pin_words(&words, &l->memory);
    if (members == NULL || rule.name == NULL)
        return err_memory(e, "the locks");
    l->rules[l->n++] = rule;
    return ERR_OK;
}

int pin_list_fill(struct pin_list *l, bool (*without)(void *context, const struct snapshot_pin *pin),
                  void *context, struct err *e)
{
    int code = ERR_OK;
    bool binds;
    for (uint32_t i = 0; code == ERR_OK && i < l->p->n_pins; i++) {
        const struct snapshot_pin *pin = &l->p->pins[i];
        if (!pin_has_ended(l->s, pin) && (without == NULL || !without(context, pin)))
            code = pin_list_add(l, pin, &binds, e);
    }
    for (uint32_t k = 0; code == ERR_OK && k < l->p->n_networks; k++)
        if (l->p->networks[k].locked)
            code = pin_list_lock(l, &l->p->networks[k], e);
    return code;
}

void pin_list_close(struct pin_list *l)
{
    free(l->rules);
    arena_free(&l->memory);
}

int pin_list_check(const struct pin_list *l, struct err *e)
{
    uint32_t n = l->s->population.n_organizers;
    uint32_t *home = malloc(((size_t)n + 1) * sizeof *home);
    if (home == NULL)
        return err_memory(e, "the pins");
    for (uint32_t i = 0; i < n; i++)
        home[i] = l->p->places[i].network;
    struct pin_problem problem = {.rules = l->rules,
                                  .n = l->n,
                                  .n_organizers = n,
                                  .home = home,
                                  .n_networks = l->p->n_networks,
                                  .max_size = (uint32_t)l->p->settings.max_size,
                                  .limits = &l->p->limits};
    int code = pin_clash(&problem, e);
    free(home);
    return code;
}
