/* insight challenges, insight coverage, insight quality: what can be learned from all reports and networks
 * together. What the server withholds is shown as a dot. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "peernet/commands.h"
#include "peernet/insight_table.h"
#include "peernet/json.h"
#include "peernet/show.h"
#include "peernet/table.h"
#include "peernet/words.h"

#define GROUPS_BESIDE 6 /* columns of groups; more become rows */
#define COMMONEST 3     /* challenges of a group that is a row */

/* What all shares are of, and which numbers are not told. */
static void write_base(struct cli *cli, const json_t *result)
{
    struct buf count;
    buf_init(&count, 0);
    insight_count(&count, cli, result, "organizers");
    TEXT_FILL(&cli->out, cli->language, TEXT_INSIGHT_BASE, buf_string(&count));
    buf_text(&cli->out, "\n\n");
    buf_free(&count);
}

/* "45 % +5": what changed is behind it. */
static void write_change(struct buf *out, struct cli *cli, const json_t *row)
{
    double change = json_number(row, "share_change");
    if (isnan(change)) {
        buf_text(out, INSIGHT_WITHHELD);
        return;
    }
    buf_text(out, change >= 0.005 ? "+" : "");
    show_percent(out, cli->language, change);
}

static int write_beside(struct cli *cli, const json_t *result, const json_t *groups)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_CHALLENGE, TABLE_CUT}, {TEXT_HEAD_ALL, TABLE_RIGHT},    {TEXT_HEAD_SEVERITY, TABLE_RIGHT},
        {TEXT_HEAD_CHANGE, TABLE_RIGHT},  {TEXT_HEAD_CHANGE, TABLE_RIGHT}, {TEXT_HEAD_CHANGE, TABLE_RIGHT},
        {TEXT_HEAD_CHANGE, TABLE_RIGHT},  {TEXT_HEAD_CHANGE, TABLE_RIGHT}, {TEXT_HEAD_CHANGE, TABLE_RIGHT},
        {TEXT_HEAD_CHANGE, TABLE_RIGHT},
    };
    const size_t n = json_array_size(groups);
    const bool rounds = strcmp(json_text(result, "by"), "round") == 0 && n > 1;
    struct table table;
    size_t i, g;
    json_t *row, *group;
    table_open(&table, cli, columns, 3 + n + rounds);
    json_array_foreach(groups, g, group) insight_head(&table, cli, 3 + g, json_text(result, "by"), group);
    json_array_foreach(json_object_get(result, "challenges"), i, row)
    {
        struct buf *cells = table_row(&table);
        show_text(&cells[0], json_text(row, "label"));
        insight_share(&cells[1], cli, row);
        insight_severity(&cells[2], cli, row);
        json_array_foreach(json_object_get(row, "groups"), g, group) if (g < GROUPS_BESIDE)
            insight_share(&cells[3 + g], cli, group);
        if (rounds)
            write_change(&cells[3 + n], cli, row);
    }
    return table_print(&table);
}

/* The highest share but those that were taken already; -1 when there is none. */
static int commonest(const json_t *challenges, size_t group, const int *taken, int n)
{
    size_t i;
    json_t *row;
    int best = -1;
    double most = 0;
    json_array_foreach(challenges, i, row)
    {
        double share = json_number(json_array_get(json_object_get(row, "groups"), group), "share");
        bool had = false;
        for (int k = 0; k < n; k++)
            had = had || taken[k] == (int)i;
        if (had || isnan(share) || share <= most)
            continue;
        most = share;
        best = (int)i;
    }
    return best;
}

static void write_commonest(struct buf *out, struct cli *cli, const json_t *challenges, size_t group)
{
    int taken[COMMONEST];
    for (int n = 0; n < COMMONEST; n++) {
        taken[n] = commonest(challenges, group, taken, n);
        if (taken[n] < 0)
            break;
        const json_t *row = json_array_get(challenges, (size_t)taken[n]);
        buf_text(out, n > 0 ? "; " : "");
        show_text(out, json_text(row, "label"));
        buf_text(out, " ");
        insight_share(out, cli, json_array_get(json_object_get(row, "groups"), group));
    }
}

