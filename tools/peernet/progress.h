/* progress.h - one line on standard error that says how far a regrouping is, redrawn in place; nothing at all
 * when standard error is no terminal.
 * Owner: the caller, of the struct. One thread. */
#ifndef PEERNET_CLI_PROGRESS_H
#define PEERNET_CLI_PROGRESS_H

#include <stdbool.h>

#include "peernet/cli.h"

struct progress_line {
    struct cli *cli;
    bool shown; /* is there a terminal to show it on? */
    bool colour;
    int width;
    double began, share;
    char stage[64];
};

void progress_begin(struct progress_line *p, struct cli *cli);
/* How far it is now; redraws. */
void progress_move(struct progress_line *p, const char *stage, double share);
void progress_draw(struct progress_line *p);
void progress_end(struct progress_line *p); /* wipes it */

#endif
