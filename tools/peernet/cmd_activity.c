/* activity list, activity set, activity remove, activity cover: what is offered, and which needs that
 * answers. */
#include <stdio.h>
#include <string.h>

#include "peernet/change.h"
#include "peernet/commands.h"
#include "peernet/json.h"
#include "peernet/listing.h"
#include "peernet/show.h"
#include "peernet/table.h"
#include "peernet/words.h"

static void write_activity(struct cli *cli, struct buf *row, const json_t *activity)
{
    show_text(&row[0], json_text(activity, "activity"));
    show_text(&row[1], json_text(activity, "title"));
    words_labels(&row[2], json_object_get(activity, "challenges"), cli_is_narrow(cli));
}

int cmd_activity_list(struct cli *cli, const struct invocation *in)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_ACTIVITY, 0}, {TEXT_HEAD_TITLE, TABLE_CUT}, {TEXT_HEAD_ANSWERS, TABLE_WRAP}};
    static const struct listing listing = {.key = "activities",
                                           .columns = columns,
                                           .n_columns = sizeof columns / sizeof columns[0],
                                           .write_row = write_activity,
                                           .none = TEXT_NO_ACTIVITIES,
                                           .write_rest = words_footer};
    return listing_show(cli, in, &listing);
}

int cmd_activity_set(struct cli *cli, const struct invocation *in)
{
    return cli_change(cli, in, "activity", TEXT_ACTIVITY_SET);
}

int cmd_activity_remove(struct cli *cli, const struct invocation *in)
{
    return cli_change(cli, in, "activity", TEXT_ACTIVITY_REMOVED);
}

/* "Reading lift 45 %, Mathematics lift 20 %" */
static void write_choices(struct cli *cli, struct buf *out, const json_t *choices)
{
    size_t i;
    json_t *choice;
    json_array_foreach(choices, i, choice)
    {
        buf_text(out, i > 0 ? ", " : "");
        show_text(out, json_text(choice, "title"));
        buf_text(out, " ");
        show_percent(out, cli->language, json_number(choice, "share"));
    }
}

static int write_networks(struct cli *cli, const json_t *networks)
{
    static const struct table_column columns[] = {{TEXT_HEAD_NETWORK, TABLE_RIGHT},
                                                  {TEXT_HEAD_LABEL, TABLE_CUT},
                                                  {TEXT_HEAD_COVERED, TABLE_RIGHT},
                                                  {TEXT_HEAD_ACTIVITIES, TABLE_WRAP}};
    struct table table;
    size_t i;
    json_t *one;
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(networks, i, one)
    {
        struct buf *row = table_row(&table);
        const json_t *network = json_object_get(one, "network");
        buf_printf(&row[0], "%lld", (long long)json_whole(network, "number"));
        show_text(&row[1], words_network(network));
        show_percent(&row[2], cli->language, json_number(one, "covered"));
        write_choices(cli, &row[3], json_object_get(one, "activities"));
    }
    return table_print(&table);
}

static int write_missing(struct cli *cli, const json_t *missing)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_REPORTED_BY, TABLE_RIGHT}, {TEXT_HEAD_SHARE, TABLE_RIGHT}, {TEXT_HEAD_MISSING, TABLE_CUT}};
    struct table table;
    size_t i;
    json_t *one;
    if (json_array_size(missing) == 0)
        return 0;
    buf_text(&cli->out, "\n");
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(missing, i, one)
    {
        struct buf *row = table_row(&table);
        show_count(&row[0], cli->language, json_whole(one, "organizers"));
        show_percent(&row[1], cli->language, json_number(one, "share"));
        show_text(&row[2], json_text(one, "label"));
    }
    return table_print(&table);
}

static void add_row(json_t *rows, const json_t *one, const json_t *choice)
{
    static const char *const keys[] = {"activity", "title", "share"};
    const json_t *network = json_object_get(one, "network");
    json_t *row = json_object();
    json_object_set(row, "network", json_object_get(network, "number"));
    json_object_set_new(row, "label", json_string(words_network(network)));
    json_object_set(row, "covered", json_object_get(one, "covered"));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        json_object_set(row, keys[i], json_object_get(choice, keys[i]));
    json_array_append_new(rows, row);
}

/* A row for each activity of a network, or one without any. */
static int write_csv(struct cli *cli, const struct invocation *in)
{
    json_t *result, *one, *choice, *rows = json_array();
    size_t i, k;
    int code = cli_call(cli, in->command->method, in->params, &result);
    json_array_foreach(json_object_get(result, "networks"), i, one)
    {
        const json_t *choices = json_object_get(one, "activities");
        json_array_foreach(choices, k, choice) add_row(rows, one, choice);
        if (json_array_size(choices) == 0)
            add_row(rows, one, NULL);
    }
    json_decref(result);
    if (code == 0)
        return cli_print_json(cli, json_pack("{s:o}", "networks", rows));
    json_decref(rows);
    return code;
}

int cmd_activity_cover(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    struct buf share;
    if (cli->csv)
        return write_csv(cli, in);
    int code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    code = write_networks(cli, json_object_get(result, "networks"));
    if (code == 0)
        code = write_missing(cli, json_object_get(result, "missing"));
    buf_init(&share, 0);
    show_percent(&share, cli->language, json_number(result, "answered"));
    buf_text(&cli->out, "\n");
    TEXT_FILL(&cli->out, cli->language, TEXT_ANSWERED, buf_string(&share));
    buf_text(&cli->out, "\n");
    buf_free(&share);
    words_footer(cli, result);
    json_decref(result);
    return code;
}
