#include "peernet/network_table.h"

#include "peernet/json.h"
#include "peernet/show.h"
#include "peernet/table.h"
#include "peernet/words.h"

int network_table(struct cli *cli, const json_t *networks)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_NETWORK, TABLE_RIGHT},
        {TEXT_HEAD_SIZE, TABLE_RIGHT},
        {TEXT_HEAD_COHESION, TABLE_RIGHT},
        {TEXT_HEAD_LABEL, TABLE_CUT},
    };
    size_t i;
    json_t *network;
    struct table table;
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(networks, i, network)
    {
        struct buf *row = table_row(&table);
        buf_printf(&row[0], "%lld", (long long)json_whole(network, "number"));
        show_count(&row[1], cli->language, json_whole(network, "size"));
        show_decimal(&row[2], cli->language, json_number(network, "cohesion"), 2);
        show_text(&row[3], words_network(network));
        if (json_is_true(json_object_get(network, "locked")))
            buf_printf(&row[3], " (%s)", cli_text(cli, TEXT_LOCKED_WORD));
    }
    return table_print(&table);
}

void network_heading(struct cli *cli, const json_t *network)
{
    buf_printf(&cli->out, "%s%s %lld: ", cli_bold(cli), cli_text(cli, TEXT_NETWORK_WORD),
               (long long)json_whole(network, "number"));
    show_text(&cli->out, words_network(network));
    buf_printf(&cli->out, "%s\n", cli_plain(cli));
}

/* "2: 0.66", "3: 0.73, full" */
static void say_next(struct buf *out, struct cli *cli, const json_t *next)
{
    if (!json_is_object(next))
        return;
    buf_printf(out, "%lld: ", (long long)json_whole(next, "number"));
    show_decimal(out, cli->language, json_number(next, "fit"), 2);
    words_why(out, cli, json_text(next, "why"));
}

int network_members(struct cli *cli, const json_t *members)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_ID, 0},
        {TEXT_HEAD_NAME, TABLE_CUT},
        {TEXT_HEAD_KIND, 0},
        {TEXT_HEAD_FIT, TABLE_RIGHT},
        {TEXT_HEAD_CLOSEST, TABLE_CUT},
        {TEXT_HEAD_NEXT, 0},
        {TEXT_HEAD_SHARED, TABLE_CUT},
    };
    const bool wide = !cli_is_narrow(cli); /* room for two more facts a member */
    struct table_column shown[sizeof columns / sizeof columns[0]];
    size_t i, n = 0;
    json_t *member;
    struct table table;
    for (i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (wide || i < 4 || i > 5)
            shown[n++] = columns[i];
    table_open(&table, cli, shown, n);
    json_array_foreach(members, i, member)
    {
        struct buf *row = table_row(&table);
        const json_t *organizer = json_object_get(member, "organizer");
        show_text(&row[0], json_text(organizer, "id"));
        show_text(&row[1], json_text(organizer, "name"));
        words_kind(&row[2], cli, json_text(organizer, "kind"));
        show_decimal(&row[3], cli->language, json_number(member, "fit"), 2);
        if (wide) {
            const json_t *closest = json_object_get(json_object_get(member, "closest"), "organizer");
            show_text(&row[4], json_text(closest, "name"));
            say_next(&row[5], cli, json_object_get(member, "next"));
        }
        words_labels(&row[n - 1], json_object_get(member, "shared"), cli_is_narrow(cli));
    }
    return table_print(&table);
}
