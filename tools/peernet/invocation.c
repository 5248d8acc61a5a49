#include "peernet/invocation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peernet/cli.h"
#include "peernet/nearest.h"
#include "peernet/watch.h"
#include "peernet/show.h"

/* Tells "text hint" and returns EXIT_USAGE. */
static int wrong(struct cli *cli, enum text id, const char *const *values, size_t n, const char *hint)
{
    struct buf message, shown[4];
    const char *safe[4];
    buf_init(&message, 0);
    for (size_t i = 0; i < n && i < 4; i++) {
        buf_init(&shown[i], 0);
        show_text(&shown[i], values[i]);
        safe[i] = buf_string(&shown[i]);
    }
    text_fill(&message, cli->language, id, safe, n);
    if (hint != NULL)
        buf_printf(&message, " %s", hint);
    int code = cli_usage(cli, buf_string(&message));
    for (size_t i = 0; i < n && i < 4; i++)
        buf_free(&shown[i]);
    buf_free(&message);
    return code;
}
#define WRONG(cli, id, hint, ...)                      \
    wrong(cli, id, (const char *const[]){__VA_ARGS__}, \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *), hint)

/* "Did you mean ...?", or where to read on. */
static void write_hint(struct cli *cli, struct buf *hint, const char *meant, const struct command *c)
{
    buf_init(hint, 0);
    if (meant != NULL)
        TEXT_FILL(hint, cli->language, TEXT_DID_YOU_MEAN, meant);
    else if (c != NULL)
        TEXT_FILL(hint, cli->language, TEXT_SEE_HELP_COMMAND, c->name);
    else
        buf_text(hint, cli_text(cli, TEXT_SEE_HELP));
}

/* "pin lst": what the second word was meant to be, as a whole name in `out`; NULL when it is near none. */
static const char *nearest_second(const char *first, const char *word, char out[64])
{
    struct nearest near;
    size_t length = strlen(first);
    nearest_begin(&near, word);
    for (size_t i = 0; i < command_count; i++)
        if (strncmp(commands[i].name, first, length) == 0 && commands[i].name[length] == ' ')
            nearest_offer(&near, commands[i].name + length + 1);
    snprintf(out, 64, "%s %s", first, near.word != NULL ? near.word : "");
    return near.word != NULL ? out : NULL;
}

int invocation_unknown(struct cli *cli, const char *typed, const char *next)
{
    struct buf hint, both;
    char meant[64];
    const char *second = command_second_words(typed);
    if (second != NULL && (next == NULL || nearest_second(typed, next, meant) == NULL))
        return WRONG(cli, TEXT_NEEDS_SECOND_WORD, NULL, typed, second);
    write_hint(cli, &hint, second != NULL ? meant : command_nearest(typed), NULL);
    if (second != NULL) {
        buf_init(&both, 0);
        buf_printf(&both, "%s %s", typed, next);
        int wrong_second = WRONG(cli, TEXT_NOT_A_COMMAND, buf_string(&hint), buf_string(&both));
        buf_free(&both);
        buf_free(&hint);
        return wrong_second;
    }
    int code = WRONG(cli, TEXT_NOT_A_COMMAND, buf_string(&hint), typed);
    buf_free(&hint);
    return code;
}

/* Calls `visit` with each flag that the command (or any, when NULL) has. */
static void each_flag(const struct command *c,
                      void (*visit)(void *context, const char *name, const char *value), void *context)
{
    for (const struct flag *f = common_flags; f->name != NULL; f++)
        visit(context, f->name, f->value);
    if (c == NULL)
        return;
    for (const struct flag *f = c->flags; f->name != NULL; f++)
        visit(context, f->name, f->value);
    const struct method *m = command_method(c);
    for (size_t i = 0; m != NULL && i < m->n_params; i++) {
        const struct param_word *word = param_word_find(m->params[i].name);
        if (command_has_flag(c, &m->params[i]))
            visit(context, param_flag(&m->params[i]),
                  m->params[i].type == PARAM_BOOL ? NULL
                  : word == NULL                  ? "VALUE"
                                                  : word->value);
    }
}

