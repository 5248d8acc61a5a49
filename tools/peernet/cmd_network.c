/* networks, network, of, unmatched: who is with whom, and why. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "peernet/commands.h"
#include "peernet/find.h"
#include "peernet/json.h"
#include "peernet/network_table.h"
#include "peernet/price.h"
#include "peernet/show.h"
#include "peernet/table.h"
#include "peernet/words.h"

#define SHARED_LEAST 3
#define SHARED_MOST 12
#define PAGE_MAX 1000 /* the highest limit, by methods.def */

/* Appends the list `key` of a further page to the result. */
static void join_page(json_t *result, const json_t *page, const char *key)
{
    json_array_extend(json_object_get(result, key), json_object_get(page, key));
}

/* Without a limit of the person's: all pages as one result. */
static int call_all(struct cli *cli, const struct invocation *in, const char *key, const char *total,
                    json_t **result)
{
    json_t *page;
    bool limited = json_object_get(in->params, "limit") != NULL;
    int64_t offset = json_whole(in->params, "offset");
    if (!limited)
        json_object_set_new(in->params, "limit", json_integer(PAGE_MAX));
    int code = cli_call(cli, in->command->method, in->params, result);
    while (code == 0 && !limited) {
        int64_t held = (int64_t)json_array_size(json_object_get(*result, key));
        if (held == 0 || held % PAGE_MAX != 0 || offset + held >= json_whole(*result, total))
            break;
        json_object_set_new(in->params, "offset", json_integer(offset + held));
        code = cli_call(cli, in->command->method, in->params, &page);
        if (code == 0)
            join_page(*result, page, key);
        json_decref(page);
    }
    if (code != 0) {
        json_decref(*result);
        *result = NULL;
    }
    return code;
}

static void write_page_line(struct cli *cli, size_t shown, int64_t total, enum text one, enum text many)
{
    struct buf count, all;
    buf_init(&count, 0);
    buf_init(&all, 0);
    show_count(&count, cli->language, (int64_t)shown);
    show_counted(&all, cli->language, total, one, many);
    if ((int64_t)shown < total)
        TEXT_FILL(&cli->out, cli->language, TEXT_PART_OF, buf_string(&count), buf_string(&all));
    else
        buf_text(&cli->out, buf_string(&all));
    buf_text(&cli->out, "\n");
    buf_free(&count);
    buf_free(&all);
}

static int write_nothing_published(struct cli *cli, const struct invocation *in)
{
    words_first_run(cli, TEXT_NOTHING_PUBLISHED, in->params);
    return EXIT_FINE;
}

int cmd_networks(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    int code = call_all(cli, in, "networks", "total", &result);
    if (code != 0)
        return code;
    if (cli->json)
        return cli_print_json(cli, result);
    const json_t *networks = json_object_get(result, "networks");
    if (json_whole(result, "run") == 0) {
        code = write_nothing_published(cli, in);
    } else {
        code = network_table(cli, networks);
        buf_text(&cli->out, "\n");
        write_page_line(cli, json_array_size(networks), json_whole(result, "total"), TEXT_NETWORK_ONE,
                        TEXT_NETWORK_MANY);
        words_footer(cli, result);
        cli_hint(cli, "%s", cli_text(cli, TEXT_HINT_NETWORK));
    }
    json_decref(result);
    return code;
}

static void write_left_out(struct cli *cli, struct buf *row, const json_t *one)
{
    const json_t *organizer = json_object_get(one, "organizer");
    show_text(&row[0], json_text(organizer, "id"));
    show_text(&row[1], json_text(organizer, "name"));
    words_kind(&row[2], cli, json_text(organizer, "kind"));
}

/* Do all have the same reason? Then it is said once. */
static bool same_reason(const json_t *unmatched)
{
    size_t i;
    json_t *one;
    const char *first = json_text(json_array_get(unmatched, 0), "reason");
    json_array_foreach(unmatched, i, one) if (strcmp(json_text(one, "reason"), first) != 0) return false;
    return i > 1;
}

