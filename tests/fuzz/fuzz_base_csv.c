/* Any bytes, in any portions, are read to the end: every place inside the input, every row whole; and what
 * was read is written and read back the same. */
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"

struct source {
    const uint8_t *data;
    size_t left;
    size_t portion; /* most bytes a read gives */
};

static int64_t give(void *context, void *out, size_t size)
{
    struct source *s = context;
    size_t n = s->left < size ? s->left : size;
    if (n > s->portion)
        n = s->portion;
    if (n == 0) /* libFuzzer's empty input is a null pointer, to which not even 0 may be added */
        return 0;
    memcpy(out, s->data, n);
    s->data += n;
    s->left -= n;
    return (int64_t)n;
}

static void must(int holds)
{
    if (!holds)
        abort();
}

static uint64_t hash(uint64_t h, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++)
        h = (h ^ bytes[i]) * 1099511628211u;
    return h;
}

static void check_row(const struct csv *c, size_t lines)
{
    struct csv_place last = c->row;
    for (uint32_t i = 0; i < c->count; i++) {
        const struct csv_field *f = &c->fields[i];
        must(f->text[f->size] == '\0' && strlen(f->text) == f->size);
        must(f->place.line >= last.line && f->place.line <= lines && f->place.column >= 1);
        must(f->place.line > last.line || f->place.column >= last.column);
        last = f->place;
    }
}

/* Reads all and tells it as one number; rows that are fine are appended to `out` when it is not NULL. */
static uint64_t read_all(const uint8_t *data, size_t size, size_t portion, struct buf *out, int *faults)
{
    struct source source = {data, size, portion};
    struct csv c;
    struct err e = ERR_INIT;
    uint64_t h = 14695981039346656037u;
    size_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    must(csv_open(&c, give, &source, &e) == ERR_OK);
    enum csv_result got;
    while ((got = csv_next(&c, &e)) == CSV_ROW || got == CSV_FAULT) {
        if (got == CSV_FAULT) {
            must(c.fault[0] != '\0' && c.fault_place.line >= 1 && c.fault_place.line <= lines);
            must(c.fault_place.column >= 1);
            h = hash(h, &c.fault_place, sizeof c.fault_place);
            ++*faults;
            continue;
        }
        check_row(&c, lines);
        for (uint32_t i = 0; i < c.count; i++) {
            h = hash(h, c.fields[i].text, c.fields[i].size + 1);
            if (out != NULL) {
                buf_append(out, ",", i > 0);
                /* An only field that is empty would be an empty line. */
                if (c.count == 1 && c.fields[i].size == 0)
                    buf_text(out, "\"\"");
                csv_write_field(out, c.fields[i].text);
            }
        }
        if (out != NULL)
            buf_append(out, "\n", 1);
    }
    must(got == CSV_END && source.left == 0 && c.bytes == size);
    csv_close(&c);
    return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf copy;
    int faults = 0, again = 0, none = 0;
    buf_init(&copy, 0);
    uint64_t whole = read_all(data, size, SIZE_MAX, &copy, &faults);
    must(read_all(data, size, 1, NULL, &again) == whole && again == faults);
    uint64_t back = read_all(copy.data, copy.size, 7, NULL, &none);
    must(none == 0 && (faults > 0 || back == whole));
    buf_free(&copy);
    return 0;
}
