#include "core/population/attribute.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/options.h"

enum { NAMES_MOST = 256 }; /* different attributes among which a nearest one is looked for */

/* One value of one organizer. */
struct entry {
    uint32_t organizer;
    const char *text;
};

struct entries {
    struct entry *at;
    size_t n, room;
    struct arena *text;
    bool failed;
};

static void add(struct entries *all, uint32_t organizer, const char *text, size_t length)
{
    if (length == 0)
        return;
    if (all->n == all->room) {
        size_t room = 2 * all->room + 1024;
        struct entry *wider = realloc(all->at, room * sizeof *wider);
        if (wider == NULL) {
            all->failed = true;
            return;
        }
        all->at = wider;
        all->room = room;
    }
    all->at[all->n] = (struct entry){organizer, arena_text(all->text, text, length)};
    all->failed = all->failed || all->at[all->n++].text == NULL;
}

static int text_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* No text holds a ';' (see the database's check), so that joined lists differ where lists do. */
static void add_joined(struct entries *all, uint32_t organizer, const json_t *list)
{
    size_t n = json_array_size(list), used = 0;
    const char **texts = malloc((n + 1) * sizeof *texts);
    struct buf joined;
    buf_init(&joined, 0);
    for (size_t i = 0; texts != NULL && i < n; i++) {
        texts[used] = json_string_value(json_array_get(list, i));
        used += texts[used] != NULL;
    }
    if (texts != NULL)
        qsort(texts, used, sizeof *texts, text_compare);
    for (size_t i = 0; texts != NULL && i < used; i++) {
        if (i > 0 && strcmp(texts[i], texts[i - 1]) == 0)
            continue;
        buf_text(&joined, i > 0 ? ";" : "");
        buf_text(&joined, texts[i]);
    }
    all->failed = all->failed || texts == NULL || buf_failed(&joined);
    add(all, organizer, buf_string(&joined), joined.size);
    buf_free(&joined);
    free(texts);
}

static void add_json(struct entries *all, uint32_t organizer, const json_t *value, bool whole)
{
    size_t i;
    json_t *one;
    if (json_is_string(value))
        add(all, organizer, json_string_value(value), json_string_length(value));
    else if (whole)
        add_joined(all, organizer, value);
    else
        json_array_foreach(value, i, one)
            add(all, organizer, json_string_value(one), json_string_length(one));
}

static void add_further(struct entries *all, const struct organizer *o, uint32_t at, const char *name,
                        bool whole)
{
    if (o->attributes == NULL || strcmp(o->attributes, "{}") == 0)
        return;
    json_t *attributes = json_loads(o->attributes, 0, NULL);
    add_json(all, at, json_object_get(attributes, name), whole);
    json_decref(attributes);
}

static void gather(struct entries *all, const struct population *p, const char *name, bool whole)
{
    for (uint32_t i = 0; i < p->n_organizers && !all->failed; i++) {
        const struct organizer *o = &p->organizers[i];
        const char *text = strcmp(name, "kind") == 0           ? organizer_kind_name(o->kind)
                           : strcmp(name, "county") == 0       ? o->county
                           : strcmp(name, "municipality") == 0 ? o->municipality
                                                               : NULL;
        if (text != NULL)
            add(all, i, text, strlen(text));
        else
            add_further(all, o, i, name, whole);
    }
}

static int by_text(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order != 0 ? order : (x->organizer > y->organizer) - (x->organizer < y->organizer);
}

/* Numbers values in the order of their texts; who names one twice has it once. */
static void number(struct attribute *a, struct entries *all, uint32_t n)
{
    size_t kept = 0;
    qsort(all->at, all->n, sizeof *all->at, by_text);
    for (size_t i = 0; i < all->n; i++) {
        if (i > 0 && by_text(&all->at[kept - 1], &all->at[i]) == 0)
            continue;
        all->at[kept++] = all->at[i];
    }
    for (size_t i = 0; i < kept; i++)
        a->start[all->at[i].organizer + (size_t)1]++;
    for (uint32_t i = 0; i < n; i++)
        a->start[i + 1] += a->start[i];
    for (size_t i = 0; i < kept; i++) {
        if (i == 0 || strcmp(all->at[i].text, all->at[i - 1].text) != 0)
            a->values[a->n_values++] = all->at[i].text;
        a->value[a->start[all->at[i].organizer]++] = a->n_values - 1;
    }
    for (uint32_t i = n; i > 0; i--)
        a->start[i] = a->start[i - 1];
    a->start[0] = 0;
}

int attribute_read(struct attribute *a, const struct population *p, const char *name, bool whole,
                   struct err *e)
{
    *a = (struct attribute){0};
    arena_init(&a->text);
    struct entries all = {.text = &a->text};
    gather(&all, p, name, whole);
    a->start = calloc(p->n_organizers + (size_t)2, sizeof *a->start);
    a->values = malloc((all.n + 1) * sizeof *a->values);
    a->value = malloc((all.n + 1) * sizeof *a->value);
    bool failed = all.failed || a->start == NULL || a->values == NULL || a->value == NULL;
    if (!failed && all.n > 0)
        number(a, &all, p->n_organizers);
    free(all.at);
    if (!failed)
        return ERR_OK;
    attribute_free(a);
    return err_memory(e, "an attribute of the organizers");
}

void attribute_free(struct attribute *a)
{
    free(a->values);
    free(a->start);
    free(a->value);
    arena_free(&a->text);
    *a = (struct attribute){0};
}

const char *attribute_nearest(const struct population *p, const char *name, struct arena *memory)
{
    const char *names[NAMES_MOST] = {"kind", "county", "municipality"};
    size_t n = 3;
    for (uint32_t i = 0; i < p->n_organizers; i++) {
        const char *text = p->organizers[i].attributes, *key;
        json_t *value, *all = text == NULL || text[2] == '\0' ? NULL : json_loads(text, 0, NULL);
        json_object_foreach(all, key, value)
        {
            size_t at = 0;
            while (at < n && strcmp(names[at], key) != 0)
                at++;
            if (at == n && n < NAMES_MOST && (names[n] = arena_text(memory, key, strlen(key))) != NULL)
                n++;
        }
        json_decref(all);
    }
    return options_nearest(name, names, n);
}
