#include "regroup/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"

/* The share of a usual run that each step takes: the search is nearly all of it. */
static const struct {
    const char *name;
    double share;
} steps[STEP_COUNT] = {
    [STEP_READ] = {"read", 0.05},         [STEP_PROFILES] = {"profiles", 0.02},
    [STEP_GRAPH] = {"graph", 0.05},       [STEP_COMMUNITIES] = {"communities", 0.05},
    [STEP_NETWORKS] = {"networks", 0.70}, [STEP_REASONS] = {"reasons", 0.05},
    [STEP_WRITE] = {"write", 0.06},       [STEP_PUBLISH] = {"publish", 0.02},
};

const char *step_name(enum step step)
{
    return steps[step].name;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void progress_open(struct progress *p, int fd, bool bar)
{
    memset(p, 0, sizeof *p);
    p->fd = fd;
    p->bar = bar;
    p->began = now();
}

/* How many bytes the reader took at once; -1 when there is no reader any more. */
static ssize_t give(int fd, const char *bytes, size_t size)
{
    struct pollfd ready = {fd, POLLOUT, 0};
    if (poll(&ready, 1, 0) <= 0)
        return 0;
    /* A pipe that is ready takes a whole short line; a socket may not, and must not be waited for. */
    ssize_t n = send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno == ENOTSOCK)
        n = write(fd, bytes, size);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return 0;
    return n;
}

/* True when nothing of an earlier line is left to be given. */
static bool give_rest(struct progress *p)
{
    if (p->n_rest == 0)
        return true;
    ssize_t n = give(p->fd, p->rest, p->n_rest);
    if (n < 0) {
        p->fd = -1;
        return false;
    }
    p->n_rest -= (size_t)n;
    memmove(p->rest, p->rest + n, p->n_rest);
    return p->n_rest == 0;
}

static void tell_line(struct progress *p, const struct buf *line)
{
    if (p->fd < 0 || line->failed || line->size > sizeof p->rest || !give_rest(p))
        return;
    ssize_t n = give(p->fd, (const char *)line->data, line->size);
    if (n < 0) {
        p->fd = -1;
    } else if (n > 0 && (size_t)n < line->size) {
        p->n_rest = line->size - (size_t)n;
        memcpy(p->rest, line->data + n, p->n_rest);
    }
}

static void json_text(struct buf *out, const char *text)
{
    buf_text(out, "\"");
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c < 0x20)
            buf_printf(out, "\\u%04x", c);
        else
            buf_append(out, text, 1);
    }
    buf_text(out, "\"");
}

/* A copy that is cut, where it has to be, between two characters of UTF-8. */
static void copy_whole(char *to, size_t size, const char *from)
{
    size_t n = strlen(from);
    if (n >= size) {
        n = size - 1;
        while (n > 0 && ((unsigned char)from[n] & 0xC0) == 0x80)
            n--;
    }
    memcpy(to, from, n);
    to[n] = '\0';
}

static double share_of(const struct progress *p, double within)
{
    double share = 0;
    for (int i = 0; i < (int)p->step; i++)
        share += steps[i].share;
    return share + within * steps[p->step].share;
}

static void draw_bar(struct progress *p, double share)
{
    enum { WIDTH = 30 };
    char bar[WIDTH + 1];
    for (int i = 0; i < WIDTH; i++)
        bar[i] = i < (int)(share * WIDTH + 0.5) ? '#' : '.';
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r[%s] %3.0f %%  %-.80s\033[K", bar, share * 100, p->text);
    fflush(stderr);
    p->drawn = true;
}

static void tell(struct progress *p, double within)
{
    double share = share_of(p, within);
    p->told = now();
    if (p->bar)
        draw_bar(p, share);
    if (p->fd < 0)
        return;
    struct buf line;
    buf_init(&line, 4096);
    buf_printf(&line, "{\"step\":\"%s\",\"at\":%d,\"of\":%d,\"share\":%.4f,\"text\":", steps[p->step].name,
               (int)p->step + 1, (int)STEP_COUNT, share);
    json_text(&line, p->text);
    buf_text(&line, "}\n");
    tell_line(p, &line);
    buf_free(&line);
}

static void end_step(struct progress *p)
{
    double t = now();
    p->seconds[p->step] += t - p->began;
    p->began = t;
}

void progress_step(struct progress *p, enum step step, const char *format, ...)
{
    end_step(p);
    p->step = step;
    va_list args;
    va_start(args, format);
    vsnprintf(p->text, sizeof p->text, format, args);
    va_end(args);
    tell(p, 0);
}

void progress_within(struct progress *p, double share)
{
    if ((p->fd < 0 && !p->bar) || now() - p->told < 0.1)
        return;
    tell(p, share < 0 ? 0 : share > 1 ? 1 : share);
}

void progress_end(struct progress *p, enum exit_code code, int64_t run, const char *text)
{
    end_step(p);
    if (p->drawn)
        fputs("\r\033[K", stderr);
    p->drawn = false;
    if (p->fd < 0)
        return;
    char words[300];
    copy_whole(words, sizeof words, text);
    /* The last line is worth a moment's waiting, the ones before are not. */
    struct pollfd ready = {p->fd, POLLOUT, 0};
    poll(&ready, 1, 1000);
    struct buf line;
    buf_init(&line, 4096);
    buf_printf(&line,
               "{\"step\":\"end\",\"at\":%d,\"of\":%d,\"share\":1,\"outcome\":\"%s\",\"exit\":%d,\"run\":",
               (int)STEP_COUNT, (int)STEP_COUNT, exit_name(code), (int)code);
    if (run > 0)
        buf_printf(&line, "%lld", (long long)run);
    else
        buf_text(&line, "null");
    buf_text(&line, ",\"text\":");
    json_text(&line, words);
    buf_text(&line, "}\n");
    tell_line(p, &line);
    buf_free(&line);
}