struct flag_search {
    const char *typed;
    const char *name, *value; /* as the table has them; name NULL: there is no such flag */
    struct nearest nearest;
};

static void search_flag(void *context, const char *name, const char *value)
{
    struct flag_search *search = context;
    nearest_offer(&search->nearest, name);
    if (strcmp(search->typed, name) != 0)
        return;
    search->name = name;
    search->value = value;
}

static int unknown_flag(struct cli *cli, const char *typed, const struct command *c, const char *nearest)
{
    struct buf hint, meant;
    buf_init(&meant, 0);
    if (nearest != NULL)
        buf_printf(&meant, "--%s", nearest);
    write_hint(cli, &hint, nearest == NULL ? NULL : buf_string(&meant), c);
    int code = c == NULL ? WRONG(cli, TEXT_NOT_A_FLAG_AT_ALL, buf_string(&hint), typed)
                         : WRONG(cli, TEXT_NOT_A_FLAG, buf_string(&hint), typed, c->name);
    buf_free(&hint);
    buf_free(&meant);
    return code;
}

const char *invocation_flag(const struct invocation *in, const char *name)
{
    for (size_t i = 0; i < in->n_flags; i++)
        if (strcmp(in->flags[i].name, name) == 0)
            return in->flags[i].value == NULL ? "" : in->flags[i].value;
    return NULL;
}

static bool may_repeat(const struct command *c, const char *name)
{
    for (const struct flag *f = c == NULL ? NULL : c->flags; f != NULL && f->name != NULL; f++)
        if (strcmp(f->name, name) == 0)
            return f->many;
    return false;
}

/* Words typed, command known: `at` is the flag's place in argv, and moves to its value's. */
static int read_flag(struct cli *cli, int argc, char **argv, int *at, struct invocation *in)
{
    char name[64];
    const char *typed = argv[*at], *body = strcmp(typed, "-h") == 0 ? "--help" : typed;
    const char *equals = strchr(body, '=');
    size_t length = equals != NULL ? (size_t)(equals - body) : strlen(body);
    struct flag_search search = {.typed = name};
    snprintf(name, sizeof name, "%.*s", (int)(length > 2 ? length - 2 : 0), body + (length > 2 ? 2 : length));
    nearest_begin(&search.nearest, name);
    if (strncmp(body, "--", 2) == 0 && length < sizeof name)
        each_flag(in->command, search_flag, &search);
    if (search.name == NULL)
        return unknown_flag(cli, typed, in->command, search.nearest.word);
    if (invocation_flag(in, name) != NULL && !may_repeat(in->command, name))
        return WRONG(cli, TEXT_FLAG_TWICE, NULL, name);
    if (search.value == NULL && equals != NULL)
        return WRONG(cli, TEXT_FLAG_TAKES_NONE, NULL, name);
    if (search.value != NULL && equals == NULL && *at + 1 >= argc)
        return WRONG(cli, TEXT_FLAG_NEEDS_VALUE, NULL, name, search.value);
    if (in->n_flags == FLAGS_MAX)
        return cli_usage(cli, cli_text(cli, TEXT_TOO_MANY_WORDS));
    struct given_flag *given = &in->flags[in->n_flags++];
    given->name = search.name;
    given->value = search.value == NULL ? NULL : equals != NULL ? equals + 1 : argv[++*at];
    return 0;
}

