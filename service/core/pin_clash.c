#include "core/pin_clash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum clash { CLASH_NONE, CLASH_APART, CLASH_NETWORKS, CLASH_APART_KEPT, CLASH_SIZE, CLASH_CLOSED };

/* Organizers that have to be together are a class; kept ones bind their class to a network. */
struct table {
    const struct pin_problem *p;
    bool *in_force;  /* per rule */
    uint32_t *up;    /* per organizer: towards the one that stands for its class */
    uint32_t *size;  /* per class: organizers */
    uint32_t *bound; /* per class: its network, GROUP_NONE = any */
    bool *named;     /* per organizer: by a rule of together or keep */
    uint32_t *count; /* per network: those bound to it */
    bool *closed;    /* per network */
    bool *inside;    /* per organizer: by the rule that closes its network */
};

static uint32_t stands_for(struct table *t, uint32_t i)
{
    while (t->up[i] != i) {
        t->up[i] = t->up[t->up[i]];
        i = t->up[i];
    }
    return i;
}

static void join(struct table *t, uint32_t a, uint32_t b)
{
    a = stands_for(t, a);
    b = stands_for(t, b);
    if (a == b)
        return;
    t->up[b] = a;
    t->size[a] += t->size[b];
}

static void join_classes(struct table *t)
{
    for (uint32_t i = 0; i < t->p->n_organizers; i++) {
        t->up[i] = i;
        t->size[i] = 1;
        t->bound[i] = GROUP_NONE;
        t->named[i] = t->inside[i] = false;
    }
    for (uint32_t g = 0; g < t->p->n_networks; g++) {
        t->count[g] = 0;
        t->closed[g] = false;
    }
    for (size_t r = 0; r < t->p->n; r++) {
        const struct pin_rule *rule = &t->p->rules[r];
        for (uint32_t k = 0; t->in_force[r] && rule->type != RULE_APART && k < rule->n; k++) {
            t->named[rule->organizer[k]] = true;
            if (rule->type == RULE_TOGETHER)
                join(t, rule->organizer[0], rule->organizer[k]);
        }
    }
}

static uint32_t network_of(const struct table *t, const struct pin_rule *rule, uint32_t k)
{
    return rule->network != GROUP_NONE ? rule->network : t->p->home[rule->organizer[k]];
}

static enum clash bind_classes(struct table *t)
{
    for (size_t r = 0; r < t->p->n; r++) {
        const struct pin_rule *rule = &t->p->rules[r];
        for (uint32_t k = 0; t->in_force[r] && rule->type == RULE_KEEP && k < rule->n; k++) {
            uint32_t class = stands_for(t, rule->organizer[k]), network = network_of(t, rule, k);
            if (network == GROUP_NONE)
                continue;
            if (t->bound[class] != GROUP_NONE && t->bound[class] != network)
                return CLASH_NETWORKS;
            t->bound[class] = network;
            t->closed[network] = t->closed[network] || rule->closed;
            t->inside[rule->organizer[k]] = t->inside[rule->organizer[k]] || rule->closed;
        }
    }
    return CLASH_NONE;
}

/* Those whom rules bind to one network are no more than it may have; nobody is bound to a closed one from
 * outside. */
static enum clash check_bound(struct table *t)
{
    for (uint32_t i = 0; i < t->p->n_organizers; i++) {
        if (!t->named[i])
            continue;
        uint32_t class = stands_for(t, i), network = t->bound[class];
        if (t->size[class] > t->p->max_size)
            return CLASH_SIZE;
        if (network == GROUP_NONE)
            continue;
        if (t->closed[network] && !t->inside[i])
            return CLASH_CLOSED;
        if (++t->count[network] > t->p->max_size)
            return CLASH_SIZE;
    }
    return CLASH_NONE;
}

static enum clash check_apart(struct table *t, const struct pin_rule *rule)
{
    for (uint32_t a = 0; a < rule->n; a++) {
        for (uint32_t b = a + 1; b < rule->n; b++) {
            if (rule->organizer[a] == rule->organizer[b])
                continue;
            uint32_t x = stands_for(t, rule->organizer[a]), y = stands_for(t, rule->organizer[b]);
            if (x == y)
                return CLASH_APART;
            if (t->bound[x] != GROUP_NONE && t->bound[x] == t->bound[y])
                return CLASH_APART_KEPT;
        }
    }
    return CLASH_NONE;
}

static enum clash find_clash(struct table *t)
{
    join_classes(t);
    enum clash found = bind_classes(t);
    for (size_t r = 0; found == CLASH_NONE && r < t->p->n; r++)
        if (t->in_force[r] && t->p->rules[r].type == RULE_APART)
            found = check_apart(t, &t->p->rules[r]);
    return found == CLASH_NONE ? check_bound(t) : found;
}

/* Drops what need not be there for a clash; the new one stays. */
static enum clash reduce(struct table *t, enum clash found)
{
    for (size_t r = 0; r + 1 < t->p->n; r++) {
        t->in_force[r] = false;
        enum clash rest = find_clash(t);
        t->in_force[r] = rest == CLASH_NONE;
        found = rest == CLASH_NONE ? found : rest;
    }
    return found;
}

static int say(const struct table *t, enum clash found, struct err *e)
{
    static const char *const why[] = {
        [CLASH_APART] = "who is to be apart would be together",
        [CLASH_NETWORKS] = "who is to be together, or in one place, is kept in two networks",
        [CLASH_APART_KEPT] = "who is to be apart is kept in one network",
        [CLASH_CLOSED] = "that network is locked: nobody else may join it",
    };
    char size[64];
    struct buf names;
    size_t count = 0;
    buf_init(&names, 0);
    for (size_t r = 0; r < t->p->n; r++)
        if (t->in_force[r])
            buf_printf(&names, "%s'%s'", count++ > 0 ? ", " : "", t->p->rules[r].name);
    snprintf(size, sizeof size, "a network has at most %u members", t->p->max_size);
    int code = err_set(e, ERR_INVALID, "%s: %s; %s",
                       count == 1 ? "this rule cannot be met" : "these rules cannot be met together",
                       buf_string(&names), found == CLASH_SIZE ? size : why[found]);
    buf_free(&names);
    return code;
}

int pin_clash(const struct pin_problem *p, struct err *e)
{
    size_t n = (size_t)p->n_organizers + 1;
    struct table t = {.p = p,
                      .in_force = malloc(p->n + 1),
                      .up = malloc(n * sizeof *t.up),
                      .size = malloc(n * sizeof *t.size),
                      .bound = malloc(n * sizeof *t.bound),
                      .named = malloc(n),
                      .inside = malloc(n),
                      .count = malloc(((size_t)p->n_networks + 1) * sizeof *t.count),
                      .closed = malloc((size_t)p->n_networks + 1)};
    bool fine = t.in_force && t.up && t.size && t.bound && t.named && t.inside && t.count && t.closed;
    int code = fine ? ERR_OK : err_memory(e, "the rules");
    if (code == ERR_OK) {
        memset(t.in_force, true, p->n);
        enum clash found = p->n > 0 ? find_clash(&t) : CLASH_NONE;
        if (found != CLASH_NONE)
            code = say(&t, reduce(&t, found), e);
    }
    free(t.in_force);
    free(t.up);
    free(t.size);
    free(t.bound);
    free(t.named);
    free(t.inside);
    free(t.count);
    free(t.closed);
    return code;
}
