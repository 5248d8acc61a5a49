#include "core/explain/explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread_pool.h"
#include "core/explain/explain_parts.h"

static const char *const unmatched_names[UNMATCHED_COUNT] = {
    [UNMATCHED_NONE] = "none",
    [UNMATCHED_NOTHING_REPORTED] = "nothing_reported",
    [UNMATCHED_NO_FIT] = "no_fit",
    [UNMATCHED_OVER_CAPACITY] = "over_capacity",
    [UNMATCHED_CONSTRAINT] = "constraint",
};

const char *unmatched_reason_name(enum unmatched_reason reason)
{
    return (unsigned)reason < UNMATCHED_COUNT ? unmatched_names[reason] : "unknown";
}

int unmatched_reason_parse(const char *name)
{
    for (int reason = 0; reason < UNMATCHED_COUNT; reason++)
        if (strcmp(name, unmatched_names[reason]) == 0)
            return reason;
    return -1;
}

static const char *const why_not_names[WHY_NOT_COUNT] = {
    [WHY_NOT_NONE] = "",
    [WHY_NOT_BEST_HERE] = "best_here",
    [WHY_NOT_PINNED] = "pinned",
    [WHY_NOT_APART] = "apart",
    [WHY_NOT_LIMIT] = "limit",
    [WHY_NOT_FULL] = "full",
    [WHY_NOT_TOO_SMALL] = "too_small",
    [WHY_NOT_LEAST_FIT] = "least_fit",
    [WHY_NOT_COSTS_OTHERS] = "costs_others",
    [WHY_NOT_STABILITY] = "stability",
    [WHY_NOT_UNKNOWN] = "unknown",
};

const char *why_not_name(enum why_not why)
{
    return (unsigned)why < WHY_NOT_COUNT ? why_not_names[why] : "";
}

int why_not_parse(const char *name)
{
    for (int why = 0; why < WHY_NOT_COUNT; why++)
        if (strcmp(name, why_not_names[why]) == 0)
            return why;
    return -1;
}

/* ---- what the members of a network report ---- */

