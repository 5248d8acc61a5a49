/* regroup: starts a run, or one of each programme after the other, and, when asked, follows it to its end.
 *
 * Notifications say how far it is. They are a hint: after a silence the daemon is asked, so that one that was
 * missed (the run ended before the answer to its start came) never leaves anybody waiting. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "peernet/commands.h"
#include "proto/client/connect.h"
#include "peernet/figures.h"
#include "peernet/words.h"
#include "peernet/interrupt.h"
#include "peernet/json.h"
#include "peernet/progress.h"
#include "peernet/show.h"
#include "proto/error.h"

#define TICK_SECONDS 0.25
#define SILENCE_SECONDS 3.0
#define LOADING_SECONDS 10.0 /* until the daemon has read a run that was just written */

struct wait {
    struct cli *cli;
    int64_t run;  /* 0: not known yet */
    json_t *ends; /* run.finished, as they came */
    double heard; /* when something of the run was last heard */
    struct progress_line line;
    json_t *report; /* where ends are collected instead of printed as JSON; NULL: nowhere */
};

static void hear(void *context, const char *method, const json_t *params)
{
    struct wait *w = context;
    if (strcmp(method, "run.finished") == 0)
        json_array_append(w->ends, (json_t *)params);
    if (w->run == 0 || json_whole(params, "run") != w->run)
        return;
    w->heard = clock_seconds();
    if (strcmp(method, "run.progress") == 0)
        progress_move(&w->line, json_text(params, "stage"), json_number(params, "share"));
}

/* The end of our run among those heard of; NULL: not yet. */
static json_t *heard_end(const struct wait *w)
{
    size_t i;
    json_t *end;
    json_array_foreach(w->ends, i, end) if (json_whole(end, "run") == w->run) return json_incref(end);
    return NULL;
}

static json_t *get_run(struct wait *w, int64_t number, struct err *e)
{
    json_t *result = NULL, *params = json_pack("{s:I}", "run", (json_int_t)number);
    cli_try(w->cli, "run.get", params, &result, e);
    json_t *run = json_incref(json_object_get(result, "run"));
    json_decref(result);
    json_decref(params);
    return run;
}

/* What run.finished would have said, of a run that run.get shows as ended. */
static json_t *end_of(const json_t *run)
{
    const char *state = json_text(run, "state");
    const json_t *figures = json_object_get(run, "figures");
    bool written = json_is_object(figures);
    return json_pack("{s:I, s:s, s:s, s:O?, s:O?, s:b}", "run", (json_int_t)json_whole(run, "run"),
                     "programme", json_text(run, "programme"), "state", written ? "done" : state, "error",
                     json_object_get(run, "error"), "mean_fit", json_object_get(figures, "mean_fit"),
                     "published", strcmp(state, "published") == 0);
}

/* After a silence: has it ended unheard? */
static json_t *ask_for_end(struct wait *w, struct err *e)
{
    json_t *run = get_run(w, w->run, e), *end = NULL;
    w->heard = clock_seconds();
    if (run == NULL)
        return NULL;
    if (strcmp(json_text(run, "state"), "running") != 0)
        end = end_of(run);
    else
        progress_move(&w->line, json_text(run, "stage"), json_number(run, "share"));
    json_decref(run);
    return end;
}

/* The end of the run, or NULL with *e. */
static json_t *await_end(struct wait *w, struct err *e)
{
    for (;;) {
        json_t *end = heard_end(w);
        if (end != NULL)
            return end;
        if (client_wait(w->cli->client, TICK_SECONDS, e) != 0)
            return NULL;
        if (clock_seconds() - w->heard > SILENCE_SECONDS) {
            end = ask_for_end(w, e);
            if (end != NULL || e->code != ERR_OK)
                return end;
        }
        progress_draw(&w->line);
    }
}

/* The figures of a run that was written, once the daemon has read it; NULL when it takes too long. */
static json_t *await_figures(struct wait *w, int64_t number)
{
    double deadline = clock_seconds() + LOADING_SECONDS;
    for (;;) {
        struct err e = ERR_INIT;
        json_t *run = get_run(w, number, &e);
        json_t *figures = json_incref(json_object_get(run, "figures"));
        json_decref(run);
        e.code = ERR_OK;
        if (figures != NULL || clock_seconds() > deadline || client_wait(w->cli->client, 0.1, &e) != 0)
            return figures;
    }
}

