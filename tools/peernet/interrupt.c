#include "peernet/interrupt.h"

#include <stddef.h>

static volatile sig_atomic_t interrupted;

static void remember(int signal)
{
    (void)signal;
    interrupted = 1;
}

const volatile sig_atomic_t *interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = remember};
    sigset_t set;
    interrupted = 0;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigaction(SIGINT, &action, NULL);
    return &interrupted;
}

void interrupt_release(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaction(SIGINT, &action, NULL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}
