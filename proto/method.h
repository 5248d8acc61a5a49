/* method.h - methods.def and notifications.def as tables, their notation parsed: what dispatch, parameter
 * checks, introspection, the command line's help and PROTOCOL.md are made from.
 *
 * The notation is parsed on first use; a mistake in it ends the program at once with its place (a unit test
 * sees to it that none is released). Static data, immutable after that; any thread after the first call. */
#ifndef PEERNET_PROTO_METHOD_H
#define PEERNET_PROTO_METHOD_H

#include <msgpack.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define METHOD_PARAMS_MAX 8
#define METHOD_FIELDS_MAX 16

enum method_id {
#define METHOD(symbol, name, parameters, result, role, since, sentence) METHOD_##symbol,
#include "proto/methods.def"
#undef METHOD
    METHOD_COUNT
};

/* From least to most; a connection may call the methods of its own role and of all below it. */
enum role {
#define ROLE(symbol, name, sentence) ROLE_##symbol,
#include "proto/roles.def"
#undef ROLE
    ROLE_COUNT
};
const char *role_name(enum role role);
const char *role_sentence(enum role role);
int role_parse(const char *name, size_t size); /* -1 for anything else */

enum param_type {
    PARAM_BOOL,
    PARAM_INT,
    PARAM_UINT,
    PARAM_FLOAT,
    PARAM_STR,
    PARAM_LIST,
    PARAM_MAP,
    PARAM_ANY
};
const char *param_type_name(enum param_type type); /* as the notation has it */

/* One checked value. Text is not NUL-terminated but holds no NUL; it and objects borrow from the request (or
 * from the table, for a default). */
struct argument {
    bool given; /* or has a default; false: left out, nothing else is set */
    bool flag;
    int64_t integer;
    uint64_t natural;
    double real;
    const char *text;
    size_t text_size;             /* bytes */
    const msgpack_object *object; /* list, map, any */
};

struct param {
    char name[32];
    enum param_type type;
    bool optional;   /* may be left out or nil */
    bool has_preset; /* `preset` is its value then */
    bool ranged;
    double lowest_real, highest_real; /* float */
    uint64_t lowest, highest;         /* uint: value; str: characters */
    int64_t lowest_int, highest_int;  /* int */
    struct argument preset;
    char preset_text[32];
    char range_text[64]; /* "1..64", "" when not ranged */
};

struct method {
    enum method_id id;
    enum role role;
    const char *name, *parameters, *result, *since, *sentence;
    struct param params[METHOD_PARAMS_MAX];
    size_t n_params;
    struct param fields[METHOD_FIELDS_MAX]; /* of the result map */
    size_t n_fields;
};

/* The table, METHOD_COUNT long, in the order of methods.def. */
const struct method *method_table(void);
/* By name; NULL when there is none. */
const struct method *method_find(const char *name, size_t size);
/* The name nearest to a mistyped one; NULL when none is near. */
const char *method_nearest(const char *name, size_t size);

/* Checks a request's params (an array: positional values, or one map by name) and fills
 * arguments[0..n_params). ERR_INVALID names the parameter, what came and what is allowed. */
int method_arguments(const struct method *m, const msgpack_object *params,
                     struct argument arguments[METHOD_PARAMS_MAX], struct err *e);

/* What a parameter allows, in words: "a str of 1 to 64 characters". Writes into `out`, returns it. */
const char *param_describe(const struct param *p, char *out, size_t size);

/* Notifications: what the daemon sends to connections that subscribed to a topic. */
struct notification {
    const char *name, *topic, *fields_notation, *sentence;
    struct param fields[METHOD_FIELDS_MAX];
    size_t n_fields;
};
enum notification_id {
#define NOTIFICATION(symbol, name, topic, fields, sentence) NOTIFICATION_##symbol,
#include "proto/notifications.def"
#undef NOTIFICATION
    NOTIFICATION_COUNT
};
const struct notification *notification_table(void);

enum topic {
#define TOPIC(symbol, name, sentence) TOPIC_##symbol,
#include "proto/notifications.def"
#undef TOPIC
    TOPIC_COUNT
};
const char *topic_name(enum topic topic);
const char *topic_sentence(enum topic topic);
int topic_parse(const char *name, size_t size); /* -1 for anything else */

#endif