static bool is_flag(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

/* "token create": the second word of a name stands right behind the first; "run diff" is not "run" of one
 * diff. */
static const struct command *find_two_words(int argc, char **argv, int at, int *second)
{
    char name[64];
    if (at + 1 >= argc || is_flag(argv[at + 1]))
        return NULL;
    snprintf(name, sizeof name, "%s %s", argv[at], argv[at + 1]);
    const struct command *found = command_find(name);
    if (found != NULL)
        *second = at + 1;
    return found;
}

static const char *next_word(int argc, char **argv, int at)
{
    return at + 1 < argc && !is_flag(argv[at + 1]) ? argv[at + 1] : NULL;
}

/* The command is the first word that is neither a flag nor the value of one of the common flags, so that it
 * is known before flags are judged by it. */
static int find_command(struct cli *cli, int argc, char **argv, struct invocation *in, int *place)
{
    *place = argc;
    for (int i = 1; i < argc; i++) {
        if (is_flag(argv[i])) {
            for (const struct flag *f = common_flags; f->name != NULL; f++)
                if (strncmp(argv[i], "--", 2) == 0 && f->value != NULL && strcmp(argv[i] + 2, f->name) == 0)
                    i++;
            continue;
        }
        *place = i;
        in->command = find_two_words(argc, argv, i, &in->second);
        if (in->command == NULL)
            in->command = command_find(argv[i]);
        return in->command == NULL ? invocation_unknown(cli, argv[i], next_word(argc, argv, i)) : 0;
    }
    return 0;
}

/* From here on `db` reads by itself; but "help db" is about it. */
static bool begins_db(char **argv, int i)
{
    return strcmp(argv[i], "db") == 0 && strcmp(argv[i - 1], "help") != 0;
}

/* Language first, wherever it stands: complaints about the rest come in it. */
static int read_language(struct cli *cli, int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0 && !begins_db(argv, i); i++) {
        const char *value = strncmp(argv[i], "--lang=", 7) == 0              ? argv[i] + 7
                            : strcmp(argv[i], "--lang") == 0 && i + 1 < argc ? argv[i + 1]
                                                                             : NULL;
        if (value == NULL)
            continue;
        if (!language_parse(value, &cli->language))
            return WRONG(cli, TEXT_FLAG_WRONG, NULL, "lang", cli_text(cli, TEXT_A_LANGUAGE), value);
    }
    return 0;
}

static int read_words(struct cli *cli, int argc, char **argv, int place, struct invocation *in)
{
    bool flags_end = false;
    for (int i = 1; i < argc; i++) {
        int code = 0;
        if (i == place) {
            if (strcmp(argv[i], "db") == 0) {
                in->rest = i + 1;
                return 0;
            }
        } else if (i == in->second) {
            continue;
        } else if (!flags_end && strcmp(argv[i], "--") == 0)
            flags_end = true;
        else if (!flags_end && is_flag(argv[i]))
            code = read_flag(cli, argc, argv, &i, in);
        else if (in->n_arguments < ARGUMENTS_MAX)
            in->arguments[in->n_arguments++] = argv[i];
        else
            code = cli_usage(cli, cli_text(cli, TEXT_TOO_MANY_WORDS));
        if (code != 0)
            return code;
    }
    return 0;
}

static int read_common(struct cli *cli, struct invocation *in)
{
    const char *address = invocation_flag(in, "address"), *timeout = invocation_flag(in, "timeout");
    const char *credentials = invocation_flag(in, "credentials"), *ca = invocation_flag(in, "ca");
    cli->csv = invocation_flag(in, "csv") != NULL;
    if (cli->csv && invocation_flag(in, "json") != NULL)
        return cli_usage(cli, cli_text(cli, TEXT_CSV_OR_JSON));
    cli->list = command_list(in->command);
    cli->columns = command_columns(in->command);
    cli->json = cli->csv || invocation_flag(in, "json") != NULL;
    cli->fields = invocation_flag(in, "fields");
    if (cli->fields != NULL && !cli->json)
        return cli_usage(cli, cli_text(cli, TEXT_FIELDS_WITHOUT_JSON));
    in->help = invocation_flag(in, "help") != NULL;
    if (invocation_flag(in, "watch") != NULL && in->command != NULL && !watch_allowed(in->command))
        return WRONG(cli, TEXT_WATCH_READS_ONLY, NULL, in->command->name);
    if (address != NULL)
        cli->address = address;
    if (credentials != NULL)
        cli->credentials = credentials;
    if (ca != NULL)
        cli->ca = ca;
    if (timeout == NULL)
        return 0;
    char *end;
    double seconds = strtod(timeout, &end);
    if (end == timeout || *end != '\0' || !(seconds >= 0.1 && seconds <= 86400))
        return WRONG(cli, TEXT_FLAG_WRONG, NULL, "timeout", cli_text(cli, TEXT_SECONDS_BETWEEN), timeout);
    cli->limits.call_seconds = seconds;
    if (cli->limits.connect_seconds > seconds)
        cli->limits.connect_seconds = seconds;
    return 0;
}

