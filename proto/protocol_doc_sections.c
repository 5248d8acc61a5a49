#include "proto/protocol_doc.h"

#include <stdlib.h>
#include <string.h>

#include "proto/error.h"
#include "proto/method.h"
#include "proto/mp.h"
#include "proto/mp_json.h"
#include "proto/rpc.h"

#define EXAMPLE_MSGID 7
#define HEX_BYTES 24 /* on a line */
#define HEX_LINES 4  /* of one message; longer ones are cut */

static void write_hex(struct buf *out, const struct buf *bytes)
{
    size_t shown = bytes->size < HEX_BYTES * HEX_LINES ? bytes->size : HEX_BYTES * HEX_LINES;
    for (size_t i = 0; i < shown; i++)
        buf_printf(out, "%s%02x", i == 0 ? "" : i % HEX_BYTES == 0 ? "\n" : " ", bytes->data[i]);
    if (shown < bytes->size)
        buf_printf(out, " ... (%zu bytes)", bytes->size);
    buf_text(out, "\n");
}

static int encode_json(const json_t *value, struct buf *out, struct err *e)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    if (text == NULL)
        return err_memory(e, "reading an example");
    int code = mp_from_json(out, text, strlen(text), e);
    free(text);
    return code;
}

/* A message as hex and as JSON, in a block each. */
static int write_message(struct buf *out, const char *title, const struct buf *bytes, struct err *e)
{
    struct mp_tree tree;
    struct buf line;
    if (mp_unpack(bytes->data, bytes->size, &tree, e)) {
        mp_free(&tree);
        return e->code;
    }
    buf_init(&line, 0);
    mp_to_json(&line, tree.top, false);
    if (line.size > 110) {
        buf_clear(&line);
        mp_to_json(&line, tree.top, true);
    }
    buf_printf(out, "%s\n\n```\n", title);
    write_hex(out, bytes);
    buf_printf(out, "```\n```json\n%s\n```\n\n", buf_string(&line));
    mp_free(&tree);
    buf_free(&line);
    return 0;
}

static int write_request(struct buf *out, const char *method, const json_t *params, struct err *e)
{
    struct buf bytes;
    buf_init(&bytes, 0);
    rpc_write_request(&bytes, EXAMPLE_MSGID, method);
    if (encode_json(params, &bytes, e) == 0)
        write_message(out, "Request:", &bytes, e);
    buf_free(&bytes);
    return e->code;
}

static int write_response(struct buf *out, const json_t *result, struct err *e)
{
    struct buf bytes;
    buf_init(&bytes, 0);
    rpc_write_result(&bytes, EXAMPLE_MSGID);
    if (encode_json(result, &bytes, e) == 0)
        write_message(out, "Response:", &bytes, e);
    buf_free(&bytes);
    return e->code;
}

static int write_notification(struct buf *out, const char *name, const json_t *fields, struct err *e)
{
    struct buf bytes;
    buf_init(&bytes, 0);
    rpc_write_notification(&bytes, name);
    mp_array(&bytes, 1);
    if (encode_json(fields, &bytes, e) == 0)
        write_message(out, "For example:", &bytes, e);
    buf_free(&bytes);
    return e->code;
}

static bool is_of_type(const json_t *value, const struct param *field)
{
    switch (field->type) {
    case PARAM_BOOL:
        return json_is_boolean(value);
    case PARAM_INT:
    case PARAM_UINT:
        return json_is_integer(value);
    case PARAM_FLOAT:
        return json_is_real(value);
    case PARAM_STR:
        return json_is_string(value);
    case PARAM_LIST:
        return json_is_array(value);
    case PARAM_MAP:
        return json_is_object(value);
    default:
        return true;
    }
}

/* An example has exactly the fields of the table, each of its type. */
static int check_fields(const char *name, const json_t *map, const struct param *fields, size_t n,
                        struct err *e)
{
    if (!json_is_object(map) || json_object_size(map) != n)
        return err_set(e, ERR_INVALID, "the example of %s is missing or has not %zu fields", name, n);
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_object_get(map, fields[i].name);
        if (value == NULL)
            return err_set(e, ERR_INVALID, "the example of %s lacks %s", name, fields[i].name);
        if (!(json_is_null(value) && fields[i].optional) && !is_of_type(value, &fields[i]))
            return err_set(e, ERR_INVALID, "the example of %s has a %s of another type", name,
                           fields[i].name);
    }
    return 0;
}

/* An example's parameters pass the real check. */
static int check_params(const struct method *m, const json_t *params, struct err *e)
{
    struct argument arguments[METHOD_PARAMS_MAX];
    struct mp_tree tree;
    struct buf bytes;
    if (params == NULL)
        return err_set(e, ERR_INVALID, "there is no example of %s", m->name);
    buf_init(&bytes, 0);
    msgpack_unpacked_init(&tree.unpacked);
    if (encode_json(params, &bytes, e) == 0 && mp_unpack(bytes.data, bytes.size, &tree, e) == 0)
        method_arguments(m, tree.top, arguments, e);
    mp_free(&tree);
    buf_free(&bytes);
    return e->code;
}

static void write_params(struct buf *out, const struct method *m)
{
    char allowed[128];
    if (m->n_params == 0) {
        buf_text(out, "No parameters.\n\n");
        return;
    }
    buf_text(out, "| parameter | allowed | when left out |\n|---|---|---|\n");
    for (size_t i = 0; i < m->n_params; i++) {
        const struct param *p = &m->params[i];
        buf_printf(out, "| `%s` | %s | %s%s%s |\n", p->name, param_describe(p, allowed, sizeof allowed),
                   p->has_preset ? "`" : "",
                   p->has_preset ? p->preset_text
                   : p->optional ? "not set"
                                 : "refused",
                   p->has_preset ? "`" : "");
    }
    buf_text(out, "\n");
}