static void write_number(struct cli *cli, enum text id, int64_t run)
{
    char number[32];
    snprintf(number, sizeof number, "%lld", (long long)run);
    TEXT_FILL(&cli->out, cli->language, id, number);
    buf_text(&cli->out, "\n");
}

/* The run that it came to: itself, or one that was there before and is in force now. */
static int64_t result_of(const json_t *end)
{
    int64_t result = json_whole(end, "result");
    return result > 0 ? result : json_whole(end, "run");
}

static int write_done(struct cli *cli, const json_t *end, const json_t *figures)
{
    bool published = json_is_true(json_object_get(end, "published"));
    int64_t result = result_of(end);
    write_number(cli,
                 result != json_whole(end, "run") ? TEXT_RUN_BEFORE_PUBLISHED
                 : published                      ? TEXT_RUN_DONE_PUBLISHED
                                                  : TEXT_RUN_DONE,
                 result);
    if (!published && json_text(end, "error")[0] != '\0') {
        words_said(&cli->out, cli, json_text(end, "error"));
        buf_text(&cli->out, "\n");
    }
    if (figures != NULL) {
        buf_text(&cli->out, "\n");
        figures_write(cli, figures);
    }
    if (published)
        cli_hint(cli, "%s", "peernet networks");
    return EXIT_FINE;
}

static int tell_failure(struct cli *cli, const json_t *end)
{
    struct err e = ERR_INIT;
    struct buf message;
    char number[32];
    const char *state = json_text(end, "state"), *why = json_text(end, "error");
    enum text id = strcmp(state, "superseded") == 0  ? TEXT_RUN_SUPERSEDED
                   : strcmp(state, "cancelled") == 0 ? TEXT_RUN_CANCELLED
                                                     : TEXT_RUN_FAILED;
    snprintf(number, sizeof number, "%lld", (long long)json_whole(end, "run"));
    buf_init(&message, 0);
    TEXT_FILL(&message, cli->language, id, number);
    if (why[0] != '\0')
        buf_printf(&message, ": %s", why);
    err_set(&e, ERR_INTERNAL, "%s", buf_string(&message));
    buf_free(&message);
    return cli_fail(cli, &e);
}

static int write_end(struct wait *w, json_t *end)
{
    struct cli *cli = w->cli;
    const char *state = json_text(end, "state");
    bool done = strcmp(state, "done") == 0, unchanged = strcmp(state, "unchanged") == 0;
    json_t *figures = done ? await_figures(w, result_of(end)) : NULL;
    int code = EXIT_FINE;
    progress_end(&w->line);
    if (unchanged && !cli->json)
        buf_printf(&cli->out, "%s\n", cli_text(cli, TEXT_RUN_UNCHANGED));
    else if (done && !cli->json)
        code = write_done(cli, end, figures);
    else if (!done && !unchanged)
        code = tell_failure(cli, end);
    json_object_set_new(end, "figures", figures != NULL ? json_incref(figures) : json_null());
    if (w->report != NULL) {
        json_array_append(w->report, end);
    } else if (cli->json) {
        int printed = cli_print_json(cli, json_incref(end));
        code = code != 0 ? code : printed;
    }
    json_decref(figures);
    return code;
}

/* Waiting ended, the run did not: says how to go on. */
static int tell_not_over(struct wait *w, const struct err *e)
{
    char number[32];
    struct buf message;
    snprintf(number, sizeof number, "%lld", (long long)w->run);
    buf_init(&message, 0);
    if (e->code == ERR_CANCELLED) {
        TEXT_FILL(&message, w->cli->language, TEXT_STOPPED_WAITING, number);
        cli_usage(w->cli, buf_string(&message));
    } else {
        show_text(&message, e->text);
        buf_text(&message, ". ");
        TEXT_FILL(&message, w->cli->language, TEXT_MAY_GO_ON, number);
        cli_usage(w->cli, buf_string(&message));
    }
    buf_free(&message);
    return e->code == ERR_CANCELLED ? EXIT_INTERRUPTED : cli_exit_code(e);
}

static int subscribe(struct cli *cli)
{
    json_t *topics, *params = json_pack("{s:s}", "topic", "runs");
    int code = cli_call(cli, "subscribe", params, &topics);
    json_decref(params);
    json_decref(topics);
    return code;
}

/* A run that was refused has an end too: what all programmes came to is to be complete. */
static json_t *refused_end(const json_t *params, const struct err *e)
{
    return json_pack("{s:n, s:O?, s:s, s:s, s:n, s:b, s:n}", "run", "programme",
                     json_object_get(params, "programme"), "state", error_wire_name(e->code), "error",
                     e->text, "mean_fit", "published", 0, "figures");
}

