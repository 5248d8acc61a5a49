/* submit, upsert: reports and organizers into the database, one from the words or many from a file. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "peernet/commands.h"
#include "peernet/entries.h"
#include "peernet/find.h"
#include "peernet/json.h"
#include "peernet/show.h"

static int usage(struct cli *cli, enum text id, const char *a, const char *b, const char *c)
{
    struct buf message;
    buf_init(&message, 0);
    TEXT_FILL(&message, cli->language, id, a, b, c);
    int code = cli_usage(cli, buf_string(&message));
    buf_free(&message);
    return code;
}

static int too_few(struct cli *cli, const struct command *c)
{
    return usage(cli, TEXT_TOO_FEW, c->name, c->arguments, c->example);
}

/* A flag that goes with words, or words, beside a file. */
static int beside_file(struct cli *cli, const struct invocation *in)
{
    static const char *const flags[] = {"on", "note"};
    const char *surplus = in->n_arguments > 0 ? in->arguments[0] : NULL;
    char flag[32];
    for (size_t i = 0; surplus == NULL && i < sizeof flags / sizeof flags[0]; i++) {
        if (invocation_flag(in, flags[i]) == NULL)
            continue;
        snprintf(flag, sizeof flag, "--%s", flags[i]);
        surplus = flag;
    }
    struct buf shown;
    buf_init(&shown, 0);
    show_text(&shown, surplus);
    int code = surplus == NULL ? 0 : usage(cli, TEXT_BESIDE_FILE, buf_string(&shown), NULL, NULL);
    buf_free(&shown);
    return code;
}

static void write_answer(struct cli *cli, const json_t *result)
{
    struct buf numbers[3];
    static const char *const keys[] = {"added", "changed", "unchanged"};
    for (size_t i = 0; i < 3; i++) {
        buf_init(&numbers[i], 0);
        show_count(&numbers[i], cli->language, json_whole(result, keys[i]));
    }
    TEXT_FILL(&cli->out, cli->language, TEXT_TAKEN_IN, buf_string(&numbers[0]), buf_string(&numbers[1]),
              buf_string(&numbers[2]));
    buf_text(&cli->out, "\n");
    for (size_t i = 0; i < 3; i++)
        buf_free(&numbers[i]);
}

static int tell_refusal(struct cli *cli, const struct entries *entries, const struct err *e)
{
    char line[32];
    struct buf note;
    int code = cli_refused(cli, e);
    uint64_t at = e->code == ERR_INVALID ? entries_line(entries, e->text) : 0;
    if (at == 0)
        return code;
    buf_init(&note, 0);
    snprintf(line, sizeof line, "%llu", (unsigned long long)at);
    TEXT_FILL(&note, cli->language, TEXT_THAT_IS_LINE, line);
    cli_note(cli, buf_string(&note));
    buf_free(&note);
    return code;
}

static int send_entries(struct cli *cli, const struct invocation *in, enum input_table table,
                        const struct entries *entries)
{
    json_t *result = NULL;
    struct err e = ERR_INIT;
    int code = cli_connect(cli);
    if (code != 0)
        return code;
    json_object_set(in->params, input_table_names[table], entries->list);
    if (cli_try(cli, in->command->method, in->params, &result, &e) != 0)
        return tell_refusal(cli, entries, &e);
    if (cli->json)
        return cli_print_json(cli, result);
    write_answer(cli, result);
    json_decref(result);
    return EXIT_FINE;
}

static int from_file(struct cli *cli, const struct invocation *in, enum input_table table)
{
    struct entries entries = {0};
    int code = beside_file(cli, in);
    if (code == 0)
        code = entries_read(cli, table, invocation_flag(in, "file"), &entries);
    if (code == 0)
        code = send_entries(cli, in, table, &entries);
    entries_free(&entries);
    return code;
}

/* A number is taken as it is: who is new may not be in the daemon's memory yet. A name is looked up there. */
static int find_whom(struct cli *cli, const struct invocation *in, char id[260])
{
    const char *typed = in->arguments[0];
    if (find_number(typed, id))
        return 0;
    json_object_set_new(in->params, "organizer", json_string(typed));
    int code = find_organizer_id(cli, in, "organizer");
    snprintf(id, 260, "%s", json_text(in->params, "organizer"));
    json_object_del(in->params, "organizer");
    return code;
}

static const char *today(char out[16])
{
    struct tm day;
    time_t now = time(NULL);
    localtime_r(&now, &day);
    strftime(out, 16, "%Y-%m-%d", &day);
    return out;
}

