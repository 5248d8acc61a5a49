#include "peernet/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "peernet/interrupt.h"

#define PAUSE_SECONDS 2.0

bool watch_allowed(const struct command *c)
{
    static const char *const more[] = {"audit.list", "token.list"};
    const struct method *m = command_method(c);
    if (m == NULL || strcmp(c->name, "call") == 0 || strcmp(c->name, "plan make") == 0)
        return false;
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
        if (strcmp(m->name, more[i]) == 0)
            return true;
    return m->role <= ROLE_READER;
}

/* Not worth failing for: then it is drawn every other second only. */
static void subscribe(struct cli *cli)
{
    static const char *const topics[] = {"runs", "networks"};
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        struct err ignored = ERR_INIT;
        json_t *result = NULL, *params = json_pack("[s]", topics[i]);
        cli_try(cli, "subscribe", params, &result, &ignored);
        json_decref(result);
        json_decref(params);
    }
}

/* Something happened, or it is time; false when the connection is lost. */
static bool pause_connected(struct cli *cli)
{
    struct err e = ERR_INIT;
    return client_wait(cli->client, PAUSE_SECONDS, &e) == 0 || e.code == ERR_CANCELLED;
}

static void pause_alone(void)
{
    struct timespec pause = {(time_t)PAUSE_SECONDS, 0};
    sigset_t none;
    sigemptyset(&none);
    /* The one place besides the client's waits where Ctrl-C is let through. */
    pselect(0, NULL, NULL, NULL, &pause, &none);
}

static void forget_connection(struct cli *cli)
{
    client_close(cli->client);
    cli->client = NULL;
}

static size_t terminal_lines(void)
{
    struct winsize size = {0};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 1 ? size.ws_row : 24;
}

/* What is there is drawn over: first all of the new that the terminal has room for, then what is left of the
 * old is erased. */
static void frame(struct cli *cli)
{
    struct buf framed;
    size_t left = terminal_lines() - 1;
    buf_init(&framed, 0);
    buf_text(&framed, "\033[H");
    for (size_t i = 0; i < cli->out.size && left > 0; i++) {
        const char *c = (const char *)cli->out.data + i;
        if (*c == '\n') {
            buf_text(&framed, "\033[K");
            left--;
        }
        buf_append(&framed, c, 1);
    }
    buf_text(&framed, "\033[J");
    buf_free(&cli->out);
    cli->out = framed;
}

/* Of what is not drawn over only news are printed. */
static void drop_same(struct cli *cli, struct buf *last)
{
    bool same =
        last->size == cli->out.size && last->size > 0 && memcmp(last->data, cli->out.data, last->size) == 0;
    buf_clear(last);
    buf_append(last, cli->out.data, cli->out.size);
    if (same)
        buf_clear(&cli->out);
}

static int draw(struct cli *cli, struct invocation *in, struct buf *last)
{
    json_t *params = in->params;
    in->params = json_deep_copy(params); /* commands add to them */
    int code = in->command->run(cli, in);
    json_decref(in->params);
    in->params = params;
    if (cli->terminal)
        frame(cli);
    else
        drop_same(cli, last);
    return cli_flush(cli, code);
}

static int watch(struct cli *cli, struct invocation *in, const volatile sig_atomic_t *stop, struct buf *last)
{
    int code = EXIT_FINE;
    bool subscribed = false;
    while (!*stop) {
        if (!subscribed && cli_connect(cli) == 0) {
            client_on_interrupt(cli->client, stop);
            subscribe(cli);
            subscribed = true;
        }
        if (subscribed)
            code = draw(cli, in, last);
        if (*stop || (code != EXIT_FINE && code != EXIT_UNREACHABLE))
            break;
        if (!subscribed || !pause_connected(cli)) {
            forget_connection(cli);
            subscribed = false;
            pause_alone();
        }
    }
    return *stop ? EXIT_FINE : code;
}

int watch_run(struct cli *cli, struct invocation *in)
{
    struct buf last;
    const volatile sig_atomic_t *stop = interrupt_catch();
    buf_init(&last, 0);
    if (cli->terminal) {
        fputs("\033[2J", stdout);
        fflush(stdout);
    }
    int code = watch(cli, in, stop, &last);
    forget_connection(cli);
    interrupt_release();
    buf_free(&last);
    return code;
}