static int write_unmatched(struct cli *cli, const json_t *unmatched)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_ID, 0},
        {TEXT_HEAD_NAME, TABLE_CUT},
        {TEXT_HEAD_KIND, 0},
        {TEXT_HEAD_REASON, TABLE_WRAP},
    };
    size_t i;
    json_t *one;
    struct table table;
    bool same = same_reason(unmatched);
    table_open(&table, cli, columns, same ? 3 : 4);
    json_array_foreach(unmatched, i, one)
    {
        struct buf *row = table_row(&table);
        write_left_out(cli, row, one);
        if (!same)
            show_text(&row[3], json_text(one, "reason"));
    }
    int code = table_print(&table);
    if (same) {
        buf_printf(&cli->out, "\n%s ", cli_text(cli, TEXT_ALL_OF_THEM));
        show_text(&cli->out, json_text(json_array_get(unmatched, 0), "reason"));
        buf_text(&cli->out, "\n");
    }
    return code;
}

int cmd_unmatched(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    json_object_set_new(in->params, "unmatched", json_true());
    int code = call_all(cli, in, "unmatched", "unmatched_total", &result);
    if (code != 0)
        return code;
    if (cli->json)
        return cli_print_json(cli, result);
    const json_t *unmatched = json_object_get(result, "unmatched");
    if (json_whole(result, "run") == 0) {
        code = write_nothing_published(cli, in);
    } else if (json_whole(result, "unmatched_total") == 0) {
        buf_printf(&cli->out, "%s\n", cli_text(cli, TEXT_ALL_MATCHED));
    } else {
        code = write_unmatched(cli, unmatched);
        buf_text(&cli->out, "\n");
        write_page_line(cli, json_array_size(unmatched), json_whole(result, "unmatched_total"),
                        TEXT_ORGANIZER_ONE, TEXT_ORGANIZER_MANY);
        words_footer(cli, result);
    }
    json_decref(result);
    return code;
}

static void write_paragraph(struct cli *cli, const char *value)
{
    struct buf shown;
    if (value[0] == '\0')
        return;
    buf_init(&shown, 0);
    show_text(&shown, value);
    show_wrapped(&cli->out, buf_string(&shown), cli_sentence_width(cli), 0);
    buf_free(&shown);
}

/* What people decided about it. */
static void write_hands(struct cli *cli, const json_t *network)
{
    size_t i;
    json_t *move;
    write_paragraph(cli, json_text(network, "note"));
    if (json_is_true(json_object_get(network, "locked")))
        buf_printf(&cli->out, "%s\n", cli_text(cli, TEXT_IS_LOCKED));
    const json_t *moves = json_object_get(network, "moves");
    if (json_array_size(moves) > 0)
        buf_printf(&cli->out, "%s\n", cli_text(cli, TEXT_WITH_NEXT_RUN));
    json_array_foreach(moves, i, move) price_write_move(cli, move);
}

/* Those that half of the members or more share, and a few in any case. */
static size_t worth_showing(const json_t *shared)
{
    size_t n = 0, all = json_array_size(shared);
    while (n < all && n < SHARED_MOST &&
           (n < SHARED_LEAST || json_number(json_array_get(shared, n), "share") >= 0.5))
        n++;
    return n;
}

static int write_shared(struct cli *cli, const json_t *shared)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_SHARE, TABLE_RIGHT},
        {TEXT_HEAD_LIFT, TABLE_RIGHT},
        {TEXT_HEAD_CHALLENGE, TABLE_CUT},
    };
    size_t n = worth_showing(shared);
    struct table table;
    if (n == 0)
        return 0;
    buf_text(&cli->out, "\n");
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < n; i++) {
        const json_t *challenge = json_array_get(shared, i);
        struct buf *row = table_row(&table);
        show_percent(&row[0], cli->language, json_number(challenge, "share"));
        show_decimal(&row[1], cli->language, json_number(challenge, "lift"), 1);
        buf_text(&row[1], "×");
        show_text(&row[2], json_text(challenge, "label"));
    }
    return table_print(&table);
}

