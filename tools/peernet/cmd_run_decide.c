/* publish, run reject, run rollback, run cancel, run replay: what people do about runs. */
#include <stdio.h>
#include <string.h>

#include "peernet/commands.h"
#include "peernet/confirm.h"
#include "peernet/find.h"
#include "peernet/json.h"
#include "peernet/show.h"
#include "peernet/words.h"

/* Says the text, of which {1} is the run, {2} its programme and {3} a third thing. Takes the result. */
static int tell(struct cli *cli, json_t *result, enum text id, const char *third)
{
    char number[32];
    struct buf programme;
    if (cli->json)
        return cli_print_json(cli, result);
    buf_init(&programme, 0);
    show_text(&programme, json_text(result, "programme"));
    snprintf(number, sizeof number, "%lld", (long long)json_whole(result, "run"));
    TEXT_FILL(&cli->out, cli->language, id, number, buf_string(&programme), third);
    buf_text(&cli->out, "\n");
    buf_free(&programme);
    json_decref(result);
    return EXIT_FINE;
}

static bool was_in_force(const json_t *result)
{
    return json_whole(result, "replaced") == json_whole(result, "run");
}

/* Networks that were in force come back by a rollback: to publish them is refused, whatever is in force now.
 */
static void note_rollback(struct cli *cli, const struct invocation *in)
{
    struct err unknown = ERR_INIT;
    json_t *result = NULL, *params = json_pack("{s:O}", "run", json_object_get(in->params, "run"));
    if (!cli->json && !cli->wire && cli_open(cli, &unknown) == 0 &&
        cli_try(cli, "run.get", params, &result, &unknown) == 0) {
        const json_t *run = json_object_get(result, "run");
        if (json_is_true(json_object_get(run, "was_published")) &&
            strcmp(json_text(run, "state"), "stale") == 0) {
            struct buf line;
            buf_init(&line, 0);
            buf_printf(&line, "%s: peernet run rollback %lld", cli_text(cli, TEXT_HINT_ROLLBACK),
                       (long long)json_whole(run, "run"));
            cli_note(cli, buf_string(&line));
            buf_free(&line);
        }
    }
    json_decref(result);
    json_decref(params);
}

int cmd_publish(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    int code = find_numbered(cli, in, TEXT_NO_RUN, &result);
    if (code == EXIT_FAILED)
        note_rollback(cli, in);
    if (code != 0)
        return code;
    return tell(cli, result, was_in_force(result) ? TEXT_IN_FORCE_ALREADY : TEXT_PUBLISHED_NOW, "");
}

int cmd_run_reject(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    int code = find_numbered(cli, in, TEXT_NO_RUN, &result);
    return code != 0 ? code : tell(cli, result, TEXT_REJECTED_NOW, "");
}

int cmd_run_rollback(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    char replaced[32];
    int code = confirm(cli, in, TEXT_ASK_ROLLBACK, in->arguments[0]);
    if (code == 0)
        code = find_numbered(cli, in, TEXT_NO_RUN, &result);
    if (code != 0)
        return code;
    snprintf(replaced, sizeof replaced, "%lld", (long long)json_whole(result, "replaced"));
    return tell(cli, result,
                was_in_force(result)                 ? TEXT_IN_FORCE_ALREADY
                : json_whole(result, "replaced") > 0 ? TEXT_ROLLED_BACK
                                                     : TEXT_PUBLISHED_NOW,
                replaced);
}

/* What is not is refused without a question. */
static bool is_under_way(struct cli *cli, const struct invocation *in)
{
    struct err unknown = ERR_INIT;
    json_t *result = NULL;
    if (invocation_flag(in, "yes") != NULL || cli_open(cli, &unknown) != 0 ||
        cli_try(cli, "run.get", in->params, &result, &unknown) != 0)
        return unknown.code != ERR_NOT_FOUND;
    bool running = strcmp(json_text(json_object_get(result, "run"), "state"), "running") == 0;
    json_decref(result);
    return running;
}

int cmd_run_cancel(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    struct buf state;
    int code = is_under_way(cli, in) ? confirm(cli, in, TEXT_ASK_CANCEL, in->arguments[0]) : 0;
    if (code == 0)
        code = cli_call(cli, in->command->method, in->params, &result);
    if (code != 0)
        return code;
    buf_init(&state, 0);
    words_state(&state, cli, json_text(result, "state"));
    bool cancelled = strcmp(json_text(result, "state"), "cancelled") == 0;
    code = tell(cli, result, cancelled ? TEXT_CANCELLED_NOW : TEXT_ENDED_BEFORE, buf_string(&state));
    buf_free(&state);
    return code;
}

/* The exit code is the verdict. */
int cmd_run_replay(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    int code = find_numbered(cli, in, TEXT_NO_RUN, &result);
    if (code != 0)
        return code;
    int verdict = json_is_true(json_object_get(result, "identical")) ? EXIT_FINE : EXIT_FAILED;
    if (cli->json) {
        code = cli_print_json(cli, result);
        return code != 0 ? code : verdict;
    }
    struct buf text;
    buf_init(&text, 0);
    words_said(&text, cli, json_text(result, "text"));
    buf_printf(&cli->out, "%s\n", buf_string(&text));
    buf_free(&text);
    json_decref(result);
    return verdict;
}
