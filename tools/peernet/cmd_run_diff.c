/* run diff: what changed from one regrouping to another. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "peernet/commands.h"
#include "peernet/figures.h"
#include "peernet/json.h"
#include "peernet/show.h"
#include "peernet/table.h"
#include "peernet/words.h"

static void write_head(struct cli *cli, const json_t *result)
{
    char before[32], after[32];
    struct buf programme;
    buf_init(&programme, 0);
    snprintf(before, sizeof before, "%lld", (long long)json_whole(json_object_get(result, "before"), "run"));
    snprintf(after, sizeof after, "%lld", (long long)json_whole(json_object_get(result, "after"), "run"));
    show_text(&programme, json_text(result, "programme"));
    buf_text(&cli->out, cli_bold(cli));
    TEXT_FILL(&cli->out, cli->language, TEXT_DIFF_OF, before, after, buf_string(&programme));
    buf_printf(&cli->out, "%s\n\n", cli_plain(cli));
    buf_free(&programme);
}

static void write_counts(struct cli *cli, const json_t *counts)
{
    static const char *const keys[] = {"stayed", "moved", "joined", "left"};
    struct buf numbers[4];
    for (size_t i = 0; i < 4; i++) {
        buf_init(&numbers[i], 0);
        show_count(&numbers[i], cli->language, json_whole(counts, keys[i]));
    }
    buf_text(&cli->out, "\n");
    TEXT_FILL(&cli->out, cli->language, TEXT_DIFF_COUNTS, buf_string(&numbers[0]), buf_string(&numbers[1]),
              buf_string(&numbers[2]), buf_string(&numbers[3]));
    buf_clear(&numbers[0]);
    show_count(&numbers[0], cli->language, json_whole(json_object_get(counts, "networks"), "same"));
    buf_text(&cli->out, " ");
    TEXT_FILL(&cli->out, cli->language, TEXT_DIFF_SAME_NETWORKS, buf_string(&numbers[0]));
    buf_text(&cli->out, "\n");
    for (size_t i = 0; i < 4; i++)
        buf_free(&numbers[i]);
}

/* "7 (3), none (1)" */
static void write_parts(struct cli *cli, struct buf *out, const json_t *parts)
{
    size_t i;
    json_t *part;
    json_array_foreach(parts, i, part)
    {
        char number[32], members[32];
        snprintf(number, sizeof number, "%lld", (long long)json_whole(part, "network"));
        snprintf(members, sizeof members, "%lld", (long long)json_whole(part, "members"));
        buf_text(out, i > 0 ? ", " : "");
        TEXT_FILL(out, cli->language, TEXT_DIFF_PART,
                  json_whole(part, "network") > 0 ? number : cli_text(cli, TEXT_DIFF_NOWHERE), members);
    }
}

static void write_network(struct cli *cli, struct buf *row, const json_t *network)
{
    buf_printf(&row[0], "%lld", (long long)json_whole(network, "number"));
    words_change(&row[1], cli, json_text(network, "change"));
    for (int i = 0; i < 2; i++) {
        const char *key = i == 0 ? "split" : "merged";
        if (!json_is_true(json_object_get(network, key)))
            continue;
        buf_text(&row[1], ", ");
        words_change(&row[1], cli, key);
    }
    show_count(&row[2], cli->language, json_whole(network, "before"));
    show_count(&row[3], cli->language, json_whole(network, "after"));
    write_parts(cli, &row[4], json_object_get(network, "came"));
    write_parts(cli, &row[5], json_object_get(network, "went"));
    show_text(&row[6], json_text(network, "label"));
}

static int write_networks(struct cli *cli, const json_t *networks)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_NETWORK, TABLE_RIGHT}, {TEXT_HEAD_CHANGE, 0}, {TEXT_HEAD_BEFORE, TABLE_RIGHT},
        {TEXT_HEAD_AFTER, TABLE_RIGHT},   {TEXT_HEAD_CAME, 0},   {TEXT_HEAD_WENT, 0},
        {TEXT_HEAD_LABEL, TABLE_CUT},
    };
    struct table table;
    size_t i;
    json_t *network;
    if (json_array_size(networks) == 0)
        return EXIT_FINE;
    buf_text(&cli->out, "\n");
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(networks, i, network) write_network(cli, table_row(&table), network);
    return table_print(&table);
}

