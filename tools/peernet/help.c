#include "peernet/help.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "peernet/show.h"

#define NAME_WIDTH 20
#define TEXT_WIDTH 100

const struct exit_meaning exit_meanings[] = {
    {EXIT_FINE, TEXT_EXIT_0},   {EXIT_FAILED, TEXT_EXIT_1},      {EXIT_USAGE, TEXT_EXIT_2},
    {EXIT_DENIED, TEXT_EXIT_4}, {EXIT_UNREACHABLE, TEXT_EXIT_5}, {EXIT_INTERRUPTED, TEXT_EXIT_130},
};
const size_t exit_meaning_count = sizeof exit_meanings / sizeof exit_meanings[0];

const struct variable_meaning variable_meanings[] = {
    {"PEERNET_ADDRESS", TEXT_ENV_ADDRESS},
    {"PEERNET_CREDENTIALS, PEERNET_CA", TEXT_ENV_CREDENTIALS},
    {"LC_ALL, LC_MESSAGES, LANG", TEXT_ENV_LOCALE},
    {"NO_COLOR", TEXT_ENV_NO_COLOR},
};
const size_t variable_meaning_count = sizeof variable_meanings / sizeof variable_meanings[0];

const char *help_about(enum language language, const struct command *c)
{
    const char *about = text(language, c->about);
    const struct method *m = command_method(c);
    return about[0] == '\0' && m != NULL ? m->sentence : about;
}

void help_each_flag(enum language language, const struct command *c, help_flag_visit visit, void *context)
{
    const struct method *m = command_method(c);
    for (const struct flag *f = c->flags; f->name != NULL; f++)
        visit(context, &(struct help_flag){f->name, f->value, text(language, f->sentence), NULL, c});
    for (size_t i = 0; m != NULL && i < m->n_params; i++) {
        const struct param *p = &m->params[i];
        const struct param_word *word = param_word_find(p->name);
        if (word != NULL && command_has_flag(c, p))
            visit(context, &(struct help_flag){param_flag(p), p->type == PARAM_BOOL ? NULL : word->value,
                                               text(language, word->sentence), p, c});
    }
}

void help_allowed(struct buf *out, enum language language, const struct help_flag *f)
{
    const struct param *p = f->param;
    bool whole = p->type == PARAM_UINT || p->type == PARAM_INT;
    bool all = f->command->pages && strcmp(p->name, "limit") == 0;
    /* The highest number that there can be is no news. */
    if (whole && p->ranged && p->highest < INT64_MAX)
        buf_text(out, p->range_text);
    if (!p->has_preset || p->type == PARAM_BOOL)
        return;
    buf_text(out, out->size > 0 ? ", " : "");
    TEXT_FILL(out, language, TEXT_DEFAULT_IS, all ? text(language, TEXT_ALL) : p->preset_text);
}

static int width_of(const struct cli *cli)
{
    return cli->width == 0 || cli->width > TEXT_WIDTH ? TEXT_WIDTH : cli->width;
}

