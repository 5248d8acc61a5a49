/* libpeernet_uv PORT TOKEN: libpeernet-client on a libuv loop. What it prints is in README.md. */
#include <err.h>
#include <peernet/client_uv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct story {
    struct peernet_uv *client;
    msgpack_sbuffer params; /* [id] of an organizer that has a network */
    int answered, fine;
    void (*next)(struct story *);
};

static void print_error(const char *what, const struct peernet_error *error)
{
    if (error == NULL || !error->refused)
        errx(1, "%s: %s: %s", what, error == NULL ? "E_NONE" : error->code, error == NULL ? "" : error->text);
    printf("{\"%s\": \"%s: %s\"}\n", what, error->code, error->text);
}

static msgpack_sbuffer pack(const char *text)
{
    msgpack_sbuffer out;
    msgpack_packer packer;
    msgpack_sbuffer_init(&out);
    msgpack_packer_init(&packer, &out, msgpack_sbuffer_write);
    msgpack_pack_array(&packer, 1);
    msgpack_pack_str_with_body(&packer, text, strlen(text));
    return out;
}

static void call(struct story *s, const char *method, const msgpack_sbuffer *params,
                 peernet_uv_answered answered)
{
    struct peernet_error error;
    if (peernet_uv_call(s->client, method, params, answered, s, &error) != 0)
        errx(1, "%s: %s", method, error.text);
}

static const msgpack_object *get(const msgpack_object *map, const char *key)
{
    for (uint32_t i = 0; map->type == MSGPACK_OBJECT_MAP && i < map->via.map.size; i++) {
        const msgpack_object_kv *kv = &map->via.map.ptr[i];
        if (kv->key.via.str.size == strlen(key) && memcmp(kv->key.via.str.ptr, key, strlen(key)) == 0)
            return &kv->val;
    }
    errx(1, "the answer has no %s", key);
}

static void print_text(const char *what, const msgpack_object *text)
{
    printf("{\"%s\": \"%.*s\"}\n", what, (int)text->via.str.size, text->via.str.ptr);
}

static void counted(void *context, const msgpack_object *result, const struct peernet_error *error)
{
    struct story *s = context;
    (void)result;
    s->fine += error == NULL;
    if (++s->answered == 1000)
        s->next(s);
}

static void thousand(struct story *s, const char *method, const msgpack_sbuffer *params,
                     void (*next)(struct story *))
{
    s->answered = s->fine = 0;
    s->next = next;
    for (int i = 0; i < 1000; i++)
        call(s, method, params, counted);
}

static void heard(void *context, const char *method, const msgpack_object *params)
{
    struct story *s = context;
    const msgpack_object *programme = get(params, "programme");
    if (strcmp(method, "networks.published") != 0)
        return;
    printf("{\"notification\": [\"%s\", \"%.*s\"]}\n", method, (int)programme->via.str.size,
           programme->via.str.ptr);
    peernet_uv_close(s->client, NULL);
}

static void subscribed(void *context, const msgpack_object *result, const struct peernet_error *error)
{
    (void)context, (void)result;
    if (error != NULL)
        errx(1, "subscribe: %s", error->text);
    printf("{\"subscribed\": [\"networks\"]}\n");
    fflush(stdout);
}

static void after_wide(struct story *s)
{
    msgpack_sbuffer topic = pack("networks");
    printf("{\"wide\": [%d, true]}\n", s->fine);
    peernet_uv_on_notification(s->client, heard, s);
    call(s, "subscribe", &topic, subscribed);
    msgpack_sbuffer_destroy(&topic);
}

/* Until the numbers have left 16 bits. */
static void widen(struct story *s)
{
    static int rounds;
    if (rounds++ < 66)
        thousand(s, "ping", NULL, widen);
    else
        thousand(s, "network.of", &s->params, after_wide);
}

static void after_pipelined(struct story *s)
{
    printf("{\"pipelined\": %d}\n", s->fine);
    widen(s);
}

static void named(void *context, const msgpack_object *result, const struct peernet_error *error)
{
    if (error != NULL)
        errx(1, "network.of: %s", error->text);
    print_text("call", get(get(result, "organizer"), "name"));
    thousand(context, "network.of", &((struct story *)context)->params, after_pipelined);
}

static void not_found(void *context, const msgpack_object *result, const struct peernet_error *error)
{
    struct story *s = context;
    (void)result;
    print_error("error", error);
    call(s, "network.of", &s->params, named);
}

static void state(void *context, const struct peernet_error *error)
{
    struct story *s = context;
    msgpack_sbuffer nobody = pack("1");
    if (error != NULL)
        errx(1, "%s: %s", error->code, error->text);
    printf("{\"login\": \"reader\"}\n");
    call(s, "network.of", &nobody, not_found);
    msgpack_sbuffer_destroy(&nobody);
}

static void denied(void *context, const msgpack_object *result, const struct peernet_error *error)
{
    struct story *s = context;
    (void)result;
    print_error("refused", error);
    peernet_uv_close(s->client, NULL);
}

static void open_client(struct story *s, uv_loop_t *loop, const char *port, const char *token)
{
    struct peernet_error error;
    struct peernet_options options = {.token = token};
    char address[32];
    snprintf(address, sizeof address, "127.0.0.1:%.5s", port);
    if (peernet_uv_open(&s->client, loop, address, &options, token == NULL ? NULL : state, s, &error) != 0)
        errx(1, "%s: %s", error.code, error.text);
}

int main(int argc, char **argv)
{
    struct story s = {.params = pack("2120000019")};
    uv_loop_t loop;
    if (argc != 3)
        errx(2, "usage: libpeernet_uv PORT TOKEN");
    uv_loop_init(&loop);
    open_client(&s, &loop, argv[1], NULL);
    call(&s, "network.of", &s.params, denied); /* before it is connected */
    uv_run(&loop, UV_RUN_DEFAULT);
    open_client(&s, &loop, argv[1], argv[2]);
    uv_run(&loop, UV_RUN_DEFAULT);
    msgpack_sbuffer_destroy(&s.params);
    if (uv_loop_close(&loop) != 0)
        errx(1, "the loop still has handles");
    return 0;
}
