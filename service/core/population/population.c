#include "core/population/population.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/population/key_table.h"

#define EARTH_RADIUS_KM 6371.0088
#define PI 3.14159265358979323846

struct population_builder {
    struct key_table organizers, challenges, categories;
    size_t organizer_room, challenge_room, category_room, report_room;
    uint32_t last_organizer; /* reports mostly come organizer by organizer */
    bool indexed;
};

static const char *const kind_names[KIND_COUNT] = {
    [KIND_MUNICIPAL] = "municipal",
    [KIND_INDEPENDENT] = "independent",
    [KIND_REGIONAL] = "regional",
    [KIND_STATE] = "state",
};

/* The array with room for one more than `used` elements; NULL (and the old one kept) when memory ran out. */
static void *grow(void *rows, size_t used, size_t *room, size_t size)
{
    if (used < *room)
        return rows;
    size_t wanted = *room == 0 ? 64 : *room + *room / 2;
    void *wider = wanted > SIZE_MAX / size ? NULL : realloc(rows, wanted * size);
    if (wider != NULL)
        *room = wanted;
    return wider;
}

void population_init(struct population *p)
{
    *p = (struct population){0};
    arena_init(&p->text);
}

static void builder_free(struct population *p)
{
    if (p->builder == NULL)
        return;
    free(p->builder->organizers.slots);
    free(p->builder->challenges.slots);
    free(p->builder->categories.slots);
    free(p->builder);
    p->builder = NULL;
}

void population_free(struct population *p)
{
    builder_free(p);
    free(p->organizers);
    free(p->challenges);
    free(p->categories);
    free(p->reports);
    free(p->report_start);
    arena_free(&p->text);
    population_init(p);
}

/* The builder while rows may still be added, made at the first row. */
static struct population_builder *builder_of(struct population *p, bool indexed, struct err *e)
{
    if (p->report_start != NULL) {
        err_set(e, ERR_INTERNAL, "the population is sealed: nothing can be added");
        return NULL;
    }
    if (p->builder == NULL) {
        p->builder = calloc(1, sizeof *p->builder);
        if (p->builder == NULL) {
            err_memory(e, "building the population");
            return NULL;
        }
    }
    if (p->builder->indexed == indexed)
        return p->builder;
    err_set(e, ERR_INTERNAL,
            indexed ? "population_index has to come before reports"
                    : "organizers and challenges have to come before population_index");
    return NULL;
}

static const char *keep_text(struct population *p, const char *text)
{
    return text == NULL || text[0] == '\0' ? "" : arena_text(&p->text, text, strlen(text));
}

static int organizer_check(const struct organizer *o, struct err *e)
{
    if (o->id == NULL || o->id[0] == '\0')
        return err_set(e, ERR_INVALID, "an organizer without an id (its name: \"%s\")",
                       o->name ? o->name : "");
    if ((unsigned)o->kind >= KIND_COUNT)
        return err_set(
            e, ERR_INVALID,
            "organizer %s: kind %d is unknown; allowed are municipal, independent, regional and state", o->id,
            (int)o->kind);
    if (isnan(o->lat) != isnan(o->lon))
        return err_set(e, ERR_INVALID, "organizer %s: lat and lon have to be given both or neither", o->id);
    if (fabs(o->lat) > 90 || fabs(o->lon) > 180)
        return err_set(e, ERR_INVALID,
                       "organizer %s: lat %g, lon %g is no place; allowed are -90 to 90 and -180 to 180",
                       o->id, o->lat, o->lon);
    return 0;
}

static bool organizer_copy(struct population *p, struct organizer *to, const struct organizer *from)
{
    const char *attributes = from->attributes == NULL ? "{}" : from->attributes;
    *to = *from;
    to->id = keep_text(p, from->id);
    to->name = keep_text(p, from->name);
    to->municipality = keep_text(p, from->municipality);
    to->county = keep_text(p, from->county);
    to->attributes = strcmp(attributes, "{}") == 0 ? "{}" : keep_text(p, attributes);
    return to->id && to->name && to->municipality && to->county && to->attributes;
}

