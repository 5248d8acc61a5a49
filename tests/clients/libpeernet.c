/* libpeernet PORT TOKEN: libpeernet-client, waiting. What it prints is in README.md. */
#include <err.h>
#include <peernet/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char id[] = "2120000019"; /* has a network */

static void print_text(const char *what, const char *value)
{
    printf("{\"%s\": \"%s\"}\n", what, value);
    fflush(stdout);
}

static void print_refused(struct peernet_client *c, const char *what, const char *params)
{
    struct peernet_error error;
    char *json, text[1100];
    if (peernet_call_json(c, "network.of", params, &json, &error) == 0)
        errx(1, "%s: it was not refused", what);
    if (!error.refused)
        errx(1, "%s: %s", what, error.text);
    snprintf(text, sizeof text, "%s: %s", error.code, error.text);
    print_text(what, text);
}

/* params [id], packed */
static void pack_id(msgpack_sbuffer *out)
{
    msgpack_packer packer;
    msgpack_sbuffer_init(out);
    msgpack_packer_init(&packer, out, msgpack_sbuffer_write);
    msgpack_pack_array(&packer, 1);
    msgpack_pack_str_with_body(&packer, id, strlen(id));
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

static void print_name(struct peernet_client *c, const msgpack_sbuffer *params)
{
    struct peernet_error error;
    struct peernet_reply reply;
    char name[200];
    if (peernet_call(c, "network.of", params, &reply, &error) != 0)
        errx(1, "network.of: %s", error.text);
    const msgpack_object *found = get(get(&reply.result, "organizer"), "name");
    snprintf(name, sizeof name, "%.*s", (int)found->via.str.size, found->via.str.ptr);
    peernet_reply_free(&reply);
    print_text("call", name);
}

/* So many calls at once, received from the last to the first; how many were answered well. */
static int pipeline(struct peernet_client *c, const msgpack_sbuffer *params, int n)
{
    int fine = 0;
    struct peernet_error error;
    uint32_t *numbers = calloc((size_t)n, sizeof *numbers);
    for (int i = 0; i < n; i++)
        if (peernet_send(c, "network.of", params, &numbers[i], &error) != 0)
            errx(1, "send: %s", error.text);
    for (int i = n - 1; i >= 0; i--) {
        struct peernet_reply reply;
        fine += peernet_receive(c, numbers[i], &reply, &error) == 0;
        peernet_reply_free(&reply);
    }
    free(numbers);
    return fine;
}

/* Calls until the numbers have left 16 bits. */
static void widen(struct peernet_client *c)
{
    struct peernet_error error;
    uint32_t number = 0;
    while (number <= UINT16_MAX) {
        struct peernet_reply reply;
        uint32_t first = 0;
        for (int i = 0; i < 1000; i++) {
            if (peernet_send(c, "ping", NULL, &number, &error) != 0)
                errx(1, "send: %s", error.text);
            first = i == 0 ? number : first;
        }
        for (uint32_t at = first; at <= number; at++) {
            if (peernet_receive(c, at, &reply, &error) != 0)
                errx(1, "ping: %s", error.text);
            peernet_reply_free(&reply);
        }
    }
}

static void heard(void *context, const char *method, const msgpack_object *params)
{
    const msgpack_object *programme = get(params, "programme");
    if (strcmp(method, "networks.published") != 0)
        return;
    printf("{\"notification\": [\"%s\", \"%.*s\"]}\n", method, (int)programme->via.str.size,
           programme->via.str.ptr);
    *(int *)context = 1;
}

static void listen_once(struct peernet_client *c)
{
    struct peernet_error error;
    char *json;
    int done = 0;
    peernet_on_notification(c, heard, &done);
    if (peernet_call_json(c, "subscribe", "[\"networks\"]", &json, &error) != 0)
        errx(1, "subscribe: %s", error.text);
    printf("{\"subscribed\": [\"networks\"]}\n");
    fflush(stdout);
    free(json);
    for (int i = 0; i < 60 && !done; i++)
        if (peernet_wait(c, 1, &error) != 0)
            errx(1, "wait: %s", error.text);
}

int main(int argc, char **argv)
{
    struct peernet_error error;
    struct peernet_options options = PEERNET_OPTIONS_DEFAULT;
    struct peernet_client *c;
    msgpack_sbuffer params;
    char address[32];
    if (argc != 3)
        errx(2, "usage: libpeernet PORT TOKEN");
    snprintf(address, sizeof address, "127.0.0.1:%.5s", argv[1]);
    if (peernet_open(&c, address, &options, &error) != 0)
        errx(1, "%s: %s", error.code, error.text);
    print_refused(c, "refused", "[\"1\"]");
    options.token = argv[2];
    if (peernet_hello(c, &options, &error) != 0)
        errx(1, "hello: %s", error.text);
    print_text("login", "reader");
    pack_id(&params);
    print_name(c, &params);
    print_refused(c, "error", "{\"organizer\": \"1\"}");
    printf("{\"pipelined\": %d}\n", pipeline(c, &params, 1000));
    widen(c);
    printf("{\"wide\": [%d, true]}\n", pipeline(c, &params, 1000));
    msgpack_sbuffer_destroy(&params);
    listen_once(c);
    peernet_close(c);
    return 0;
}
