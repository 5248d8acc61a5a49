/* runs, run: what was grouped when, with which figures. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "peernet/commands.h"
#include "peernet/figures.h"
#include "peernet/find.h"
#include "peernet/json.h"
#include "peernet/show.h"
#include "peernet/table.h"
#include "peernet/words.h"

static void write_state(struct cli *cli, struct buf *out, const json_t *run)
{
    words_run_state(out, cli, run);
    if (strcmp(json_text(run, "state"), "running") == 0) {
        buf_text(out, " ");
        show_percent(out, cli->language, json_number(run, "share"));
    }
}

static void write_row(struct cli *cli, struct buf *row, const json_t *run)
{
    const json_t *figures = json_object_get(run, "figures");
    buf_printf(&row[0], "%lld", (long long)json_whole(run, "run"));
    write_state(cli, &row[1], run);
    if (!json_is_object(figures))
        return;
    show_time_ago(&row[2], cli->language, json_text(run, "finished_at"));
    show_count(&row[3], cli->language, json_whole(figures, "networks"));
    show_count(&row[4], cli->language, json_whole(figures, "matched"));
    show_count(&row[5], cli->language, figures_unmatched(figures));
    show_decimal(&row[6], cli->language, json_number(figures, "mean_fit"), 3);
    buf_printf(&row[7], "%lld", (long long)json_whole(run, "seed"));
}

static int write_runs(struct cli *cli, const json_t *runs)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_RUN, TABLE_RIGHT},     {TEXT_HEAD_STATE, 0},
        {TEXT_HEAD_FINISHED, 0},          {TEXT_HEAD_NETWORKS, TABLE_RIGHT},
        {TEXT_HEAD_MEMBERS, TABLE_RIGHT}, {TEXT_HEAD_UNMATCHED, TABLE_RIGHT},
        {TEXT_HEAD_FIT, TABLE_RIGHT},     {TEXT_HEAD_SEED, TABLE_RIGHT},
    };
    size_t i;
    json_t *run;
    struct table table;
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(runs, i, run) write_row(cli, table_row(&table), run);
    return table_print(&table);
}

static void write_rest(struct cli *cli, int64_t shown, int64_t total)
{
    struct buf count, all;
    if (shown >= total)
        return;
    buf_init(&count, 0);
    buf_init(&all, 0);
    show_count(&count, cli->language, shown);
    show_counted(&all, cli->language, total, TEXT_RUN_ONE, TEXT_RUN_MANY);
    buf_text(&cli->out, "\n");
    TEXT_FILL(&cli->out, cli->language, TEXT_PART_OF, buf_string(&count), buf_string(&all));
    buf_text(&cli->out, "\n");
    buf_free(&count);
    buf_free(&all);
}

int cmd_runs(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    int code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    const json_t *runs = json_object_get(result, "runs");
    if (json_array_size(runs) == 0) {
        words_first_run(cli, TEXT_NO_RUNS, in->params);
    } else {
        code = write_runs(cli, runs);
        write_rest(cli, (int64_t)json_array_size(runs), json_whole(result, "total"));
        cli_hint(cli, "%s", cli_text(cli, TEXT_HINT_RUN));
    }
    json_decref(result);
    return code;
}

static void write_text_field(struct cli *cli, enum text name, const json_t *map, const char *key)
{
    const json_t *value = json_object_get(map, key);
    struct buf line;
    if (value == NULL || json_is_null(value) || (json_is_object(value) && json_object_size(value) == 0))
        return;
    buf_init(&line, 0);
    show_value(&line, cli->language, value);
    cli_field(cli, name, buf_string(&line));
    buf_free(&line);
}

static void write_time_field(struct cli *cli, enum text name, const json_t *run, const char *key)
{
    struct buf line;
    if (json_text(run, key)[0] == '\0')
        return;
    buf_init(&line, 0);
    show_time(&line, cli->language, json_text(run, key));
    cli_field(cli, name, buf_string(&line));
    buf_free(&line);
}

/* "reports (2 hours ago), pins (just now)" */
static void write_changed(struct cli *cli, const json_t *changed)
{
    struct buf line;
    size_t i;
    json_t *one;
    if (json_array_size(changed) == 0)
        return;
    buf_init(&line, 0);
    json_array_foreach(changed, i, one)
    {
        buf_text(&line, i > 0 ? ", " : "");
        words_input(&line, cli, json_text(one, "input"));
        buf_text(&line, " (");
        show_time_ago(&line, cli->language, json_text(one, "changed_at"));
        buf_text(&line, ")");
    }
    cli_field(cli, TEXT_FIELD_CHANGED, buf_string(&line));
    buf_free(&line);
}

