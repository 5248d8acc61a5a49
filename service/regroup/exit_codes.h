/* exit_codes.h - how the worker ends: numbers for whoever started it, names and sentences for people.
 * Static texts. Any thread. */
#ifndef PEERNET_REGROUP_EXIT_CODES_H
#define PEERNET_REGROUP_EXIT_CODES_H

#include "base/buf.h"
#include "base/err.h"

enum exit_code {
#define EXIT(symbol, number, name, sentence) EXIT_##symbol = (number),
#include "regroup/exit_codes.def"
#undef EXIT
};

const char *exit_name(enum exit_code code);

/* Appends a table of all codes for --help. */
void exit_list(struct buf *out);

/* What an error means to whoever started the worker. ERR_INVALID is taken as settings that cannot be met. */
enum exit_code exit_of(enum err_code code);

#endif
