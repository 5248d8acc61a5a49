#include "proto/rpc.h"

#include <stdio.h>
#include <string.h>

#include "proto/error.h"
#include "proto/mp.h"
#include "proto/text.h"

static enum rpc_verdict unanswerable(struct err *e, const char *what)
{
    err_set(e, ERR_INVALID,
            "%s; messages are [0, msgid, method, params], [1, msgid, error, result] and [2, method, params]",
            what);
    return RPC_UNANSWERABLE;
}

/* Method and params, at `first` and behind it. */
static enum rpc_verdict read_call(const msgpack_object *top, size_t first, struct rpc_message *out,
                                  struct err *e)
{
    out->params = mp_at(top, first + 1);
    if (!mp_get_str(mp_at(top, first), &out->method, &out->method_size)) {
        err_set(e, ERR_INVALID, "the method's name has to be a str (or bin); %s came",
                mp_type_name(mp_at(top, first)));
        return RPC_REFUSED;
    }
    if (out->params->type != MSGPACK_OBJECT_ARRAY) {
        err_set(e, ERR_INVALID, "params has to be a list: [a, b] by position or [{name: a}] by name; %s came",
                mp_type_name(out->params));
        return RPC_REFUSED;
    }
    return RPC_FINE;
}

static enum rpc_verdict read_notification(const msgpack_object *top, struct rpc_message *out, struct err *e)
{
    if (mp_count(top) != 3)
        return unanswerable(e, "a notification has 3 elements");
    if (read_call(top, 1, out, e) != RPC_FINE)
        return RPC_UNANSWERABLE;
    return RPC_FINE;
}

enum rpc_verdict rpc_read(const msgpack_object *top, struct rpc_message *out, struct err *e)
{
    uint64_t type, msgid;
    memset(out, 0, sizeof *out);
    if (top == NULL || top->type != MSGPACK_OBJECT_ARRAY)
        return unanswerable(e, "the message is no array");
    if (!mp_get_uint(mp_at(top, 0), &type) || type > RPC_NOTIFICATION)
        return unanswerable(e, "the message's type is not 0, 1 or 2");
    out->type = (enum rpc_type)type;
    if (out->type == RPC_NOTIFICATION)
        return read_notification(top, out, e);
    if (mp_count(top) != 4)
        return unanswerable(e, "a request or response has 4 elements");
    if (!mp_get_uint(mp_at(top, 1), &msgid) || msgid > UINT32_MAX)
        return unanswerable(e, "the msgid is no integer from 0 to 4294967295");
    out->msgid = (uint32_t)msgid;
    if (out->type == RPC_REQUEST)
        return read_call(top, 2, out, e);
    out->error = mp_at(top, 2);
    out->result = mp_at(top, 3);
    return RPC_FINE;
}

size_t rpc_request_head(const uint8_t *data, size_t size, uint32_t *msgid)
{
    if (size < 4 || data[0] != 0x94 || data[1] != RPC_REQUEST)
        return 0;
    uint8_t tag = data[2];
    size_t bytes = tag < 0x80 ? 0 : tag == 0xcc ? 1 : tag == 0xcd ? 2 : tag == 0xce ? 4 : SIZE_MAX;
    if (bytes >= size - 3)
        return 0;
    uint32_t value = bytes == 0 ? tag : 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | data[3 + i];
    *msgid = value;
    return 3 + bytes;
}

void rpc_write_request(struct buf *out, uint32_t msgid, const char *method)
{
    mp_array(out, 4);
    mp_uint(out, RPC_REQUEST);
    mp_uint(out, msgid);
    mp_text(out, method);
}

void rpc_write_notification(struct buf *out, const char *method)
{
    mp_array(out, 3);
    mp_uint(out, RPC_NOTIFICATION);
    mp_text(out, method);
}

void rpc_write_result(struct buf *out, uint32_t msgid)
{
    uint8_t *end = buf_reserve(out, 9);
    if (end == NULL)
        return;
    size_t n = 0;
    end[n++] = 0x94;
    end[n++] = RPC_RESPONSE;
    if (msgid >= 0x80)
        end[n++] = msgid > UINT16_MAX ? 0xce : msgid > UINT8_MAX ? 0xcd : 0xcc;
    for (int shift = msgid > UINT16_MAX ? 24 : msgid > UINT8_MAX ? 8 : 0; shift >= 0; shift -= 8)
        end[n++] = (uint8_t)(msgid >> shift);
    end[n++] = 0xc0;
    out->size += n;
}

/* Texts may quote what others sent; a str on the wire is valid UTF-8 always. */
static void write_message(struct buf *out, const char *prefix, const struct err *error)
{
    char text[sizeof error->text + 32];
    int size = snprintf(text, sizeof text, "%s%s%s", prefix, *prefix == '\0' ? "" : ": ", error->text);
    text_repair(text, (size_t)size);
    mp_str(out, text, (size_t)size);
}

static void write_error_map(struct buf *out, const struct err *error)
{
    mp_map(out, 2);
    mp_key(out, "code");
    mp_text(out, error_wire_name(error->code));
    mp_key(out, "message");
    write_message(out, "", error);
}

static void write_error_list(struct buf *out, const struct err *error)
{
    mp_array(out, 2);
    mp_text(out, error_wire_name(error->code));
    write_message(out, "", error);
}

const char *rpc_error_style_name(enum rpc_error_style style)
{
    static const char *const names[RPC_ERROR_STYLES] = {"string", "map", "list"};
    return names[style];
}

void rpc_write_error(struct buf *out, uint32_t msgid, const struct err *error, enum rpc_error_style style)
{
    mp_array(out, 4);
    mp_uint(out, RPC_RESPONSE);
    mp_uint(out, msgid);
    if (style == RPC_ERROR_MAP)
        write_error_map(out, error);
    else if (style == RPC_ERROR_LIST)
        write_error_list(out, error);
    else
        write_message(out, error_wire_name(error->code), error);
    mp_nil(out);
}

static int read_error_string(const char *text, size_t size, struct err *e)
{
    const char *colon = memchr(text, ':', size);
    size_t name = colon == NULL ? 0 : (size_t)(colon - text);
    if (name < 2 || memcmp(text, "E_", 2) != 0)
        return err_set(e, ERR_INTERNAL, "%.*s", (int)size, text);
    size_t rest = name + 1 < size && text[name + 1] == ' ' ? name + 2 : name + 1;
    return err_set(e, error_wire_parse(text, name), "%.*s", (int)(size - rest), text + rest);
}

static int read_error(const msgpack_object *error, struct err *e)
{
    const char *text, *code;
    size_t size, code_size;
    bool list = error != NULL && error->type == MSGPACK_OBJECT_ARRAY;
    if (mp_get_str(error, &text, &size))
        return read_error_string(text, size, e);
    if (mp_get_str(list ? mp_at(error, 0) : mp_find(error, "code"), &code, &code_size) &&
        mp_get_str(list ? mp_at(error, 1) : mp_find(error, "message"), &text, &size))
        return err_set(e, error_wire_parse(code, code_size), "%.*s", (int)size, text);
    return err_set(e, ERR_INTERNAL, "the error is %s, not a str, nor a map or list with code and message",
                   mp_type_name(error));
}

int rpc_read_error(const msgpack_object *error, struct err *e)
{
    if (error == NULL || mp_is_nil(error))
        return ERR_OK;
    enum err_code code = (enum err_code)read_error(error, e);
    return e->text[0] != '\0' ? (int)code : err_set(e, code, "no reason was given");
}
