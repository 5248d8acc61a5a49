/* explain, challenges: why two organizers are alike or not; what can be reported. */
#include <string.h>

#include "peernet/commands.h"
#include "peernet/find.h"
#include "peernet/json.h"
#include "peernet/listing.h"
#include "peernet/show.h"
#include "peernet/table.h"
#include "peernet/words.h"

static void write_severity(struct buf *out, const json_t *challenge, const char *key)
{
    buf_printf(out, "%lld/5", (long long)json_whole(challenge, key));
}

static int write_both(struct cli *cli, const json_t *shared)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_SHARE_OF_SIMILARITY, TABLE_RIGHT},
        {TEXT_HEAD_FIRST, TABLE_RIGHT},
        {TEXT_HEAD_SECOND, TABLE_RIGHT},
        {TEXT_HEAD_SHARED, TABLE_CUT},
    };
    size_t i;
    json_t *challenge;
    struct table table;
    if (json_array_size(shared) == 0)
        return 0;
    buf_text(&cli->out, "\n");
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(shared, i, challenge)
    {
        struct buf *row = table_row(&table);
        show_percent(&row[0], cli->language, json_number(challenge, "share"));
        write_severity(&row[1], challenge, "severity");
        write_severity(&row[2], challenge, "other_severity");
        show_text(&row[3], json_text(challenge, "label"));
    }
    return table_print(&table);
}

/* What one of them alone reports, under its name. */
static int write_only(struct cli *cli, const json_t *organizer, const json_t *only)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_SEVERITY, TABLE_RIGHT},
        {TEXT_HEAD_WEIGHT, TABLE_RIGHT},
        {TEXT_HEAD_CHALLENGE, TABLE_CUT},
    };
    size_t i;
    json_t *challenge;
    struct table table;
    struct buf who;
    if (json_array_size(only) == 0)
        return 0;
    buf_init(&who, 0);
    words_organizer(&who, organizer);
    buf_text(&cli->out, "\n");
    TEXT_FILL(&cli->out, cli->language, TEXT_ONLY_REPORTED_BY, buf_string(&who));
    buf_text(&cli->out, "\n");
    buf_free(&who);
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(only, i, challenge)
    {
        struct buf *row = table_row(&table);
        write_severity(&row[0], challenge, "severity");
        show_decimal(&row[1], cli->language, json_number(challenge, "weight"), 2);
        show_text(&row[2], json_text(challenge, "label"));
    }
    return table_print(&table);
}

/* "Upplands Väsby kommun (2120000019) · network 7: Low results" */
static void write_one(struct cli *cli, const json_t *organizer, const json_t *network)
{
    buf_text(&cli->out, cli_bold(cli));
    words_organizer(&cli->out, organizer);
    buf_printf(&cli->out, "%s · ", cli_plain(cli));
    if (json_is_object(network)) {
        buf_printf(&cli->out, "%s %lld: ", cli_text(cli, TEXT_NETWORK_WORD_SMALL),
                   (long long)json_whole(network, "number"));
        show_text(&cli->out, json_text(network, "label"));
    } else {
        buf_text(&cli->out, cli_text(cli, TEXT_NO_NETWORK_SMALL));
    }
    buf_text(&cli->out, "\n");
}

int cmd_explain(struct cli *cli, const struct invocation *in)
{
    json_t *result = NULL;
    int code = find_organizer_id(cli, in, "organizer");
    if (code == 0)
        code = find_organizer_id(cli, in, "other");
    if (code == 0)
        code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    const json_t *first = json_object_get(result, "organizer"), *second = json_object_get(result, "other");
    write_one(cli, first, json_object_get(result, "network"));
    write_one(cli, second, json_object_get(result, "other_network"));
    buf_text(&cli->out, "\n");
    struct buf reason;
    buf_init(&reason, 0);
    show_text(&reason, json_text(result, "reason"));
    show_wrapped(&cli->out, buf_string(&reason), cli_sentence_width(cli), 0);
    buf_free(&reason);
    code = write_both(cli, json_object_get(result, "shared"));
    if (code == 0)
        code = write_only(cli, first, json_object_get(result, "only"));
    if (code == 0)
        code = write_only(cli, second, json_object_get(result, "other_only"));
    words_footer(cli, result);
    json_decref(result);
    return code;
}

static void write_challenge(struct cli *cli, struct buf *row, const json_t *challenge)
{
    show_text(&row[0], json_text(challenge, "challenge"));
    show_text(&row[1], json_text(challenge, "label"));
    show_text(&row[2], json_text(challenge, "category"));
    show_count(&row[3], cli->language, json_whole(challenge, "organizers"));
}

int cmd_challenges(struct cli *cli, const struct invocation *in)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_CODE, 0},
        {TEXT_HEAD_CHALLENGE, TABLE_CUT},
        {TEXT_HEAD_CATEGORY, 0},
        {TEXT_HEAD_REPORTED_BY, TABLE_RIGHT},
    };
    static const struct listing listing = {.key = "challenges",
                                           .columns = columns,
                                           .n_columns = sizeof columns / sizeof columns[0],
                                           .write_row = write_challenge,
                                           .none = TEXT_NONE,
                                           .write_rest = words_footer};
    return listing_show(cli, in, &listing);
}
