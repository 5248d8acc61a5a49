#include "peernet/json_csv.h"

#include <stdlib.h>
#include <string.h>

#include "base/csv.h"

typedef void (*leaf_visit)(void *context, const char *name, const json_t *value);

/* Each value of an entry that is no map, with its name from the entry's top. */
static void visit_leaves(const json_t *map, const char *prefix, leaf_visit visit, void *context)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)map, key, value)
    {
        struct buf name;
        buf_init(&name, 0);
        buf_printf(&name, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", key);
        if (json_object_size(value) > 0)
            visit_leaves(value, buf_string(&name), visit, context);
        else
            visit(context, buf_string(&name), value);
        buf_free(&name);
    }
}

/* Columns have their order, and true, or null as long as nothing but nil came. */
static void note_column(void *context, const char *name, const json_t *value)
{
    json_t *columns = context;
    if (json_object_get(columns, name) == NULL)
        json_object_set_new(columns, name, json_null());
    if (!json_is_null(value))
        json_object_set_new(columns, name, json_true());
}

/* What is nil in one entry and a map in another has the map's columns only. */
static void drop_empty_maps(json_t *columns)
{
    const char *name, *other;
    json_t *any, *unused;
    void *next;
    json_object_foreach_safe(columns, next, name, any)
    {
        const size_t length = strlen(name);
        bool is_map = false;
        json_object_foreach(columns, other, unused)
        {
            (void)unused;
            is_map = is_map || (strncmp(other, name, length) == 0 && other[length] == '.');
        }
        if (json_is_null(any) && is_map)
            json_object_del(columns, name);
    }
}

static void note_value(void *context, const char *name, const json_t *value)
{
    json_object_set(context, name, (json_t *)value);
}

static bool has_words_only(const json_t *list)
{
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one) if (!json_is_string(one) && !json_is_number(one)) return false;
    return true;
}

static void append_json(struct buf *out, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
    if (text == NULL)
        out->failed = true;
    else
        buf_text(out, text);
    free(text);
}

/* What a person calls it: its label, its name, its id, or that of the organizer in it. */
static const json_t *name_of(const json_t *map)
{
    static const char *const keys[] = {"label", "name", "id", "challenge", "code"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (json_is_string(json_object_get(map, keys[i])))
            return json_object_get(map, keys[i]);
    const json_t *organizer = json_object_get(map, "organizer");
    return organizer == NULL ? NULL : json_is_string(organizer) ? organizer : name_of(organizer);
}

static bool has_names_only(const json_t *list)
{
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one) if (!json_is_object(one) || name_of(one) == NULL) return false;
    return true;
}

static void append_value(struct buf *out, const json_t *value)
{
    size_t i;
    json_t *one;
    if (json_is_array(value) && json_array_size(value) > 0 && has_names_only(value)) {
        json_array_foreach(value, i, one)
            buf_printf(out, "%s%s", i > 0 ? "; " : "", json_string_value(name_of(one)));
    } else if (json_is_string(value)) {
        buf_text(out, json_string_value(value));
    } else if (json_is_array(value) && has_words_only(value)) {
        json_array_foreach(value, i, one)
        {
            buf_text(out, i > 0 ? "; " : "");
            append_value(out, one);
        }
    } else if (value != NULL && !json_is_null(value) &&
               !(json_is_object(value) && json_object_size(value) == 0)) {
        append_json(out, value);
    }
}

/* What a terminal would obey is no part of any text here; C1 controls are two bytes of UTF-8. */
static void make_harmless(char *text)
{
    for (unsigned char *at = (unsigned char *)text; *at != '\0'; at++) {
        if ((*at < 0x20 && *at != '\n' && *at != '\t') || *at == 0x7f)
            *at = ' ';
        else if (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0)
            at[0] = at[1] = ' ';
    }
}

/* A spreadsheet would take such a text for a formula, and names come from whoever reports. */
static bool is_formula(const json_t *value)
{
    const char *text = json_string_value(value);
    return text != NULL && text[0] != '\0' && strchr("=+-@\t", text[0]) != NULL;
}

static void append_cell(struct buf *out, const json_t *value, bool first)
{
    struct buf cell;
    buf_init(&cell, 0);
    if (is_formula(value))
        buf_text(&cell, "'");
    append_value(&cell, value);
    out->failed = out->failed || buf_failed(&cell);
    buf_text(out, first ? "" : ",");
    if (cell.size > 0 && !buf_failed(&cell)) {
        buf_string(&cell);
        make_harmless((char *)cell.data);
        csv_write_field(out, (const char *)cell.data);
    }
    buf_free(&cell);
}

static void write_row(struct buf *out, const json_t *entry, json_t *columns, bool whole)
{
    json_t *leaves = whole ? json_object() : NULL;
    const char *name;
    json_t *unused;
    bool first = true;
    if (whole)
        visit_leaves(entry, "", note_value, leaves);
    json_object_foreach(columns, name, unused)
    {
        (void)unused;
        append_cell(out, json_object_get(whole ? leaves : entry, name), first);
        first = false;
    }
    buf_text(out, "\r\n");
    json_decref(leaves);
}

static void write_heading(struct buf *out, json_t *columns)
{
    const char *name;
    json_t *unused;
    bool first = true;
    json_object_foreach(columns, name, unused)
    {
        (void)unused;
        buf_text(out, first ? "" : ",");
        csv_write_field(out, name);
        first = false;
    }
    if (!first)
        buf_text(out, "\r\n");
}

/* As fields_pick calls them: as they were asked for. */
static void columns_of_fields(json_t *columns, const char *fields)
{
    for (const char *at = fields; *at != '\0';) {
        size_t size = strcspn(at, ",");
        json_object_setn_new(columns, at, size, json_true());
        at += size + (at[size] == ',');
    }
}

static bool is_list_of_maps(const json_t *value)
{
    return json_is_array(value) && (json_array_size(value) == 0 || json_is_object(json_array_get(value, 0)));
}

static json_t *find_list(const json_t *result, const char *list)
{
    const char *key;
    json_t *value, *found = NULL;
    if (json_is_array(result))
        return (json_t *)result;
    if (list != NULL && json_is_array(json_object_get(result, list)))
        return json_object_get(result, list);
    json_object_foreach((json_t *)result, key, value)
    {
        if (is_list_of_maps(value) && (found == NULL || json_array_size(found) == 0))
            found = value;
    }
    return found;
}

int json_csv_write(struct buf *out, const json_t *result, const char *name, const char *fields,
                   const char *empty, struct err *e)
{
    size_t i;
    json_t *entry, *columns = json_object(), *list = find_list(result, name);
    list = list != NULL ? json_incref(list) : json_pack("[O]", (json_t *)result);
    if (fields != NULL || json_array_size(list) == 0)
        columns_of_fields(columns, fields != NULL ? fields : empty != NULL ? empty : "");
    else
        json_array_foreach(list, i, entry) visit_leaves(entry, "", note_column, columns);
    if (fields == NULL)
        drop_empty_maps(columns);
    write_heading(out, columns);
    json_array_foreach(list, i, entry) write_row(out, entry, columns, fields == NULL);
    bool failed = columns == NULL || list == NULL || buf_failed(out);
    json_decref(columns);
    json_decref(list);
    return failed ? err_memory(e, "the table") : 0;
}
