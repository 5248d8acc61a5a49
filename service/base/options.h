/* options.h - a program's options from one table: read from flags, environment and a file, checked,
 * explained.
 *
 * A program keeps its table in a .def file beside its main.c, one line an option:
 *
 *   OPTION(listen, "listen", TEXT, "127.0.0.1:7400", "1", "255", "address", "PEERNET_LISTEN", false, "Where
 * to ...") field   name      type  default           lowest highest unit     environment      secret sentence
 *
 * and makes of it a struct of values and the table (see OPTIONS_STRUCT and OPTIONS_TABLE below). Default,
 * lowest and highest are written as a person would write the value; "" = no such bound (for TEXT they bound
 * the length in bytes). A name "output|o" also takes -o. An empty environment name makes it an option by flag
 * only.
 *
 * Precedence: flag, environment, file (--config FILE: lines `name = value`, # starts a comment), default.
 * Every table has --help, --version and --config without naming them. A secret is refused as a flag and never
 * shown.
 *
 *   DURATION  5s 100ms 2min 1h 7d   -> int64_t milliseconds      BYTES  4096 64KiB 1MiB 2GiB -> int64_t bytes
 *   INT -> int64_t   REAL -> double   BOOL (yes no true false on off 1 0) -> bool   TEXT -> const char *,
 * never NULL
 *
 * Owner: whoever called options_init; texts live until options_free. One thread, at start. */
#ifndef PEERNET_BASE_OPTIONS_H
#define PEERNET_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum option_type { OPTION_BOOL, OPTION_INT, OPTION_REAL, OPTION_TEXT, OPTION_DURATION, OPTION_BYTES };

#define OPTION_BOOL_C bool
#define OPTION_INT_C int64_t
#define OPTION_REAL_C double
#define OPTION_TEXT_C const char *
#define OPTION_DURATION_C int64_t
#define OPTION_BYTES_C int64_t

/* struct daemon_options {
 * #define OPTION OPTIONS_STRUCT
 * #include "daemon/options.def"
 * #undef OPTION
 * };
 * static const struct option_def defs[] = {
 * #define OPTION(...) OPTIONS_TABLE(struct daemon_options, __VA_ARGS__)
 * #include "daemon/options.def"
 * #undef OPTION
 * }; */
#define OPTIONS_STRUCT(field, name, type, preset, lowest, highest, unit, environment, secret, sentence) \
    OPTION_##type##_C field;
#define OPTIONS_TABLE(owner, field, name, type, preset, lowest, highest, unit, environment, secret, \
                      sentence)                                                                     \
    {name, OPTION_##type, preset, lowest,   highest,                                                \
     unit, environment,   secret, sentence, offsetof(owner, field)},

struct option_def {
    const char *name;
    enum option_type type;
    const char *preset, *lowest, *highest, *unit, *environment;
    bool secret;
    const char *sentence;
    size_t offset; /* of the field in the program's struct */
};

struct option_table {
    const char *program;  /* "peernetd" */
    const char *usage;    /* what follows the program's name: "[OPTIONS]" */
    const char *sentence; /* what the program does */
    const struct option_def *defs;
    size_t n;
};

enum option_source { OPTION_FROM_DEFAULT, OPTION_FROM_FILE, OPTION_FROM_ENVIRONMENT, OPTION_FROM_FLAG };

struct options {
    const struct option_table *table;
    void *values;               /* the program's struct */
    enum option_source *source; /* one per option */
    const char *config;         /* the file read, "" = none */
    const char **operands;      /* arguments that are not options, in order */
    size_t n_operands;
    bool help, version; /* asked for; then nothing was checked further */
    struct arena text;
};

/* Fills `values` with the defaults. Errors: ERR_MEMORY; ERR_INTERNAL for a table that contradicts itself. */
int options_init(struct options *o, const struct option_table *table, void *values, struct err *e);
void options_free(struct options *o);

/* Reads file, environment and flags (argv[0] is skipped). `--` ends the options. Errors: ERR_INVALID naming
 * the option, where it came from (file:line, the environment variable, the flag), what came and what is
 * allowed; ERR_IO for a file that cannot be read. */
int options_read(struct options *o, int argc, char **argv, struct err *e);

/* Sets one option by text; `where` opens the error's text ("--limit"). */
int options_set(struct options *o, const char *name, const char *value, enum option_source source,
                const char *where, struct err *e);
enum option_source options_source(const struct options *o, const char *name);

/* Appends the help that --help prints, or the table as rows of Markdown or of man(7) source. */
void options_help(const struct option_table *table, struct buf *out);
void options_markdown(const struct option_table *table, struct buf *out);
void options_man(const struct option_table *table, struct buf *out);

/* The name in `names` nearest to `name`, or NULL when none is near enough to be what was meant. */
const char *options_nearest(const char *name, const char *const *names, size_t n);

/* Readers of single values, also for other programs' arguments: 0, or ERR_INVALID with *e saying what is
 * allowed. */
int option_parse_duration(const char *text, int64_t *milliseconds, struct err *e);
int option_parse_bytes(const char *text, int64_t *bytes, struct err *e);

#endif
