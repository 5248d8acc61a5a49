/* status: how the service is doing, in plain words first. */
#include <math.h>
#include <string.h>

#include "peernet/commands.h"
#include "peernet/json.h"
#include "peernet/show.h"
#include "peernet/table.h"
#include "peernet/words.h"

static void write_duration(struct buf *out, const struct cli *cli, const json_t *map, const char *key)
{
    show_duration(out, cli->language, json_number(map, key));
}

static void write_first_line(struct cli *cli, const json_t *status)
{
    bool ready = json_is_true(json_object_get(status, "ready"));
    struct buf version, up;
    buf_init(&version, 0);
    buf_init(&up, 0);
    show_text(&version, json_text(status, "version"));
    write_duration(&up, cli, status, "uptime_s");
    buf_text(&cli->out, cli_bold(cli));
    TEXT_FILL(&cli->out, cli->language, ready ? TEXT_IS_READY : TEXT_IS_NOT_READY, buf_string(&version),
              buf_string(&up));
    buf_printf(&cli->out, "%s\n\n", cli_plain(cli));
    buf_free(&version);
    buf_free(&up);
}

static void write_error(const struct cli *cli, struct buf *out, const json_t *map)
{
    const char *error = json_text(map, "error");
    if (error[0] == '\0')
        return;
    buf_text(out, ": ");
    words_said(out, cli, error);
}

/* Begins another sentence behind one that may have its end, as those of others do. */
static void end_sentence(struct buf *line)
{
    bool ended = line->size > 0 && strchr(".!?", (char)line->data[line->size - 1]) != NULL;
    buf_text(line, ended ? " " : ". ");
}

static void write_database(struct cli *cli, const json_t *status)
{
    const json_t *database = json_object_get(status, "database");
    bool connected = json_is_true(json_object_get(database, "connected"));
    struct buf line, since;
    buf_init(&line, 0);
    buf_init(&since, 0);
    write_duration(&since, cli, database, "since_s");
    TEXT_FILL(&line, cli->language, connected ? TEXT_DB_CONNECTED : TEXT_DB_AWAY, buf_string(&since));
    if (!connected)
        write_error(cli, &line, database);
    if (!connected && json_is_true(json_object_get(status, "ready"))) {
        end_sentence(&line);
        buf_text(&line, cli_text(cli, TEXT_FROM_MEMORY));
    }
    cli_field(cli, TEXT_FIELD_DATABASE, buf_string(&line));
    buf_free(&line);
    buf_free(&since);
}

static void write_data(struct cli *cli, const json_t *snapshot)
{
    struct buf line, age;
    double seconds = json_number(snapshot, "age_s");
    buf_init(&line, 0);
    buf_init(&age, 0);
    if (isnan(seconds)) {
        buf_text(&line, cli_text(cli, TEXT_NO_DATA));
    } else {
        show_ago(&age, cli->language, seconds);
        show_counted(&line, cli->language, json_whole(snapshot, "organizers"), TEXT_ORGANIZER_ONE,
                     TEXT_ORGANIZER_MANY);
        buf_text(&line, ", ");
        show_counted(&line, cli->language, json_whole(snapshot, "reports"), TEXT_REPORT_ONE,
                     TEXT_REPORT_MANY);
        buf_text(&line, ", ");
        show_counted(&line, cli->language, json_whole(snapshot, "challenges"), TEXT_CHALLENGE_ONE,
                     TEXT_CHALLENGE_MANY);
        buf_text(&line, "; ");
        TEXT_FILL(&line, cli->language, TEXT_DATA_OF, buf_string(&age));
    }
    write_error(cli, &line, snapshot);
    cli_field(cli, TEXT_FIELD_DATA, buf_string(&line));
    buf_free(&line);
    buf_free(&age);
}

/* A run under way, else the last one that was written. */
static void write_run(struct cli *cli, const json_t *worker, const json_t *last)
{
    struct buf line;
    buf_init(&line, 0);
    if (json_is_true(json_object_get(worker, "running"))) {
        buf_printf(&line, "%s %lld: ", cli_text(cli, TEXT_RUN_WORD), (long long)json_whole(worker, "run"));
        words_stage(&line, cli, json_text(worker, "stage"));
        buf_text(&line, ", ");
        show_percent(&line, cli->language, json_number(worker, "share"));
    } else if (last != NULL) {
        buf_printf(&line, "%s %lld, ", cli_text(cli, TEXT_RUN_WORD), (long long)json_whole(last, "run"));
        words_state(&line, cli, json_text(last, "state"));
        buf_text(&line, ", ");
        show_time_ago(&line, cli->language, json_text(last, "finished_at"));
    } else {
        buf_text(&line, cli_text(cli, TEXT_NEVER_RUN));
    }
    cli_field(cli, TEXT_FIELD_LAST_RUN, buf_string(&line));
    buf_free(&line);
}

