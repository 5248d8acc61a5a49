#include "regroup/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "regroup/exit_codes.h"

enum { TICK_MICROSECONDS = 200000, MOST_TICKS = 25 };

static volatile sig_atomic_t asked, ticks, cancelling, connected;
/* Set while `connected` is 0, read by the handlers only while it is 1. */
static PGcancel *cancel;

static void leave(void)
{
    static const char words[] = "peernet-regroup: stopped by a signal; nothing was written\n";
    if (write(STDERR_FILENO, words, sizeof words - 1) < 0)
        _exit(EXIT_CANCELLED);
    _exit(EXIT_CANCELLED);
}

/* PQcancel may be called from a signal handler (libpq says so). Once is not enough: the signal may come just
 * before a query is sent, so the timer repeats it until the program has ended. */
static void cancel_query(void)
{
    char words[256];
    if (!connected || cancelling)
        return;
    cancelling = 1;
    PQcancel(cancel, words, sizeof words);
    cancelling = 0;
}

static void on_signal(int number)
{
    int saved = errno;
    (void)number;
    if (!connected || asked)
        leave();
    asked = 1;
    struct itimerval every = {{0, TICK_MICROSECONDS}, {0, TICK_MICROSECONDS}};
    setitimer(ITIMER_REAL, &every, NULL);
    cancel_query();
    errno = saved;
}

static void on_tick(int number)
{
    int saved = errno;
    (void)number;
    if (++ticks > MOST_TICKS)
        leave();
    cancel_query();
    errno = saved;
}

void interrupt_open(void)
{
    struct sigaction act;
    memset(&act, 0, sizeof act);
    sigemptyset(&act.sa_mask);
    act.sa_flags = SA_RESTART | SA_NODEFER;
    act.sa_handler = on_signal;
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGINT, &act, NULL);
    act.sa_handler = on_tick;
    sigaction(SIGALRM, &act, NULL);
    /* A reader of the progress that goes away is no reason to end; libpq sees to its own sockets. */
    act.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &act, NULL);
}

int interrupt_connected(PGconn *connection, struct err *e)
{
    cancel = PQgetCancel(connection);
    if (cancel == NULL)
        return err_memory(e, "preparing to be cancelled");
    connected = 1;
    return ERR_OK;
}

void interrupt_close(void)
{
    connected = 0;
    PQfreeCancel(cancel);
    cancel = NULL;
}

bool interrupt_asked(void)
{
    return asked != 0;
}

int interrupt_check(struct err *e)
{
    return asked ? err_set(e, ERR_CANCELLED, "stopped by a signal; nothing was written") : ERR_OK;
}