static int start(struct wait *w, const json_t *params, json_t **started)
{
    struct err e = ERR_INIT;
    if (cli_try(w->cli, "run.start", params, started, &e) == 0)
        return 0;
    int code = cli_refused(w->cli, &e);
    if (e.code == ERR_BUSY)
        cli_note(w->cli, cli_text(w->cli, TEXT_HINT_BUSY));
    if (w->report != NULL)
        json_array_append_new(w->report, refused_end(params, &e));
    return code;
}

static int start_and_wait(struct wait *w, const json_t *params)
{
    struct cli *cli = w->cli;
    struct err e = ERR_INIT;
    json_t *started;
    w->run = 0;
    int code = start(w, params, &started);
    if (code != 0)
        return code;
    w->run = json_whole(started, "run");
    w->heard = clock_seconds();
    json_decref(started);
    client_on_interrupt(cli->client, interrupt_catch());
    progress_begin(&w->line, cli);
    json_t *end = await_end(w, &e);
    code = end != NULL ? write_end(w, end) : 0;
    progress_end(&w->line);
    client_on_interrupt(cli->client, NULL);
    interrupt_release();
    if (end == NULL)
        code = tell_not_over(w, &e);
    json_decref(end);
    return code;
}

/* "Reading (reading)" */
static void write_title(struct cli *cli, const json_t *programme, bool first)
{
    const char *title = json_text(programme, cli->language == LANGUAGE_SV ? "title_sv" : "title_en");
    if (cli->json)
        return;
    buf_printf(&cli->out, "%s%s", first ? "" : "\n", cli_bold(cli));
    show_text(&cli->out, title);
    buf_text(&cli->out, " (");
    show_text(&cli->out, json_text(programme, "name"));
    buf_printf(&cli->out, ")%s\n", cli_plain(cli));
}

/* One after the other; one that fails does not keep the others from theirs, but a wait that was broken off
 * does. */
static int regroup_each(struct wait *w, const struct invocation *in, const json_t *programmes)
{
    size_t i;
    json_t *programme;
    int code = 0;
    bool first = true;
    json_array_foreach(programmes, i, programme)
    {
        if (json_text(programme, "archived_at")[0] != '\0')
            continue;
        json_t *params = json_copy(in->params);
        json_object_set(params, "programme", json_object_get(programme, "name"));
        write_title(w->cli, programme, first);
        int ended = start_and_wait(w, params);
        json_decref(params);
        first = false;
        code = code == 0 ? ended : code;
        if (ended == EXIT_INTERRUPTED || ended == EXIT_UNREACHABLE)
            return ended;
    }
    return code;
}

static int regroup_all(struct wait *w, const struct invocation *in)
{
    json_t *listed;
    int code = cli_call(w->cli, "programme.list", NULL, &listed);
    if (code != 0)
        return code;
    w->report = w->cli->json ? json_array() : NULL;
    code = regroup_each(w, in, json_object_get(listed, "programmes"));
    json_decref(listed);
    if (w->report == NULL)
        return code;
    int printed = cli_print_json(w->cli, json_pack("{s:o}", "runs", w->report));
    return code != 0 ? code : printed;
}

static int follow(struct cli *cli, const struct invocation *in, bool all)
{
    struct wait w = {.cli = cli, .ends = json_array()};
    client_on_notification(cli->client, hear, &w);
    int code = subscribe(cli);
    if (code == 0)
        code = all ? regroup_all(&w, in) : start_and_wait(&w, in->params);
    client_on_notification(cli->client, NULL, NULL);
    json_decref(w.ends);
    return code;
}

int cmd_regroup(struct cli *cli, const struct invocation *in)
{
    json_t *started;
    bool all = invocation_flag(in, "all") != NULL;
    if (all && json_object_get(in->params, "programme") != NULL)
        return cli_usage(cli, cli_text(cli, TEXT_ALL_OR_ONE));
    int code = cli_connect(cli);
    if (code != 0)
        return code;
    if (all || invocation_flag(in, "wait") != NULL)
        return follow(cli, in, all);
    struct wait w = {.cli = cli};
    code = start(&w, in->params, &started);
    if (code != 0)
        return code;
    if (cli->json)
        return cli_print_json(cli, started);
    write_number(cli, TEXT_RUN_STARTED, json_whole(started, "run"));
    json_decref(started);
    return EXIT_FINE;
}