static void write_fault(struct cli *cli, const json_t *worker)
{
    const char *result = json_text(worker, "last_result");
    struct buf line;
    if (strncmp(result, "failed", 6) != 0)
        return;
    buf_init(&line, 0);
    words_said(&line, cli, result);
    cli_field(cli, TEXT_FIELD_LAST_FAULT, buf_string(&line));
    buf_free(&line);
}

static void write_proposals(struct cli *cli, const json_t *proposals)
{
    static const char *const keys[] = {"running", "running_limit", "waiting", "waiting_limit"};
    struct buf line, numbers[4];
    if (proposals == NULL)
        return; /* a daemon of before */
    buf_init(&line, 0);
    for (size_t i = 0; i < 4; i++) {
        buf_init(&numbers[i], 0);
        show_count(&numbers[i], cli->language, json_whole(proposals, keys[i]));
    }
    TEXT_FILL(&line, cli->language, TEXT_PROPOSALS_NOW, buf_string(&numbers[0]), buf_string(&numbers[1]),
              buf_string(&numbers[2]), buf_string(&numbers[3]));
    cli_field(cli, TEXT_FIELD_PROPOSALS, buf_string(&line));
    for (size_t i = 0; i < 4; i++)
        buf_free(&numbers[i]);
    buf_free(&line);
}

static void write_connections(struct cli *cli, const json_t *connections)
{
    struct buf line, open, limit;
    buf_init(&line, 0);
    buf_init(&open, 0);
    buf_init(&limit, 0);
    show_count(&open, cli->language, json_whole(connections, "open"));
    show_count(&limit, cli->language, json_whole(connections, "limit"));
    TEXT_FILL(&line, cli->language, TEXT_OF_AT_MOST, buf_string(&open), buf_string(&limit));
    buf_text(&line, "; ");
    buf_clear(&open);
    buf_clear(&limit);
    show_count(&open, cli->language, json_whole(connections, "not_logged_in"));
    show_count(&limit, cli->language, json_whole(connections, "not_logged_in_limit"));
    TEXT_FILL(&line, cli->language, TEXT_NOT_LOGGED_IN, buf_string(&open), buf_string(&limit));
    cli_field(cli, TEXT_FIELD_CONNECTIONS, buf_string(&line));
    buf_free(&line);
    buf_free(&open);
    buf_free(&limit);
}

static void show_mebibytes(struct buf *out, const struct cli *cli, const json_t *map, const char *key)
{
    show_decimal(out, cli->language, (double)json_whole(map, key) / (1 << 20), 1);
}

/* "; the data take 3.9, 7,050 bytes an organizer" */
static void show_data_memory(struct buf *line, const struct cli *cli, const json_t *memory,
                             int64_t organizers)
{
    struct buf data, each;
    if (organizers <= 0 || json_whole(memory, "snapshot") <= 0)
        return; /* nothing yet, or a daemon of before */
    buf_init(&data, 0);
    buf_init(&each, 0);
    show_mebibytes(&data, cli, memory, "snapshot");
    show_count(&each, cli->language, json_whole(memory, "snapshot") / organizers);
    TEXT_FILL(line, cli->language, TEXT_MEMORY_OF_DATA, buf_string(&data), buf_string(&each));
    buf_free(&data);
    buf_free(&each);
}

static void write_memory(struct cli *cli, const json_t *memory, int64_t organizers)
{
    struct buf line, all, clients, limit;
    struct buf *const bufs[] = {&line, &all, &clients, &limit};
    if (memory == NULL)
        return; /* a daemon of before */
    for (size_t i = 0; i < 4; i++)
        buf_init(bufs[i], 0);
    show_mebibytes(&all, cli, memory, "resident");
    show_mebibytes(&clients, cli, memory, "clients");
    show_mebibytes(&limit, cli, memory, "clients_limit");
    TEXT_FILL(&line, cli->language, TEXT_MEMORY_IN_USE, buf_string(&all), buf_string(&clients),
              buf_string(&limit));
    show_data_memory(&line, cli, memory, organizers);
    cli_field(cli, TEXT_FIELD_MEMORY, buf_string(&line));
    for (size_t i = 0; i < 4; i++)
        buf_free(bufs[i]);
}

static void write_limit(struct buf *line, const struct cli *cli, const json_t *limit)
{
    struct buf value, times;
    buf_init(&value, 0);
    buf_init(&times, 0);
    show_value(&value, cli->language, json_object_get(limit, "value"));
    show_count(&times, cli->language, json_whole(limit, "reached"));
    if (line->size > 0)
        buf_text(line, "; ");
    TEXT_FILL(line, cli->language, TEXT_LIMIT_REACHED, json_text(limit, "option"), buf_string(&value),
              buf_string(&times));
    buf_free(&value);
    buf_free(&times);
}

