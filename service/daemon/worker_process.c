#include "daemon/worker_process.h"

#include <signal.h>

#define AFTER_EXIT_MS 1000 /* for the last bytes in the pipes */
#define STDIO_MOST 4

static void on_closed(uv_handle_t *handle)
{
    struct worker_process *w = handle->data;
    if (--w->handles == 0)
        w->options.over(w->options.context);
}

static void close_one(uv_handle_t *handle)
{
    if (handle->data != NULL && !uv_is_closing(handle))
        uv_close(handle, on_closed);
}

static void close_all(struct worker_process *w)
{
    close_one((uv_handle_t *)&w->process);
    close_one((uv_handle_t *)&w->in);
    close_one((uv_handle_t *)&w->out);
    close_one((uv_handle_t *)&w->error);
    close_one((uv_handle_t *)&w->timer);
}

static void settle(struct worker_process *w)
{
    if (w->exited && w->pipes_open == 0)
        close_all(w);
}

static void pipe_ended(struct worker_process *w, uv_stream_t *pipe)
{
    uv_read_stop(pipe);
    w->pipes_open--;
    settle(w);
}

static void give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
    static char room[65536]; /* read callbacks follow at once, one at a time */
    (void)handle;
    (void)wanted;
    *out = uv_buf_init(room, sizeof room);
}

static void on_out_bytes(uv_stream_t *pipe, ssize_t size, const uv_buf_t *data)
{
    struct worker_process *w = pipe->data;
    if (size > 0)
        w->options.out(w->options.context, data->base, (size_t)size);
    else if (size < 0)
        pipe_ended(w, pipe);
}

static void on_error_bytes(uv_stream_t *pipe, ssize_t size, const uv_buf_t *data)
{
    struct worker_process *w = pipe->data;
    if (size > 0)
        w->options.said(w->options.context, data->base, (size_t)size);
    else if (size < 0)
        pipe_ended(w, pipe);
}

static void tell_late(const struct worker_process *w, bool killed)
{
    if (w->options.late != NULL)
        w->options.late(w->options.context, killed);
}

static void on_timer(uv_timer_t *timer)
{
    struct worker_process *w = timer->data;
    if (w->exited) { /* somebody else still holds its pipes open */
        w->pipes_open = 0;
        settle(w);
    } else if (w->told_to_end) {
        tell_late(w, true);
        uv_process_kill(&w->process, SIGKILL);
    } else {
        w->timed_out = true;
        tell_late(w, false);
        worker_process_stop(w, false);
    }
}

void worker_process_stop(struct worker_process *w, bool kill)
{
    if (!w->started || w->exited || (w->told_to_end && !kill))
        return;
    w->told_to_end = true;
    uv_process_kill(&w->process, kill ? SIGKILL : SIGTERM);
    uv_timer_start(&w->timer, on_timer, w->options.kill_after_ms, 0);
}

void worker_process_kill(struct worker_process *w)
{
    if (w->started && !w->exited)
        uv_process_kill(&w->process, SIGKILL);
}

static void on_exit_status(uv_process_t *process, int64_t status, int term_signal)
{
    struct worker_process *w = process->data;
    w->exited = true;
    w->exit_status = status;
    w->term_signal = term_signal;
    w->exited_ms = uv_now(w->options.loop);
    uv_timer_start(&w->timer, on_timer, AFTER_EXIT_MS, 0);
    settle(w);
}

/* The end of what it is given is the end of its standard input. One that did not want it all says why. */
static void on_written(uv_write_t *write, int status)
{
    struct worker_process *w = write->data;
    (void)status;
    buf_free(w->options.input);
    close_one((uv_handle_t *)&w->in);
}

static void write_input(struct worker_process *w)
{
    const struct buf *input = w->options.input;
    uv_buf_t bytes = uv_buf_init((char *)input->data, (unsigned)input->size);
    if (uv_write(&w->write, (uv_stream_t *)&w->in, &bytes, 1, on_written) != 0)
        close_one((uv_handle_t *)&w->in); /* it will say that its input ends too soon */
}

static int spawn(struct worker_process *w)
{
    const struct worker_process_options *o = &w->options;
    const uv_stdio_container_t reads = {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE,
                                        .data.stream = (uv_stream_t *)&w->in},
                               writes = {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
                                         .data.stream = (uv_stream_t *)&w->out},
                               complains = {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
                                            .data.stream = (uv_stream_t *)&w->error};
    uv_stdio_container_t stdio[STDIO_MOST] = {
        {.flags = UV_IGNORE}, {.flags = UV_IGNORE}, complains, {.flags = UV_IGNORE}};
    if (o->input != NULL)
        stdio[0] = reads;
    stdio[o->out_fd] = writes;
    uv_process_options_t process = {.exit_cb = on_exit_status,
                                    .file = o->program,
                                    .args = (char **)o->arguments, /* uv_spawn writes to none of it */
                                    .env = o->environment,
                                    .stdio_count = o->out_fd > 2 ? o->out_fd + 1 : 3,
                                    .stdio = stdio};
    return uv_spawn(o->loop, &w->process, &process);
}

static void init_handles(struct worker_process *w)
{
    uv_loop_t *loop = w->options.loop;
    if (w->options.input != NULL) {
        uv_pipe_init(loop, &w->in, 0);
        w->in.data = w->write.data = w;
        w->handles++;
    }
    uv_pipe_init(loop, &w->out, 0);
    uv_pipe_init(loop, &w->error, 0);
    uv_timer_init(loop, &w->timer);
    w->out.data = w->error.data = w->timer.data = w->process.data = w;
    w->handles += 4;
}

/* Behind this process, before it has threads, which inherit that. Where the system does not let it, it
 * competes with us. */
static void stand_back(const struct worker_process *w)
{
    int ours = 0;
    (void)uv_os_getpriority(0, &ours);
    const int wanted = ours + w->options.nice;
    (void)uv_os_setpriority(w->process.pid, wanted < UV_PRIORITY_LOW ? wanted : UV_PRIORITY_LOW);
}

int worker_process_start(struct worker_process *w, const struct worker_process_options *options,
                         struct err *e)
{
    *w = (struct worker_process){.options = *options, .started_ms = uv_now(options->loop)};
    init_handles(w);
    int failed = spawn(w);
    if (failed != 0) {
        w->exited = true; /* it never was; but its handle has to be closed all the same */
        w->exited_ms = w->started_ms;
        w->exit_status = 1;
        close_all(w);
        return err_set(e, ERR_INTERNAL, "starting the worker %s: %s", options->program, uv_strerror(failed));
    }
    w->started = true;
    stand_back(w);
    w->pipes_open = 2;
    uv_read_start((uv_stream_t *)&w->out, give_room, on_out_bytes);
    uv_read_start((uv_stream_t *)&w->error, give_room, on_error_bytes);
    uv_timer_start(&w->timer, on_timer, options->time_limit_ms, 0);
    if (options->input != NULL)
        write_input(w);
    return 0;
}
