/* completion.h - what a shell needs to complete commands and flags of peernet, written from the table of
 * commands. Owner of what is written to: the caller. One thread. */
#ifndef PEERNET_CLI_COMPLETION_H
#define PEERNET_CLI_COMPLETION_H

#include "base/buf.h"

/* A script that the shell reads once: `shell` is bash, zsh or fish; of any other, false and nothing written.
 */
bool completion_write(struct buf *out, const char *shell);

#endif
