/* invocation.h - what a person typed, checked against the table of commands: flags may stand anywhere,
 * `--flag value` and `--flag=value` are the same, `--` ends them.
 *
 * Owner: main, between invocation_read and invocation_free; values borrow from argv. One thread. */
#ifndef PEERNET_CLI_INVOCATION_H
#define PEERNET_CLI_INVOCATION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "peernet/command.h"

#define ARGUMENTS_MAX ARGUMENTS_MOST
#define FLAGS_MAX 64

struct invocation {
    const struct command *command; /* NULL: none was named */
    int second;                    /* index in argv of the second word of its name; 0: it has one */
    const char *arguments[ARGUMENTS_MAX];
    size_t n_arguments;
    struct given_flag {
        const char *name;  /* as the table has it */
        const char *value; /* NULL: a switch */
    } flags[FLAGS_MAX];
    size_t n_flags;
    bool help;      /* --help was given */
    json_t *params; /* of the command's method, by name; NULL when it has none */
    int rest;       /* index in argv behind `db`, whose own parser takes what follows; else 0 */
};

/* 0, or the exit code for what was wrong, which has been told. Also sets language, address and so on of
 * `cli` from the common flags, before anything is told. */
int invocation_read(struct cli *cli, int argc, char **argv, struct invocation *in);
void invocation_free(struct invocation *in);

/* The value of a flag ("" for a switch), or NULL when it was not given. */
const char *invocation_flag(const struct invocation *in, const char *name);

/* Tells that there is no such command, and which may be meant; the exit code. `next`: the word behind it, or
 * NULL. */
int invocation_unknown(struct cli *cli, const char *typed, const char *next);

/* Calls the command's method: with the result to be shown; or NULL where it failed, which has been told, or
 * was printed as JSON or CSV. Returns the exit code so far. */
int cli_result(struct cli *cli, const struct invocation *in, json_t **result);

#endif