static int write_below(struct cli *cli, const json_t *result, const json_t *groups)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_GROUP, 0}, {TEXT_HEAD_ORGANIZERS, TABLE_RIGHT}, {TEXT_HEAD_COMMONEST, TABLE_WRAP}};
    struct table table;
    size_t g;
    json_t *group;
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(groups, g, group)
    {
        struct buf *cells = table_row(&table);
        insight_group(&cells[0], cli, json_text(result, "by"), group);
        insight_count(&cells[1], cli, group, "organizers");
        write_commonest(&cells[2], cli, json_object_get(result, "challenges"), g);
    }
    return table_print(&table);
}

static int write_pairs(struct cli *cli, const json_t *pairs)
{
    static const struct table_column columns[] = {{TEXT_HEAD_TOGETHER, TABLE_CUT},
                                                  {TEXT_HEAD_AND, TABLE_CUT},
                                                  {TEXT_HEAD_ORGANIZERS, TABLE_RIGHT},
                                                  {TEXT_HEAD_LIFT, TABLE_RIGHT}};
    struct table table;
    size_t i;
    json_t *pair;
    if (json_array_size(pairs) == 0)
        return EXIT_FINE;
    buf_text(&cli->out, "\n");
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(pairs, i, pair)
    {
        struct buf *cells = table_row(&table);
        show_text(&cells[0], json_text(pair, "label"));
        show_text(&cells[1], json_text(pair, "other_label"));
        show_count(&cells[2], cli->language, json_whole(pair, "organizers"));
        show_decimal(&cells[3], cli->language, json_number(pair, "lift"), 2);
    }
    return table_print(&table);
}

int cmd_insight_challenges(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    int code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    const json_t *groups = json_object_get(result, "groups");
    write_base(cli, result);
    code = json_array_size(groups) <= GROUPS_BESIDE ? write_beside(cli, result, groups)
                                                    : write_below(cli, result, groups);
    if (code == EXIT_FINE && json_array_size(groups) == 0) /* they are of all organizers */
        code = write_pairs(cli, json_object_get(result, "pairs"));
    insight_note(cli, result);
    words_footer(cli, result);
    json_decref(result);
    return code;
}

static enum text state_head(const char *state)
{
    static const struct {
        const char *state;
        enum text head;
    } heads[] = {{"in_network", TEXT_HEAD_IN_NETWORK},         {"never_reported", TEXT_HEAD_NEVER_REPORTED},
                 {"nothing_counts", TEXT_HEAD_NOTHING_COUNTS}, {"no_fit", TEXT_HEAD_NO_FIT},
                 {"over_capacity", TEXT_HEAD_NO_ROOM},         {"constraint", TEXT_HEAD_RULE_FORBIDS},
                 {"not_placed", TEXT_HEAD_NOT_PLACED},         {"other", TEXT_HEAD_OTHER}};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        if (strcmp(heads[i].state, state) == 0)
            return heads[i].head;
    return TEXT_HEAD_STATE;
}

static void write_covered(struct table *table, struct cli *cli, const char *by, const json_t *group)
{
    struct buf *cells = table_row(table);
    json_t *states = json_object_get(group, "states");
    size_t at = 2;
    if (by == NULL)
        buf_text(&cells[0], cli_text(cli, TEXT_ALL_GROUPS));
    else
        insight_group(&cells[0], cli, by, group);
    insight_count(&cells[1], cli, group, "organizers");
    for (void *i = json_object_iter(states); i != NULL && at < table->n; i = json_object_iter_next(states, i))
        insight_count(&cells[at++], cli, states, json_object_iter_key(i));
}

int cmd_insight_coverage(struct cli *cli, const struct invocation *in)
{
    struct table_column columns[TABLE_COLUMNS_MAX] = {{TEXT_HEAD_GROUP, 0},
                                                      {TEXT_HEAD_ORGANIZERS, TABLE_RIGHT}};
    json_t *result, *group;
    struct table table;
    size_t n = 2, i;
    int code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    json_t *states = json_object_get(result, "states");
    for (void *k = json_object_iter(states); k != NULL && n < TABLE_COLUMNS_MAX;
         k = json_object_iter_next(states, k))
        columns[n++] = (struct table_column){state_head(json_object_iter_key(k)), TABLE_RIGHT};
    table_open(&table, cli, columns, n);
    json_array_foreach(json_object_get(result, "groups"), i, group)
        write_covered(&table, cli, json_text(result, "by"), group);
    write_covered(&table, cli, NULL, result);
    code = table_print(&table);
    if (json_object_get(states, "other") != NULL)
        buf_printf(&cli->out, "\n%s%s%s\n", cli_dim(cli), cli_text(cli, TEXT_OTHER_NOTE), cli_plain(cli));
    insight_note(cli, result);
    words_footer(cli, result);
    json_decref(result);
    return code;
}

