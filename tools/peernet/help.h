/* help.h - help and the manual page, written from the table of commands.
 * Owner of what is written to: the caller. One thread. */
#ifndef PEERNET_CLI_HELP_H
#define PEERNET_CLI_HELP_H

#include "peernet/cli.h"
#include "peernet/command.h"

void help_write_all(struct cli *cli);
void help_write_command(struct cli *cli, const struct command *c);
/* The manual page in roff, always in English. */
void help_write_roff(struct buf *out);

/* What help and the manual page share. A flag with how its value is called: "--limit N". */
struct help_flag {
    const char *name, *value;
    const char *sentence;
    const struct param *param; /* of the method: type, range and default; else NULL */
    const struct command *command;
};
/* Calls `visit` with each flag that the command adds to the common ones. */
typedef void (*help_flag_visit)(void *context, const struct help_flag *flag);
void help_each_flag(enum language language, const struct command *c, help_flag_visit visit, void *context);
/* The sentences about a command: in English those of methods.def where it is a method. */
const char *help_about(enum language language, const struct command *c);
/* "1..200, default 20"; "" when there is nothing to say. */
void help_allowed(struct buf *out, enum language language, const struct help_flag *f);

struct exit_meaning {
    enum exit_code code;
    enum text sentence;
};
extern const struct exit_meaning exit_meanings[];
extern const size_t exit_meaning_count;

struct variable_meaning {
    const char *name;
    enum text sentence;
};
extern const struct variable_meaning variable_meanings[];
extern const size_t variable_meaning_count;

#endif
