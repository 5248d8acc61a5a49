/* input_rows.h - where the rows come from that a run is computed of: the database, in which case they are
 * kept on the way, so that the run can be computed again; or what was kept.
 *
 * Kept is the number of the form, then each question's tag and each of its rows, field by field, one after
 * the other as they were asked for: whoever reads asks in the same order. Owner: whoever opened it. One
 * thread. */
#ifndef PEERNET_REGROUP_INPUT_ROWS_H
#define PEERNET_REGROUP_INPUT_ROWS_H

#include "base/buf.h"
#include "store/pg_sync.h"

struct input_rows {
    struct pg *pg;   /* NULL: they come out of what was kept */
    struct buf kept; /* all of them, one way or the other; failed: too many, or no memory for them */
    size_t at;       /* what is kept is read up to here */
};

enum input_part {
    INPUT_PROGRAMME = 'p',
    INPUT_ORGANIZERS = 'o',
    INPUT_CHALLENGES = 'c',
    INPUT_REPORTS = 'r',
    INPUT_OLD_REPORTS = 'a',
    INPUT_MEMBERS = 'm',
    INPUT_WAITING = 'w',
    INPUT_PINS = 'k',
    INPUT_LOCKS = 'l'
};

/* They come from the database and are kept, up to `most` bytes; 0: none are. */
void input_rows_open(struct input_rows *rows, struct pg *pg, size_t most);
/* They come out of bytes that were kept, which are taken out of the buf. */
void input_rows_again(struct input_rows *rows, struct buf *kept);
/* Those are in the form that this program keeps them in; another version's may have other columns. */
bool input_rows_known(const struct input_rows *rows);
void input_rows_free(struct input_rows *rows);
/* Is all of it kept? */
bool input_rows_whole(const struct input_rows *rows);

/* The rows of a COPY (... TO STDOUT), or those that were kept of it, in their order. */
int input_rows_copy(struct input_rows *rows, enum input_part part, const char *sql, pg_row take,
                    void *context, struct err *e);
/* The same of which not all is to be kept: between these two calls whoever takes them says what, row by row.
 * What was kept comes out as it is. */
int input_rows_pick(struct input_rows *rows, enum input_part part, const char *sql, pg_row take,
                    void *context, struct err *e);
void input_rows_keep(struct input_rows *rows, char *const *fields, int n);
void input_rows_picked(struct input_rows *rows);
/* Those of a query; with what is kept, `sql` is not asked. */
int input_rows_query(struct input_rows *rows, enum input_part part, const char *sql, int n,
                     const char *const *values, pg_row take, void *context, struct err *e);

#endif
