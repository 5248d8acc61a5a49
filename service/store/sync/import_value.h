/* import_value.h - what each column of an import may hold, and words for what it may not. Pure. Any thread.
 */
#ifndef PEERNET_STORE_SYNC_IMPORT_VALUE_H
#define PEERNET_STORE_SYNC_IMPORT_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "store/import.h"

enum import_kind { IMPORT_TEXT, IMPORT_NOTE, IMPORT_CHOICE, IMPORT_DECIMAL, IMPORT_WHOLE, IMPORT_DATE };

struct import_column {
    const char *name;
    enum import_kind kind;
    bool optional; /* may be empty; then `empty_null` says whether that is NULL or '' */
    bool empty_null;
    bool key;               /* staged with its place, for checks against other rows */
    double lowest, highest; /* of a number; `highest` is the most characters of a text */
};

struct import_shape {
    const char *name; /* of the table */
    int count;
    const struct import_column *columns;
    bool attributes; /* columns attr.NAME are allowed */
};

extern const struct import_shape import_shapes[IMPORT_TABLES];

/* True when `value` is allowed; else `why` says what is wrong and what is allowed. `latest` is the last date
 * that is not in the future (YYYY-MM-DD). */
bool import_value_check(const struct import_column *column, const char *value, const char *latest, char *why,
                        size_t size);

/* The same for the value of an attribute: a text, or a list parted by ';' (a list of one ends in ';'). */
bool import_attribute_check(const char *name, const char *value, char *why, size_t size);

/* Appends the value of an attribute as JSON: a string, or an array of strings when it holds a ';'. */
void import_attribute_json(struct buf *out, const char *value);
void import_json_text(struct buf *out, const char *text, size_t size);

/* `value` in quotes for a message: cut to some 40 characters, control characters shown as '?'. Returns `out`.
 */
const char *import_quote(const char *value, char *out, size_t size);

/* Tomorrow in UTC as YYYY-MM-DD: somewhere it is that day already. */
void import_latest_date(char out[16]);

#endif
