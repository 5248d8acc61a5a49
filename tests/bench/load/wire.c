#include "load/wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/mp.h"
#include "proto/mp_json.h"

#define REDIS_KEY "peernet-bench"
#define MSGID_AT 3u /* behind the array's header, the type and the header of a uint32 */

static int close_call(struct calls *calls, struct err *e)
{
    size_t *at = realloc(calls->at, (calls->n + 2) * sizeof *at);
    if (at == NULL || buf_failed(&calls->bytes)) {
        calls->at = at != NULL ? at : calls->at;
        return err_memory(e, "the calls");
    }
    calls->at = at;
    at[0] = 0;
    at[++calls->n] = calls->bytes.size;
    return 0;
}

int calls_add(struct calls *calls, const char *method, const char *params, struct err *e)
{
    static const uint8_t head[] = {0x94, 0x00, 0xce, 0, 0, 0, 0};
    struct buf json = {0};
    const char *text = params[0] == '\0' ? "[]" : params;
    /* Params by name go in a list, as every client sends them. */
    buf_printf(&json, text[0] == '[' ? "%s" : "[%s]", text);
    size_t before = calls->bytes.size;
    buf_append(&calls->bytes, head, sizeof head);
    mp_text(&calls->bytes, method);
    int code = mp_from_json(&calls->bytes, buf_string(&json), json.size, e);
    buf_free(&json);
    if (code != 0) {
        calls->bytes.size = before;
        return code;
    }
    return close_call(calls, e);
}

static int add_line(struct calls *calls, const char *path, size_t number, char *line, struct err *e)
{
    line[strcspn(line, "\r\n")] = '\0';
    size_t name = strcspn(line, " \t");
    char *params = line + name;
    params += strspn(params, " \t");
    if (name == 0)
        return 0; /* an empty line */
    line[name] = '\0';
    struct err why = ERR_INIT;
    if (calls_add(calls, line, params, &why) == 0)
        return 0;
    return err_set(e, why.code, "%s:%zu: %s", path, number, why.text);
}

int calls_read(struct calls *calls, const char *path, struct err *e)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    char *line = NULL;
    size_t room = 0;
    int code = 0;
    for (size_t number = 1; code == 0 && getline(&line, &room, file) >= 0; number++)
        code = add_line(calls, path, number, line, e);
    free(line);
    fclose(file);
    if (code == 0 && calls->n == 0)
        code = err_set(e, ERR_INVALID, "%s: no call in it", path);
    return code;
}

int calls_redis(struct calls *calls, struct err *e)
{
    calls->redis = true;
    buf_printf(&calls->bytes, "*2\r\n$3\r\nGET\r\n$%zu\r\n%s\r\n", strlen(REDIS_KEY), REDIS_KEY);
    return close_call(calls, e);
}

void calls_redis_set(struct buf *out, size_t bytes)
{
    buf_printf(out, "*3\r\n$3\r\nSET\r\n$%zu\r\n%s\r\n$%zu\r\n", strlen(REDIS_KEY), REDIS_KEY, bytes);
    uint8_t *room = buf_reserve(out, bytes);
    if (room != NULL) {
        memset(room, 'x', bytes);
        out->size += bytes;
    }
    buf_text(out, "\r\n");
}

void calls_free(struct calls *calls)
{
    buf_free(&calls->bytes);
    free(calls->at);
}

void calls_write(const struct calls *calls, size_t which, uint32_t msgid, struct buf *out)
{
    size_t i = which % calls->n, size = calls->at[i + 1] - calls->at[i];
    uint8_t *room = buf_reserve(out, size);
    if (room == NULL)
        return;
    memcpy(room, calls->bytes.data + calls->at[i], size);
    for (uint32_t byte = 0; byte < 4 && !calls->redis; byte++)
        room[MSGID_AT + byte] = (uint8_t)(msgid >> (24 - 8 * byte));
    out->size += size;
}

void answer_begin(struct frame_scan *scan)
{
    frame_begin(scan, &(struct frame_limits){(size_t)64 << 20, FRAME_DEPTH_MAX, 4u << 20});
}

/* [1, msgid, error, result]: the daemon writes the shortest form of each number. */
static int envelope_read(const uint8_t *data, size_t size, struct answer *out, struct err *e)
{
    out->is_answer = size > 3 && data[0] == 0x94 && data[1] == 1;
    if (!out->is_answer)
        return 0;
    size_t wide = data[2] < 0x80 ? 0 : data[2] == 0xcc ? 1 : data[2] == 0xcd ? 2 : data[2] == 0xce ? 4 : 9;
    if (wide == 9 || size < 3 + wide + 1)
        return err_set(e, ERR_INVALID, "an answer whose msgid is no uint32");
    out->msgid = wide == 0 ? data[2] : 0;
    for (size_t i = 0; i < wide; i++)
        out->msgid = out->msgid << 8 | data[3 + i];
    out->is_error = data[3 + wide] != 0xc0;
    return 0;
}

static int redis_scan(const uint8_t *data, size_t size, bool *whole, struct answer *out, struct err *e)
{
    const uint8_t *end = memchr(data, '\n', size);
    *whole = false;
    if (end == NULL)
        return 0;
    size_t line = (size_t)(end - data) + 1;
    *out = (struct answer){.size = line, .is_answer = true, .is_error = data[0] == '-'};
    if (data[0] == '$')
        out->size = data[1] == '-' ? line : line + strtoul((const char *)data + 1, NULL, 10) + 2;
    else if (data[0] != '+' && data[0] != '-')
        return err_set(e, ERR_INVALID, "this is no redis: an answer begins with byte 0x%02x", data[0]);
    *whole = size >= out->size;
    return 0;
}

int answer_scan(struct frame_scan *scan, bool redis, const uint8_t *data, size_t size, bool *whole,
                struct answer *out, struct err *e)
{
    *whole = false;
    if (size == 0)
        return 0;
    if (redis)
        return redis_scan(data, size, whole, out, e);
    size_t quick = scan->at == 0 ? frame_skip(&scan->limits, data, size) : 0;
    if (quick > 0) {
        *whole = true;
        *out = (struct answer){.size = quick};
        return envelope_read(data, quick, out, e);
    }
    switch (frame_scan(scan, data, size)) {
    case FRAME_MORE:
        return 0;
    case FRAME_WHOLE:
        *whole = true;
        *out = (struct answer){.size = scan->at};
        return envelope_read(data, scan->at, out, e);
    default:
        return err_set(e, ERR_INVALID, "this is no MessagePack-RPC: %s", scan->reason);
    }
}
