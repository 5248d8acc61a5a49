/* peernetd: reads the options, then runs the daemon. */
#include <stdio.h>
#include <string.h>

#include "daemon/daemon.h"

enum { EXIT_FINE = 0, EXIT_FAULT = 1, EXIT_USAGE = 2 };

static int print(void (*write_table)(const struct option_table *, struct buf *))
{
    struct buf out;
    buf_init(&out, 0);
    write_table(&daemon_option_table, &out);
    bool written =
        !buf_failed(&out) && fwrite(out.data, 1, out.size, stdout) == out.size && fflush(stdout) == 0;
    buf_free(&out);
    return written ? EXIT_FINE : EXIT_FAULT;
}

static int print_options(const char *form)
{
    if (strcmp(form, "markdown") == 0)
        return print(options_markdown);
    if (strcmp(form, "man") == 0)
        return print(options_man);
    fprintf(stderr, "peernetd: --print-options: \"%s\" is not allowed; allowed are markdown and man\n", form);
    return EXIT_USAGE;
}

static int run(struct daemon_options *o, const struct options *source)
{
    struct err e = ERR_INIT;
    char quoted[1200];
    if (daemon_options_check(o, source, &e) != 0) {
        fprintf(stderr, "peernetd: %s\n", e.text);
        return EXIT_USAGE;
    }
    if (o->check) {
        puts("peernetd: the options are fine");
        return EXIT_FINE;
    }
    log_open("peernetd", o->level, o->format);
    if (daemon_run(o, &e) == 0)
        return EXIT_FINE;
    log_write(LOG_ERROR, "could not start", "error=%s", log_quote(e.text, quoted, sizeof quoted));
    return EXIT_FAULT;
}

int main(int argc, char **argv)
{
    struct daemon_options values;
    struct options source;
    struct err e = ERR_INIT;
    int code;
    if (options_init(&source, &daemon_option_table, &values, &e) != 0) {
        fprintf(stderr, "peernetd: %s\n", e.text);
        return EXIT_FAULT;
    }
    if (options_read(&source, argc, argv, &e) != 0) {
        fprintf(stderr, "peernetd: %s\n", e.text);
        code = EXIT_USAGE;
    } else if (source.help) {
        code = print(options_help);
    } else if (source.version) {
        code = puts("peernetd " PEERNET_VERSION) < 0 ? EXIT_FAULT : EXIT_FINE;
    } else if (values.print_options[0] != '\0') {
        code = print_options(values.print_options);
    } else {
        values.argc = argc;
        values.argv = argv;
        code = run(&values, &source);
    }
    options_free(&source);
    return code;
}