int cmd_network(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    int code = find_numbered(cli, in, TEXT_NO_NETWORK, &result);
    if (code != 0)
        return code;
    if (cli->json)
        return cli_print_json(cli, result);
    const json_t *network = json_object_get(result, "network");
    network_heading(cli, network);
    if (json_text(network, "name")[0] != '\0')
        write_paragraph(cli, json_text(network, "label"));
    write_paragraph(cli, json_text(network, "reason"));
    write_hands(cli, network);
    code = write_shared(cli, json_object_get(network, "shared"));
    buf_text(&cli->out, "\n");
    if (code == 0)
        code = network_members(cli, json_object_get(result, "members"));
    buf_text(&cli->out, "\n");
    show_counted(&cli->out, cli->language, json_whole(network, "size"), TEXT_MEMBER_ONE, TEXT_MEMBER_MANY);
    buf_printf(&cli->out, " · %s ", cli_text(cli, TEXT_COHESION_WORD));
    show_decimal(&cli->out, cli->language, json_number(network, "cohesion"), 2);
    buf_text(&cli->out, "\n");
    words_footer(cli, result);
    json_decref(result);
    return code;
}

/* Of an earlier run it is not: the reports that it rested on are not at hand. */
static bool similarity_is_known(const json_t *peers)
{
    size_t i;
    json_t *peer;
    json_array_foreach(peers, i, peer) if (json_is_number(json_object_get(peer, "similarity"))) return true;
    return false;
}

static int write_peers(struct cli *cli, const json_t *peers)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_ID, 0},
        {TEXT_HEAD_NAME, TABLE_CUT},
        {TEXT_HEAD_KIND, 0},
        {TEXT_HEAD_SIMILARITY, TABLE_RIGHT},
        {TEXT_HEAD_SHARED_WITH, TABLE_CUT},
    };
    const bool known = similarity_is_known(peers);
    const size_t n = sizeof columns / sizeof columns[0] - !known;
    struct table_column shown[sizeof columns / sizeof columns[0]];
    size_t i;
    json_t *peer;
    struct table table;
    memcpy(shown, columns, sizeof columns);
    shown[n - 1] = columns[sizeof columns / sizeof columns[0] - 1];
    table_open(&table, cli, shown, n);
    json_array_foreach(peers, i, peer)
    {
        struct buf *row = table_row(&table);
        const json_t *organizer = json_object_get(peer, "organizer");
        show_text(&row[0], json_text(organizer, "id"));
        show_text(&row[1], json_text(organizer, "name"));
        words_kind(&row[2], cli, json_text(organizer, "kind"));
        if (known)
            show_decimal(&row[3], cli->language, json_number(peer, "similarity"), 2);
        words_labels(&row[n - 1], json_object_get(peer, "shared"), cli_is_narrow(cli));
    }
    return table_print(&table);
}

/* "Closest    Säffle kommun (similarity 0.81)" */
static void write_closest(struct cli *cli, const json_t *closest)
{
    struct buf line;
    if (!json_is_object(closest))
        return;
    buf_init(&line, 0);
    show_text(&line, json_text(json_object_get(closest, "organizer"), "name"));
    buf_printf(&line, " (%s ", cli_text(cli, TEXT_SIMILARITY_WORD));
    show_decimal(&line, cli->language, json_number(closest, "similarity"), 2);
    buf_text(&line, ")");
    cli_field(cli, TEXT_FIELD_CLOSEST, buf_string(&line));
    buf_free(&line);
}

static void write_next(struct cli *cli, enum text field, const json_t *next)
{
    struct buf line;
    if (!json_is_object(next))
        return;
    buf_init(&line, 0);
    buf_printf(&line, "%s %lld, ", cli_text(cli, TEXT_NETWORK_WORD_SMALL),
               (long long)json_whole(next, "number"));
    show_text(&line, json_text(next, "label"));
    buf_printf(&line, " (%s ", cli_text(cli, TEXT_FIT_WORD));
    show_decimal(&line, cli->language, json_number(next, "fit"), 2);
    words_why(&line, cli, json_text(next, "why"));
    buf_text(&line, ")");
    cli_field(cli, field, buf_string(&line));
    buf_free(&line);
}

