/* command.h - the one table of commands: help, the man page, the check of what was typed and the calls all
 * come from it. A command that is a method has its parameters (and its sentence) from methods.def: those that
 * must be given are its arguments, the others its flags.
 *
 * Static data; any thread. */
#ifndef PEERNET_CLI_COMMAND_H
#define PEERNET_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "peernet/text.h"
#include "proto/method.h"

struct cli;
struct invocation;

enum command_group {
    GROUP_NETWORKS,
    GROUP_ORGANIZERS,
    GROUP_RUNS,
    GROUP_HANDS,
    GROUP_PROGRAMMES,
    GROUP_INSIGHT,
    GROUP_PLANS,
    GROUP_ACCESS,
    GROUP_SERVICE,
    GROUP_COUNT
};
enum text group_title(enum command_group group);

/* A flag that is no parameter of a method. */
struct flag {
    const char *name;  /* without the dashes */
    const char *value; /* how its value is called in help; NULL: a switch */
    enum text sentence;
    bool many; /* may be given more than once */
};

struct command {
    const char *name;
    enum command_group group;
    const char *method;       /* NULL: none */
    const char *arguments;    /* how help writes them */
    size_t least, most;       /* arguments; ARGUMENTS_JOINED: all words make one text */
    const char *example;      /* what one types */
    enum text summary;        /* a few words, for the list of commands */
    enum text about;          /* sentences */
    const struct flag *flags; /* further ones; ends with a NULL name */
    bool pages; /* a list that the method gives in pages and the command whole, unless a limit is given */
    const char *hidden; /* a parameter of the method that the command sets itself; a text is its words */
    int (*run)(struct cli *cli, const struct invocation *in);
};
#define ARGUMENTS_JOINED ((size_t)-1)
#define ARGUMENTS_MOST 64 /* as many as are taken at all; the command reads them itself */

extern const struct command commands[];
extern const size_t command_count;
extern const struct flag common_flags[]; /* of every command; ends with a NULL name */

const struct command *command_find(const char *name);
/* "create, list, revoke" for "token": how names of two words that begin so go on; NULL: none does. Until the
 * next call. */
const char *command_second_words(const char *first);
const char *command_nearest(const char *typed); /* NULL when none is near */

/* The list of the method's result that the command is about, where it has several; NULL: the first. */
const char *command_list(const struct command *c);
/* What an entry of its list has, commas between, for CSV without rows; NULL: not known. */
const char *command_columns(const struct command *c);
/* The method behind it, or NULL. */
const struct method *command_method(const struct command *c);
/* Is it anything that one types as one value? Lists and maps the command makes of what was typed. */
bool command_can_type(const struct param *p);
/* Is this parameter of its method a flag of the command? (Else an argument, or hidden.) */
bool command_has_flag(const struct command *c, const struct param *p);

/* What a parameter is, for people: how help calls its value and a sentence. */
struct param_word {
    const char *name, *value;
    enum text sentence;
};
const struct param_word *param_word_find(const char *name); /* NULL: the table lacks it */
/* How a parameter is written as a flag, without the dashes before it: dry-run. */
const char *param_flag(const struct param *p);

#endif