static void write_place(struct cli *cli, struct buf *out, const json_t *place)
{
    const json_t *network = json_object_get(place, "network");
    if (json_is_object(network))
        buf_printf(out, "%lld", (long long)json_whole(network, "number"));
    else
        buf_text(out, cli_text(cli, TEXT_DIFF_NOWHERE));
}

static void write_move(struct cli *cli, struct buf *row, const json_t *move)
{
    const json_t *before = json_object_get(move, "before"), *after = json_object_get(move, "after");
    words_organizer(&row[0], json_object_get(move, "organizer"));
    write_place(cli, &row[1], before);
    write_place(cli, &row[2], after);
    if (!isnan(json_number(before, "fit")))
        show_decimal(&row[3], cli->language, json_number(before, "fit"), 3);
    if (!isnan(json_number(after, "fit")))
        show_decimal(&row[4], cli->language, json_number(after, "fit"), 3);
    if (json_is_integer(json_object_get(move, "pin"))) {
        char pin[24];
        snprintf(pin, sizeof pin, "%lld", (long long)json_whole(move, "pin"));
        text_fill(&row[5], cli->language, TEXT_MOVE_PIN, (const char *const[]){pin}, 1);
    } else {
        words_move(&row[5], cli, json_text(move, "why"));
    }
}

static int write_moves(struct cli *cli, const json_t *moves)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_ORGANIZER, TABLE_CUT},    {TEXT_HEAD_FROM, TABLE_RIGHT},      {TEXT_HEAD_TO, TABLE_RIGHT},
        {TEXT_HEAD_FIT_BEFORE, TABLE_RIGHT}, {TEXT_HEAD_FIT_AFTER, TABLE_RIGHT}, {TEXT_HEAD_WHY, TABLE_CUT},
    };
    struct table table;
    size_t i;
    json_t *move;
    buf_text(&cli->out, "\n");
    if (json_array_size(moves) == 0) {
        buf_printf(&cli->out, "%s\n", cli_text(cli, TEXT_DIFF_NOTHING));
        return EXIT_FINE;
    }
    bool placed = false;
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(moves, i, move)
    {
        const char *why = json_text(move, "why");
        placed = placed || strcmp(why, "placed") == 0 || strcmp(why, "new") == 0;
        write_move(cli, table_row(&table), move);
    }
    int code = table_print(&table);
    if (placed) { /* where it was told beforehand to belong it need not be */
        buf_text(&cli->out, "\n");
        show_wrapped(&cli->out, cli_text(cli, TEXT_DIFF_PLACED), cli_sentence_width(cli), 0);
    }
    return code;
}

static void write_rest(struct cli *cli, int64_t shown, int64_t total)
{
    char count[32], all[32];
    if (shown == 0 || shown >= total)
        return;
    snprintf(count, sizeof count, "%lld", (long long)shown);
    snprintf(all, sizeof all, "%lld", (long long)total);
    buf_text(&cli->out, "\n");
    TEXT_FILL(&cli->out, cli->language, TEXT_PART_OF, count, all);
    buf_text(&cli->out, "\n");
}

int cmd_run_diff(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    int code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    const json_t *moves = json_object_get(result, "moves");
    write_head(cli, result);
    code = figures_beside(cli, json_object_get(json_object_get(result, "before"), "figures"),
                          json_object_get(json_object_get(result, "after"), "figures"),
                          json_object_get(result, "settings"));
    write_counts(cli, json_object_get(result, "counts"));
    if (code == 0)
        code = write_networks(cli, json_object_get(result, "networks"));
    if (code == 0)
        code = write_moves(cli, moves);
    write_rest(cli, (int64_t)json_array_size(moves), json_whole(result, "total"));
    json_decref(result);
    return code;
}