static void write_rejected(struct cli *cli, const json_t *rejected)
{
    struct buf line;
    if (!json_is_object(rejected))
        return;
    buf_init(&line, 0);
    show_text(&line, json_text(rejected, "who"));
    buf_text(&line, ", ");
    show_time_ago(&line, cli->language, json_text(rejected, "at"));
    buf_text(&line, ": ");
    show_text(&line, json_text(rejected, "why"));
    cli_field(cli, TEXT_FIELD_REJECTED, buf_string(&line));
    buf_free(&line);
}

static void write_under_way(struct cli *cli, const json_t *run)
{
    struct buf line;
    buf_init(&line, 0);
    if (json_text(run, "stage")[0] != '\0' && strcmp(json_text(run, "state"), "running") == 0) {
        words_stage(&line, cli, json_text(run, "stage"));
        cli_field(cli, TEXT_FIELD_STAGE, buf_string(&line));
        buf_clear(&line);
    }
    show_duration(&line, cli->language, json_number(run, "elapsed_s"));
    cli_field(cli, TEXT_FIELD_ELAPSED, buf_string(&line));
    buf_free(&line);
    write_text_field(cli, TEXT_FIELD_ERROR, run, "error");
}

/* A line each; those that are empty say nothing. */
static void write_settings(struct cli *cli, const json_t *settings)
{
    static const struct table_column columns[] = {{TEXT_HEAD_SETTING, 0}, {TEXT_HEAD_VALUE, TABLE_CUT}};
    const char *key;
    json_t *value;
    struct table table;
    if (json_object_size(settings) == 0)
        return;
    buf_text(&cli->out, "\n");
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_object_foreach((json_t *)settings, key, value)
    {
        if (json_is_null(value) || ((json_is_object(value) || json_is_array(value)) &&
                                    json_object_size(value) == 0 && json_array_size(value) == 0))
            continue;
        struct buf *row = table_row(&table);
        show_text(&row[0], key);
        show_value(&row[1], cli->language, value);
    }
    table_print(&table);
}

static void write_run(struct cli *cli, const json_t *run)
{
    buf_printf(&cli->out, "%s%s %lld: ", cli_bold(cli), cli_text(cli, TEXT_RUN_WORD_LARGE),
               (long long)json_whole(run, "run"));
    write_state(cli, &cli->out, run);
    buf_printf(&cli->out, "%s\n\n", cli_plain(cli));
    write_text_field(cli, TEXT_FIELD_PROGRAMME, run, "programme");
    if (json_object_get(run, "figures") == NULL) {
        write_under_way(cli, run);
        return;
    }
    write_rejected(cli, json_object_get(run, "rejected"));
    write_changed(cli, json_object_get(run, "changed"));
    figures_write(cli, json_object_get(run, "figures"));
    buf_text(&cli->out, "\n");
    write_time_field(cli, TEXT_FIELD_STARTED, run, "started_at");
    write_time_field(cli, TEXT_FIELD_FINISHED, run, "finished_at");
    write_text_field(cli, TEXT_FIELD_AS_OF, run, "as_of");
    write_text_field(cli, TEXT_FIELD_BASE, run, "base_run");
    write_text_field(cli, TEXT_FIELD_SEED, run, "seed");
    write_text_field(cli, TEXT_FIELD_EFFORT, run, "effort");
    write_text_field(cli, TEXT_FIELD_INPUTS, run, "inputs_digest");
    write_text_field(cli, TEXT_FIELD_VERSIONS, run, "versions");
    write_settings(cli, json_object_get(run, "settings"));
}

int cmd_run(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    int code = find_numbered(cli, in, TEXT_NO_RUN, &result);
    if (code != 0)
        return code;
    if (cli->json)
        return cli_print_json(cli, result);
    const json_t *run = json_object_get(result, "run");
    write_run(cli, run);
    if (json_is_true(json_object_get(run, "was_published"))) {
        /* That somebody has rejected it since is not passed over by a rollback. */
        if (strcmp(json_text(run, "state"), "published") != 0 &&
            strcmp(json_text(run, "state"), "rejected") != 0)
            cli_hint(cli, "\n%s: peernet run rollback %lld", cli_text(cli, TEXT_HINT_ROLLBACK),
                     (long long)json_whole(run, "run"));
    } else if (strcmp(json_text(run, "state"), "proposal") == 0) {
        buf_text(&cli->out, "\n");
        cli_hint(cli, "%s: peernet publish %lld", cli_text(cli, TEXT_HINT_PUBLISH),
                 (long long)json_whole(run, "run"));
    } else if (strcmp(json_text(run, "state"), "stale") == 0) {
        buf_text(&cli->out, "\n");
        cli_hint(cli, "%s", cli_text(cli, TEXT_HINT_STALE));
    }
    json_decref(result);
    return code;
}
