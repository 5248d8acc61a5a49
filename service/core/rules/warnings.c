#include "core/rules/warnings.h"

#include <jansson.h>
#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "core/population/attribute.h"

int warnings_add(json_t *warnings, struct err *e, const char *format, ...)
{
    if (warnings == NULL)
        return ERR_OK;
    struct err words = ERR_INIT; /* its text is never cut within a letter */
    va_list args;
    va_start(args, format);
    err_vset(&words, ERR_OK, format, args);
    va_end(args);
    if (json_array_append_new(warnings, json_string(words.text)) != 0)
        return err_memory(e, "the warnings");
    return ERR_OK;
}

int warnings_of_attribute(const struct population *p, const char *setting, const char *attribute,
                          json_t *warnings, struct err *e)
{
    struct arena memory;
    arena_init(&memory);
    const char *nearest = attribute_nearest(p, attribute, &memory);
    if (nearest != NULL && strcmp(nearest, attribute) == 0)
        nearest = NULL;
    int code =
        nearest == NULL
            ? warnings_add(warnings, e, "%s: no organizer has the attribute \"%s\"", setting, attribute)
            : warnings_add(warnings, e, "%s: no organizer has the attribute \"%s\"; did you mean \"%s\"?",
                           setting, attribute, nearest);
    arena_free(&memory);
    return code;
}
