#include "net/answers.h"

#include <stdlib.h>
#include <string.h>

#define QUESTION_BYTES 512 /* longer ones are asked once */
#define SHARE 64           /* of the ring, that one answer may take */
#define WAYS 4             /* places that a question may be in */
#define BYTES_A_SLOT 256   /* of the ring: shorter answers than that are few */

/* In the ring: this, the question, the answer. */
struct entry {
    uint64_t hash;
    uint32_t size, method;
    uint16_t question;
    bool english;
};

struct slot {
    uint64_t position;     /* of an entry, 1 and up; 0 = none */
    uint32_t offset, hash; /* in the ring; half of it */
};

struct answers {
    size_t capacity;
    uint8_t *ring;      /* NULL before the first */
    struct slot *slots; /* likewise */
    size_t mask;        /* of sets of slots */
    uint64_t head;      /* where the next one goes: positions grow, in the ring they are modulo its size */
    uint64_t floor;     /* what is before it rests on another snapshot */
    uint64_t snapshot;
    uint64_t kept;
};

int answers_open(struct answers **out, size_t bytes, struct err *e)
{
    struct answers *a = *out = calloc(1, sizeof *a);
    if (a == NULL)
        return err_memory(e, "answers that are kept");
    a->capacity = bytes / sizeof(struct entry) * sizeof(struct entry);
    a->head = a->floor = a->capacity; /* so that position 0 is none, and the ring's first byte the first */
    size_t sets = 1;
    while (sets * WAYS * BYTES_A_SLOT < bytes)
        sets *= 2;
    a->mask = sets - 1;
    return 0;
}

void answers_free(struct answers *a)
{
    if (a == NULL)
        return;
    free(a->ring);
    free(a->slots);
    free(a);
}

static uint64_t hash_of(const struct answers_question *q)
{
    uint64_t hash = q->size << 1 | q->english, word;
    size_t i = 0;
    for (; i + 8 <= q->size; i += 8) {
        memcpy(&word, q->data + i, 8);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    word = 0;
    memcpy(&word, q->data + i, q->size - i);
    hash = (hash ^ word) * UINT64_C(0xbf58476d1ce4e5b9);
    return hash ^ hash >> 32;
}

static struct slot *set_of(const struct answers *a, uint64_t hash)
{
    return &a->slots[(hash & a->mask) * WAYS];
}

/* Neither overwritten nor of a snapshot before. */
static bool is_there(const struct answers *a, uint64_t position)
{
    return position >= a->floor && a->head - position <= a->capacity;
}

static struct entry *entry_at(const struct answers *a, size_t offset)
{
    return (struct entry *)(void *)(a->ring + offset);
}

bool answers_find(struct answers *a, const struct answers_question *q, struct answers_found *out)
{
    if (a->ring == NULL || q->snapshot != a->snapshot || q->size > QUESTION_BYTES)
        return false;
    uint64_t hash = hash_of(q);
    const struct slot *set = set_of(a, hash);
    for (int i = 0; i < WAYS; i++) {
        if (set[i].hash != (uint32_t)(hash >> 32) || !is_there(a, set[i].position))
            continue;
        const struct entry *x = entry_at(a, set[i].offset);
        const uint8_t *question = (const uint8_t *)(x + 1);
        if (x->hash != hash || x->english != q->english || x->question != q->size ||
            memcmp(question, q->data, q->size) != 0)
            continue;
        *out = (struct answers_found){x->method, question + q->size, x->size - x->question};
        return true;
    }
    return false;
}

static size_t footprint(size_t bytes)
{
    size_t unit = sizeof(struct entry);
    return unit + (bytes + unit - 1) / unit * unit;
}

/* Position of so many bytes in a row. */
static uint64_t take_room(struct answers *a, size_t bytes)
{
    size_t left = a->capacity - a->head % a->capacity;
    if (left < bytes)
        a->head += left;
    uint64_t position = a->head;
    a->head += bytes;
    return position;
}

static struct slot *oldest(struct slot *set)
{
    struct slot *least = set;
    for (int i = 1; i < WAYS; i++)
        if (set[i].position < least->position)
            least = &set[i];
    return least;
}

static bool has_memory(struct answers *a)
{
    if (a->ring == NULL)
        a->ring = malloc(a->capacity);
    if (a->slots == NULL)
        a->slots = calloc((a->mask + 1) * WAYS, sizeof *a->slots);
    return a->ring != NULL && a->slots != NULL;
}

void answers_keep(struct answers *a, const struct answers_question *q, size_t method, const uint8_t *data,
                  size_t size)
{
    if (q->size > QUESTION_BYTES || size > a->capacity / SHARE ||
        footprint(q->size + size) > a->capacity / SHARE || !has_memory(a))
        return;
    if (q->snapshot != a->snapshot) {
        a->snapshot = q->snapshot;
        a->floor = a->head;
    }
    uint64_t hash = hash_of(q);
    uint64_t position = take_room(a, footprint(q->size + size));
    size_t offset = (size_t)(position % a->capacity);
    struct entry *x = entry_at(a, offset);
    *x = (struct entry){hash, (uint32_t)(q->size + size), (uint32_t)method, (uint16_t)q->size, q->english};
    memcpy(x + 1, q->data, q->size);
    memcpy((uint8_t *)(x + 1) + q->size, data, size);
    *oldest(set_of(a, hash)) = (struct slot){position, (uint32_t)offset, (uint32_t)(hash >> 32)};
    a->kept++;
}

void answers_counts(const struct answers *a, struct answers_counts *out)
{
    uint64_t taken = a->head - a->floor;
    *out = (struct answers_counts){a->kept, taken < a->capacity ? (size_t)taken : a->capacity};
}