/* A name may have blanks in it, but a number beside another word is two things. */
static const char *surplus(const struct invocation *in)
{
    const struct command *c = in->command;
    const struct method *m = command_method(c);
    if (c->most != ARGUMENTS_JOINED)
        return in->n_arguments > c->most ? in->arguments[c->most] : NULL;
    bool names_one = m != NULL && m->n_params > 0 && strcmp(m->params[0].name, "organizer") == 0;
    bool is_number = in->n_arguments > 0 && in->arguments[0][strspn(in->arguments[0], "0123456789-")] == '\0';
    return names_one && is_number && in->n_arguments > 1 ? in->arguments[1] : NULL;
}

static int check_count(struct cli *cli, const struct invocation *in)
{
    const struct command *c = in->command;
    const char *takes = c->arguments[0] == '\0' ? cli_text(cli, TEXT_NO_ARGUMENTS) : c->arguments;
    if (in->n_arguments < c->least)
        return WRONG(cli, TEXT_TOO_FEW, NULL, c->name, takes, c->example);
    const char *too_much = surplus(in);
    return too_much == NULL ? 0 : WRONG(cli, TEXT_TOO_MANY, NULL, c->name, takes, too_much, c->example);
}

static bool parse_whole(const char *typed, uint64_t *out)
{
    if (typed[0] == '\0' || typed[strspn(typed, "0123456789")] != '\0')
        return false;
    errno = 0;
    *out = strtoull(typed, NULL, 10);
    return errno == 0 && *out <= INT64_MAX;
}

/* "a whole number from 1 to 200" */
static void describe_number(const struct cli *cli, const struct param *p, struct buf *out)
{
    char lowest[32], highest[32];
    if (!p->ranged) {
        buf_text(out, cli_text(cli, TEXT_A_WHOLE_NUMBER));
        return;
    }
    snprintf(lowest, sizeof lowest, "%llu", (unsigned long long)p->lowest);
    snprintf(highest, sizeof highest, "%llu", (unsigned long long)p->highest);
    TEXT_FILL(out, cli->language, TEXT_A_WHOLE_NUMBER_BETWEEN, lowest, highest);
}

static int wrong_number(struct cli *cli, const struct param *p, bool is_argument, const char *typed)
{
    struct buf allowed;
    buf_init(&allowed, 0);
    describe_number(cli, p, &allowed);
    const struct param_word *word = param_word_find(p->name);
    int code = is_argument ? WRONG(cli, TEXT_ARGUMENT_WRONG, NULL, word == NULL ? p->name : word->value,
                                   buf_string(&allowed), typed)
                           : WRONG(cli, TEXT_FLAG_WRONG, NULL, p->name, buf_string(&allowed), typed);
    buf_free(&allowed);
    return code;
}

static int put_param(struct cli *cli, struct invocation *in, const struct param *p, bool is_argument,
                     const char *typed)
{
    uint64_t whole;
    json_t *value;
    if (p->type == PARAM_BOOL) {
        value = json_true();
    } else if (p->type == PARAM_UINT) {
        if (!parse_whole(typed, &whole) || (p->ranged && (whole < p->lowest || whole > p->highest)))
            return wrong_number(cli, p, is_argument, typed);
        value = json_integer((json_int_t)whole);
    } else {
        value = json_string(typed);
    }
    if (value != NULL && json_object_set_new(in->params, p->name, value) == 0)
        return 0;
    struct err e = ERR_INIT;
    err_set(&e, ERR_INVALID, "%s: no UTF-8", p->name);
    cli_fail(cli, &e);
    return EXIT_USAGE;
}

