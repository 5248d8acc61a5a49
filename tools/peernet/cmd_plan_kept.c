/* plan list, plan get, plan adopt, plan record: plans that are kept, and what became of invitations. */
#include <stdio.h>
#include <string.h>

#include "peernet/commands.h"
#include "peernet/find.h"
#include "peernet/json.h"
#include "peernet/listing.h"
#include "peernet/plan_table.h"
#include "peernet/show.h"

static void write_line(struct cli *cli, struct buf *row, const json_t *plan)
{
    buf_printf(&row[0], "%lld", (long long)json_whole(plan, "plan"));
    show_text(&row[1], json_text(plan, "name"));
    show_text(&row[2], json_text(plan, "made_by"));
    show_time_ago(&row[3], cli->language, json_text(plan, "made_at"));
    if (json_is_true(json_object_get(plan, "followed")))
        buf_text(&row[4], cli_text(cli, TEXT_PLAN_FOLLOWED));
    else if (json_text(plan, "adopted_by")[0] != '\0')
        buf_text(&row[4], cli_text(cli, TEXT_PLAN_FOLLOWED_BEFORE));
}

int cmd_plan_list(struct cli *cli, const struct invocation *in)
{
    static const struct table_column columns[] = {{TEXT_HEAD_PLAN, TABLE_RIGHT},
                                                  {TEXT_HEAD_NAME, TABLE_CUT},
                                                  {TEXT_HEAD_BY_WHOM, 0},
                                                  {TEXT_HEAD_MADE, 0},
                                                  {TEXT_HEAD_STATE, 0}};
    static const struct listing listing = {.key = "plans",
                                           .columns = columns,
                                           .n_columns = sizeof columns / sizeof columns[0],
                                           .write_row = write_line,
                                           .none = TEXT_NO_PLANS};
    return listing_show(cli, in, &listing);
}

static void write_outcomes(struct cli *cli, const json_t *outcomes)
{
    static const char *const keys[] = {"invited", "met", "support", "declined"};
    struct buf counts[4];
    for (size_t i = 0; i < 4; i++) {
        buf_init(&counts[i], 0);
        show_count(&counts[i], cli->language, json_whole(outcomes, keys[i]));
    }
    TEXT_FILL(&cli->out, cli->language, TEXT_PLAN_OUTCOMES, buf_string(&counts[0]), buf_string(&counts[1]),
              buf_string(&counts[2]), buf_string(&counts[3]));
    buf_text(&cli->out, "\n");
    for (size_t i = 0; i < 4; i++)
        buf_free(&counts[i]);
}

int cmd_plan_get(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    int code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    const json_t *document = json_object_get(result, "document");
    buf_text(&cli->out, cli_bold(cli));
    show_text(&cli->out, json_text(json_object_get(result, "plan"), "name"));
    buf_printf(&cli->out, "%s\n\n", cli_plain(cli));
    code = plan_write_terms(cli, document);
    if (code == 0)
        code = plan_write_parties(cli, json_object_get(document, "invitations"));
    plan_write_end(cli, document);
    write_outcomes(cli, json_object_get(result, "outcomes"));
    json_decref(result);
    return code;
}

int cmd_plan_adopt(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    char number[32];
    struct buf programme;
    int code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    buf_init(&programme, 0);
    show_text(&programme, json_text(result, "programme"));
    snprintf(number, sizeof number, "%lld", (long long)json_whole(result, "plan"));
    TEXT_FILL(&cli->out, cli->language, TEXT_PLAN_ADOPTED, buf_string(&programme), number);
    buf_text(&cli->out, "\n");
    buf_free(&programme);
    json_decref(result);
    return EXIT_FINE;
}

int cmd_plan_record(struct cli *cli, const struct invocation *in)
{
    json_t *result = NULL;
    char recorded[32], known[32];
    int code = find_organizer_ids(cli, json_object_get(in->params, "organizers"));
    if (code == 0)
        code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    snprintf(recorded, sizeof recorded, "%lld", (long long)json_whole(result, "recorded"));
    snprintf(known, sizeof known, "%lld", (long long)json_whole(result, "known"));
    TEXT_FILL(&cli->out, cli->language, TEXT_PLAN_RECORDED, recorded, known);
    buf_text(&cli->out, "\n");
    json_decref(result);
    return EXIT_FINE;
}
