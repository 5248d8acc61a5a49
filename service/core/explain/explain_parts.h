/* explain_parts.h - what the files behind explain.h share: the counted facts of a finished grouping, and the
 * words. Only explain*.c include it. Owner: explain_build, for the time of its call, and the threads that it
 * starts; facts do not change while these work. */
#ifndef PEERNET_CORE_EXPLAIN_PARTS_H
#define PEERNET_CORE_EXPLAIN_PARTS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/buf.h"
#include "core/explain/explain.h"
#include "core/explain/member_words.h"

/* ---- facts (explain_facts.c) ---- */

struct counted { /* a report that counts: the latest of its challenge, inside the window */
    uint32_t challenge;
    uint8_t severity;
};

struct facts {
    const struct explain_task *task;
    const struct population *p; /* the task's, as are the next four */
    const struct profiles *profiles;
    const struct settings *s;
    const uint32_t *network, *numbers;
    uint32_t n_networks;
    uint32_t *counted_start; /* n_organizers + 1 offsets into counted */
    struct counted *counted;
    uint32_t *reporters;    /* by challenge: organizers whose report of it counts */
    uint32_t reporting;     /* organizers with any report that counts */
    double mean_severity;   /* of all reports that count */
    double median_pupils;   /* of all organizers whose pupils are known; NAN when none is */
    uint32_t *member_start; /* n_networks + 1 offsets into member */
    uint32_t *member;       /* organizers, ascending within their network */
    double *fit_sum;        /* by network: the fits of its members; from why_not_compute on */
    uint64_t *seats;        /* by network: what its members take of its size; likewise
                             */
    uint32_t *at_home;      /* by network: members that were in it before; likewise */
    struct bond *bond;      /* by organizer: what keeps it where it is; in why_not_compute */
    struct bond *foe;       /* by organizer: what keeps it out of its next network; likewise */
};

struct bond {      /* a rule of a person's, and the other organizer whom it concerns */
    uint32_t rule; /* index; POPULATION_NONE = no rule */
    uint32_t with; /* POPULATION_NONE = nobody else */
};

int facts_gather(struct facts *f, const struct explain_task *task, struct err *e);
void facts_free(struct facts *f);
/* The median of known numbers of pupils, by sorting `pupils`; NAN when n is 0. */
double pupils_median(int32_t *pupils, size_t n);

/* How many threads are worth while. */
static inline uint32_t facts_threads(const struct facts *f)
{
    enum { NETWORKS_LEAST = 64 };
    return f->task->threads > 1 && f->n_networks >= NETWORKS_LEAST ? f->task->threads : 1;
}

/* Many things that threads take a share of at a time. */
struct shares {
    atomic_uint next;
    uint32_t end;
};
static inline void shares_open(struct shares *s, uint32_t things)
{
    atomic_store(&s->next, 0);
    s->end = things;
}
static inline bool shares_take(struct shares *s, uint32_t *from, uint32_t *to)
{
    enum { SHARE = 32 };
    if (atomic_load(&s->next) >= s->end)
        return false;
    *from = atomic_fetch_add(&s->next, SHARE);
    if (*from >= s->end)
        return false;
    *to = s->end - *from > SHARE ? *from + SHARE : s->end;
    return true;
}

static inline uint32_t network_size(const struct facts *f, uint32_t network)
{
    return f->member_start[network + 1] - f->member_start[network];
}

/* ---- figures (explain_fit.c) ---- */

/* Fit of every member, its next best network with the fit there, cohesion and mean fit. */
int fits_compute(const struct facts *f, struct explanation *out, struct err *e);

/* ---- why not there (explain_why_not.c) ---- */

/* why_not of every organizer that has a next network, with what belongs to it. */
int why_not_compute(struct facts *f, struct explanation *out, struct err *e);

/* ---- pairs (explain_link.c) ---- */

/* The link of a network and each member's closest peer. `similar`: room for LINK_MEMBERS squared. */
void link_find(const struct facts *f, uint32_t network, struct explanation *out, float *similar);
bool organizer_reports(const struct facts *f, uint32_t organizer, uint32_t challenge);

/* ---- words (explain_words.c) ---- */

enum language { LANGUAGE_SV, LANGUAGE_EN, LANGUAGE_COUNT };

static inline const char *in(enum language language, const char *sv, const char *en)
{
    return language == LANGUAGE_SV ? sv : en;
}

/* A number of organizers, as a word up to twelve. */
void say_count(struct buf *out, uint32_t n, enum language language);
/* "tre gånger så vanligt här som ..." without the comparison's object; nothing (false) where it is not worth
 * words. With "minst" rounded down when it is the least of several, else with "ungefär" where it is rounded.
 */
