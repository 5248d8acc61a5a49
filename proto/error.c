#include "proto/error.h"

#include <string.h>

const struct error_def error_defs[] = {
#define ERROR(code, name, sentence) {code, name, sentence},
#include "proto/errors.def"
#undef ERROR
};
const size_t error_count = sizeof error_defs / sizeof error_defs[0];

const char *error_wire_name(enum err_code code)
{
    for (size_t i = 0; i < error_count; i++)
        if (error_defs[i].code == code)
            return error_defs[i].name;
    return "E_INTERNAL";
}

enum err_code error_wire_parse(const char *name, size_t size)
{
    for (size_t i = 0; i < error_count; i++)
        if (strlen(error_defs[i].name) == size && memcmp(error_defs[i].name, name, size) == 0)
            return error_defs[i].code;
    return ERR_INTERNAL;
}