static void write_fields(struct buf *out, const char *title, const struct param *fields, size_t n)
{
    buf_text(out, title);
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%s `%s` %s%s", i > 0 ? "," : "", fields[i].name, param_type_name(fields[i].type),
                   fields[i].optional ? " or nil" : "");
    buf_text(out, ".\n\n");
}

static int write_method(struct buf *out, const struct method *m, const json_t *example, struct err *e)
{
    const json_t *params = json_object_get(example, "params"), *result = json_object_get(example, "result");
    if (check_params(m, params, e) || check_fields(m->name, result, m->fields, m->n_fields, e))
        return e->code;
    buf_printf(out, "### %s\n\n%s Role: %s. Since %s.\n\n", m->name, m->sentence, role_name(m->role),
               m->since);
    write_params(out, m);
    write_fields(out, "Result:", m->fields, m->n_fields);
    if (write_request(out, m->name, params, e))
        return e->code;
    return write_response(out, result, e);
}

static int section_methods(const json_t *examples, struct buf *out, struct err *e)
{
    const struct method *table = method_table();
    buf_text(out, "\n");
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (write_method(out, &table[i], json_object_get(examples, table[i].name), e))
            return e->code;
    return 0;
}

/* Each role with the methods that it may call and the ones above it may not. */
static int section_roles(const json_t *examples, struct buf *out, struct err *e)
{
    const struct method *table = method_table();
    (void)examples;
    (void)e;
    buf_text(out, "\n| role | | methods |\n|---|---|---|\n");
    for (int role = 0; role < ROLE_COUNT; role++) {
        const char *separator = "";
        buf_printf(out, "| `%s` | %s | ", role_name((enum role)role), role_sentence((enum role)role));
        for (size_t i = 0; i < METHOD_COUNT; i++) {
            if (table[i].role != (enum role)role)
                continue;
            buf_printf(out, "%s`%s`", separator, table[i].name);
            separator = ", ";
        }
        buf_text(out, " |\n");
    }
    buf_text(out, "\n");
    return 0;
}

static int section_notifications(const json_t *examples, struct buf *out, struct err *e)
{
    buf_text(out, "\n| topic | what comes |\n|---|---|\n");
    for (int i = 0; i < TOPIC_COUNT; i++)
        buf_printf(out, "| `%s` | %s |\n", topic_name((enum topic)i), topic_sentence((enum topic)i));
    buf_text(out, "\n");
    for (size_t i = 0; i < NOTIFICATION_COUNT; i++) {
        const struct notification *n = &notification_table()[i];
        const json_t *fields = json_object_get(json_object_get(examples, n->name), "fields");
        buf_printf(out, "### %s\n\nTopic `%s`. %s\n\n", n->name, n->topic, n->sentence);
        write_fields(out, "Fields:", n->fields, n->n_fields);
        if (check_fields(n->name, fields, n->fields, n->n_fields, e) ||
            write_notification(out, n->name, fields, e))
            return e->code;
    }
    return 0;
}

static int section_errors(const json_t *examples, struct buf *out, struct err *e)
{
    (void)examples;
    (void)e;
    buf_text(out, "\n| error | when |\n|---|---|\n");
    for (size_t i = 0; i < error_count; i++)
        if (i == 0 || strcmp(error_defs[i].name, error_defs[i - 1].name) != 0)
            buf_printf(out, "| `%s` | %s |\n", error_defs[i].name, error_defs[i].sentence);
    buf_text(out, "\n");
    return 0;
}

static int write_error_example(struct buf *out, const char *title, enum rpc_error_style style, struct err *e)
{
    struct err error = ERR_INIT;
    struct buf bytes;
    err_set(&error, ERR_NOT_FOUND, "no organizer has the id '1'");
    buf_init(&bytes, 0);
    rpc_write_error(&bytes, EXAMPLE_MSGID, &error, style);
    write_message(out, title, &bytes, e);
    buf_free(&bytes);
    return e->code;
}

static void write_error_examples_asked_for(struct buf *out, struct err *e)
{
    if (write_error_example(
            out, "The same for a client that asked for `errors=map` in `hello`:", RPC_ERROR_MAP, e) == 0)
        write_error_example(out, "And for one that asked for `errors=list`:", RPC_ERROR_LIST, e);
}

static int section_envelopes(const json_t *examples, struct buf *out, struct err *e)
{
    json_t *none = json_array(), *pong = json_pack("{s:b}", "pong", 1);
    (void)examples;
    buf_text(out, "\n");
    if (none == NULL || pong == NULL)
        err_memory(e, "an example");
    else if (write_request(out, "ping", none, e) == 0 && write_response(out, pong, e) == 0 &&
             write_error_example(out, "A response with an error, as a string:", RPC_ERROR_STRING, e) == 0)
        write_error_examples_asked_for(out, e);
    json_decref(none);
    json_decref(pong);
    return e->code;
}

int section_write(const char *name, const json_t *examples, struct buf *out, struct err *e)
{
    static const struct {
        const char *name;
        int (*write)(const json_t *examples, struct buf *out, struct err *e);
    } sections[] = {{"envelopes", section_envelopes},
                    {"errors", section_errors},
                    {"methods", section_methods},
                    {"notifications", section_notifications},
                    {"roles", section_roles}};
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        if (strcmp(sections[i].name, name) == 0)
            return sections[i].write(examples, out, e);
    return err_set(e, ERR_NOT_FOUND, "no section is called %s", name);
}
