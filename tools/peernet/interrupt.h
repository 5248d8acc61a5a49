/* interrupt.h - Ctrl-C as a flag, for waits that may be given up.
 * The signal is blocked but in the waits of client.h. One thread. */
#ifndef PEERNET_CLI_INTERRUPT_H
#define PEERNET_CLI_INTERRUPT_H

#include <signal.h>

const volatile sig_atomic_t *interrupt_catch(void);
void interrupt_release(void); /* SIGINT ends the program again */

#endif
