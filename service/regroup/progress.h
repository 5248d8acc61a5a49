/* progress.h - how far a run is, told without ever holding it up: one line of JSON a step on a descriptor
 * that the caller named, or a bar on a terminal. Also the clock of the steps, for the run's figures.
 *
 *   {"step":"networks","at":5,"of":8,"share":0.42,"text":"placing 330 organizers in 41 networks"}
 *   {"step":"end","at":8,"of":8,"share":1,"text":"...","outcome":"done","exit":0,"run":17}
 *
 * A slow reader misses lines, never gets half of one; a reader that has gone is forgotten.
 * Owner: whoever called progress_open. One thread. */
#ifndef PEERNET_REGROUP_PROGRESS_H
#define PEERNET_REGROUP_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "regroup/exit_codes.h"

enum step {
    STEP_READ,
    STEP_PROFILES,
    STEP_GRAPH,
    STEP_COMMUNITIES,
    STEP_NETWORKS,
    STEP_REASONS,
    STEP_WRITE,
    STEP_PUBLISH,
    STEP_COUNT
};

struct progress {
    int fd;     /* -1: nobody asked for lines */
    bool bar;   /* draw on standard error */
    bool drawn; /* a bar is on the screen */
    enum step step;
    double began, told;         /* of this step; when something was last told */
    double seconds[STEP_COUNT]; /* that each step took so far */
    char text[256];
    char rest[1024]; /* of a line that the reader took only in part */
    size_t n_rest;
};

const char *step_name(enum step step);

void progress_open(struct progress *p, int fd, bool bar);
void progress_step(struct progress *p, enum step step, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The share of the current step that is done, 0-1; told about ten times a second at most. */
void progress_within(struct progress *p, double share);
void progress_end(struct progress *p, enum exit_code code, int64_t run, const char *text);

#endif
