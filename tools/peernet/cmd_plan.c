/* plan make: who is invited when, for one capacity or for several side by side. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peernet/commands.h"
#include "peernet/json.h"
#include "peernet/plan_table.h"
#include "peernet/show.h"
#include "peernet/words.h"

#define PATIENCE_SECONDS 120

static int usage(struct cli *cli, enum text id, const char *typed)
{
    struct buf message, shown;
    buf_init(&message, 0);
    buf_init(&shown, 0);
    show_text(&shown, typed);
    TEXT_FILL(&message, cli->language, id, buf_string(&shown));
    cli_usage(cli, buf_string(&message));
    buf_free(&message);
    buf_free(&shown);
    return EXIT_USAGE;
}

/* "25" as a number, "25,20,0" as a list of them; NULL for anything else, as for "07", half a decimal number.
 */
static json_t *read_places(const char *typed)
{
    json_t *list = json_array();
    for (const char *at = typed; list != NULL; at++) {
        size_t digits = strspn(at, "0123456789");
        bool padded = digits > 1 && at[0] == '0';
        if (digits == 0 || digits > 9 || padded || (at[digits] != ',' && at[digits] != '\0')) {
            json_decref(list);
            return NULL;
        }
        json_array_append_new(list, json_integer(strtoll(at, NULL, 10)));
        at += digits;
        if (*at == '\0')
            break;
    }
    json_t *one = json_array_size(list) == 1 ? json_incref(json_array_get(list, 0)) : NULL;
    if (one != NULL)
        json_decref(list);
    return one != NULL ? one : list;
}

/* "Stockholm=59,33,18,07,40": whole numbers only, and more of them than a place and its places a term are, so
 * that the commas may be meant as decimal ones. Appends what was meant then, as it is typed. */
static bool has_decimal_commas(struct buf *meant, const char *typed)
{
    const char *numbers = strrchr(typed, '=');
    size_t commas = 0;
    if (numbers == NULL || numbers[strspn(numbers, "=,-0123456789")] != '\0')
        return false;
    for (const char *at = numbers; *at != '\0'; at++)
        commas += *at == ',';
    if (commas < 3)
        return false;
    commas = 0;
    for (const char *at = typed; *at != '\0'; at++) {
        bool decimal = at > numbers && *at == ',' && (++commas == 1 || commas == 3);
        buf_append(meant, decimal ? "." : at, 1);
    }
    return true;
}

/* 0, or EXIT_USAGE where it was. */
static int refuse_decimal_commas(struct cli *cli, const char *typed)
{
    struct buf meant, shown, message;
    int code = 0;
    buf_init(&meant, 0);
    buf_init(&shown, 0);
    buf_init(&message, 0);
    if (has_decimal_commas(&meant, typed)) {
        show_text(&shown, buf_string(&meant));
        TEXT_FILL(&message, cli->language, TEXT_OFFICE_COMMAS, buf_string(&shown));
        code = cli_usage(cli, buf_string(&message));
    }
    buf_free(&meant);
    buf_free(&shown);
    buf_free(&message);
    return code;
}

/* "Umeå=63.83,20.26,25" as an office; without places, one, so that a total is spread evenly. NULL for
 * anything else. */
static json_t *read_office(const char *typed, bool *has_places)
{
    char *end;
    const char *equals = strrchr(typed, '=');
    if (equals == NULL || equals == typed)
        return NULL;
    double lat = strtod(equals + 1, &end);
    if (end == equals + 1 || *end != ',')
        return NULL;
    const char *second = end + 1;
    double lon = strtod(second, &end);
    if (end == second || (*end != ',' && *end != '\0'))
        return NULL;
    *has_places = *end == ',';
    json_t *places = *has_places ? read_places(end + 1) : json_integer(1);
    if (places == NULL)
        return NULL;
    return json_pack("{s:s%, s:f, s:f, s:o}", "name", typed, (size_t)(equals - typed), "lat", lat, "lon", lon,
                     "capacity", places);
}

static int read_offices(struct cli *cli, const struct invocation *in)
{
    json_t *list = json_array();
    json_object_set_new(in->params, "offices", list);
    for (size_t i = 0; i < in->n_arguments; i++) {
        bool has_places = false;
        if (refuse_decimal_commas(cli, in->arguments[i]) != 0)
            return EXIT_USAGE;
        json_t *office = read_office(in->arguments[i], &has_places);
        if (office == NULL)
            return usage(cli, TEXT_OFFICE_WRONG, in->arguments[i]);
        json_array_append_new(list, office);
        if (!has_places && invocation_flag(in, "capacity") == NULL)
            return usage(cli, TEXT_OFFICE_WITHOUT_PLACES, in->arguments[i]);
    }
    return 0;
}

/* Each --capacity is a scenario. */
static int read_capacities(struct cli *cli, const struct invocation *in)
{
    json_t *list = json_array();
    int code = 0;
    for (size_t i = 0; code == 0 && i < in->n_flags; i++) {
        if (strcmp(in->flags[i].name, "capacity") != 0)
            continue;
        json_t *places = read_places(in->flags[i].value);
        if (places == NULL)
            code = usage(cli, TEXT_CAPACITY_WRONG, in->flags[i].value);
        else
            json_array_append_new(list,
                                  json_pack("{s:s, s:o}", "name", in->flags[i].value, "capacity", places));
    }
    if (code == 0 && json_array_size(list) > 0)
        json_object_set(in->params, "scenarios", list);
    json_decref(list);
    return code;
}

