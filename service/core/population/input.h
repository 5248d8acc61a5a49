/* input.h - what each value of organizers, challenges and reports may hold, wherever it comes from (a file, a
 * request), and words for what it may not. The words begin with the column's name. Pure. Any thread. */
#ifndef PEERNET_CORE_INPUT_H
#define PEERNET_CORE_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum input_table { INPUT_ORGANIZERS, INPUT_CHALLENGES, INPUT_REPORTS, INPUT_TABLES };

/* "organizers", "challenges", "reports" */
extern const char *const input_table_names[INPUT_TABLES];

enum input_kind { INPUT_TEXT, INPUT_NOTE, INPUT_CHOICE, INPUT_DECIMAL, INPUT_WHOLE, INPUT_DATE };

struct input_column {
    const char *name;
    enum input_kind kind;
    bool optional; /* may be empty; then `empty_null` says whether that is NULL or '' */
    bool empty_null;
    bool key;               /* names a thing: of its own table, or of another one */
    double lowest, highest; /* of a number; `highest` is the most characters of a text */
};

struct input_shape {
    const char *name; /* of the table */
    int count;
    const struct input_column *columns;
    bool attributes; /* columns attr.NAME are allowed */
};

extern const struct input_shape input_shapes[INPUT_TABLES];

/* The column of that name (`size` bytes), or -1. */
int input_column_find(const struct input_shape *shape, const char *name, size_t size);
/* "id, name, ..." and, where they are allowed, `attributes` behind them. */
void input_columns_list(const struct input_shape *shape, const char *attributes, char *out, size_t size);

/* Each is true when `value` is allowed; else `why` says what is wrong and what is allowed. `latest` is the
 * last date that is not in the future (YYYY-MM-DD). */
bool input_value_check(const struct input_column *column, const char *value, const char *latest, char *why,
                       size_t size);
/* The same for a number that is no text. */
bool input_number_check(const struct input_column *column, double value, char *why, size_t size);
/* Of a place both numbers count or none. */
bool input_place_check(bool lat_given, bool lon_given, char *why, size_t size);

bool input_attribute_name_check(const char *name, char *why, size_t size);
/* The value of an attribute: a text, or a list parted by ';' (a list of one ends in ';'). */
bool input_attribute_check(const char *name, const char *value, char *why, size_t size);
/* One item of such a list by itself, or the text. */
bool input_attribute_item_check(const char *name, const char *item, char *why, size_t size);

/* Appends the value of an attribute as JSON: a string, or an array of strings when it holds a ';'. */
void input_attribute_json(struct buf *out, const char *value);
void input_json_text(struct buf *out, const char *text, size_t size);

/* `value` in quotes for a message: cut to some 40 characters, control characters shown as '?'. Returns `out`.
 */
const char *input_quote(const char *value, char *out, size_t size);

/* Tomorrow in UTC as YYYY-MM-DD: somewhere it is that day already. */
void input_latest_date(char out[16]);

#endif
