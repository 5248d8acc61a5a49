#include "peernet/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "peernet/json.h"
#include "proto/client/peernet/client.h"
#include "proto/error.h"
#include "proto/mp_json.h"

struct client {
    struct peernet_client *peernet;
    bool refused;
    client_notified notified;
    void *context;
};

void client_limits_default(struct client_limits *limits)
{
    *limits =
        (struct client_limits){.connect_seconds = 5, .call_seconds = 30, .reply_bytes = (size_t)64 << 20};
}

static int fail(struct client *client, const struct peernet_error *error, struct err *e)
{
    client->refused = error->refused != 0;
    return err_set(e, error_wire_parse(error->code, strlen(error->code)), "%s", error->text);
}

int client_open(struct client **out, const char *address, const struct client_trust *trust,
                const struct client_limits *limits, struct err *e)
{
    struct peernet_error error;
    struct peernet_options options = {.ca = trust->ca,
                                      .certificate = trust->certificate,
                                      .key = trust->key,
                                      .connect_seconds = limits->connect_seconds,
                                      .call_seconds = limits->call_seconds,
                                      .reply_bytes = limits->reply_bytes};
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return err_memory(e, "a connection");
    if (peernet_open(&client->peernet, address, &options, &error) != 0) {
        int failed = fail(client, &error, e);
        free(client);
        return failed;
    }
    *out = client;
    return 0;
}

int64_t client_certificate_ends(const struct client *client)
{
    return peernet_certificate_ends(client->peernet);
}

void client_close(struct client *client)
{
    if (client == NULL)
        return;
    peernet_close(client->peernet);
    free(client);
}

static void pass_on(void *context, const char *method, const msgpack_object *params)
{
    const struct client *client = context;
    struct err ignored = ERR_INIT;
    json_t *json = json_from_mp(params, &ignored);
    if (json != NULL)
        client->notified(client->context, method, json);
    json_decref(json);
}

void client_on_notification(struct client *client, client_notified notified, void *context)
{
    client->notified = notified;
    client->context = context;
    peernet_on_notification(client->peernet, notified == NULL ? NULL : pass_on, client);
}

void client_on_interrupt(struct client *client, const volatile sig_atomic_t *flag)
{
    peernet_on_interrupt(client->peernet, flag);
}

static int call(struct client *client, const char *method, const struct buf *params, json_t **result,
                struct err *e)
{
    struct peernet_error error;
    struct peernet_reply reply;
    msgpack_sbuffer packed = {.data = (char *)params->data, .size = params->size, .alloc = params->capacity};
    if (buf_failed(params))
        return err_memory(e, "a request");
    if (peernet_call(client->peernet, method, &packed, &reply, &error) != 0)
        return fail(client, &error, e);
    *result = json_from_mp(&reply.result, e);
    peernet_reply_free(&reply);
    return *result == NULL ? (int)e->code : 0;
}

int client_call(struct client *client, const char *method, const json_t *params, json_t **result,
                struct err *e)
{
    struct buf packed;
    *result = NULL;
    client->refused = false;
    buf_init(&packed, 0);
    if (params != NULL)
        mp_json_value(&packed, params);
    int failed = call(client, method, &packed, result, e);
    buf_free(&packed);
    return failed;
}

int client_hello(struct client *client, const char *language, const char *token, struct err *e)
{
    struct peernet_error error;
    struct peernet_options options = {
        .language = language, .token = token, .name = "peernet " PEERNET_VERSION};
    client->refused = false;
    return peernet_hello(client->peernet, &options, &error) == 0 ? 0 : fail(client, &error, e);
}

bool client_refused(const struct client *client)
{
    return client->refused;
}

int client_wait(struct client *client, double seconds, struct err *e)
{
    struct peernet_error error;
    client->refused = false;
    return peernet_wait(client->peernet, seconds, &error) == 0 ? 0 : fail(client, &error, e);
}
