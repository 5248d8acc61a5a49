#include "regroup/input_rows.h"

#include <string.h>

#include "regroup/session.h"

/* To be raised when a question, or what is asked for, becomes another. */
enum { FORM = 1 };

/* What is kept of each question: a letter for each field, where 'n' may be NULL. Whoever takes a row relies
 * on that. */
static const struct {
    enum input_part part;
    const char *fields;
} forms[] = {
    {INPUT_PROGRAMME, "tttttnnnnnnnnn"},
    {INPUT_ORGANIZERS, "tttttnnnt"},
    {INPUT_CHALLENGES, "tttt"},
    {INPUT_REPORTS, "tttt"},
    {INPUT_OLD_REPORTS, "tt"},
    {INPUT_MEMBERS, "ttn"},
    {INPUT_WAITING, "ttt"},
    {INPUT_PINS, "tttttn"},
    {INPUT_LOCKS, "tt"},
};

/* A part is its tag, then for each row ROW, how many fields it has, each field, then END. */
enum { ROW = 1, END = 0, FIELDS_MOST = 64 };
#define NO_FIELD UINT32_MAX /* NULL; else the length in bytes, and the text with its NUL */

bool input_rows_known(const struct input_rows *rows)
{
    return rows->kept.size > 0 && rows->kept.data[0] == FORM;
}

void input_rows_again(struct input_rows *rows, struct buf *kept)
{
    *rows = (struct input_rows){.kept = *kept, .at = 1};
    buf_init(kept, 0);
}

void input_rows_free(struct input_rows *rows)
{
    buf_free(&rows->kept);
}

bool input_rows_whole(const struct input_rows *rows)
{
    return !buf_failed(&rows->kept) && rows->kept.size > 0;
}

static void keep(struct input_rows *rows, const void *bytes, size_t size)
{
    struct buf *kept = &rows->kept;
    if (buf_failed(kept))
        return;
    buf_append(kept, bytes, size);
    if (!buf_failed(kept))
        return;
    buf_free(kept); /* half of it is of no use to anybody */
    kept->failed = true;
}

static void keep_byte(struct input_rows *rows, int byte)
{
    unsigned char one = (unsigned char)byte;
    keep(rows, &one, 1);
}

void input_rows_open(struct input_rows *rows, struct pg *pg, size_t most)
{
    *rows = (struct input_rows){.pg = pg};
    buf_init(&rows->kept, most);
    rows->kept.failed = most == 0;
    keep_byte(rows, FORM);
}

static void keep_row(struct input_rows *rows, char *const *fields, int n)
{
    keep_byte(rows, ROW);
    keep_byte(rows, n);
    for (int i = 0; i < n; i++) {
        uint32_t length = fields[i] == NULL ? NO_FIELD : (uint32_t)strlen(fields[i]);
        keep(rows, &length, sizeof length);
        if (fields[i] != NULL)
            keep(rows, fields[i], (size_t)length + 1);
    }
}

struct keeping {
    struct input_rows *rows;
    pg_row take;
    void *context;
};

static int take_and_keep(void *context, char **fields, int n, struct err *e)
{
    const struct keeping *k = context;
    keep_row(k->rows, fields, n);
    return k->take(k->context, fields, n, e);
}

/* What may be NULL may be missing at the end: an earlier version did not ask for it. */
static bool has_form(enum input_part part, char *const *fields, int n)
{
    size_t i = 0;
    while (i < sizeof forms / sizeof forms[0] && forms[i].part != part)
        i++;
    if (i == sizeof forms / sizeof forms[0] || (size_t)n > strlen(forms[i].fields))
        return false;
    for (size_t field = 0; forms[i].fields[field] != '\0'; field++)
        if (fields[field] == NULL && forms[i].fields[field] != 'n')
            return false;
    return true;
}

static int broken(struct err *e)
{
    return err_set(e, ERR_INTERNAL, "the inputs that were kept of the run are not whole");
}

