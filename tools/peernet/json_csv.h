/* json_csv.h - a list of a result as CSV (RFC 4180), for spreadsheets and scripts: a row an entry, and a
 * column for each field of it, those of maps inside called as they are reached, as organizer.name. A list
 * inside an entry is one cell: words with "; " between, else JSON. Nothing (nil) is an empty cell. Any
 * thread. */
#ifndef PEERNET_CLI_JSON_CSV_H
#define PEERNET_CLI_JSON_CSV_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

/* `result` is a list of maps, or a map: then its list of that name, or (NULL: or where there is none) its
 * first list of maps that has any entry, or, where it has no such list at all, the map itself as one row.
 * `fields` are the columns, commas between, of a list as fields_pick gives it; NULL: all that there are, in
 * the order in which they come; then `empty` (NULL: none) are those of a list without entries. What is a list
 * within an entry is the names of what is in it, where those have names. */
int json_csv_write(struct buf *out, const json_t *result, const char *name, const char *fields,
                   const char *empty, struct err *e);

#endif