/* Those that were reached; --json has all. */
static void write_limits(struct cli *cli, const json_t *limits)
{
    size_t i;
    json_t *limit;
    struct buf line;
    if (limits == NULL)
        return;
    buf_init(&line, 0);
    json_array_foreach(limits, i, limit) if (json_whole(limit, "reached") > 0) write_limit(&line, cli, limit);
    cli_field(cli, TEXT_FIELD_LIMITS,
              line.size > 0 ? buf_string(&line) : cli_text(cli, TEXT_NO_LIMIT_REACHED));
    buf_free(&line);
}

static void write_programme(struct cli *cli, struct table *table, const json_t *p)
{
    struct buf *row = table_row(table);
    show_text(&row[0], json_text(p, "name"));
    show_text(&row[1], json_text(p, "title"));
    if (json_whole(p, "run") == 0) {
        buf_text(&row[6], cli_text(cli, TEXT_NOT_PUBLISHED));
        return;
    }
    show_count(&row[2], cli->language, json_whole(p, "networks"));
    show_count(&row[3], cli->language, json_whole(p, "members"));
    show_count(&row[4], cli->language, json_whole(p, "unmatched"));
    show_decimal(&row[5], cli->language, json_number(p, "mean_fit"), 3);
    show_time_ago(&row[6], cli->language, json_text(p, "published_at"));
}

/* Each programme that has a schedule: when it is run next. */
static void write_dues(struct cli *cli, const json_t *programmes)
{
    size_t i;
    json_t *programme;
    struct buf line;
    buf_init(&line, 0);
    json_array_foreach(programmes, i, programme)
    {
        const char *due = json_text(programme, "next_due");
        if (due[0] == '\0')
            continue;
        if (line.size > 0)
            buf_text(&line, "; ");
        show_text(&line, json_text(programme, "name"));
        buf_text(&line, " ");
        show_due(&line, cli->language, due);
    }
    if (line.size > 0)
        cli_field(cli, TEXT_FIELD_NEXT_DUE, buf_string(&line));
    buf_free(&line);
}

static int write_programmes(struct cli *cli, const json_t *programmes)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_PROGRAMME, 0},           {TEXT_HEAD_TITLE, TABLE_CUT},
        {TEXT_HEAD_NETWORKS, TABLE_RIGHT},  {TEXT_HEAD_MEMBERS, TABLE_RIGHT},
        {TEXT_HEAD_UNMATCHED, TABLE_RIGHT}, {TEXT_HEAD_FIT, TABLE_RIGHT},
        {TEXT_HEAD_PUBLISHED, 0},
    };
    if (json_array_size(programmes) == 0)
        return 0;
    size_t i;
    json_t *programme;
    struct table table;
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    buf_text(&cli->out, "\n");
    json_array_foreach(programmes, i, programme) write_programme(cli, &table, programme);
    return table_print(&table);
}

static void write_faults_of_settings(struct cli *cli, const json_t *programmes)
{
    size_t i;
    json_t *programme;
    json_array_foreach(programmes, i, programme)
    {
        const char *fault = json_text(programme, "settings_fault");
        if (fault[0] == '\0')
            continue;
        show_text(&cli->out, json_text(programme, "name"));
        buf_text(&cli->out, ": ");
        words_said(&cli->out, cli, fault);
        buf_text(&cli->out, "\n");
    }
}

/* Not worth failing for: a daemon without data has no runs to list. */
static json_t *last_run(struct cli *cli)
{
    struct err ignored = ERR_INIT;
    json_t *runs = NULL, *params = json_pack("{s:i}", "limit", 1);
    cli_try(cli, "run.list", params, &runs, &ignored);
    json_t *run = json_incref(json_array_get(json_object_get(runs, "runs"), 0));
    json_decref(runs);
    json_decref(params);
    return run;
}

static int write_status(struct cli *cli, const json_t *status)
{
    const json_t *programmes = json_object_get(status, "programmes"),
                 *worker = json_object_get(status, "worker");
    json_t *last = last_run(cli);
    write_first_line(cli, status);
    write_database(cli, status);
    write_data(cli, json_object_get(status, "snapshot"));
    write_run(cli, worker, last);
    write_fault(cli, worker);
    write_dues(cli, programmes);
    write_proposals(cli, json_object_get(status, "proposals"));
    write_connections(cli, json_object_get(status, "connections"));
    write_memory(cli, json_object_get(status, "memory"),
                 json_whole(json_object_get(status, "snapshot"), "organizers"));
    write_limits(cli, json_object_get(status, "limits"));
    json_decref(last);
    int code = write_programmes(cli, programmes);
    write_faults_of_settings(cli, programmes);
    return code;
}

int cmd_status(struct cli *cli, const struct invocation *in)
{
    json_t *status;
    int code = cli_call(cli, in->command->method, in->params, &status);
    if (code != 0)
        return code;
    bool ready = json_is_true(json_object_get(status, "ready"));
    if (cli->json) {
        code = cli_print_json(cli, status);
    } else {
        code = write_status(cli, status);
        json_decref(status);
    }
    return code == 0 && !ready ? EXIT_UNREACHABLE : code;
}
