#include "proto/method.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

#include "proto/notation.h"
#include "proto/text.h"

static struct method methods[METHOD_COUNT] = {
#define METHOD(symbol, called, takes, gives, who, from, says) \
    {.id = METHOD_##symbol,                                   \
     .name = (called),                                        \
     .parameters = (takes),                                   \
     .result = (gives),                                       \
     .role = (who),                                           \
     .since = (from),                                         \
     .sentence = (says)},
#define none ROLE_NONE
#define reader ROLE_READER
#define reporter ROLE_REPORTER
#define operator ROLE_OPERATOR
#define admin ROLE_ADMIN
#include "proto/methods.def"
#undef METHOD
#undef none
#undef reader
#undef reporter
#undef operator
#undef admin
};

static struct notification notifications[NOTIFICATION_COUNT] = {
#define NOTIFICATION(symbol, called, subject, gives, says) \
    {.name = (called), .topic = (subject), .fields_notation = (gives), .sentence = (says)},
#include "proto/notifications.def"
#undef NOTIFICATION
};

static const struct {
    const char *name, *sentence;
} topics[TOPIC_COUNT] = {
#define TOPIC(symbol, name, sentence) {name, sentence},
#include "proto/notifications.def"
#undef TOPIC
};

static const struct {
    const char *name, *sentence;
} roles[ROLE_COUNT] = {
#define ROLE(symbol, name, sentence) {name, sentence},
#include "proto/roles.def"
#undef ROLE
};

static pthread_once_t parsed = PTHREAD_ONCE_INIT;

static void parse_tables(void)
{
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        struct method *m = &methods[i];
        m->n_params = notation_parse(m->name, m->parameters, m->params, METHOD_PARAMS_MAX);
        m->n_fields = notation_parse(m->name, m->result, m->fields, METHOD_FIELDS_MAX);
    }
    for (size_t i = 0; i < NOTIFICATION_COUNT; i++) {
        struct notification *n = &notifications[i];
        n->n_fields = notation_parse(n->name, n->fields_notation, n->fields, METHOD_FIELDS_MAX);
    }
}

const struct method *method_table(void)
{
    pthread_once(&parsed, parse_tables);
    return methods;
}

const struct notification *notification_table(void)
{
    pthread_once(&parsed, parse_tables);
    return notifications;
}

const struct method *method_find(const char *name, size_t size)
{
    static const uint8_t sizes[METHOD_COUNT] = {
#define METHOD(symbol, name, parameters, result, role, since, sentence) sizeof(name) - 1,
#include "proto/methods.def"
#undef METHOD
    };
    const struct method *table = method_table();
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (sizes[i] == size && memcmp(table[i].name, name, size) == 0)
            return &table[i];
    return NULL;
}

const char *method_nearest(const char *name, size_t size)
{
    const char *nearest = NULL;
    unsigned best = size < 6 ? 3 : 4; /* further than this is another word */
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        unsigned distance = text_distance(name, size, methods[i].name, strlen(methods[i].name));
        if (distance < best) {
            best = distance;
            nearest = methods[i].name;
        }
    }
    return nearest;
}

const char *role_name(enum role role)
{
    return roles[role].name;
}

const char *role_sentence(enum role role)
{
    return roles[role].sentence;
}

int role_parse(const char *name, size_t size)
{
    for (int i = 0; i < ROLE_COUNT; i++)
        if (strlen(roles[i].name) == size && memcmp(roles[i].name, name, size) == 0)
            return i;
    return -1;
}

const char *topic_name(enum topic topic)
{
    return topics[topic].name;
}

const char *topic_sentence(enum topic topic)
{
    return topics[topic].sentence;
}

int topic_parse(const char *name, size_t size)
{
    for (int i = 0; i < TOPIC_COUNT; i++)
        if (strlen(topics[i].name) == size && memcmp(topics[i].name, name, size) == 0)
            return i;
    return -1;
}
