/* hello, ping, methods, subscribe, unsubscribe: about the connection and the protocol itself. */
#include <string.h>

#include "net/login.h"
#include "proto/mp.h"
#include "proto/text.h"

/* Which of the words an argument is; -1 with *e saying what is allowed, `allowed` as a person lists it. */
static int choose(const char *name, const struct argument *a, const char *const words[], int n,
                  const char *allowed, struct err *e)
{
    char shown[TEXT_SHOWN];
    for (int i = 0; i < n; i++)
        if (a->text_size == strlen(words[i]) && memcmp(a->text, words[i], a->text_size) == 0)
            return i;
    err_set(e, ERR_INVALID, "%s: %s came; %s are allowed", name, text_show(a->text, a->text_size, shown),
            allowed);
    return -1;
}

int handle_hello(struct call *call, struct buf *out, struct err *e)
{
    const char *styles[RPC_ERROR_STYLES];
    static const char *const languages[] = {"sv", "en"};
    for (int i = 0; i < RPC_ERROR_STYLES; i++)
        styles[i] = rpc_error_style_name((enum rpc_error_style)i);
    int style = choose("errors", &call->arguments[1], styles, RPC_ERROR_STYLES, "string, map and list", e);
    int english = style < 0 ? -1 : choose("language", &call->arguments[2], languages, 2, "sv and en", e);
    if (english < 0)
        return e->code;
    call->conn->errors = (enum rpc_error_style)style;
    call->conn->english = english == 1;
    if (call->arguments[3].given) {
        int code = login_begin(call, &call->arguments[3], e);
        if (code != 0)
            return code;
    }
    login_encode(out, call->conn);
    return 0;
}

int handle_ping(struct call *call, struct buf *out, struct err *e)
{
    (void)call;
    (void)e;
    mp_map(out, 1);
    mp_key(out, "pong");
    mp_bool(out, true);
    return 0;
}

static void encode_preset(struct buf *out, const struct param *p)
{
    const struct argument *a = &p->preset;
    if (!p->has_preset)
        mp_nil(out);
    else if (p->type == PARAM_BOOL)
        mp_bool(out, a->flag);
    else if (p->type == PARAM_INT)
        mp_int(out, a->integer);
    else if (p->type == PARAM_UINT)
        mp_uint(out, a->natural);
    else if (p->type == PARAM_FLOAT)
        mp_double(out, a->real);
    else
        mp_str(out, a->text, a->text_size);
}

/* What parameters and the fields of results have in common. */
static void encode_declaration(struct buf *out, const struct param *p)
{
    mp_key(out, "name");
    mp_text(out, p->name);
    mp_key(out, "type");
    mp_text(out, param_type_name(p->type));
    mp_key(out, "optional");
    mp_bool(out, p->optional);
}

static void encode_param(struct buf *out, const struct param *p)
{
    char allowed[128];
    mp_map(out, 5);
    encode_declaration(out, p);
    mp_key(out, "default");
    encode_preset(out, p);
    mp_key(out, "allowed");
    mp_text(out, param_describe(p, allowed, sizeof allowed));
}

static void encode_field(struct buf *out, const struct param *p)
{
    mp_map(out, 3);
    encode_declaration(out, p);
}

static void encode_method(struct buf *out, const struct method *m)
{
    mp_map(out, 6);
    mp_key(out, "name");
    mp_text(out, m->name);
    mp_key(out, "params");
    mp_array(out, (uint32_t)m->n_params);
    for (size_t i = 0; i < m->n_params; i++)
        encode_param(out, &m->params[i]);
    mp_key(out, "result");
    mp_array(out, (uint32_t)m->n_fields);
    for (size_t i = 0; i < m->n_fields; i++)
        encode_field(out, &m->fields[i]);
    mp_key(out, "role");
    mp_text(out, role_name(m->role));
    mp_key(out, "since");
    mp_text(out, m->since);
    mp_key(out, "sentence");
    mp_text(out, m->sentence);
}

int handle_methods(struct call *call, struct buf *out, struct err *e)
{
    const struct method *table = method_table();
    (void)call;
    (void)e;
    mp_map(out, 1);
    mp_key(out, "methods");
    mp_array(out, METHOD_COUNT);
    for (size_t i = 0; i < METHOD_COUNT; i++)
        encode_method(out, &table[i]);
    return 0;
}

static void encode_topics(struct buf *out, uint32_t topics)
{
    uint32_t count = 0;
    mp_map(out, 1);
    mp_key(out, "topics");
    size_t opened = mp_array_open(out);
    for (int i = 0; i < TOPIC_COUNT; i++) {
        if ((topics & 1u << i) == 0)
            continue;
        mp_text(out, topic_name((enum topic)i));
        count++;
    }
    mp_array_close(out, opened, count);
}

static int find_topic(const struct argument *a, uint32_t *bit, struct err *e)
{
    char shown[TEXT_SHOWN];
    int topic = topic_parse(a->text, a->text_size);
    if (topic < 0)
        return err_set(e, ERR_INVALID, "topic: %s came; %s, %s and %s are allowed",
                       text_show(a->text, a->text_size, shown), topic_name(TOPIC_RUNS),
                       topic_name(TOPIC_NETWORKS), topic_name(TOPIC_DAEMON));
    *bit = 1u << topic;
    return 0;
}

int handle_subscribe(struct call *call, struct buf *out, struct err *e)
{
    uint32_t bit = 0;
    if (find_topic(&call->arguments[0], &bit, e))
        return e->code;
    call->conn->topics |= bit;
    encode_topics(out, call->conn->topics);
    return 0;
}

int handle_unsubscribe(struct call *call, struct buf *out, struct err *e)
{
    uint32_t bit = 0;
    if (find_topic(&call->arguments[0], &bit, e))
        return e->code;
    call->conn->topics &= ~bit;
    encode_topics(out, call->conn->topics);
    return 0;
}
