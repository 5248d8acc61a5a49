/* main.c - what was typed, to the command that does it. */
#include <string.h>

#include "peernet/cli.h"
#include "peernet/cmd_db.h"
#include "peernet/commands.h"
#include "peernet/help.h"
#include "peernet/invocation.h"
#include "peernet/watch.h"

/* `db` reads the rest by itself; --json may also stand before it. */
static int run_db(const struct cli *cli, int argc, char **argv, int rest)
{
    static char json[] = "--json";
    char *given[ARGUMENTS_MAX];
    int n = 0;
    if (!cli->json || argc == rest || argc - rest + 2 > ARGUMENTS_MAX)
        return cmd_db(argc - rest + 1, argv + rest - 1, cli->language);
    given[n++] = argv[rest - 1];
    given[n++] = argv[rest];
    given[n++] = json;
    for (int i = rest + 1; i < argc; i++)
        given[n++] = argv[i];
    return cmd_db(n, given, cli->language);
}

static int run(struct cli *cli, int argc, char **argv, struct invocation *in)
{
    if (in->command == NULL) {
        help_write_all(cli);
        return EXIT_FINE;
    }
    if (in->help)
        return cmd_help_about(cli, in->command);
    if (in->rest > 0)
        return run_db(cli, argc, argv, in->rest);
    return invocation_flag(in, "watch") != NULL ? watch_run(cli, in) : in->command->run(cli, in);
}

int main(int argc, char **argv)
{
    static char version[] = "version";
    struct cli cli;
    struct invocation in;
    cli_init(&cli);
    if (argc > 1 && strcmp(argv[1], "--version") == 0)
        argv[1] = version;
    int code = invocation_read(&cli, argc, argv, &in);
    if (code == 0)
        code = run(&cli, argc, argv, &in);
    code = cli_flush(&cli, code);
    invocation_free(&in);
    cli_free(&cli);
    return code;
}
