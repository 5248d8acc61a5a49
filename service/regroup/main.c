/* main.c - peernet-regroup: reads what organizers reported, forms networks, writes them as a run. It does not
 * know who started it: the daemon, a timer, a test or a person. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "core/group/group.h"
#include "regroup/graph.h"
#include "regroup/propose.h"
#include "regroup/replay.h"
#include "regroup/run.h"
#include "regroup/run_options.h"
#include "regroup/solve.h"
#include "regroup/solve_options.h"

static int print(void (*fill)(struct buf *out))
{
    struct buf text;
    buf_init(&text, 0);
    fill(&text);
    bool bad = buf_failed(&text);
    fputs(buf_string(&text), stdout);
    buf_free(&text);
    return bad ? EXIT_FAILED : EXIT_DONE;
}

static int print_version(void)
{
    printf("peernet-regroup %s, engine %d, igraph %s\n", PEERNET_VERSION, GROUP_ENGINE, graph_version());
    return EXIT_DONE;
}

static int complain(const char *what)
{
    fprintf(stderr, "peernet-regroup: %s\nTry: peernet-regroup --help\n", what);
    return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
    struct run_options options;
    struct err e = ERR_INIT;
    int code = run_options_read(&options, argc, argv, &e) == ERR_OK ? EXIT_DONE : complain(e.text);
    if (code == EXIT_DONE)
        code = options.help      ? print(run_options_help)
               : options.version ? print_version()
                                 : (int)run_main(&options);
    run_options_free(&options);
    return code;
}

static const struct {
    const char *name;
    int (*start)(int argc, char **argv); /* argv[0] is the command's name */
    void (*help)(struct buf *out);
} commands[] = {
    {"run", run, run_options_help},
    {"solve", solve_main, solve_options_help},
    {"propose", propose_main, propose_help},
    {"replay", replay_main, replay_help},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

/* All of it at once: the manual page is made from this. */
static void help(struct buf *out)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        buf_text(out, i > 0 ? "\n" : "");
        commands[i].help(out);
    }
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return complain("a command is needed");
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].start(argc - 1, argv + 1);
    }
    if (strcmp(argv[1], "--help") == 0)
        return print(help);
    if (strcmp(argv[1], "--version") == 0)
        return print_version();
    fprintf(stderr, "peernet-regroup: %s is no command\nTry: peernet-regroup --help\n", argv[1]);
    return EXIT_USAGE;
}
