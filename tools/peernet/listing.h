/* listing.h - a command that shows one list of a method's result as a table, a row an entry; or the result as
 * JSON. Static data of the command; one thread. */
#ifndef PEERNET_CLI_LISTING_H
#define PEERNET_CLI_LISTING_H

#include <jansson.h>

#include "peernet/invocation.h"
#include "peernet/table.h"

struct listing {
    const char *key; /* of the result, under which the list is */
    const struct table_column *columns;
    size_t n_columns;
    void (*write_row)(struct cli *cli, struct buf *row, const json_t *entry); /* a cell a column */
    enum text none; /* said in place of an empty table; or TEXT_NONE */
    void (*write_rest)(struct cli *cli, const json_t *result); /* behind the table; NULL: nothing */
};

/* Calls the command's method: the exit code. */
int listing_show(struct cli *cli, const struct invocation *in, const struct listing *l);

#endif
