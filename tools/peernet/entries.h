/* entries.h - reports or organizers that a person wants entered: from a file (CSV with the columns of
 * `peernet db import`, or JSON) or as words FIELD=VALUE, as the list that the daemon takes. What is in a CSV
 * file is checked here by the rules that the daemon has too, so that a mistake is told with its line and
 * column.
 *
 * Owner: the caller, of what is read; entries_free also after a failure. One thread. */
#ifndef PEERNET_CLI_ENTRIES_H
#define PEERNET_CLI_ENTRIES_H

#include "core/population/input.h"
#include "peernet/cli.h"

struct entries {
    json_t *list;
    uint64_t *lines; /* in which line of the CSV file each begins; NULL for JSON and words */
    size_t n_lines, room;
};

/* `path`: "-" is standard input. 0 or the exit code, told. */
int entries_read(struct cli *cli, enum input_table table, const char *path, struct entries *out);
void entries_free(struct entries *entries);

/* Puts "pupils=120", "county=" (nothing: empties it) or "attr.forms=a;b" into an entry. ERR_INVALID in the
 * words of input.h. */
int entries_put(json_t *entry, enum input_table table, const char *word, struct err *e);

/* The line of the entry that an error of the daemon names, as in reports[17]; 0 when it names none. */
uint64_t entries_line(const struct entries *entries, const char *error);

#endif
