#include "daemon/child_environment.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool same_name(const char *a, const char *b)
{
    size_t length = strcspn(a, "=");
    return strcspn(b, "=") == length && memcmp(a, b, length) == 0;
}

static bool is_replaced(const char *line, const char *const *connection)
{
    static const char *const ours[] = {
        "PGSERVICE=", "PEERNET_DATABASE=", "NOTIFY_SOCKET=", "WATCHDOG_USEC=", "WATCHDOG_PID="};
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (same_name(line, ours[i]))
            return true;
    for (size_t i = 0; connection[i] != NULL; i++)
        if (same_name(line, connection[i]))
            return true;
    return false;
}

char **child_environment(const char *const *connection)
{
    size_t n = 1, used = 0;
    for (char **line = environ; *line != NULL; line++)
        n++;
    for (size_t i = 0; connection[i] != NULL; i++)
        n++;
    char **out = calloc(n, sizeof *out);
    if (out == NULL)
        return NULL;
    for (char **line = environ; *line != NULL; line++)
        if (!is_replaced(*line, connection))
            out[used++] = strdup(*line);
    for (size_t i = 0; connection[i] != NULL; i++)
        out[used++] = strdup(connection[i]);
    for (size_t i = 0; i < used; i++) {
        if (out[i] == NULL) {
            for (size_t k = 0; k < used; k++)
                free(out[k]);
            free(out);
            return NULL;
        }
    }
    return out;
}

void child_environment_free(char **environment)
{
    for (char **line = environment; line != NULL && *line != NULL; line++)
        free(*line);
    free(environment);
}
