/* worker_process.h - a child process under supervision: its pipes, its limit of time, how it is told to end
 * and killed, and when all that is over. What it is told and what its bytes mean is the caller's.
 *
 *     worker_process_start(&w, &options, &e);      `over` comes later in any case
 *     ... out, said, late ...                      as it goes on
 *     over: w.exit_status, w.term_signal, w.timed_out
 *
 * Owner: the caller, of the struct, which stays where it is until `over`. Loop thread only. */
#ifndef PEERNET_DAEMON_WORKER_PROCESS_H
#define PEERNET_DAEMON_WORKER_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/buf.h"
#include "base/err.h"

struct worker_process_options {
    uv_loop_t *loop;
    const char *program;          /* path, or a name for the PATH */
    const char *const *arguments; /* with its name, ends with NULL; for the start only */
    char **environment;           /* likewise */
    uint64_t time_limit_ms;       /* then it is told to end */
    uint64_t kill_after_ms;       /* after it was told to */
    int nice;                     /* how far it stands back behind this process: 0 to 19 */
    struct buf *input; /* goes into its standard input, which then ends, and is freed; NULL: it has none */
    int out_fd;        /* what it says there comes to `out`; what it says on standard error to `said` */
    void *context;
    void (*out)(void *context, const char *data, size_t size);
    void (*said)(void *context, const char *data, size_t size);
    /* It reached its limit of time, or is killed since it did not end when told to. NULL: nobody cares. */
    void (*late)(void *context, bool killed);
    void (*over)(void *context); /* it has ended and all handles are closed: the struct may go */
};

struct worker_process {
    struct worker_process_options options;
    bool started, exited, told_to_end, timed_out;
    int64_t exit_status;
    int term_signal; /* 0: none ended it */
    uint64_t started_ms, exited_ms;

    uv_process_t process;
    uv_pipe_t in, out, error;
    uv_timer_t timer;
    uv_write_t write;
    int handles;    /* not closed yet */
    int pipes_open; /* not at their end yet */
};

/* ERR_INTERNAL when it cannot be started. */
int worker_process_start(struct worker_process *w, const struct worker_process_options *options,
                         struct err *e);
/* Tells it to end, or with `kill` ends it. It is killed when it is still there after kill_after_ms. Does
 * nothing to one that has ended, or was told to before (but for `kill`). */
void worker_process_stop(struct worker_process *w, bool kill);
/* Ends it, though nobody told it to. */
void worker_process_kill(struct worker_process *w);

#endif
