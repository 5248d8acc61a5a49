/* main.c - what was typed, to the command that does it. */
#include <string.h>

#include "peernet/cli.h"
#include "peernet/cmd_db.h"
#include "peernet/commands.h"
#include "peernet/help.h"
#include "peernet/invocation.h"

static int run(struct cli *cli, int argc, char **argv, struct invocation *in)
{
    if (in->rest > 0) /* `db` reads its own flags, from its own name on */
        return cmd_db(argc - in->rest + 1, argv + in->rest - 1);
    if (in->command == NULL || in->help) {
        if (in->command == NULL)
            help_write_all(cli);
        else
            help_write_command(cli, in->command);
        return EXIT_FINE;
    }
    return in->command->run(cli, in);
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