int population_add_organizer(struct population *p, const struct organizer *o, struct err *e)
{
    struct population_builder *b = builder_of(p, false, e);
    if (b == NULL)
        return e == NULL ? ERR_INTERNAL : (int)e->code;
    int code = organizer_check(o, e);
    if (code == 0 && p->n_organizers == POPULATION_NONE - 1)
        code = err_set(e, ERR_LIMIT, "more than %u organizers", POPULATION_NONE - 1);
    if (code == 0)
        code = key_table_reserve(&b->organizers, p->n_organizers, e);
    if (code != 0)
        return code;
    size_t length = strlen(o->id);
    struct key_slot *slot = key_slot_of(&b->organizers, p->organizers, sizeof *o, o->id, length);
    if (slot->row != POPULATION_NONE)
        return err_set(e, ERR_INVALID, "organizer %s came twice", o->id);
    struct organizer *rows = grow(p->organizers, p->n_organizers, &b->organizer_room, sizeof *rows);
    if (rows == NULL)
        return err_memory(e, "organizers");
    p->organizers = rows;
    if (!organizer_copy(p, &rows[p->n_organizers], o))
        return err_memory(e, "the texts of organizers");
    *slot = (struct key_slot){key_hash(o->id, length), p->n_organizers++};
    return 0;
}

static int category_row(struct population *p, const char *name, uint32_t *row, struct err *e)
{
    struct population_builder *b = p->builder;
    int code = key_table_reserve(&b->categories, p->n_categories, e);
    if (code != 0)
        return code;
    size_t length = strlen(name);
    struct key_slot *slot = key_slot_of(&b->categories, p->categories, sizeof *p->categories, name, length);
    if (slot->row == POPULATION_NONE) {
        const char **rows = grow(p->categories, p->n_categories, &b->category_room, sizeof *rows);
        if (rows == NULL)
            return err_memory(e, "categories");
        p->categories = rows;
        rows[p->n_categories] = keep_text(p, name);
        if (rows[p->n_categories] == NULL)
            return err_memory(e, "the texts of categories");
        *slot = (struct key_slot){key_hash(name, length), p->n_categories++};
    }
    *row = slot->row;
    return 0;
}

static int challenge_check(const char *code, const char *category, struct err *e)
{
    if (code == NULL || code[0] == '\0')
        return err_set(e, ERR_INVALID, "a challenge without a code (its category: \"%s\")",
                       category ? category : "");
    if (category == NULL || category[0] == '\0')
        return err_set(e, ERR_INVALID, "challenge %s: it has no category", code);
    return 0;
}

int population_add_challenge(struct population *p, const char *code, const char *category,
                             const char *label_sv, const char *label_en, struct err *e)
{
    struct population_builder *b = builder_of(p, false, e);
    if (b == NULL)
        return e == NULL ? ERR_INTERNAL : (int)e->code;
    int failed = challenge_check(code, category, e);
    /* Challenges and categories share the columns of the profiles, hence half the range each. */
    if (failed == 0 && p->n_challenges == POPULATION_NONE / 2 - 1)
        failed = err_set(e, ERR_LIMIT, "more than %u challenges", POPULATION_NONE / 2 - 1);
    if (failed == 0)
        failed = key_table_reserve(&b->challenges, p->n_challenges, e);
    if (failed != 0)
        return failed;
    size_t length = strlen(code);
    struct key_slot *slot = key_slot_of(&b->challenges, p->challenges, sizeof *p->challenges, code, length);
    if (slot->row != POPULATION_NONE)
        return err_set(e, ERR_INVALID, "challenge %s came twice", code);
    struct challenge *rows = grow(p->challenges, p->n_challenges, &b->challenge_room, sizeof *rows);
    if (rows == NULL)
        return err_memory(e, "challenges");
    p->challenges = rows;
    struct challenge new = {keep_text(p, code), keep_text(p, label_sv), keep_text(p, label_en), 0};
    if (!new.code || !new.label_sv || !new.label_en)
        return err_memory(e, "the texts of challenges");
    failed = category_row(p, category, &new.category, e);
    if (failed != 0)
        return failed;
    rows[p->n_challenges] = new;
    *slot = (struct key_slot){key_hash(code, length), p->n_challenges++};
    return 0;
}

/* A row to be sorted by its key: the first bytes in front decide nearly always, without a look at the text.
 */
struct sort_key {
    uint64_t head;
    const char *key;
    uint32_t row;
};

static uint64_t key_head(const char *key)
{
    uint64_t head = 0;
    for (int i = 0; i < 8; i++) {
        head = head << 8 | (unsigned char)*key;
        key += *key != '\0';
    }
    return head;
}

static int sort_key_compare(const void *a, const void *b)
{
    const struct sort_key *x = a, *y = b;
    if (x->head != y->head)
        return x->head < y->head ? -1 : 1;
    return strcmp(x->key, y->key);
}

