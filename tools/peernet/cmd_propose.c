/* propose: networks of a set of organizers as a run would form them now, stored nowhere. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/settings/settings.h"
#include "peernet/commands.h"
#include "peernet/figures.h"
#include "peernet/find.h"
#include "peernet/json.h"
#include "peernet/network_table.h"
#include "peernet/show.h"
#include "peernet/waiting.h"
#include "peernet/words.h"

#define PATIENCE_SECONDS 900 /* the daemon has its own limits, and tells them */

static int wrong(struct cli *cli, const struct err *e)
{
    cli_fail(cli, e);
    return EXIT_USAGE;
}

/* "min_size=4" into the settings, with the value that the table of settings makes of it. */
static int put_setting(json_t *settings, const char *typed, struct err *e)
{
    char name[64];
    struct settings parsed;
    const char *equals = strchr(typed, '=');
    if (equals == NULL || equals == typed || (size_t)(equals - typed) >= sizeof name)
        return err_set(e, ERR_INVALID, "--set %s: NAME=VALUE is allowed", typed);
    snprintf(name, sizeof name, "%.*s", (int)(equals - typed), typed);
    settings_default(&parsed);
    int code = settings_set(&parsed, name, equals + 1, e);
    char *text = code == 0 ? settings_to_json(&parsed) : NULL;
    json_t *all = text == NULL ? NULL : json_loads(text, 0, NULL);
    if (code == 0 && json_object_set(settings, name, json_object_get(all, name)) != 0)
        code = err_memory(e, "the settings");
    json_decref(all);
    free(text);
    settings_free(&parsed);
    return code != 0 ? err_wrap(e, "--set %s", name) : 0;
}

static int put_settings(struct cli *cli, const struct invocation *in)
{
    struct err e = ERR_INIT;
    json_t *settings = json_object();
    json_object_set_new(in->params, "settings", settings);
    for (size_t i = 0; i < in->n_flags; i++)
        if (strcmp(in->flags[i].name, "set") == 0 && put_setting(settings, in->flags[i].value, &e) != 0)
            return wrong(cli, &e);
    return 0;
}

/* The number of an organizer that is typed as number or name, at the end of the list. */
static int put_organizer(struct cli *cli, const struct invocation *in, const char *typed, json_t *list)
{
    char number[FIND_NUMBER];
    int code = 0;
    if (find_number(typed, number)) {
        json_array_append_new(list, json_string(number));
        return 0;
    }
    json_object_set_new(in->params, "organizer", json_string(typed));
    code = find_organizer_id(cli, in, "organizer");
    if (code == 0)
        json_array_append(list, json_object_get(in->params, "organizer"));
    json_object_del(in->params, "organizer");
    return code;
}

/* Numbers or names with commas between. */
static int put_pin(struct cli *cli, const struct invocation *in, const struct given_flag *flag, json_t *pins)
{
    char *copy = strdup(flag->value), *rest = copy, *one;
    json_t *ids = json_array();
    int code = 0;
    while (code == 0 && rest != NULL && (one = strsep(&rest, ",")) != NULL) {
        one += strspn(one, " ");
        if (*one != '\0')
            code = put_organizer(cli, in, one, ids);
    }
    json_array_append_new(pins, json_pack("{s:s, s:o}", "rule", flag->name, "organizers", ids));
    free(copy);
    return code;
}

static int put_pins(struct cli *cli, const struct invocation *in)
{
    static const char *const rules[] = {"together", "apart", "keep"};
    json_t *pins = json_array();
    int code = 0;
    for (size_t i = 0; code == 0 && i < in->n_flags; i++)
        for (size_t k = 0; code == 0 && k < sizeof rules / sizeof rules[0]; k++)
            if (strcmp(in->flags[i].name, rules[k]) == 0)
                code = put_pin(cli, in, &in->flags[i], pins);
    if (json_array_size(pins) > 0)
        json_object_set(in->params, "pins", pins);
    json_decref(pins);
    return code;
}

/* A number or name a line. */
static int put_lines(struct cli *cli, const struct invocation *in, const char *path, json_t *list)
{
    struct err e = ERR_INIT;
    char *line = NULL;
    size_t room = 0;
    int code = 0;
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    if (file == NULL) {
        err_set(&e, ERR_IO, "%s: %s", path, strerror(errno));
        return cli_fail(cli, &e);
    }
    while (code == 0 && getline(&line, &room, file) >= 0) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[strspn(line, " \t")] != '\0')
            code = put_organizer(cli, in, line, list);
    }
    free(line);
    if (file != stdin)
        fclose(file);
    return code;
}

/* Those that are named; else the scope of the settings says who. */
static int put_organizers(struct cli *cli, const struct invocation *in)
{
    const char *path = invocation_flag(in, "file");
    json_t *list = json_array();
    int code = path != NULL ? put_lines(cli, in, path, list) : 0;
    for (size_t i = 0; code == 0 && i < in->n_arguments; i++)
        code = put_organizer(cli, in, in->arguments[i], list);
    if (path != NULL || in->n_arguments > 0)
        json_object_set(in->params, "organizers", list);
    json_decref(list);
    return code;
}

static int write_all_members(struct cli *cli, const json_t *networks)
{
    size_t i;
    json_t *network;
    int code = 0;
    json_array_foreach(networks, i, network)
    {
        buf_text(&cli->out, "\n");
        network_heading(cli, network);
        code = network_members(cli, json_object_get(network, "members"));
        if (code != 0)
            return code;
    }
    return code;
}

static int write_proposal(struct cli *cli, const struct invocation *in, const json_t *result)
{
    const json_t *networks = json_object_get(result, "networks");
    figures_write(cli, json_object_get(result, "figures"));
    buf_text(&cli->out, "\n");
    int code = json_array_size(networks) > 0 ? network_table(cli, networks) : 0;
    if (code == 0 && invocation_flag(in, "members") != NULL)
        code = write_all_members(cli, networks);
    buf_printf(&cli->out, "\n%s\n", cli_text(cli, TEXT_NOTHING_STORED));
    words_footer(cli, result);
    return code;
}

static int call(struct cli *cli, const struct invocation *in, json_t **result)
{
    struct err e = ERR_INIT;
    struct waiting_line line;
    waiting_begin(&line, cli_text(cli, TEXT_STAGE_NETWORKS));
    int failed = cli_try(cli, in->command->method, in->params, result, &e);
    waiting_end(&line);
    return failed == 0 ? 0 : cli_refused(cli, &e);
}

int cmd_propose(struct cli *cli, const struct invocation *in)
{
    json_t *result = NULL;
    int code = put_settings(cli, in);
    if (code == 0 && invocation_flag(in, "timeout") == NULL)
        cli->limits.call_seconds = PATIENCE_SECONDS;
    if (code == 0)
        code = cli_connect(cli);
    if (code == 0)
        code = put_organizers(cli, in);
    if (code == 0)
        code = put_pins(cli, in);
    if (code == 0)
        code = call(cli, in, &result);
    if (code != 0)
        return code;
    if (cli->json)
        return cli_print_json(cli, result);
    code = write_proposal(cli, in, result);
    json_decref(result);
    return code;
}