static void write_line(struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void write_line(struct cli *cli, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    show_wrapped(&cli->out, line, width_of(cli), 0);
}

static void write_heading(struct cli *cli, enum text id)
{
    buf_printf(&cli->out, "\n%s%s%s\n", cli_bold(cli), cli_text(cli, id), cli_plain(cli));
}

/* A name on the left, sentences beside it, wrapped under themselves. */
static void write_entry(struct cli *cli, const char *name, int name_width, const char *sentence)
{
    struct buf wrapped;
    int indent = name_width + 4, used = (int)strlen(name) + 2;
    buf_init(&wrapped, 0);
    show_wrapped(&wrapped, sentence, width_of(cli), indent);
    buf_printf(&cli->out, "  %s", name);
    if (used + 2 > indent)
        buf_printf(&cli->out, "\n%s", buf_string(&wrapped));
    else
        buf_printf(&cli->out, "%*s%s", indent - used, "", buf_string(&wrapped) + indent);
    buf_free(&wrapped);
}

static void write_flag(struct cli *cli, const struct help_flag *f)
{
    struct buf name, sentence, allowed;
    buf_init(&name, 0);
    buf_init(&sentence, 0);
    buf_init(&allowed, 0);
    buf_printf(&name, "--%s%s%s", f->name, f->value == NULL ? "" : " ", f->value == NULL ? "" : f->value);
    buf_text(&sentence, f->sentence);
    if (f->param != NULL)
        help_allowed(&allowed, cli->language, f);
    if (allowed.size > 0)
        buf_printf(&sentence, " (%s)", buf_string(&allowed));
    write_entry(cli, buf_string(&name), NAME_WIDTH, buf_string(&sentence));
    buf_free(&name);
    buf_free(&sentence);
    buf_free(&allowed);
}

static void visit_flag(void *context, const struct help_flag *flag)
{
    write_flag(context, flag);
}

static void write_common_flags(struct cli *cli)
{
    write_heading(cli, TEXT_FLAGS_COMMON);
    for (const struct flag *f = common_flags; f->name != NULL; f++)
        write_flag(cli, &(struct help_flag){f->name, f->value, cli_text(cli, f->sentence), NULL, NULL});
}

static void write_environment(struct cli *cli)
{
    write_heading(cli, TEXT_ENVIRONMENT);
    for (size_t i = 0; i < variable_meaning_count; i++)
        write_entry(cli, variable_meanings[i].name, NAME_WIDTH, cli_text(cli, variable_meanings[i].sentence));
}

static void write_exit_codes(struct cli *cli)
{
    char code[16];
    write_heading(cli, TEXT_EXIT_CODES);
    for (size_t i = 0; i < exit_meaning_count; i++) {
        snprintf(code, sizeof code, "%d", exit_meanings[i].code);
        write_entry(cli, code, 3, cli_text(cli, exit_meanings[i].sentence));
    }
}

static void write_group(struct cli *cli, enum command_group group)
{
    char name[64];
    write_heading(cli, group_title(group));
    for (size_t i = 0; i < command_count; i++) {
        const struct command *c = &commands[i];
        if (c->group != group)
            continue;
        snprintf(name, sizeof name, "%s%s%s", c->name, c->arguments[0] == '\0' ? "" : " ", c->arguments);
        write_entry(cli, name, NAME_WIDTH, cli_text(cli, c->summary));
    }
}

void help_write_all(struct cli *cli)
{
    write_line(cli, "peernet: %s", cli_text(cli, TEXT_PURPOSE));
    buf_text(&cli->out, "\n");
    write_line(cli, "%s: %s", cli_text(cli, TEXT_USAGE), cli_text(cli, TEXT_USAGE_ALL));
    for (int group = 0; group < GROUP_COUNT; group++)
        write_group(cli, (enum command_group)group);
    write_common_flags(cli);
    write_environment(cli);
    write_exit_codes(cli);
    buf_printf(&cli->out, "\n%s\n", cli_text(cli, TEXT_MORE_HELP));
}

static void count_flag(void *context, const struct help_flag *flag)
{
    (void)flag;
    ++*(size_t *)context;
}

/* Those of a command that makes something else of them are told in its sentences. */
static void write_arguments(struct cli *cli, const struct command *c)
{
    const struct method *m = command_method(c);
    bool any = false;
    for (size_t i = 0; m != NULL && c->arguments[0] != '\0' && i < m->n_params; i++) {
        const struct param_word *word = param_word_find(m->params[i].name);
        if (m->params[i].optional || word == NULL || !command_can_type(&m->params[i]))
            continue;
        if (!any)
            write_heading(cli, TEXT_ARGUMENTS);
        any = true;
        write_entry(cli, word->value, NAME_WIDTH, cli_text(cli, word->sentence));
    }
}

void help_write_command(struct cli *cli, const struct command *c)
{
    size_t own_flags = 0;
    help_each_flag(cli->language, c, count_flag, &own_flags);
    show_wrapped(&cli->out, help_about(cli->language, c), width_of(cli), 0);
    buf_printf(&cli->out, "\n%s: peernet %s%s%s%s\n", cli_text(cli, TEXT_USAGE), c->name,
               c->arguments[0] == '\0' ? "" : " ", c->arguments, c->run == NULL ? "" : " [--flag ...]");
    write_arguments(cli, c);
    if (own_flags > 0) {
        write_heading(cli, TEXT_FLAGS);
        help_each_flag(cli->language, c, visit_flag, cli);
    }
    if (c->run != NULL)
        write_common_flags(cli);
    write_heading(cli, TEXT_EXAMPLE);
    buf_printf(&cli->out, "  %s\n", c->example);
    if (c->method != NULL)
        buf_printf(&cli->out, "\n%s%s: %s%s\n", cli_dim(cli), cli_text(cli, TEXT_METHOD_OF), c->method,
                   cli_plain(cli));
}