/* Sorts rows by their keys; `moved_to`, if given, gets each old row's new place. */
static int sort_rows(void *rows, size_t stride, uint32_t n, uint32_t *moved_to, struct err *e)
{
    struct sort_key *keys = malloc((n + 1u) * sizeof *keys);
    char *copy = malloc(n * stride + 1);
    if (keys == NULL || copy == NULL) {
        free(keys);
        free(copy);
        return err_memory(e, "sorting the population");
    }
    bool sorted = true;
    for (uint32_t i = 0; i < n; i++) {
        const char *key = key_of(rows, stride, i);
        keys[i] = (struct sort_key){key_head(key), key, i};
        sorted = sorted && (i == 0 || sort_key_compare(&keys[i - 1], &keys[i]) < 0);
    }
    if (!sorted) {
        qsort(keys, n, sizeof *keys, sort_key_compare);
        memcpy(copy, rows, n * stride);
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!sorted)
            memcpy((char *)rows + i * stride, copy + keys[i].row * stride, stride);
        if (moved_to != NULL)
            moved_to[keys[i].row] = i;
    }
    free(keys);
    free(copy);
    return 0;
}

static int sort_categories(struct population *p, struct err *e)
{
    uint32_t *moved_to = malloc((p->n_categories + 1u) * sizeof *moved_to);
    if (moved_to == NULL)
        return err_memory(e, "sorting the categories");
    int code = sort_rows(p->categories, sizeof *p->categories, p->n_categories, moved_to, e);
    for (uint32_t i = 0; code == 0 && i < p->n_challenges; i++)
        p->challenges[i].category = moved_to[p->challenges[i].category];
    free(moved_to);
    return code;
}

int population_index(struct population *p, struct err *e)
{
    struct population_builder *b = builder_of(p, false, e);
    if (b == NULL)
        return e == NULL ? ERR_INTERNAL : (int)e->code;
    int code = sort_rows(p->organizers, sizeof *p->organizers, p->n_organizers, NULL, e);
    if (code == 0)
        code = sort_rows(p->challenges, sizeof *p->challenges, p->n_challenges, NULL, e);
    if (code == 0)
        code = sort_categories(p, e);
    if (code != 0)
        return code;
    key_table_refill(&b->organizers, p->organizers, sizeof *p->organizers, p->n_organizers);
    key_table_refill(&b->challenges, p->challenges, sizeof *p->challenges, p->n_challenges);
    b->indexed = true;
    return 0;
}

static uint32_t report_organizer(struct population *p, const char *id)
{
    struct population_builder *b = p->builder;
    if (b->last_organizer < p->n_organizers && strcmp(p->organizers[b->last_organizer].id, id) == 0)
        return b->last_organizer;
    return key_find(&b->organizers, p->organizers, sizeof *p->organizers, id, strlen(id));
}

int population_add_report(struct population *p, const char *organizer_id, const char *challenge_code,
                          int severity, int32_t day, struct err *e)
{
    struct population_builder *b = builder_of(p, true, e);
    if (b == NULL)
        return e == NULL ? ERR_INTERNAL : (int)e->code;
    uint32_t organizer = report_organizer(p, organizer_id);
    if (organizer == POPULATION_NONE)
        return err_set(e, ERR_INVALID, "a report of organizer %s, who is unknown (challenge %s)",
                       organizer_id, challenge_code);
    uint32_t challenge = key_find(&b->challenges, p->challenges, sizeof *p->challenges, challenge_code,
                                  strlen(challenge_code));
    if (challenge == POPULATION_NONE)
        return err_set(e, ERR_INVALID, "a report of challenge %s, which is unknown (organizer %s)",
                       challenge_code, organizer_id);
    if (severity < 1 || severity > 5)
        return err_set(e, ERR_INVALID, "report of organizer %s, challenge %s: severity %d; allowed is 1 to 5",
                       organizer_id, challenge_code, severity);
    struct report *rows = grow(p->reports, p->n_reports, &b->report_room, sizeof *rows);
    if (rows == NULL)
        return err_memory(e, "reports");
    p->reports = rows;
    rows[p->n_reports++] = (struct report){organizer, challenge, day, (uint8_t)severity};
    b->last_organizer = organizer;
    return 0;
}

/* Two reports of one day (a file may hold them, the database does not): the more severe one is last and
 * counts. */
static int report_compare(const void *a, const void *b)
{
    const struct report *x = a, *y = b;
    if (x->challenge != y->challenge)
        return x->challenge < y->challenge ? -1 : 1;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    return (int)x->severity - (int)y->severity;
}

