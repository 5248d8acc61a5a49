/* match: the networks with room that would suit an organizer, or what somebody might report. */
#include <stdlib.h>
#include <string.h>

#include "peernet/commands.h"
#include "peernet/find.h"
#include "peernet/json.h"
#include "peernet/show.h"
#include "peernet/table.h"
#include "peernet/words.h"

/* "staff=4" into {"challenge": "staff", "severity": 4}; NULL when it is not written so. */
static json_t *read_report(const char *typed)
{
    const char *equals = strrchr(typed, '=');
    if (equals == NULL || equals == typed || strlen(equals) != 2 || equals[1] < '1' || equals[1] > '5')
        return NULL;
    return json_pack("{s:s%, s:i}", "challenge", typed, (size_t)(equals - typed), "severity",
                     equals[1] - '0');
}

static int read_reports(struct cli *cli, const struct invocation *in)
{
    json_t *reports = json_array();
    json_object_set_new(in->params, "reports", reports);
    for (size_t i = 0; i < in->n_arguments; i++) {
        json_t *report = read_report(in->arguments[i]);
        if (report == NULL) {
            struct buf message, shown;
            buf_init(&message, 0);
            buf_init(&shown, 0);
            show_text(&shown, in->arguments[i]);
            TEXT_FILL(&message, cli->language, TEXT_REPORT_WRONG, buf_string(&shown));
            cli_usage(cli, buf_string(&message));
            buf_free(&message);
            buf_free(&shown);
            return EXIT_USAGE;
        }
        json_array_append_new(reports, report);
    }
    return 0;
}

/* All words as one: the organizer's number or name. */
static int read_organizer(struct cli *cli, const struct invocation *in)
{
    struct buf joined;
    buf_init(&joined, 0);
    for (size_t i = 0; i < in->n_arguments; i++)
        buf_printf(&joined, "%s%s", i > 0 ? " " : "", in->arguments[i]);
    json_object_set_new(in->params, "organizer", json_string(buf_string(&joined)));
    buf_free(&joined);
    return find_organizer_id(cli, in, "organizer");
}

static void write_place(struct cli *cli, const json_t *place)
{
    struct buf reason;
    buf_printf(&cli->out, "\n%s%s %lld: ", cli_bold(cli), cli_text(cli, TEXT_NETWORK_WORD),
               (long long)json_whole(place, "number"));
    show_text(&cli->out, json_text(place, "label"));
    buf_printf(&cli->out, "%s\n%s ", cli_plain(cli), cli_text(cli, TEXT_FIELD_FIT));
    show_decimal(&cli->out, cli->language, json_number(place, "fit"), 2);
    buf_text(&cli->out, " · ");
    show_counted(&cli->out, cli->language, json_whole(place, "size"), TEXT_MEMBER_ONE, TEXT_MEMBER_MANY);
    buf_text(&cli->out, "\n");
    buf_init(&reason, 0);
    show_text(&reason, json_text(place, "reason"));
    show_wrapped(&cli->out, buf_string(&reason), cli->width, 0);
    buf_free(&reason);
}

static void write_own(struct cli *cli, const json_t *result)
{
    const json_t *network = json_object_get(result, "network");
    char number[32];
    struct buf fit;
    if (!json_is_object(network))
        return;
    snprintf(number, sizeof number, "%lld", (long long)json_whole(network, "number"));
    buf_init(&fit, 0);
    show_decimal(&fit, cli->language, json_number(result, "fit"), 2);
    TEXT_FILL(&cli->out, cli->language, TEXT_IS_IN_NETWORK, number, buf_string(&fit));
    buf_text(&cli->out, "\n");
    buf_free(&fit);
}

int cmd_match(struct cli *cli, const struct invocation *in)
{
    size_t i;
    json_t *result = NULL, *place;
    int code = invocation_flag(in, "report") != NULL ? read_reports(cli, in) : read_organizer(cli, in);
    if (code == 0)
        code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    const json_t *organizer = json_object_get(result, "organizer");
    if (json_is_object(organizer)) {
        buf_text(&cli->out, cli_bold(cli));
        words_organizer(&cli->out, organizer);
        buf_printf(&cli->out, "%s\n", cli_plain(cli));
    }
    write_own(cli, result);
    show_text(&cli->out, json_text(result, "reason"));
    buf_text(&cli->out, "\n");
    json_array_foreach(json_object_get(result, "networks"), i, place) write_place(cli, place);
    words_footer(cli, result);
    json_decref(result);
    return code;
}