static void write_fit(struct cli *cli, const json_t *result)
{
    struct buf fit;
    buf_init(&fit, 0);
    show_decimal(&fit, cli->language, json_number(result, "fit"), 2);
    cli_field(cli, TEXT_FIELD_FIT, buf_string(&fit));
    write_closest(cli, json_object_get(result, "closest"));
    write_next(cli, TEXT_FIELD_NEXT, json_object_get(result, "next"));
    buf_free(&fit);
}

static bool has_changed(const json_t *result, const char *input)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(result, "changed"), i,
                       one) if (strcmp(json_text(one, "input"), input) == 0) return true;
    return false;
}

/* Of the peers' similarities, which are of today, and the rest, which is of the run. */
static void write_whose_figures(struct cli *cli, const json_t *result)
{
    char run[32];
    struct buf sentence;
    if (!has_changed(result, "reports") && !has_changed(result, "challenges"))
        return;
    buf_init(&sentence, 0);
    snprintf(run, sizeof run, "%lld", (long long)json_whole(result, "run"));
    TEXT_FILL(&sentence, cli->language, TEXT_FIGURES_OF, run);
    write_paragraph(cli, buf_string(&sentence));
    buf_free(&sentence);
}

static int write_membership(struct cli *cli, const json_t *result)
{
    const json_t *network = json_object_get(result, "network");
    network_heading(cli, network);
    if (json_text(network, "name")[0] != '\0')
        write_paragraph(cli, json_text(network, "label"));
    write_paragraph(cli, json_text(network, "reason"));
    buf_text(&cli->out, "\n");
    write_paragraph(cli, json_text(result, "reason"));
    buf_text(&cli->out, "\n");
    const json_t *peers = json_object_get(result, "peers");
    int code = write_peers(cli, peers);
    buf_text(&cli->out, "\n");
    write_fit(cli, result);
    if (json_array_size(peers) > 0 && !similarity_is_known(peers))
        write_paragraph(cli, cli_text(cli, TEXT_SIMILARITY_THEN));
    else
        write_whose_figures(cli, result);
    return code;
}

/* A newcomer's place until the next run. */
static void write_provisional(struct cli *cli, const json_t *place)
{
    char number[32];
    struct buf label, fit;
    if (!json_is_object(place))
        return;
    buf_init(&label, 0);
    buf_init(&fit, 0);
    snprintf(number, sizeof number, "%lld", (long long)json_whole(place, "number"));
    show_text(&label, json_text(place, "label"));
    show_decimal(&fit, cli->language, json_number(place, "fit"), 2);
    buf_text(&cli->out, "\n");
    TEXT_FILL(&cli->out, cli->language, TEXT_PROVISIONAL, number, buf_string(&label), buf_string(&fit));
    buf_text(&cli->out, "\n");
    write_paragraph(cli, json_text(place, "reason"));
    write_paragraph(cli, cli_text(cli, TEXT_PROVISIONAL_NOTE));
    buf_free(&label);
    buf_free(&fit);
}

int cmd_of(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    int code = find_organizer(cli, in, &result);
    if (code != 0)
        return code;
    if (cli->json)
        return cli_print_json(cli, result);
    buf_text(&cli->out, cli_bold(cli));
    words_organizer(&cli->out, json_object_get(result, "organizer"));
    buf_printf(&cli->out, "%s\n", cli_plain(cli));
    if (json_is_true(json_object_get(result, "matched"))) {
        code = write_membership(cli, result);
    } else {
        buf_printf(&cli->out, "%s\n", cli_text(cli, TEXT_IN_NO_NETWORK));
        write_paragraph(cli, json_text(result, "reason"));
        write_provisional(cli, json_object_get(result, "provisional"));
        write_next(cli, TEXT_FIELD_NEAREST, json_object_get(result, "next"));
    }
    words_footer(cli, result);
    json_decref(result);
    return code;
}