/* "staff=4" with what the flags say. */
static int put_report(struct cli *cli, const struct invocation *in, const char *organizer, const char *word,
                      json_t *list)
{
    char day[16];
    const char *on = invocation_flag(in, "on"), *note = invocation_flag(in, "note");
    const char *equals = strrchr(word, '=');
    struct buf shown;
    if (equals != NULL && equals > word && strlen(equals) == 2 && equals[1] >= '1' && equals[1] <= '5') {
        json_t *report = json_pack("{s:s, s:s%, s:i, s:s, s:s*}", "organizer", organizer, "challenge", word,
                                   (size_t)(equals - word), "severity", equals[1] - '0', "reported_on",
                                   on != NULL ? on : today(day), "note", note);
        if (report != NULL)
            json_array_append_new(list, report);
        return report != NULL ? 0 : usage(cli, TEXT_NO_UTF8, NULL, NULL, NULL);
    }
    buf_init(&shown, 0);
    show_text(&shown, word);
    int code = usage(cli, TEXT_REPORT_WRONG, buf_string(&shown), NULL, NULL);
    buf_free(&shown);
    return code;
}

int cmd_submit(struct cli *cli, const struct invocation *in)
{
    char id[260];
    if (invocation_flag(in, "file") != NULL)
        return from_file(cli, in, INPUT_REPORTS);
    if (in->n_arguments < 2)
        return too_few(cli, in->command);
    struct entries entries = {.list = json_array()};
    int code = 0;
    for (size_t i = 1; code == 0 && i < in->n_arguments; i++)
        code = put_report(cli, in, "", in->arguments[i], entries.list);
    json_array_clear(entries.list);
    if (code == 0)
        code = find_whom(cli, in, id);
    for (size_t i = 1; code == 0 && i < in->n_arguments; i++)
        code = put_report(cli, in, id, in->arguments[i], entries.list);
    if (code == 0)
        code = send_entries(cli, in, INPUT_REPORTS, &entries);
    entries_free(&entries);
    return code;
}

static int put_words(struct cli *cli, const struct invocation *in, json_t *organizer)
{
    struct err e = ERR_INIT;
    char number[FIND_NUMBER];
    const char *id = find_number(in->arguments[0], number) ? number : in->arguments[0];
    json_object_set_new(organizer, "id", json_string(id));
    for (size_t i = 1; i < in->n_arguments; i++) {
        if (entries_put(organizer, INPUT_ORGANIZERS, in->arguments[i], &e) != 0) {
            cli_fail(cli, &e);
            return EXIT_USAGE;
        }
    }
    return 0;
}

/* The daemon takes an organizer with name and kind only: of one that there is, they are as they were. 0 or
 * the exit code, told. */
static int add_name_and_kind(struct cli *cli, json_t *organizer)
{
    struct err e = ERR_INIT;
    json_t *result = NULL;
    const char *id = json_text(organizer, "id");
    bool whole = json_object_get(organizer, "name") != NULL && json_object_get(organizer, "kind") != NULL;
    int code = whole ? 0 : cli_connect(cli);
    if (whole || code != 0)
        return code;
    json_t *asked = json_pack("{s:s}", "organizer", id);
    cli_try(cli, "organizer.get", asked, &result, &e);
    json_decref(asked);
    if (e.code == ERR_NOT_FOUND) {
        struct buf message;
        buf_init(&message, 0);
        TEXT_FILL(&message, cli->language, TEXT_NO_ORGANIZER_YET, id);
        err_set(&e, ERR_NOT_FOUND, "%s", buf_string(&message));
        buf_free(&message);
        return cli_fail(cli, &e);
    }
    if (e.code != ERR_OK)
        return cli_refused(cli, &e);
    const json_t *known = json_object_get(result, "organizer");
    static const char *const keys[] = {"name", "kind"};
    for (size_t i = 0; i < 2; i++)
        if (json_object_get(organizer, keys[i]) == NULL)
            json_object_set(organizer, keys[i], json_object_get(known, keys[i]));
    json_decref(result);
    return 0;
}

int cmd_upsert(struct cli *cli, const struct invocation *in)
{
    if (invocation_flag(in, "file") != NULL)
        return from_file(cli, in, INPUT_ORGANIZERS);
    if (in->n_arguments < 2)
        return too_few(cli, in->command);
    struct entries entries = {.list = json_array()};
    json_t *organizer = json_object();
    int code = put_words(cli, in, organizer);
    json_array_append_new(entries.list, organizer);
    if (code == 0)
        code = add_name_and_kind(cli, organizer);
    if (code == 0)
        code = send_entries(cli, in, INPUT_ORGANIZERS, &entries);
    entries_free(&entries);
    return code;
}