/* "0.69 of at most 0.81 (85 %)" */
static void write_fit(struct cli *cli, const json_t *result)
{
    struct buf value;
    if (isnan(json_number(result, "mean_fit")))
        return;
    buf_init(&value, 0);
    show_decimal(&value, cli->language, json_number(result, "mean_fit"), 3);
    cli_field(cli, TEXT_FIELD_MEAN_FIT, buf_string(&value));
    buf_clear(&value);
    show_decimal(&value, cli->language, json_number(result, "bound"), 3);
    cli_field(cli, TEXT_FIELD_BOUND, buf_string(&value));
    buf_clear(&value);
    show_percent(&value, cli->language, json_number(result, "attained"));
    cli_field(cli, TEXT_FIELD_ATTAINED, buf_string(&value));
    const json_t *fits = json_object_get(result, "fits");
    static const char *const keys[] = {"tenth", "quarter", "half"};
    static const enum text names[] = {TEXT_FIELD_TENTH, TEXT_FIELD_QUARTER, TEXT_FIELD_HALF};
    for (int i = 0; i < 3; i++) {
        buf_clear(&value);
        insight_decimal(&value, cli, json_number(fits, keys[i]), 3);
        cli_field(cli, names[i], buf_string(&value));
    }
    buf_free(&value);
}

static void write_left_out(struct buf *out, struct cli *cli, const json_t *run)
{
    json_t *unmatched = json_object_get(run, "unmatched");
    for (void *i = json_object_iter(unmatched); i != NULL; i = json_object_iter_next(unmatched, i)) {
        const json_t *count = json_object_iter_value(i);
        if (json_is_integer(count) && json_integer_value(count) == 0)
            continue;
        buf_text(out, out->size > 0 ? ", " : "");
        insight_count(out, cli, unmatched, json_object_iter_key(i));
        buf_text(out, " ");
        words_move(out, cli, json_object_iter_key(i));
    }
}

static void write_run(struct table *table, struct cli *cli, const json_t *run)
{
    static const char *const keys[] = {"stayed", "moved", "joined", "left"};
    const json_t *churn = json_object_get(run, "churn");
    struct buf *cells = table_row(table);
    show_count(&cells[0], cli->language, json_whole(run, "run"));
    words_run_state(&cells[1], cli, run);
    show_text(&cells[2], json_text(run, "as_of"));
    insight_decimal(&cells[3], cli, json_number(run, "mean_fit"), 3);
    insight_count(&cells[4], cli, run, "members");
    for (size_t i = 0; i < 4 && json_is_object(churn); i++)
        insight_count(&cells[5 + i], cli, churn, keys[i]);
    write_left_out(&cells[9], cli, run);
}

int cmd_insight_quality(struct cli *cli, const struct invocation *in)
{
    static const struct table_column columns[] = {{TEXT_HEAD_RUN, TABLE_RIGHT},
                                                  {TEXT_HEAD_STATE, 0},
                                                  {TEXT_HEAD_AS_OF, 0},
                                                  {TEXT_HEAD_FIT, TABLE_RIGHT},
                                                  {TEXT_HEAD_MEMBERS, TABLE_RIGHT},
                                                  {TEXT_HEAD_STAYED, TABLE_RIGHT},
                                                  {TEXT_HEAD_MOVED, TABLE_RIGHT},
                                                  {TEXT_HEAD_JOINED, TABLE_RIGHT},
                                                  {TEXT_HEAD_LEFT, TABLE_RIGHT},
                                                  {TEXT_HEAD_UNMATCHED, TABLE_CUT}};
    json_t *result, *run;
    struct table table;
    size_t i;
    int code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    write_fit(cli, result);
    const json_t *runs = json_object_get(result, "runs");
    if (json_array_size(runs) > 0) {
        buf_text(&cli->out, cli->out.size > 0 ? "\n" : "");
        table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
        json_array_foreach(runs, i, run) write_run(&table, cli, run);
        code = table_print(&table);
    } else if (cli->out.size == 0) {
        words_first_run(cli, TEXT_NO_RUNS, in->params);
    }
    insight_note(cli, result);
    words_footer(cli, result);
    json_decref(result);
    return code;
}
