#include "peernet/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "proto/client/connect.h"
#include "peernet/show.h"
#include "peernet/words.h"

#define BAR_WIDTH 30

void progress_begin(struct progress_line *p, struct cli *cli)
{
    struct winsize size;
    *p = (struct progress_line){.cli = cli, .shown = isatty(STDERR_FILENO), .began = clock_seconds()};
    p->width = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
    p->colour = cli_wants_colour();
    progress_draw(p);
}

void progress_move(struct progress_line *p, const char *stage, double share)
{
    snprintf(p->stage, sizeof p->stage, "%s", stage);
    /* Never backwards: what was done stays done. */
    if (share > p->share)
        p->share = fmin(share, 1);
    progress_draw(p);
}

static void write_bar(struct progress_line *p, struct buf *line)
{
    int full = (int)(p->share * BAR_WIDTH);
    buf_text(line, p->colour ? "\033[32m" : "");
    for (int i = 0; i < BAR_WIDTH; i++) {
        if (i == full)
            buf_text(line, p->colour ? "\033[2m" : "");
        buf_text(line, i < full ? "━" : "─");
    }
    buf_text(line, p->colour ? "\033[0m " : " ");
}

void progress_draw(struct progress_line *p)
{
    struct buf line, words;
    if (!p->shown)
        return;
    buf_init(&line, 0);
    buf_init(&words, 0);
    buf_text(&line, "\r");
    if (p->width > BAR_WIDTH + 30)
        write_bar(p, &line);
    show_percent(&words, p->cli->language, p->share);
    buf_printf(&line, "%5s ", buf_string(&words));
    buf_clear(&words);
    if (p->stage[0] != '\0')
        words_stage(&words, p->cli, p->stage);
    else
        buf_text(&words, cli_text(p->cli, TEXT_STAGE_STARTING));
    buf_printf(&line, " %s %.0f s\033[K", buf_string(&words), floor(clock_seconds() - p->began));
    fputs(buf_string(&line), stderr);
    fflush(stderr);
    buf_free(&line);
    buf_free(&words);
}

void progress_end(struct progress_line *p)
{
    if (!p->shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    p->shown = false;
}
