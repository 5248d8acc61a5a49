#include "core/snapshot/snapshot.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/snapshot/fold.h"

#define WORDS_MAX 16
#define SHARED_MAX 64
#define THREAD_LEAST 20000 /* organizers */

static void programme_free(struct snapshot_programme *p)
{
    settings_free(&p->settings);
    neighbour_scratch_free(p->scratch);
    neighbour_index_free(p->index);
    profiles_free(&p->profiles);
    free(p->reporters);
    free(p->networks);
    free(p->places);
    free(p->unmatched);
    free(p->runs);
    free(p->pins);
    free(p->contacted);
    limits_free(&p->limits);
}

struct snapshot *snapshot_hold(const struct snapshot *s)
{
    struct snapshot *held =
        (struct snapshot *)s; /* what is answered from never changes; the count is beside it */
    held->holds++;
    return held;
}

static void *give_back(void *snapshot)
{
    struct snapshot *s = snapshot;
    for (uint32_t i = 0; i < s->n_programmes; i++)
        programme_free(&s->programmes[i]);
    free(s->programmes);
    free(s->runs);
    free(s->activities);
    free(s->keys);
    free(s->by_name);
    population_free(&s->population);
    arena_free(&s->memory);
    free(s);
    return NULL;
}

/* What takes long to give back, a third of a second of a million organizers, a thread of its own does:
 * clients wait for the loop. */
