/* cli.h - what every command has at hand: the person's language and terminal, the connection, and one way to
 * print and one to fail.
 *
 * Owner: main. One thread. */
#ifndef PEERNET_CLI_CLI_H
#define PEERNET_CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "peernet/client.h"
#include "peernet/text.h"

enum exit_code {
    EXIT_FINE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_DENIED = 4,
    EXIT_UNREACHABLE = 5,
    EXIT_INTERRUPTED = 130
};

struct cli {
    enum language language;
    bool json;           /* the result itself, for programs */
    bool csv;            /* then as CSV */
    bool wire;           /* refusals as they are on the wire, as with json */
    const char *list;    /* of it, in which case this one of its lists; NULL = the first */
    const char *columns; /* of CSV without rows, commas between; NULL = not known */
    const char *fields;  /* of it only these; NULL = all */
    bool terminal;       /* standard output is one */
    bool colour;
    int width; /* of the terminal, 0 = not limited */
    const char *address;
    const char *credentials; /* a file, "" = the usual one, where it is needed */
    const char *ca;          /* a file, "" = whom this system trusts */
    struct client_limits limits;
    struct client *client; /* NULL until the first call */
    struct buf out;        /* what will be on standard output */
};

/* Language, terminal and address from the environment; flags may change them after. */
void cli_init(struct cli *cli);
void cli_free(struct cli *cli);

/* Prints "peernet: ..." on standard error, in the person's words (phrase.h), and returns the exit code for
 * it. */
int cli_fail(struct cli *cli, const struct err *e);
/* The same as it is on the wire, with its code: for programs. */
int cli_fail_coded(struct cli *cli, const struct err *e);
int cli_usage(struct cli *cli, const char *text); /* EXIT_USAGE */
/* A further line on standard error. */
void cli_note(struct cli *cli, const char *text);
/* NO_COLOR is not set and the terminal is not dumb. */
bool cli_wants_colour(void);
/* The exit code of an error. */
int cli_exit_code(const struct err *e);

/* Writes `out` to standard output and empties it; returns `code`, or EXIT_FAILED when it cannot be written.
 */
int cli_flush(struct cli *cli, int code);

#define CLI_WIDE 120 /* columns */
/* Columns for sentences: of the terminal, or 100 where that is wider or there is none. */
int cli_sentence_width(const struct cli *cli);
/* Whether it is a terminal where a row has room for little. */
bool cli_is_narrow(const struct cli *cli);

/* Connects (once) and says hello. On failure tells it and where it tried; returns the exit code. */
int cli_connect(struct cli *cli);
/* The same, a failure not told. */
int cli_open(struct cli *cli, struct err *e);
/* The same as cli_fail; where the server answered so and a program reads, cli_fail_coded. */
int cli_refused(struct cli *cli, const struct err *e);
/* Calls on a connection that is there. `params` may be NULL. On failure *e is filled and not yet told. */
int cli_try(struct cli *cli, const char *method, const json_t *params, json_t **result, struct err *e);
/* Connects when need be and calls, a failure told: 0 or the exit code. */
int cli_call(struct cli *cli, const char *method, const json_t *params, json_t **result);

/* "Name      value": one fact of several under each other. The value has been made harmless. */
void cli_field(struct cli *cli, enum text name, const char *value);
/* A dim line that says what to type next; only for a person at a terminal. */
void cli_hint(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts `result` as JSON, or CSV where that was asked for, on standard output. Takes the reference. */
int cli_print_json(struct cli *cli, json_t *result);

/* The text in the person's language. */
const char *cli_text(const struct cli *cli, enum text id);
/* Escape sequences round a text, or "" without colour. */
const char *cli_bold(const struct cli *cli);
const char *cli_dim(const struct cli *cli);
const char *cli_plain(const struct cli *cli);

#endif
