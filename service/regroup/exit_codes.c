#include "regroup/exit_codes.h"

#include <stddef.h>

static const struct {
    enum exit_code code;
    const char *name, *sentence;
} exits[] = {
#define EXIT(symbol, number, name, sentence) {EXIT_##symbol, name, sentence},
#include "regroup/exit_codes.def"
#undef EXIT
};

const char *exit_name(enum exit_code code)
{
    for (size_t i = 0; i < sizeof exits / sizeof exits[0]; i++) {
        if (exits[i].code == code)
            return exits[i].name;
    }
    return "failed";
}

void exit_list(struct buf *out)
{
    for (size_t i = 0; i < sizeof exits / sizeof exits[0]; i++)
        buf_printf(out, "  %3d  %-14s %s\n", (int)exits[i].code, exits[i].name, exits[i].sentence);
}

enum exit_code exit_of(enum err_code code)
{
    switch (code) {
    case ERR_OK:
        return EXIT_DONE;
    case ERR_BUSY:
        return EXIT_BUSY;
    case ERR_STALE:
        return EXIT_SUPERSEDED;
    case ERR_INVALID:
        return EXIT_SETTINGS;
    case ERR_UNAVAILABLE:
        return EXIT_AWAY;
    case ERR_CANCELLED:
        return EXIT_CANCELLED;
    case ERR_NOT_FOUND:
        return EXIT_USAGE;
    default:
        return EXIT_FAILED;
    }
}