static bool given_to_thread(struct snapshot *s)
{
    pthread_attr_t attributes;
    pthread_t thread;
    if (s->population.n_organizers < THREAD_LEAST || pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    bool given = pthread_create(&thread, &attributes, give_back, s) == 0;
    pthread_attr_destroy(&attributes);
    return given;
}

void snapshot_free(struct snapshot *s)
{
    if (s == NULL)
        return;
    if (s->holds > 0)
        s->holds--;
    else if (!given_to_thread(s))
        give_back(s);
}

uint32_t snapshot_find_organizer(const struct snapshot *s, const char *id, size_t length)
{
    return population_find_organizer(&s->population, id, length);
}

const struct snapshot_programme *snapshot_find_programme(const struct snapshot *s, const char *name,
                                                         size_t length)
{
    for (uint32_t i = 0; i < s->n_programmes; i++) {
        const struct snapshot_programme *p = &s->programmes[i];
        if (strlen(p->name) == length && memcmp(p->name, name, length) == 0)
            return p;
    }
    return NULL;
}

const struct snapshot_network *snapshot_find_network(const struct snapshot_programme *p, uint64_t number)
{
    uint32_t low = 0, high = p->n_networks;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (p->networks[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->n_networks && p->networks[low].number == number ? &p->networks[low] : NULL;
}

const struct snapshot_run *snapshot_find_run(const struct snapshot *s, uint64_t run)
{
    uint32_t low = 0, high = s->n_runs; /* newest first */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (s->runs[middle].run > run)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->n_runs && s->runs[low].run == run ? &s->runs[low] : NULL;
}

enum run_state snapshot_run_state(const struct snapshot *s, const struct snapshot_run *run)
{
    uint64_t published = s->programmes[run->programme].published_run;
    if (run->run == published)
        return RUN_PUBLISHED;
    if (run->rejected[0] != '\0')
        return RUN_REJECTED;
    return run->base_run == published && run->changed[0] == '\0' ? RUN_PROPOSAL : RUN_STALE;
}

bool snapshot_run_was_published(const struct snapshot *s, const struct snapshot_run *run)
{
    return run->was_published || snapshot_run_state(s, run) == RUN_PUBLISHED;
}

const char *run_state_name(enum run_state state)
{
    static const char *const names[] = {"proposal", "published", "stale", "rejected"};
    return (unsigned)state <= RUN_REJECTED ? names[state] : "unknown";
}

const char *place_state_name(enum place_state state)
{
    static const char *const names[] = {"unpublished", "new", "unmatched", "member"};
    return (unsigned)state <= PLACE_MEMBER ? names[state] : "unknown";
}

struct question {
    char *text; /* folded, whole */
    size_t length;
    char *words[WORDS_MAX]; /* NUL-terminated, in a copy of their own */
    size_t n_words;
    char *id; /* the text without blanks: an id may be written with them, or with a hyphen */
};

/* `memory` holds 3 * (length + 1) bytes. */
static void question_of(const char *text, size_t length, char *memory, struct question *q)
{
    *q = (struct question){.text = memory};
    q->length = fold_text(text, length, q->text);
    char *words = memory + length + 1;
    q->id = words + length + 1;
    memcpy(words, q->text, q->length + 1);
    size_t used = 0;
    for (char *rest = NULL, *word = strtok_r(words, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        size_t size = strlen(word);
        memcpy(q->id + used, word, size);
        used += size;
        if (q->n_words < WORDS_MAX)
            q->words[q->n_words++] = word;
    }
    q->id[used] = '\0';
}

enum rank { RANK_ID, RANK_IS, RANK_BEGINS, RANK_WORD, RANK_HOLDS, RANK_ELSEWHERE, RANK_COUNT };

static enum rank rank_of(const struct snapshot *s, uint32_t organizer, const struct question *q)
{
    const char *name = s->keys[organizer], *end = strchr(name, '\n');
    if (strcmp(s->population.organizers[organizer].id, q->id) == 0)
        return RANK_ID;
    const char *found = strstr(name, q->text);
    if (found == NULL || found > end)
        return RANK_ELSEWHERE;
    if (found == name)
        return name[q->length] == '\n' ? RANK_IS : RANK_BEGINS;
    for (; found != NULL && found < end; found = strstr(found + 1, q->text))
        if (found[-1] == ' ')
            return RANK_WORD;
    return RANK_HOLDS;
}

static bool matches(const struct snapshot *s, uint32_t organizer, const struct question *q)
{
    bool all = true;
    for (size_t i = 0; all && i < q->n_words; i++)
        all = strstr(s->keys[organizer], q->words[i]) != NULL;
    return all || strcmp(s->population.organizers[organizer].id, q->id) == 0;
}

/* Twice over the organizers by name: first to count the ranks, then to put each in its place. */
size_t snapshot_search(const struct snapshot *s, const char *text, size_t length, uint32_t *out, size_t max,
                       size_t *total)
{
    struct question q;
    char stack[3 * 1025];
    size_t next[RANK_COUNT] = {0}, all = 0;
    *total = 0;
    if (length > 1024)
        length = 1024; /* no name is as long; what is cut off can only have made it match less */
    question_of(text, length, stack, &q);
    if (q.n_words == 0)
        return 0;
    for (uint32_t i = 0; i < s->population.n_organizers; i++)
        if (matches(s, i, &q))
            next[rank_of(s, i, &q)]++;
    for (int r = 0; r < RANK_COUNT; r++) {
        size_t here = next[r];
        next[r] = all;
        all += here;
    }
    for (uint32_t i = 0; i < s->population.n_organizers; i++) {
        uint32_t organizer = s->by_name[i];
        if (!matches(s, organizer, &q))
            continue;
        size_t place = next[rank_of(s, organizer, &q)]++;
        if (place < max)
            out[place] = organizer;
    }
    *total = all;
    return all < max ? all : max;
}

size_t snapshot_similar(const struct snapshot_programme *p, uint32_t organizer, size_t k,
                        struct neighbour *out)
{
    return organizer < p->profiles.n ? neighbours_of(p->index, p->scratch, organizer, k, out) : 0;
}

/* Keeps the `n` best of at most `max`; returns how many there are now. */
static size_t keep_best(uint32_t *out, float *weight, size_t n, size_t max, uint32_t challenge, float product)
{
    size_t at = n;
    while (at > 0 && weight[at - 1] < product)
        at--;
    if (at >= max)
        return n;
    size_t moved = (n < max ? n : max - 1) - at;
    memmove(out + at + 1, out + at, moved * sizeof *out);
    memmove(weight + at + 1, weight + at, moved * sizeof *weight);
    out[at] = challenge;
    weight[at] = product;
    return n < max ? n + 1 : n;
}

size_t snapshot_shared(const struct snapshot_programme *p, uint32_t a, uint32_t b, uint32_t *out, size_t max)
{
    const struct profiles *f = &p->profiles;
    float weight[SHARED_MAX];
    size_t n = 0;
    if (max > SHARED_MAX)
        max = SHARED_MAX;
    if (a >= f->n || b >= f->n)
        return 0;
    for (uint32_t i = f->start[a], j = f->start[b]; i < f->start[a + 1] && j < f->start[b + 1];) {
        if (f->column[i] == f->column[j] && f->column[i] < p->n_challenges)
            n = keep_best(out, weight, n, max, f->column[i], f->weight[i] * f->weight[j]);
        uint32_t left = f->column[i], right = f->column[j];
        i += left <= right;
        j += right <= left;
    }
    return n;
}
