#include "peernet/figures.h"

#include <math.h>
#include <stdio.h>

#include "peernet/json.h"
#include "peernet/show.h"
#include "peernet/table.h"
#include "peernet/words.h"

int64_t figures_unmatched(const json_t *figures)
{
    int64_t total = 0;
    json_t *counts = json_object_get(figures, "unmatched");
    for (void *at = json_object_iter(counts); at != NULL; at = json_object_iter_next(counts, at))
        total += json_integer_value(json_object_iter_value(at));
    return total;
}

static void write_networks(struct cli *cli, const json_t *figures)
{
    struct buf line, networks, organizers, sizes;
    buf_init(&line, 0);
    buf_init(&networks, 0);
    buf_init(&organizers, 0);
    buf_init(&sizes, 0);
    show_counted(&networks, cli->language, json_whole(figures, "networks"), TEXT_NETWORK_ONE,
                 TEXT_NETWORK_MANY);
    show_counted(&organizers, cli->language, json_whole(figures, "matched"), TEXT_ORGANIZER_ONE,
                 TEXT_ORGANIZER_MANY);
    int64_t smallest = json_whole(figures, "smallest"), largest = json_whole(figures, "largest");
    show_count(&sizes, cli->language, smallest);
    if (largest != smallest)
        buf_printf(&sizes, "–%lld", (long long)largest);
    TEXT_FILL(&line, cli->language, TEXT_FIGURE_NETWORKS, buf_string(&networks), buf_string(&sizes),
              buf_string(&organizers));
    cli_field(cli, TEXT_FIELD_NETWORKS, buf_string(&line));
    buf_free(&line);
    buf_free(&networks);
    buf_free(&organizers);
    buf_free(&sizes);
}

/* "246: nothing reported that counts 240, no fit 6" */
static void write_unmatched(struct cli *cli, const json_t *figures)
{
    static const struct {
        const char *code;
        enum text words;
    } reasons[] = {
        {"nothing_reported", TEXT_REASON_NOTHING_REPORTED},
        {"no_fit", TEXT_REASON_NO_FIT},
        {"over_capacity", TEXT_REASON_OVER_CAPACITY},
        {"constraint", TEXT_REASON_CONSTRAINT},
    };
    struct buf line;
    const char *separator = ": ";
    buf_init(&line, 0);
    show_counted(&line, cli->language, figures_unmatched(figures), TEXT_ORGANIZER_ONE, TEXT_ORGANIZER_MANY);
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        int64_t count = json_whole(json_object_get(figures, "unmatched"), reasons[i].code);
        if (count == 0)
            continue;
        buf_printf(&line, "%s%s ", separator, cli_text(cli, reasons[i].words));
        show_count(&line, cli->language, count);
        separator = ", ";
    }
    cli_field(cli, TEXT_FIELD_UNMATCHED, buf_string(&line));
    buf_free(&line);
}

static void write_churn(struct cli *cli, const json_t *base)
{
    static const char *const keys[] = {"run", "stayed", "moved", "joined", "left"};
    char numbers[5][32];
    struct buf line;
    if (!json_is_object(base))
        return;
    for (size_t i = 0; i < 5; i++)
        snprintf(numbers[i], sizeof numbers[i], "%lld", (long long)json_whole(base, keys[i]));
    buf_init(&line, 0);
    TEXT_FILL(&line, cli->language, TEXT_FIGURE_CHURN, numbers[0], numbers[1], numbers[2], numbers[3],
              numbers[4]);
    cli_field(cli, TEXT_FIELD_CHURN, buf_string(&line));
    buf_free(&line);
}

static void write_warnings(struct cli *cli, const json_t *warnings)
{
    size_t i;
    json_t *warning;
    json_array_foreach(warnings, i, warning)
    {
        struct buf line;
        buf_init(&line, 0);
        words_said(&line, cli, json_is_string(warning) ? json_string_value(warning) : "");
        cli_field(cli, TEXT_FIELD_WARNING, buf_string(&line));
        buf_free(&line);
    }
}

void figures_write(struct cli *cli, const json_t *figures)
{
    struct buf fit;
    write_networks(cli, figures);
    buf_init(&fit, 0);
    show_decimal(&fit, cli->language, json_number(figures, "mean_fit"), 3);
    cli_field(cli, TEXT_FIELD_MEAN_FIT, buf_string(&fit));
    buf_free(&fit);
    write_unmatched(cli, figures);
    write_churn(cli, json_object_get(figures, "base"));
    write_warnings(cli, json_object_get(figures, "warnings"));
}

static void write_figure(struct cli *cli, struct buf *row, enum text name, int64_t before, int64_t after)
{
    buf_text(&row[0], cli_text(cli, name));
    show_count(&row[1], cli->language, before);
    show_count(&row[2], cli->language, after);
}

static void write_fit_beside(struct cli *cli, struct buf *row, double before, double after)
{
    buf_text(&row[0], cli_text(cli, TEXT_FIELD_MEAN_FIT));
    show_decimal(&row[1], cli->language, before, 3);
    show_decimal(&row[2], cli->language, after, 3);
}

static void write_setting(struct cli *cli, struct buf *row, const json_t *setting)
{
    show_text(&row[0], json_text(setting, "name"));
    show_value(&row[1], cli->language, json_object_get(setting, "before"));
    show_value(&row[2], cli->language, json_object_get(setting, "after"));
}

int figures_beside(struct cli *cli, const json_t *before, const json_t *after, const json_t *settings)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_FIGURE, 0}, {TEXT_HEAD_BEFORE, TABLE_RIGHT}, {TEXT_HEAD_AFTER, TABLE_RIGHT}};
    struct table table;
    size_t i;
    json_t *setting;
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    write_figure(cli, table_row(&table), TEXT_FIELD_NETWORKS, json_whole(before, "networks"),
                 json_whole(after, "networks"));
    write_figure(cli, table_row(&table), TEXT_FIELD_MEMBERS, json_whole(before, "matched"),
                 json_whole(after, "matched"));
    write_figure(cli, table_row(&table), TEXT_FIELD_UNMATCHED, figures_unmatched(before),
                 figures_unmatched(after));
    write_fit_beside(cli, table_row(&table), json_number(before, "mean_fit"), json_number(after, "mean_fit"));
    json_array_foreach(settings, i, setting) write_setting(cli, table_row(&table), setting);
    return table_print(&table);
}