/* They are few, or in order already. */
static void reports_sort(struct report *reports, uint32_t n)
{
    enum { FEW = 32 };
    uint32_t i = 1;
    while (i < n && report_compare(&reports[i - 1], &reports[i]) <= 0)
        i++;
    if (i < n && n > FEW)
        qsort(reports, n, sizeof *reports, report_compare);
    for (; i < n && n <= FEW; i++) {
        struct report one = reports[i];
        uint32_t at = i;
        for (; at > 0 && report_compare(&reports[at - 1], &one) > 0; at--)
            reports[at] = reports[at - 1];
        reports[at] = one;
    }
}

/* Into a new array by organizer (counting sort); each organizer's few rows are then sorted on their own. */
static void reports_place(const struct population *p, struct report *to, uint32_t *next)
{
    for (size_t i = 0; i < p->n_reports; i++)
        to[next[p->reports[i].organizer]++] = p->reports[i];
    uint32_t from = 0;
    for (uint32_t o = 0; o < p->n_organizers; o++) {
        reports_sort(to + from, next[o] - from);
        from = next[o];
    }
}

int population_seal(struct population *p, struct err *e)
{
    struct population_builder *b = builder_of(p, true, e);
    if (b == NULL)
        return e == NULL ? ERR_INTERNAL : (int)e->code;
    if (p->n_reports >= UINT32_MAX)
        return err_set(e, ERR_LIMIT, "%zu reports; at most %u can be grouped at once", p->n_reports,
                       UINT32_MAX - 1);
    uint32_t *start = calloc(p->n_organizers + 2u, sizeof *start);
    struct report *sorted = malloc((p->n_reports + 1) * sizeof *sorted);
    if (start == NULL || sorted == NULL) {
        free(start);
        free(sorted);
        return err_memory(e, "sorting reports");
    }
    for (size_t i = 0; i < p->n_reports; i++)
        start[p->reports[i].organizer + 2]++;
    for (uint32_t o = 2; o <= p->n_organizers; o++)
        start[o] += start[o - 1];
    reports_place(p, sorted,
                  start + 1); /* leaves start[o + 1] at the end of o: the offsets that are wanted */
    free(p->reports);
    p->reports = sorted;
    p->report_start = start;
    builder_free(p);
    return 0;
}

void population_keep_latest(struct population *p)
{
    size_t to = 0;
    for (uint32_t o = 0; o < p->n_organizers; o++) {
        const size_t from = p->report_start[o], end = p->report_start[o + 1];
        p->report_start[o] = (uint32_t)to;
        for (size_t i = from; i < end; i++)
            if (i + 1 == end || p->reports[i].challenge != p->reports[i + 1].challenge)
                p->reports[to++] = p->reports[i];
    }
    p->report_start[p->n_organizers] = (uint32_t)to;
    p->n_reports = to;
}

static uint32_t sorted_find(const void *rows, size_t stride, uint32_t n, const char *key, size_t length)
{
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const char *at = key_of(rows, stride, middle);
        int order = strncmp(at, key, length);
        if (order == 0 && at[length] != '\0')
            order = 1;
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return POPULATION_NONE;
}

uint32_t population_find_organizer(const struct population *p, const char *id, size_t length)
{
    if (memchr(id, '\0', length) != NULL)
        return POPULATION_NONE;
    if (p->builder != NULL)
        return key_find(&p->builder->organizers, p->organizers, sizeof *p->organizers, id, length);
    return sorted_find(p->organizers, sizeof *p->organizers, p->n_organizers, id, length);
}

uint32_t population_find_challenge(const struct population *p, const char *code, size_t length)
{
    if (memchr(code, '\0', length) != NULL)
        return POPULATION_NONE;
    if (p->builder != NULL)
        return key_find(&p->builder->challenges, p->challenges, sizeof *p->challenges, code, length);
    return sorted_find(p->challenges, sizeof *p->challenges, p->n_challenges, code, length);
}

const char *organizer_kind_name(enum organizer_kind kind)
{
    return (unsigned)kind < KIND_COUNT ? kind_names[kind] : "unknown";
}

int organizer_kind_parse(const char *name)
{
    for (int kind = 0; kind < KIND_COUNT; kind++)
        if (strcmp(name, kind_names[kind]) == 0)
            return kind;
    return -1;
}

double organizer_distance_km(const struct organizer *a, const struct organizer *b)
{
    double lat_a = a->lat * PI / 180, lat_b = b->lat * PI / 180;
    double south_north = sin((lat_b - lat_a) / 2), west_east = sin((b->lon - a->lon) * PI / 360);
    double h = south_north * south_north + cos(lat_a) * cos(lat_b) * west_east * west_east;
    return 2 * EARTH_RADIUS_KM * asin(sqrt(h > 1 ? 1 : h));
}
