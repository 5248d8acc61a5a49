/* organizer, search, similar: who there is and who resembles whom. */
#include <math.h>
#include <string.h>

#include "core/population/county.h"
#include "peernet/commands.h"
#include "peernet/find.h"
#include "peernet/json.h"
#include "peernet/show.h"
#include "peernet/table.h"
#include "peernet/words.h"

static void add_place(struct cli *cli, struct buf *line, const json_t *organizer)
{
    const char *municipality = json_text(organizer, "municipality");
    const char *county = json_text(organizer, "county");
    if (municipality[0] != '\0') {
        buf_printf(line, " · %s ", cli_text(cli, TEXT_MUNICIPALITY_WORD));
        show_text(line, municipality);
    }
    if (county[0] != '\0') {
        const char *name = county_name(county, cli->language == LANGUAGE_EN);
        buf_text(line, " · ");
        if (name == NULL)
            buf_printf(line, "%s ", cli_text(cli, TEXT_COUNTY_WORD));
        show_text(line, name != NULL ? name : county);
    }
}

static void write_organizer(struct cli *cli, const json_t *organizer)
{
    struct buf *out = &cli->out;
    buf_text(out, cli_bold(cli));
    words_organizer(out, organizer);
    buf_printf(out, "%s\n", cli_plain(cli));
    words_kind(out, cli, json_text(organizer, "kind"));
    add_place(cli, out, organizer);
    if (json_is_integer(json_object_get(organizer, "pupils"))) {
        buf_text(out, " · ");
        show_counted(out, cli->language, json_whole(organizer, "pupils"), TEXT_PUPIL_ONE, TEXT_PUPIL_MANY);
    }
    buf_text(out, "\n");
    json_t *attributes = json_object_get(organizer, "attributes");
    for (void *at = json_object_iter(attributes); at != NULL; at = json_object_iter_next(attributes, at)) {
        show_text(out, json_object_iter_key(at));
        buf_text(out, ": ");
        show_value(out, cli->language, json_object_iter_value(at));
        buf_text(out, "\n");
    }
    buf_text(out, "\n");
}

/* "Network 4, Mathematics in small schools · fit 0.81 · run 7", a line for each programme in which it has
 * one. */
static void write_places(struct cli *cli, const json_t *networks)
{
    struct buf *out = &cli->out;
    size_t i;
    json_t *place;
    if (!json_is_array(networks))
        return;
    if (json_array_size(networks) == 0)
        buf_printf(out, "%s\n", cli_text(cli, TEXT_IN_NO_NETWORK));
    json_array_foreach(networks, i, place)
    {
        const char *programme = json_text(place, "programme");
        buf_printf(out, "%s %lld, ", cli_text(cli, TEXT_NETWORK_WORD),
                   (long long)json_whole(place, "number"));
        show_text(out, words_network(place));
        buf_printf(out, " · %s ", cli_text(cli, TEXT_FIT_WORD));
        show_decimal(out, cli->language, json_number(place, "fit"), 2);
        buf_printf(out, " · %s %lld", cli_text(cli, TEXT_RUN_WORD), (long long)json_whole(place, "run"));
        if (strcmp(programme, "default") != 0) {
            buf_printf(out, " · %s ", cli_text(cli, TEXT_PROGRAMME_WORD));
            show_text(out, programme);
        }
        buf_text(out, "\n");
    }
    buf_text(out, "\n");
}

static int write_reports(struct cli *cli, const json_t *reports)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_CHALLENGE, TABLE_CUT},
        {TEXT_HEAD_CATEGORY, 0},
        {TEXT_HEAD_SEVERITY, TABLE_RIGHT},
        {TEXT_HEAD_REPORTED, 0},
    };
    size_t i;
    json_t *report;
    if (json_array_size(reports) == 0) {
        buf_printf(&cli->out, "%s\n", cli_text(cli, TEXT_REPORTS_NOTHING));
        return 0;
    }
    struct table table;
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(reports, i, report)
    {
        struct buf *row = table_row(&table);
        show_text(&row[0], json_text(report, "label"));
        show_text(&row[1], json_text(report, "category"));
        buf_printf(&row[2], "%lld/5", (long long)json_whole(report, "severity"));
        show_text(&row[3], json_text(report, "reported_on"));
    }
    return table_print(&table);
}