/* All words of the text as one. */
static int put_joined(struct cli *cli, struct invocation *in, const struct param *p)
{
    struct buf joined;
    buf_init(&joined, 0);
    for (size_t i = 0; i < in->n_arguments; i++)
        buf_printf(&joined, "%s%s", i > 0 ? " " : "", in->arguments[i]);
    int code = put_param(cli, in, p, true, buf_string(&joined));
    buf_free(&joined);
    return code;
}

/* All words that are left, as a list. */
static int put_rest(struct cli *cli, struct invocation *in, const struct param *p, size_t *next)
{
    json_t *list = json_array();
    while (*next < in->n_arguments)
        if (json_array_append_new(list, json_string(in->arguments[(*next)++])) != 0) {
            struct err e = ERR_INIT;
            err_set(&e, ERR_INVALID, "%s: no UTF-8", p->name);
            cli_fail(cli, &e);
            json_decref(list);
            return EXIT_USAGE;
        }
    json_object_set_new(in->params, p->name, list);
    return 0;
}

static int read_params(struct cli *cli, struct invocation *in)
{
    const struct method *m = command_method(in->command);
    size_t next = 0;
    if (m == NULL)
        return 0;
    in->params = json_object();
    for (size_t i = 0; i < m->n_params; i++) {
        const struct param *p = &m->params[i];
        const char *given = invocation_flag(in, param_flag(p));
        int code = 0;
        bool listed = !p->optional && p->type == PARAM_LIST && in->command->most != ARGUMENTS_JOINED;
        if (!listed && !command_can_type(p))
            continue; /* the command makes it of its words */
        if (listed)
            code = put_rest(cli, in, p, &next);
        else if (!p->optional)
            code = in->command->most == ARGUMENTS_JOINED ? put_joined(cli, in, p)
                                                         : put_param(cli, in, p, true, in->arguments[next++]);
        else if (given != NULL)
            code = put_param(cli, in, p, false, given);
        if (code != 0)
            return code;
    }
    return 0;
}

/* "run dif 2 3": no number, but nearly the second word of another command. 0 or the exit code. */
static int check_second_word(struct cli *cli, const struct invocation *in)
{
    char typed[128], second[64];
    struct buf hint;
    struct nearest list;
    const char *first = in->command->name, *word = in->n_arguments > 0 ? in->arguments[0] : "0";
    if (command_second_words(first) == NULL || (word[0] >= '0' && word[0] <= '9'))
        return 0;
    snprintf(typed, sizeof typed, "%ss", first); /* networks, runs: "run list" */
    nearest_begin(&list, word);
    nearest_offer(&list, "list");
    const char *meant = list.word != NULL && command_find(typed) != NULL ? command_find(typed)->name : NULL;
    if (meant == NULL)
        meant = nearest_second(first, word, second);
    if (meant == NULL)
        return 0;
    write_hint(cli, &hint, meant, NULL);
    snprintf(typed, sizeof typed, "%s %s", first, word);
    int code = WRONG(cli, TEXT_NOT_A_COMMAND, buf_string(&hint), typed);
    buf_free(&hint);
    return code;
}

int invocation_read(struct cli *cli, int argc, char **argv, struct invocation *in)
{
    int place;
    memset(in, 0, sizeof *in);
    int code = read_language(cli, argc, argv);
    if (code == 0)
        code = find_command(cli, argc, argv, in, &place);
    if (code == 0)
        code = read_words(cli, argc, argv, place, in);
    if (code == 0)
        code = read_common(cli, in);
    if (code != 0 || in->command == NULL || in->help || in->rest > 0)
        return code;
    code = check_second_word(cli, in);
    if (code == 0)
        code = check_count(cli, in);
    return code != 0 ? code : read_params(cli, in);
}

void invocation_free(struct invocation *in)
{
    json_decref(in->params);
}

int cli_result(struct cli *cli, const struct invocation *in, json_t **result)
{
    int code = cli_call(cli, in->command->method, in->params, result);
    if (code == 0 && cli->json) {
        code = cli_print_json(cli, *result);
        *result = NULL;
    }
    return code;
}
