#include "core/rules/pin_clash.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum clash {
    CLASH_NONE,
    CLASH_APART,
    CLASH_NETWORKS,
    CLASH_APART_KEPT,
    CLASH_SIZE,
    CLASH_CLOSED,
    CLASH_PARTED
};

/* Organizers that have to be together are a class; kept ones bind their class to a network. */
struct table {
    const struct pin_problem *p;
    bool *in_force;  /* per rule */
    uint32_t *up;    /* per organizer: towards the one that stands for its class */
    uint32_t *next;  /* per organizer: another of its class; GROUP_NONE = the last */
    uint32_t *size;  /* per class: seats of its organizers */
    uint32_t *bound; /* per class: its network, GROUP_NONE = any */
    bool *named;     /* per organizer: by a rule of together or keep */
    uint32_t *count; /* per network: seats of those bound to it */
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

static uint32_t seats(const struct table *t, uint32_t i)
{
    return t->p->limits != NULL ? limits_seats(t->p->limits, i) : 1;
}

static void join(struct table *t, uint32_t a, uint32_t b)
{
    a = stands_for(t, a);
    b = stands_for(t, b);
    if (a == b)
        return;
    uint32_t last = b;
    while (t->next[last] != GROUP_NONE)
        last = t->next[last];
    t->next[last] = t->next[a];
    t->next[a] = b;
    t->up[b] = a;
    t->size[a] += t->size[b];
}

static void join_classes(struct table *t)
{
    for (uint32_t i = 0; i < t->p->n_organizers; i++) {
        t->up[i] = i;
        t->next[i] = GROUP_NONE;
        t->size[i] = seats(t, i);
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

/* Those whom rules bind to one network take no more seats than it may have; nobody is bound to a closed one
 * from outside, and who is in it stays, whatever its size. */
static enum clash check_bound(struct table *t)
{
    for (uint32_t i = 0; i < t->p->n_organizers; i++) {
        if (!t->named[i])
            continue;
        uint32_t class = stands_for(t, i), network = t->bound[class];
        if (network != GROUP_NONE && t->closed[network]) {
            if (!t->inside[i])
                return CLASH_CLOSED;
            continue;
        }
        if (t->size[class] > t->p->max_size)
            return CLASH_SIZE;
        if (network != GROUP_NONE && (t->count[network] += seats(t, i)) > t->p->max_size)
            return CLASH_SIZE;
    }
    return CLASH_NONE;
}

/* Limits that keep two organizers out of one network keep them from being together. Behind check_bound: no
 * class is larger than a network, but for those of a closed one, which are together as they are. */
static enum clash check_parted(struct table *t)
{
    if (t->p->limits == NULL || !t->p->limits->restricts)
        return CLASH_NONE;
    for (uint32_t i = 0; i < t->p->n_organizers; i++) {
        uint32_t network = t->named[i] ? t->bound[stands_for(t, i)] : GROUP_NONE;
        if (!t->named[i] || (network != GROUP_NONE && t->closed[network]))
            continue;
        for (uint32_t k = t->next[i]; k != GROUP_NONE; k = t->next[k])
            if (limits_part(t->p->limits, i, k) != GROUP_NONE)
                return CLASH_PARTED;
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
    if (found == CLASH_NONE)
        found = check_bound(t);
    return found == CLASH_NONE ? check_parted(t) : found;
}

/* Drops of the first `n` rules what need not be there for a clash; what stands behind them stays. */
static enum clash reduce(struct table *t, size_t n, enum clash found)
{
    for (size_t r = 0; r < n; r++) {
        t->in_force[r] = false;
        enum clash rest = find_clash(t);
        t->in_force[r] = rest == CLASH_NONE;
        found = rest == CLASH_NONE ? found : rest;
    }
    return found;
}

static void say_why(const struct table *t, enum clash found, struct buf *out)
{
    static const char *const why[] = {
        [CLASH_APART] = "who is to be apart would be together",
        [CLASH_NETWORKS] = "who is to be together, or in one place, is kept in two networks",
        [CLASH_APART_KEPT] = "who is to be apart is kept in one network",
        [CLASH_CLOSED] = "that network is locked: nobody else may join it",
    };
    const struct limits *limits = t->p->limits;
    if (found == CLASH_SIZE) {
        buf_printf(out, "a network has at most %u %s", t->p->max_size,
                   limits != NULL && limits->seats != NULL ? "seats, of which some take several" : "members");
    } else if (found == CLASH_PARTED) {
        buf_text(out, "two of them would be together, whom the settings keep apart: ");
        limits_list(limits, out);
    } else {
        buf_text(out, why[found]);
    }
}

/* `before`: they clash without the new one. */
static int say(const struct table *t, enum clash found, bool before, struct err *e)
{
    struct buf names, why;
    size_t count = 0;
    buf_init(&why, 0);
    say_why(t, found, &why);
    buf_init(&names, 0);
    for (size_t r = 0; r < t->p->n; r++)
        if (t->in_force[r])
            buf_printf(&names, "%s'%s'", count++ > 0 ? ", " : "", t->p->rules[r].name);
    int code = err_set(
        e, ERR_INVALID, "%s%s: %s; %s",
        count == 1 ? "this rule cannot be met" : "these rules cannot be met together",
        before ? (count == 1 ? " as it is, whatever is added" : " as they are, whatever is added") : "",
        buf_string(&names), buf_string(&why));
    buf_free(&names);
    buf_free(&why);
    return code;
}

/* Those that were there first: what they cannot meet is not the new one's fault. */
static int check(struct table *t, struct err *e)
{
    size_t old = t->p->n - 1;
    memset(t->in_force, true, t->p->n);
    t->in_force[old] = false;
    enum clash found = find_clash(t);
    if (found != CLASH_NONE)
        return say(t, reduce(t, old, found), true, e);
    t->in_force[old] = true;
    found = find_clash(t);
    return found == CLASH_NONE ? ERR_OK : say(t, reduce(t, old, found), false, e);
}

int pin_clash(const struct pin_problem *p, struct err *e)
{
    size_t n = (size_t)p->n_organizers + 1;
    struct table t = {.p = p,
                      .in_force = malloc(p->n + 1),
                      .up = malloc(n * sizeof *t.up),
                      .next = malloc(n * sizeof *t.next),
                      .size = malloc(n * sizeof *t.size),
                      .bound = malloc(n * sizeof *t.bound),
                      .named = malloc(n),
                      .inside = malloc(n),
                      .count = malloc(((size_t)p->n_networks + 1) * sizeof *t.count),
                      .closed = malloc((size_t)p->n_networks + 1)};
    bool fine =
        t.in_force && t.up && t.next && t.size && t.bound && t.named && t.inside && t.count && t.closed;
    int code = fine ? ERR_OK : err_memory(e, "the rules");
    if (code == ERR_OK && p->n > 0)
        code = check(&t, e);
    free(t.in_force);
    free(t.up);
    free(t.next);
    free(t.size);
    free(t.bound);
    free(t.named);
    free(t.inside);
    free(t.count);
    free(t.closed);
    return code;
}