/* Fields point into what is kept; those that a later version of this program asks for besides are NULL. 1:
 * there is a row; 0: that was the last one; < 0: it is broken. */
static int next_row(struct input_rows *rows, char **fields, int *n)
{
    unsigned char *data = rows->kept.data;
    size_t size = rows->kept.size;
    if (rows->at >= size)
        return -1;
    if (data[rows->at++] == END)
        return 0;
    if (rows->at >= size || (*n = data[rows->at++]) > FIELDS_MOST)
        return -1;
    memset(fields + *n, 0, (size_t)(FIELDS_MOST - *n) * sizeof *fields);
    for (int i = 0; i < *n; i++) {
        uint32_t length;
        if (size - rows->at < sizeof length)
            return -1;
        memcpy(&length, data + rows->at, sizeof length);
        rows->at += sizeof length;
        fields[i] = NULL;
        if (length == NO_FIELD)
            continue;
        if (length >= size - rows->at || data[rows->at + length] != '\0')
            return -1;
        fields[i] = (char *)data + rows->at;
        rows->at += (size_t)length + 1;
    }
    return 1;
}

static int read_kept(struct input_rows *rows, enum input_part part, pg_row take, void *context, struct err *e)
{
    char *fields[FIELDS_MOST];
    int n = 0, more;
    if (!input_rows_known(rows) || rows->at >= rows->kept.size ||
        rows->kept.data[rows->at] != (unsigned char)part)
        return broken(e);
    rows->at++;
    while ((more = next_row(rows, fields, &n)) > 0) {
        int code = has_form(part, fields, n) ? take(context, fields, n, e) : broken(e);
        if (code != ERR_OK)
            return code;
    }
    return more == 0 ? ERR_OK : broken(e);
}

int input_rows_copy(struct input_rows *rows, enum input_part part, const char *sql, pg_row take,
                    void *context, struct err *e)
{
    if (rows->pg == NULL)
        return read_kept(rows, part, take, context, e);
    struct keeping k = {rows, take, context};
    keep_byte(rows, (int)part);
    int code = pg_copy_out(rows->pg, sql, buf_failed(&rows->kept) ? take : take_and_keep,
                           buf_failed(&rows->kept) ? context : &k, e);
    keep_byte(rows, END);
    return code == ERR_OK ? ERR_OK : session_failed(e);
}

void input_rows_keep(struct input_rows *rows, char *const *fields, int n)
{
    if (rows->pg != NULL)
        keep_row(rows, fields, n);
}

int input_rows_pick(struct input_rows *rows, enum input_part part, const char *sql, pg_row take,
                    void *context, struct err *e)
{
    if (rows->pg == NULL)
        return read_kept(rows, part, take, context, e);
    keep_byte(rows, (int)part);
    int code = pg_copy_out(rows->pg, sql, take, context, e);
    return code == ERR_OK ? ERR_OK : session_failed(e);
}

void input_rows_picked(struct input_rows *rows)
{
    if (rows->pg != NULL)
        keep_byte(rows, END);
}

int input_rows_query(struct input_rows *rows, enum input_part part, const char *sql, int n,
                     const char *const *values, pg_row take, void *context, struct err *e)
{
    PGresult *r = NULL;
    if (rows->pg == NULL)
        return read_kept(rows, part, take, context, e);
    int code = pg_query(rows->pg, sql, n, values, &r, e);
    if (code != ERR_OK)
        return session_failed(e);
    keep_byte(rows, (int)part);
    for (int row = 0; code == ERR_OK && row < PQntuples(r); row++) {
        char *fields[FIELDS_MOST];
        int columns = PQnfields(r);
        for (int i = 0; i < columns; i++)
            fields[i] = PQgetisnull(r, row, i) ? NULL : PQgetvalue(r, row, i);
        keep_row(rows, fields, columns);
        code = take(context, fields, columns, e);
    }
    keep_byte(rows, END);
    PQclear(r);
    return code;
}