/* Sums of these tell sets of members apart (splitmix64). */
static uint64_t member_mark(uint32_t organizer)
{
    uint64_t z = (organizer + UINT64_C(1)) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void tally_network(struct tally *t, const struct facts *f, uint32_t network)
{
    for (uint32_t m = f->member_start[network]; m < f->member_start[network + 1]; m++) {
        uint32_t organizer = f->member[m];
        for (uint32_t i = f->counted_start[organizer]; i < f->counted_start[organizer + 1]; i++) {
            uint32_t challenge = f->counted[i].challenge;
            if (t->count[challenge]++ == 0)
                t->touched[t->n_touched++] = challenge;
            t->signature[challenge] += member_mark(organizer);
        }
    }
}

static void tally_wipe(struct tally *t)
{
    for (uint32_t i = 0; i < t->n_touched; i++) {
        t->count[t->touched[i]] = 0;
        t->signature[t->touched[i]] = 0;
    }
    t->n_touched = 0;
}

static int tally_open(struct tally *t, const struct facts *f, struct err *e)
{
    t->count = calloc(f->p->n_challenges + (size_t)1, sizeof *t->count);
    t->signature = calloc(f->p->n_challenges + (size_t)1, sizeof *t->signature);
    t->touched = malloc((f->p->n_challenges + (size_t)1) * sizeof *t->touched);
    return t->count && t->signature && t->touched ? 0 : err_memory(e, "reasons");
}

static void tally_free(struct tally *t)
{
    free(t->count);
    free(t->signature);
    free(t->touched);
}

/* ---- networks ---- */

/* Most telling first: what half of the members report before the rest, then by share, raised by how much more
 * common it is here than among all. The cube root keeps a rare challenge of a few from passing one that
 * nearly all have. */
static double telling(const struct shared_challenge *s)
{
    return (s->share >= 0.5f ? 1e6 : 0) + s->share * cbrt((double)s->lift);
}

static int shared_compare(const void *a, const void *b)
{
    const struct shared_challenge *x = a, *y = b;
    double tx = telling(x), ty = telling(y);
    if (tx != ty)
        return tx > ty ? -1 : 1;
    return (x->challenge > y->challenge) - (x->challenge < y->challenge);
}

static int find_shared(const struct facts *f, const struct tally *t, struct explanation *out,
                       uint32_t network, struct err *e)
{
    struct network_reasons *n = &out->networks[network];
    const uint32_t needed = n->size == 1 ? 1 : 2;
    uint32_t shared = 0;
    for (uint32_t i = 0; i < t->n_touched; i++)
        shared += t->count[t->touched[i]] >= needed;
    n->shared = arena_alloc(&out->memory, (shared + (size_t)1) * sizeof *n->shared);
    if (n->shared == NULL)
        return err_memory(e, "reasons");
    for (uint32_t i = 0; i < t->n_touched; i++) {
        uint32_t challenge = t->touched[i];
        double share = (double)t->count[challenge] / n->size;
        double lift = share * f->reporting / f->reporters[challenge];
        if (t->count[challenge] >= needed)
            n->shared[n->n_shared++] = (struct shared_challenge){challenge, (float)share, (float)lift};
    }
    qsort(n->shared, n->n_shared, sizeof *n->shared, shared_compare);
    return 0;
}

/* ---- members ---- */

struct candidate {
    uint32_t challenge, count, reporters;
};

/* Most shared first; of equals the rarer one. */
static int candidate_compare(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    if (x->reporters != y->reporters)
        return x->reporters < y->reporters ? -1 : 1;
    return (x->challenge > y->challenge) - (x->challenge < y->challenge);
}

static int list_shared(const struct facts *f, const struct tally *t, struct candidate *room,
                       uint32_t organizer, struct explanation *out, struct err *e)
{
    struct member_reasons *member = &out->members[organizer];
    uint32_t n = 0;
    for (uint32_t i = f->counted_start[organizer]; i < f->counted_start[organizer + 1]; i++) {
        uint32_t challenge = f->counted[i].challenge;
        if (t->count[challenge] > 1)
            room[n++] = (struct candidate){challenge, t->count[challenge], f->reporters[challenge]};
    }
    qsort(room, n, sizeof *room, candidate_compare);
    member->shared = arena_alloc(&out->memory, (n + (size_t)1) * sizeof *member->shared);
    if (member->shared == NULL)
        return err_memory(e, "reasons");
    for (uint32_t i = 0; i < n; i++)
        member->shared[i] = room[i].challenge;
    member->n_shared = n;
    return 0;
}

/* ---- all of it ---- */

/* One thread's; `out` is what all of them write to, each what is its own, with memory of the thread's. */
struct writing {
    const struct facts *f;
    const struct heading *headings; /* by network */
    struct tally tally;
    float *similar;         /* LINK_MEMBERS squared */
    struct candidate *room; /* as many as there are challenges */
    struct buf text;
    struct explanation out;
    struct err e;
    int code;
};

static const char *keep(struct writing *w)
{
    const char *text = buf_string(&w->text);
    return buf_failed(&w->text) ? NULL : arena_text(&w->out.memory, text, w->text.size);
}

static int write_network(struct writing *w, uint32_t network, struct err *e)
{
    struct network_reasons *n = &w->out.networks[network];
    buf_clear(&w->text);
    say_network_reason(&w->text, w->f, &w->tally, n, &w->headings[network], LANGUAGE_SV);
    n->reason_sv = keep(w);
    buf_clear(&w->text);
    say_network_reason(&w->text, w->f, &w->tally, n, &w->headings[network], LANGUAGE_EN);
    n->reason_en = keep(w);
    return n->reason_sv && n->reason_en ? 0 : err_memory(e, "reasons");
}

static int write_member(struct writing *w, uint32_t organizer, struct err *e)
{
    struct member_reasons *member = &w->out.members[organizer];
    int code = list_shared(w->f, &w->tally, w->room, organizer, &w->out, e);
    if (code == 0)
        member->told = tell_member(w->f, &w->tally, member, organizer);
    return code;
}

static int write_left_out(struct writing *w, uint32_t organizer, struct err *e)
{
    struct member_reasons *member = &w->out.members[organizer];
    buf_clear(&w->text);
    say_left_out(&w->text, w->f, member, organizer, LANGUAGE_SV);
    member->reason_sv = keep(w);
    buf_clear(&w->text);
    say_left_out(&w->text, w->f, member, organizer, LANGUAGE_EN);
    member->reason_en = keep(w);
    return member->reason_sv && member->reason_en ? 0 : err_memory(e, "reasons");
}

static int share_network(struct writing *w, uint32_t network, struct err *e)
{
    tally_network(&w->tally, w->f, network);
    int code = find_shared(w->f, &w->tally, &w->out, network, e);
    tally_wipe(&w->tally);
    return code;
}

static int say_network(struct writing *w, uint32_t network, struct err *e)
{
    const struct facts *f = w->f;
    tally_network(&w->tally, f, network);
    link_find(f, network, &w->out, w->similar);
    int code = write_network(w, network, e);
    for (uint32_t m = f->member_start[network]; m < f->member_start[network + 1] && code == 0; m++)
        code = write_member(w, f->member[m], e);
    tally_wipe(&w->tally);
    return code;
}

static int say_organizer(struct writing *w, uint32_t organizer, struct err *e)
{
    return w->f->network[organizer] == POPULATION_NONE ? write_left_out(w, organizer, e) : 0;
}

/* All threads, and what they do for each of many things. */
struct writers {
    struct thread_pool *pool;
    struct writing *each;
    uint32_t n;
    int (*write)(struct writing *w, uint32_t thing, struct err *e);
    struct shares shares;
};

static void write_shares(void *context, uint32_t worker)
{
    struct writers *all = context;
    struct writing *w = &all->each[worker];
    uint32_t from, to;
    while (w->code == 0 && shares_take(&all->shares, &from, &to))
        for (uint32_t thing = from; thing < to && w->code == 0; thing++)
            w->code = all->write(w, thing, &w->e);
}

static int write_each(struct writers *all, uint32_t things,
                      int (*write)(struct writing *, uint32_t, struct err *), struct err *e)
{
    all->write = write;
    shares_open(&all->shares, things);
    thread_pool_run(all->pool, write_shares, all);
    for (uint32_t i = 0; i < all->n; i++)
        if (all->each[i].code != 0)
            return err_set(e, all->each[i].e.code, "%s", all->each[i].e.text);
    return 0;
}

static int writing_open(struct writing *w, const struct facts *f, const struct explanation *out,
                        const struct heading *headings, struct err *e)
{
    *w = (struct writing){.f = f, .headings = headings, .out = *out, .e = ERR_INIT};
    buf_init(&w->text, 0);
    arena_init(&w->out.memory);
    w->room = malloc((f->p->n_challenges + (size_t)1) * sizeof *w->room);
    w->similar = malloc(sizeof(float[LINK_MEMBERS][LINK_MEMBERS]));
    return !w->room || !w->similar ? err_memory(e, "reasons") : tally_open(&w->tally, f, e);
}

/* What was written goes on living in `out`. */
static void writing_close(struct writing *w, struct explanation *out)
{
    arena_join(&out->memory, &w->out.memory);
    tally_free(&w->tally);
    free(w->room);
    free(w->similar);
    buf_free(&w->text);
}

static void writers_close(struct writers *all, struct explanation *out)
{
    for (uint32_t i = 0; all->each != NULL && i < all->n; i++)
        writing_close(&all->each[i], out);
    thread_pool_close(all->pool);
    free(all->each);
}

static int writers_open(struct writers *all, const struct facts *f, const struct explanation *out,
                        const struct heading *headings, struct err *e)
{
    *all = (struct writers){.n = facts_threads(f)};
    all->each = calloc(all->n, sizeof *all->each);
    int code = all->each == NULL ? err_memory(e, "reasons") : thread_pool_open(&all->pool, all->n, e);
    for (uint32_t i = 0; i < all->n && code == 0; i++)
        code = writing_open(&all->each[i], f, out, headings, e);
    return code;
}

static int write_all(const struct facts *f, struct explanation *out, struct err *e)
{
    struct writers all = {0};
    struct heading *headings = calloc(f->n_networks + (size_t)1, sizeof *headings);
    int code = headings == NULL ? err_memory(e, "reasons") : writers_open(&all, f, out, headings, e);
    if (code == 0)
        code = write_each(&all, f->n_networks, share_network, e);
    if (code == 0)
        code = labels_make(f, out, headings, e);
    if (code == 0)
        code = write_each(&all, f->n_networks, say_network, e);
    if (code == 0 && f->task->left_out != NULL)
        code = write_each(&all, f->p->n_organizers, say_organizer, e);
    writers_close(&all, out);
    free(headings);
    return code;
}

static int open_results(const struct facts *f, struct explanation *out, struct err *e)
{
    out->networks = calloc(f->n_networks + (size_t)1, sizeof *out->networks);
    out->members = calloc(f->p->n_organizers + (size_t)1, sizeof *out->members);
    if (out->networks == NULL || out->members == NULL)
        return err_memory(e, "reasons");
    out->n_networks = f->n_networks;
    out->n_organizers = f->p->n_organizers;
    for (uint32_t network = 0; network < f->n_networks; network++) {
        out->networks[network].number = f->numbers[network];
        out->networks[network].size = network_size(f, network);
        out->networks[network].link.organizer = POPULATION_NONE;
    }
    for (uint32_t o = 0; o < f->p->n_organizers; o++) {
        out->members[o].next_network = out->members[o].closest = POPULATION_NONE;
        out->members[o].reason_sv = out->members[o].reason_en = "";
    }
    return 0;
}

int explain_build(const struct explain_task *task, struct explanation *out, struct err *e)
{
    struct facts f;
    *out = (struct explanation){0};
    arena_init(&out->memory);
    int code = facts_gather(&f, task, e);
    if (code == 0)
        code = open_results(&f, out, e);
    if (code == 0)
        code = fits_compute(&f, out, e);
    if (code == 0)
        code = why_not_compute(&f, out, e);
    if (code == 0)
        code = write_all(&f, out, e);
    out->member_start = f.member_start; /* who is where is what words are made of */
    out->member = f.member;
    f.member_start = f.member = NULL;
    facts_free(&f);
    if (code != 0)
        explain_free(out);
    return code;
}

void explain_free(struct explanation *x)
{
    free(x->networks);
    free(x->members);
    free(x->member_start);
    free(x->member);
    arena_free(&x->memory);
    *x = (struct explanation){0};
}