bool say_times(struct buf *out, double lift, bool least, enum language language);
void say_whole(struct buf *out, uint64_t n);
/* "0.72", in Swedish "0,72". */
void say_decimal(struct buf *out, double value, enum language language);
/* "3 organizers", "1 organizer" */
void say_organizers(struct buf *out, uint32_t n, enum language language);
const char *organizer_name(const struct population *p, uint32_t organizer);
/* "A", "A och B", "A, B och C" */
void say_names(struct buf *out, const struct population *p, const uint32_t *organizers, uint32_t n,
               enum language language);
/* Makes the letter at `from` a capital. */
void say_capital(struct buf *out, size_t from);

#define SAY_MOST 5 /* challenges in one list */
enum say_as { SAY_HEADING, SAY_SENTENCE };
/* Challenges as a list: "Låg måluppfyllelse årskurs 9: bild, biologi och fysik". Labels that share their
 * beginning up to ": " are said once. In a sentence first letters become small, but for acronyms; in a
 * heading the first stays. `after`: a challenge named just before, whose beginning need not be said again, or
 * POPULATION_NONE. */
void say_challenges(struct buf *out, const struct population *p, const uint32_t *challenges, uint32_t n,
                    enum say_as as, uint32_t after, enum language language);
/* The same as a heading, with `more` challenges counted behind it: "Bild, biologi, fysik och 14 till"; 0 =
 * none. */
void say_heading(struct buf *out, const struct population *p, const uint32_t *challenges, uint32_t n,
                 uint32_t more, enum language language);

/* ---- headings (explain_label.c) ---- */

enum stage { /* of telling networks apart, in this order */
             STAGE_CHALLENGE,
             STAGE_CHALLENGE_AGAIN,
             STAGE_SEVERITY,
             STAGE_KIND,
             STAGE_COUNTY,
             STAGE_SIZE,
             STAGE_PLACES,
             STAGE_NUMBER,
             STAGE_COUNT
};

#define PLACES_LOOKED_AT 4 /* municipalities of a network */
#define PLACES_SAID 2

struct heading {
    uint32_t challenges[SAY_MOST]; /* in the catalogue's order, so that equal sets read equal */
    uint32_t n;
    uint32_t added[STAGE_COUNT];  /* by stage: what was added, 0 = nothing */
    uint32_t places[PLACES_SAID]; /* what STAGE_PLACES says */
    uint32_t n_places;
};

/* Labels of all networks, each different from the others in both languages. `headings`: one per network,
 * zeroed. */
int labels_make(const struct facts *f, struct explanation *out, struct heading *headings, struct err *e);

/* ---- places (explain_place.c) ---- */

struct places { /* the municipal organizers by their municipality */
    const struct population *p;
    uint32_t *municipal;
    uint32_t n;
};

int places_open(struct places *places, const struct population *p, struct err *e);
void places_free(struct places *places);
/* The municipalities of most members, as the organizers that run their schools; how many. */
uint32_t places_of(const struct facts *f, const struct places *places, uint32_t network,
                   uint32_t out[PLACES_LOOKED_AT]);
void say_county(struct buf *out, const char *county, enum language language);

/* ---- reasons (explain_reason.c) ---- */

/* What the members of one network report. */
struct tally {
    uint32_t *count;     /* by challenge: members that report it */
    uint64_t *signature; /* by challenge: equal for two challenges that the same members report */
    uint32_t *touched;   /* challenges with a count */
    uint32_t n_touched;
};

#define CLAUSES 3

/* Challenges that the same members report, told together. */
struct clause {
    uint32_t challenges[SAY_MOST];
    uint32_t n;
    uint32_t count; /* members that report them */
    double lift;    /* the least of theirs */
    uint64_t signature;
};

/* Adds challenges to clauses, in their order; from the fourth clause on they are left out. */
uint32_t clauses_make(struct clause clauses[CLAUSES], const struct facts *f, const struct tally *t,
                      const uint32_t *challenges, uint32_t n, uint32_t size);
/* "alla åtta", "båda", "sex av åtta" */
void say_of_all(struct buf *out, uint32_t count, uint32_t size, enum language language);
/* " Ort är länken mellan A och B: den delar ..."; nothing where there is no link. */
void say_link(struct buf *out, const struct facts *f, const struct network_link *link,
              enum language language);

void say_network_reason(struct buf *out, const struct facts *f, const struct tally *t,
                        const struct network_reasons *network, const struct heading *heading,
                        enum language language);
/* ---- members (explain_member.c) ---- */

/* How the sentence of a member is put together; with its shared challenges listed. */
uint16_t tell_member(const struct facts *f, const struct tally *t, const struct member_reasons *member,
                     uint32_t organizer);

/* ---- their words (member_words.c) ---- */

/* ", but that network is full": what follows the next best network's name and fit; nothing where there is
 * nothing to add. `here`: its own fit. */
void say_why_not(struct buf *out, const struct population *p, const struct next_best *next, float here,
                 enum language language);

/* ---- the organizers left out (explain_left_out.c) ---- */

/* Why it is in no network, and what would change that. */
void say_left_out(struct buf *out, const struct facts *f, const struct member_reasons *member,
                  uint32_t organizer, enum language language);

#endif
