/* help, version: what needs no daemon. */
#include <stdio.h>
#include <string.h>

#include "peernet/cmd_db.h"
#include "peernet/commands.h"
#include "peernet/completion.h"
#include "peernet/help.h"
#include "peernet/show.h"

static json_t *describe(const struct cli *cli, const struct command *c)
{
    return json_pack("{s:s, s:s, s:s, s:s?, s:s}", "name", c->name, "arguments", c->arguments, "summary",
                     cli_text(cli, c->summary), "method", c->method, "example", c->example);
}

static int print_json(struct cli *cli, const struct command *only)
{
    json_t *list = json_array();
    for (size_t i = 0; i < command_count; i++)
        if (only == NULL || only == &commands[i])
            json_array_append_new(list, describe(cli, &commands[i]));
    return cli_print_json(cli, json_pack("{s:o}", "commands", list));
}

/* `db` has commands of its own, and help about them. */
static int help_db(const struct cli *cli, const char *command)
{
    char db[] = "db", help[] = "--help", name[64] = "";
    snprintf(name, sizeof name, "%s", command == NULL ? "" : command);
    char *argv[] = {db, command == NULL ? help : name, help, NULL};
    return cmd_db(command == NULL ? 2 : 3, argv, cli->language);
}

int cmd_help_about(struct cli *cli, const struct command *c)
{
    if (c->run == NULL)
        return help_db(cli, NULL);
    help_write_command(cli, c);
    return EXIT_FINE;
}

/* By its name of two words or one: "run diff" is not "run". */
static const struct command *find_named(const struct invocation *in)
{
    char name[64];
    const struct command *c = NULL;
    if (in->n_arguments > 1) {
        snprintf(name, sizeof name, "%s %s", in->arguments[0], in->arguments[1]);
        c = command_find(name);
    }
    return c != NULL ? c : command_find(in->arguments[0]);
}

int cmd_help(struct cli *cli, const struct invocation *in)
{
    const struct command *c = in->n_arguments == 0 ? NULL : find_named(in);
    if (invocation_flag(in, "roff") != NULL) {
        help_write_roff(&cli->out);
        return EXIT_FINE;
    }
    if (in->n_arguments > 0 && c == NULL)
        return invocation_unknown(cli, in->arguments[0], in->n_arguments > 1 ? in->arguments[1] : NULL);
    if (cli->json)
        return print_json(cli, c);
    if (c != NULL && c->run == NULL)
        return help_db(cli, in->n_arguments > 1 ? in->arguments[1] : NULL);
    if (c != NULL)
        return cmd_help_about(cli, c);
    help_write_all(cli);
    return EXIT_FINE;
}

int cmd_completion(struct cli *cli, const struct invocation *in)
{
    if (completion_write(&cli->out, in->arguments[0]))
        return EXIT_FINE;
    struct buf message;
    buf_init(&message, 0);
    TEXT_FILL(&message, cli->language, TEXT_NO_SUCH_SHELL, in->arguments[0]);
    cli_usage(cli, buf_string(&message));
    buf_free(&message);
    return EXIT_USAGE;
}

int cmd_version(struct cli *cli, const struct invocation *in)
{
    (void)in;
    if (cli->json)
        return cli_print_json(cli, json_pack("{s:s, s:s}", "name", "peernet", "version", PEERNET_VERSION));
    buf_text(&cli->out, "peernet " PEERNET_VERSION "\n");
    return EXIT_FINE;
}