/* "fairness=2", "unit=dialogues", "accept.municipal=0.9" */
static int put_setting(struct cli *cli, json_t *settings, const char *typed)
{
    char name[64], *end;
    const char *equals = strchr(typed, '=');
    if (equals == NULL || equals == typed || equals[1] == '\0' || (size_t)(equals - typed) >= sizeof name)
        return usage(cli, TEXT_PLAN_SETTING_WRONG, typed);
    snprintf(name, sizeof name, "%.*s", (int)(equals - typed), typed);
    double number = strtod(equals + 1, &end);
    json_t *value = *end != '\0'                                   ? json_string(equals + 1)
                    : number == rint(number) && fabs(number) < 1e9 ? json_integer((json_int_t)number)
                                                                   : json_real(number);
    char *dot = strchr(name, '.');
    if (dot != NULL) {
        *dot = '\0';
        json_t *map = json_object_get(settings, name);
        if (!json_is_object(map)) {
            map = json_object();
            json_object_set_new(settings, name, map);
        }
        settings = map;
    }
    if (value != NULL && json_object_set_new(settings, dot != NULL ? dot + 1 : name, value) == 0)
        return 0;
    return usage(cli, TEXT_PLAN_SETTING_WRONG, typed);
}

static int read_settings(struct cli *cli, const struct invocation *in)
{
    json_t *settings = json_object_get(in->params, "settings");
    int code = 0;
    if (settings == NULL) {
        settings = json_object();
        json_object_set_new(in->params, "settings", settings);
    }
    for (size_t i = 0; code == 0 && i < in->n_flags; i++)
        if (strcmp(in->flags[i].name, "set") == 0)
            code = put_setting(cli, settings, in->flags[i].value);
    return code;
}

/* A JSON file with what the method takes: offices, and scenarios and settings if there are any. */
static int read_file(struct cli *cli, const struct invocation *in, const char *path)
{
    struct err e = ERR_INIT;
    json_error_t fault;
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    if (file == NULL) {
        err_set(&e, ERR_IO, "%s: %s", path, strerror(errno));
        return cli_fail(cli, &e);
    }
    json_t *all = json_loadf(file, JSON_REJECT_DUPLICATES, &fault);
    if (file != stdin)
        fclose(file);
    if (!json_is_object(all)) {
        if (all == NULL)
            err_set(&e, ERR_INVALID, "%s:%d:%d: %s", path, fault.line, fault.column, fault.text);
        else
            err_set(&e, ERR_INVALID, "%s: an object with offices, scenarios and settings is allowed", path);
        json_decref(all);
        return cli_fail(cli, &e);
    }
    static const char *const keys[] = {"offices", "scenarios", "settings"};
    for (size_t i = 0; i < 3; i++)
        if (json_object_get(all, keys[i]) != NULL)
            json_object_set(in->params, keys[i], json_object_get(all, keys[i]));
    json_decref(all);
    return 0;
}

static int read_request(struct cli *cli, const struct invocation *in)
{
    const char *path = invocation_flag(in, "file");
    int code = path == NULL ? read_offices(cli, in) : 0;
    if (path == NULL && in->n_arguments == 0)
        return usage(cli, TEXT_OFFICES_MISSING, in->command->example);
    if (path != NULL && in->n_arguments > 0)
        return usage(cli, TEXT_BESIDE_FILE, in->arguments[0]);
    if (path != NULL)
        code = read_file(cli, in, path);
    if (code == 0)
        code = read_settings(cli, in);
    return code == 0 ? read_capacities(cli, in) : code;
}

static void write_number(struct cli *cli, enum text id, int64_t number)
{
    char shown[32];
    snprintf(shown, sizeof shown, "%lld", (long long)number);
    TEXT_FILL(&cli->out, cli->language, id, shown);
    buf_text(&cli->out, "\n");
}

static int write_result(struct cli *cli, const struct invocation *in, const json_t *result)
{
    const json_t *plans = json_object_get(result, "plans");
    const json_t *first = json_array_get(plans, 0);
    int code = json_array_size(plans) > 1 ? plan_write_all(cli, plans) : plan_write_terms(cli, first);
    if (code == 0 && json_array_size(plans) == 1) {
        if (invocation_flag(in, "terms") != NULL)
            code = plan_write_parties(cli, json_object_get(first, "invitations"));
        plan_write_end(cli, first);
    }
    plan_write_far(cli, first);
    if (json_whole(result, "before") > 0)
        write_number(cli, TEXT_PLAN_BEFORE, json_whole(result, "before"));
    if (json_whole(result, "plan") > 0)
        write_number(cli, TEXT_PLAN_SAVED, json_whole(result, "plan"));
    words_footer(cli, result);
    return code;
}

static int write_csv(struct cli *cli, const struct invocation *in)
{
    json_t *result, *rows;
    int code = cli_call(cli, in->command->method, in->params, &result);
    if (code != 0)
        return code;
    rows = plan_rows(json_object_get(result, "plans"));
    json_decref(result);
    return cli_print_json(cli, rows);
}

int cmd_plan_make(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    int code = read_request(cli, in);
    if (code != 0)
        return code;
    if (invocation_flag(in, "timeout") == NULL)
        cli->limits.call_seconds = PATIENCE_SECONDS;
    json_object_set_new(in->params, "detail",
                        json_boolean(cli->json || invocation_flag(in, "terms") != NULL ||
                                     invocation_flag(in, "save") != NULL));
    if (cli->csv)
        return write_csv(cli, in);
    code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    code = write_result(cli, in, result);
    json_decref(result);
    return code;
}