int cmd_organizer(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    int code = find_organizer(cli, in, &result);
    if (code != 0)
        return code;
    if (cli->json)
        return cli_print_json(cli, result);
    const json_t *organizer = json_object_get(result, "organizer");
    write_organizer(cli, organizer);
    write_places(cli, json_object_get(result, "networks"));
    if (invocation_flag(in, "as-of") == NULL)
        code = write_reports(cli, json_object_get(result, "reports"));
    else
        buf_printf(&cli->out, "%s\n", cli_text(cli, TEXT_REPORTS_THEN));
    words_footer(cli, result);
    struct buf id;
    buf_init(&id, 0);
    show_text(&id, json_text(organizer, "id"));
    cli_hint(cli, "peernet of %s · peernet similar %s", buf_string(&id), buf_string(&id));
    buf_free(&id);
    json_decref(result);
    return code;
}

static int write_found(struct cli *cli, const json_t *organizers)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_ID, 0},           {TEXT_HEAD_NAME, TABLE_CUT},     {TEXT_HEAD_KIND, 0},
        {TEXT_HEAD_MUNICIPALITY, 0}, {TEXT_HEAD_PUPILS, TABLE_RIGHT},
    };
    size_t i;
    json_t *organizer;
    struct table table;
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(organizers, i, organizer)
    {
        struct buf *row = table_row(&table);
        show_text(&row[0], json_text(organizer, "id"));
        show_text(&row[1], json_text(organizer, "name"));
        words_kind(&row[2], cli, json_text(organizer, "kind"));
        show_text(&row[3], json_text(organizer, "municipality"));
        if (json_is_integer(json_object_get(organizer, "pupils")))
            show_count(&row[4], cli->language, json_whole(organizer, "pupils"));
    }
    return table_print(&table);
}

/* "20 of 57 are shown; --limit 57 shows more." */
static void write_rest(struct cli *cli, int64_t shown, int64_t total)
{
    char count[32], all[32], limit[32];
    if (shown >= total)
        return;
    snprintf(count, sizeof count, "%lld", (long long)shown);
    snprintf(all, sizeof all, "%lld", (long long)total);
    snprintf(limit, sizeof limit, "%lld", (long long)(total < 200 ? total : 200));
    TEXT_FILL(&cli->out, cli->language, shown < 200 ? TEXT_SOME_SHOWN : TEXT_SOME_SHOWN_NARROW, count, all,
              limit);
    buf_text(&cli->out, "\n");
}

int cmd_search(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    int code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    const json_t *organizers = json_object_get(result, "organizers");
    struct buf text;
    buf_init(&text, 0);
    show_text(&text, json_text(in->params, "text"));
    if (json_array_size(organizers) == 0) {
        TEXT_FILL(&cli->out, cli->language, TEXT_NOTHING_FOUND, buf_string(&text));
        buf_text(&cli->out, "\n");
    } else {
        code = write_found(cli, organizers);
        write_rest(cli, (int64_t)json_array_size(organizers), json_whole(result, "total"));
    }
    buf_free(&text);
    json_decref(result);
    return code;
}

static int write_similar(struct cli *cli, const json_t *similar)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_ID, 0},
        {TEXT_HEAD_NAME, TABLE_CUT},
        {TEXT_HEAD_KIND, 0},
        {TEXT_HEAD_SIMILARITY, TABLE_RIGHT},
        {TEXT_HEAD_SHARED, TABLE_CUT},
    };
    size_t i;
    json_t *one;
    struct table table;
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(similar, i, one)
    {
        struct buf *row = table_row(&table);
        const json_t *organizer = json_object_get(one, "organizer");
        show_text(&row[0], json_text(organizer, "id"));
        show_text(&row[1], json_text(organizer, "name"));
        words_kind(&row[2], cli, json_text(organizer, "kind"));
        show_decimal(&row[3], cli->language, json_number(one, "similarity"), 2);
        words_labels(&row[4], json_object_get(one, "shared"), cli_is_narrow(cli));
    }
    return table_print(&table);
}

int cmd_similar(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    int code = find_organizer(cli, in, &result);
    if (code != 0)
        return code;
    if (cli->json)
        return cli_print_json(cli, result);
    const json_t *similar = json_object_get(result, "similar");
    struct buf who;
    buf_init(&who, 0);
    words_organizer(&who, json_object_get(result, "organizer"));
    buf_text(&cli->out, cli_bold(cli));
    TEXT_FILL(&cli->out, cli->language,
              json_array_size(similar) == 0 ? TEXT_NOBODY_SIMILAR : TEXT_MOST_SIMILAR, buf_string(&who));
    buf_printf(&cli->out, "%s\n", cli_plain(cli));
    if (json_array_size(similar) > 0) {
        buf_text(&cli->out, "\n");
        code = write_similar(cli, similar);
    }
    words_footer(cli, result);
    buf_free(&who);
    json_decref(result);
    return code;
}
