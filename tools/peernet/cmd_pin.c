/* pin add, pin list, pin remove: rules that people set. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "peernet/commands.h"
#include "peernet/find.h"
#include "peernet/json.h"
#include "peernet/listing.h"
#include "peernet/price.h"
#include "peernet/show.h"

static void write_number(struct cli *cli, enum text id, const json_t *result)
{
    char number[32];
    snprintf(number, sizeof number, "%lld", (long long)json_whole(result, "pin"));
    TEXT_FILL(&cli->out, cli->language, id, number);
    buf_text(&cli->out, "\n");
}

int cmd_pin_add(struct cli *cli, const struct invocation *in)
{
    json_t *result = NULL;
    int code = find_organizer_ids(cli, json_object_get(in->params, "organizers"));
    if (code == 0)
        code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    price_write(cli, result);
    if (json_is_true(json_object_get(result, "dry_run")))
        buf_printf(&cli->out, "%s\n", cli_text(cli, TEXT_NOTHING_CHANGED));
    else
        write_number(cli, TEXT_PIN_SET, result);
    json_decref(result);
    return EXIT_FINE;
}

static enum text rule_word(const char *rule)
{
    return strcmp(rule, "together") == 0 ? TEXT_RULE_TOGETHER
           : strcmp(rule, "apart") == 0  ? TEXT_RULE_APART
                                         : TEXT_RULE_KEEP;
}

/* "Alvesta kommun, Tingsryds kommun (in network 7)" */
static void write_members(struct cli *cli, struct buf *out, const json_t *pin)
{
    size_t i;
    json_t *organizer;
    struct buf names;
    char network[32];
    buf_init(&names, 0);
    json_array_foreach(json_object_get(pin, "organizers"), i, organizer)
    {
        const char *name = json_text(organizer, "name");
        buf_text(&names, i > 0 ? ", " : "");
        show_text(&names, name[0] != '\0' ? name : json_text(organizer, "id"));
    }
    snprintf(network, sizeof network, "%lld", (long long)json_whole(pin, "network"));
    if (json_whole(pin, "network") > 0)
        TEXT_FILL(out, cli->language, TEXT_KEPT_IN, buf_string(&names), network);
    else
        buf_text(out, buf_string(&names));
    buf_free(&names);
}

static void write_row(struct cli *cli, struct buf *row, const json_t *pin)
{
    double cost = json_number(pin, "cost");
    buf_printf(&row[0], "%lld", (long long)json_whole(pin, "pin"));
    buf_text(&row[1], cli_text(cli, rule_word(json_text(pin, "rule"))));
    write_members(cli, &row[2], pin);
    if (!isnan(cost))
        show_decimal(&row[3], cli->language, cost, 3);
    show_text(&row[4], json_text(pin, "until"));
    if (json_text(pin, "until")[0] == '\0')
        buf_text(&row[4], cli_text(cli, TEXT_UNTIL_REMOVED));
    show_text(&row[5], json_text(pin, "made_by"));
    show_text(&row[6], json_text(pin, "why"));
}

/* The daemon gives so many at a time. */
static void write_rest(struct cli *cli, const json_t *result)
{
    char count[32], all[32];
    size_t shown = json_array_size(json_object_get(result, "pins"));
    int64_t total = json_whole(result, "total");
    if ((int64_t)shown >= total)
        return;
    snprintf(count, sizeof count, "%zu", shown);
    snprintf(all, sizeof all, "%lld", (long long)total);
    buf_text(&cli->out, "\n");
    TEXT_FILL(&cli->out, cli->language, TEXT_PART_OF, count, all);
    buf_text(&cli->out, "\n");
}

int cmd_pin_list(struct cli *cli, const struct invocation *in)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_PIN, TABLE_RIGHT},  {TEXT_HEAD_RULE, 0},    {TEXT_HEAD_ORGANIZERS, TABLE_CUT},
        {TEXT_HEAD_COST, TABLE_RIGHT}, {TEXT_HEAD_EXPIRES, 0}, {TEXT_HEAD_BY_WHOM, 0},
        {TEXT_HEAD_WHY, TABLE_CUT},
    };
    static const struct listing listing = {.key = "pins",
                                           .columns = columns,
                                           .n_columns = sizeof columns / sizeof columns[0],
                                           .write_row = write_row,
                                           .none = TEXT_NO_PINS,
                                           .write_rest = write_rest};
    return listing_show(cli, in, &listing);
}

int cmd_pin_remove(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    int code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    write_number(cli, TEXT_PIN_REMOVED, result);
    json_decref(result);
    return EXIT_FINE;
}
