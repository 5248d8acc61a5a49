/* programme list, get, create, set, history, archive: named purposes with settings of their own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peernet/commands.h"
#include "peernet/confirm.h"
#include "peernet/json.h"
#include "peernet/listing.h"
#include "peernet/programme_effect.h"
#include "peernet/show.h"
#include "peernet/table.h"
#include "peernet/words.h"

#define PATIENCE_SECONDS 900 /* the daemon has its own limits, and tells them */

/* What is no setting of the model, and whether its value is a text whatever it looks like. */
static const struct {
    const char *key;
    bool text;
} own_keys[] = {
    {"title_sv", true},    {"title_en", true},   {"purpose", true},   {"publishing", true},
    {"churn_most", false}, {"fit_least", false}, {"schedule", false},
};

static const char *title(const struct cli *cli, const json_t *programme)
{
    return json_text(programme, cli->language == LANGUAGE_SV ? "title_sv" : "title_en");
}

static int tell_wrong(struct cli *cli, enum text id, const char *typed)
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

/* "min_size=4", "scope={...}", "purpose=Reading": JSON where it is JSON; nothing is the default again. */
static json_t *read_value(const char *typed, bool text)
{
    struct err e = ERR_INIT;
    json_t *value = text ? NULL : typed[0] == '\0' ? json_null() : json_parse(typed, strlen(typed), &e);
    return value != NULL ? value : json_string(typed);
}

static int read_change(json_t *changes, json_t *settings, const char *typed)
{
    char key[64];
    const char *equals = strchr(typed, '=');
    if (equals == NULL || equals == typed || (size_t)(equals - typed) >= sizeof key)
        return EXIT_USAGE;
    snprintf(key, sizeof key, "%.*s", (int)(equals - typed), typed);
    for (size_t i = 0; i < sizeof own_keys / sizeof own_keys[0]; i++)
        if (strcmp(own_keys[i].key, key) == 0)
            return json_object_set_new(changes, key, read_value(equals + 1, own_keys[i].text));
    return json_object_set_new(settings, key, read_value(equals + 1, false));
}

/* The arguments behind the name, as the method's changes. */
static int read_changes(struct cli *cli, const struct invocation *in)
{
    json_t *changes = json_object(), *settings = json_object();
    int code = 0;
    for (size_t i = 1; i < in->n_arguments && code == 0; i++)
        if (read_change(changes, settings, in->arguments[i]) != 0)
            code = tell_wrong(cli, TEXT_CHANGE_WRONG, in->arguments[i]);
    if (json_object_size(settings) > 0)
        json_object_set(changes, "settings", settings);
    json_object_set_new(in->params, "changes", changes);
    json_decref(settings);
    return code;
}

static void write_row(struct cli *cli, struct buf *row, const json_t *programme)
{
    show_text(&row[0], json_text(programme, "name"));
    if (json_text(programme, "archived_at")[0] != '\0')
        buf_printf(&row[0], " (%s)", cli_text(cli, TEXT_ARCHIVED));
    show_text(&row[1], title(cli, programme));
    words_publishing(&row[2], cli, json_text(programme, "publishing"));
    buf_printf(&row[3], "%lld", (long long)json_whole(programme, "revision"));
    if (json_whole(programme, "run") > 0) {
        buf_printf(&row[4], "%lld", (long long)json_whole(programme, "run"));
        show_time_ago(&row[5], cli->language, json_text(programme, "published_at"));
    } else {
        buf_text(&row[5], cli_text(cli, TEXT_NOT_PUBLISHED));
    }
    if (json_text(programme, "next_due")[0] != '\0')
        show_moment(&row[6], json_text(programme, "next_due"));
}

int cmd_programme_list(struct cli *cli, const struct invocation *in)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_PROGRAMME, 0},          {TEXT_HEAD_TITLE, TABLE_CUT}, {TEXT_HEAD_PUBLISHING, 0},
        {TEXT_HEAD_REVISION, TABLE_RIGHT}, {TEXT_HEAD_RUN, TABLE_RIGHT}, {TEXT_HEAD_PUBLISHED, 0},
        {TEXT_HEAD_NEXT_DUE, 0},
    };
    static const struct listing listing = {.key = "programmes",
                                           .columns = columns,
                                           .n_columns = sizeof columns / sizeof columns[0],
                                           .write_row = write_row,
                                           .none = TEXT_NONE};
    return listing_show(cli, in, &listing);
}

static void write_field(struct cli *cli, enum text name, const json_t *value)
{
    struct buf line;
    if (value == NULL || json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0))
        return;
    buf_init(&line, 0);
    show_value(&line, cli->language, value);
    cli_field(cli, name, buf_string(&line));
    buf_free(&line);
}

static void write_policy(struct cli *cli, const json_t *programme)
{
    struct buf line;
    buf_init(&line, 0);
    words_publishing(&line, cli, json_text(programme, "publishing"));
    cli_field(cli, TEXT_FIELD_PUBLISHING, buf_string(&line));
    buf_free(&line);
    write_field(cli, TEXT_FIELD_CHURN_MOST, json_object_get(programme, "churn_most"));
    write_field(cli, TEXT_FIELD_FIT_LEAST, json_object_get(programme, "fit_least"));
}

static void write_moment(struct cli *cli, enum text name, const char *iso, const char *behind)
{
    struct buf line;
    if (iso[0] == '\0')
        return;
    buf_init(&line, 0);
    show_due(&line, cli->language, iso);
    if (behind[0] != '\0')
        buf_text(&line, ", ");
    words_said(&line, cli, behind);
    cli_field(cli, name, buf_string(&line));
    buf_free(&line);
}

static void write_schedule(struct cli *cli, const json_t *programme)
{
    write_field(cli, TEXT_FIELD_SCHEDULE, json_object_get(programme, "schedule"));
    write_moment(cli, TEXT_FIELD_NEXT_DUE, json_text(programme, "next_due"), "");
    write_moment(cli, TEXT_FIELD_LAST_DUE, json_text(programme, "last_due"),
                 json_text(programme, "last_said"));
}

/* All settings; those that are the programme's own, and no default, are marked. */
static int write_settings(struct cli *cli, const json_t *all, const json_t *own)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_SETTING, 0}, {TEXT_HEAD_VALUE, TABLE_CUT}, {TEXT_HEAD_OWN, 0}};
    struct table table;
    const char *key;
    json_t *value;
    buf_text(&cli->out, "\n");
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_object_foreach((json_t *)all, key, value)
    {
        struct buf *row = table_row(&table);
        show_text(&row[0], key);
        show_value(&row[1], cli->language, value);
        if (json_object_get(own, key) != NULL)
            buf_text(&row[2], cli_text(cli, TEXT_YES));
    }
    return table_print(&table);
}

int cmd_programme_get(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    int code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    const json_t *programme = json_object_get(result, "programme");
    buf_text(&cli->out, cli_bold(cli));
    show_text(&cli->out, json_text(programme, "name"));
    buf_text(&cli->out, ": ");
    show_text(&cli->out, title(cli, programme));
    buf_printf(&cli->out, "%s\n", cli_plain(cli));
    write_field(cli, TEXT_FIELD_PURPOSE, json_object_get(programme, "purpose"));
    write_policy(cli, programme);
    write_schedule(cli, programme);
    write_field(cli, TEXT_FIELD_REVISION, json_object_get(programme, "revision"));
    write_field(cli, TEXT_FIELD_PUBLISHED_RUN, json_object_get(programme, "run"));
    write_field(cli, TEXT_FIELD_ARCHIVED, json_object_get(programme, "archived_at"));
    write_field(cli, TEXT_FIELD_ERROR, json_object_get(result, "settings_fault"));
    code = write_settings(cli, json_object_get(result, "settings"), json_object_get(programme, "settings"));
    json_decref(result);
    return code;
}

/* What it is, "-" for nothing; of a setting that is left to the default, that. */
static void write_side(struct cli *cli, struct buf *out, const char *name, const json_t *value)
{
    json_t *preset = json_is_null(value) ? programme_default(name) : NULL;
    if (preset != NULL && !json_is_null(preset)) {
        show_value(out, cli->language, preset);
        buf_printf(out, " (%s)", cli_text(cli, TEXT_BY_DEFAULT));
    } else if (json_is_null(value)) {
        buf_text(out, "-");
    } else {
        show_value(out, cli->language, value);
    }
    json_decref(preset);
}

static int write_changes(struct cli *cli, const json_t *changes)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_WHAT, 0}, {TEXT_HEAD_BEFORE, TABLE_CUT}, {TEXT_HEAD_AFTER, TABLE_CUT}};
    struct table table;
    size_t i;
    json_t *change;
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(changes, i, change)
    {
        struct buf *row = table_row(&table);
        show_text(&row[0], json_text(change, "name"));
        write_side(cli, &row[1], json_text(change, "name"), json_object_get(change, "before"));
        write_side(cli, &row[2], json_text(change, "name"), json_object_get(change, "after"));
    }
    return table_print(&table);
}

/* "Programme reading is at revision 2." */
static void write_revision(struct cli *cli, enum text id, const json_t *programme)
{
    char revision[32];
    struct buf name;
    buf_init(&name, 0);
    show_text(&name, json_text(programme, "name"));
    snprintf(revision, sizeof revision, "%lld", (long long)json_whole(programme, "revision"));
    TEXT_FILL(&cli->out, cli->language, id, buf_string(&name), revision);
    buf_text(&cli->out, "\n");
    buf_free(&name);
}

int cmd_programme_set(struct cli *cli, const struct invocation *in)
{
    json_t *result = NULL;
    bool dry = invocation_flag(in, "dry-run") != NULL;
    int code = read_changes(cli, in);
    if (dry)
        json_object_set_new(in->params, "dry_run", json_true());
    if (dry && invocation_flag(in, "timeout") == NULL)
        cli->limits.call_seconds = PATIENCE_SECONDS; /* for what it would do to the networks */
    if (code == 0)
        code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    const json_t *changes = json_object_get(result, "changes");
    bool any = json_array_size(changes) > 0;
    if (any)
        code = write_changes(cli, changes);
    if (any && dry && code == 0)
        code = programme_effect(cli, in->arguments[0], changes);
    write_revision(cli,
                   !any  ? TEXT_PROGRAMME_SAME
                   : dry ? TEXT_PROGRAMME_DRY
                         : TEXT_PROGRAMME_SET,
                   json_object_get(result, "programme"));
    json_decref(result);
    return code;
}

int cmd_programme_create(struct cli *cli, const struct invocation *in)
{
    json_t *result = NULL;
    int code = read_changes(cli, in);
    if (code == 0)
        code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    write_revision(cli, TEXT_PROGRAMME_MADE, json_object_get(result, "programme"));
    json_decref(result);
    return EXIT_FINE;
}

int cmd_programme_archive(struct cli *cli, const struct invocation *in)
{
    json_t *result = NULL;
    bool undo = invocation_flag(in, "undo") != NULL;
    int code = undo ? 0 : confirm(cli, in, TEXT_ASK_ARCHIVE, in->arguments[0]);
    if (code == 0)
        code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    write_revision(cli, undo ? TEXT_PROGRAMME_BACK : TEXT_PROGRAMME_ARCHIVED,
                   json_object_get(result, "programme"));
    json_decref(result);
    return EXIT_FINE;
}

int cmd_programme_history(struct cli *cli, const struct invocation *in)
{
    json_t *result, *revision;
    size_t i;
    int code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    json_array_foreach(json_object_get(result, "revisions"), i, revision)
    {
        buf_printf(&cli->out, "%s%s%s %lld, ", i > 0 ? "\n" : "", cli_bold(cli),
                   cli_text(cli, TEXT_FIELD_REVISION), (long long)json_whole(revision, "revision"));
        show_text(&cli->out, json_text(revision, "who"));
        buf_text(&cli->out, ", ");
        show_time(&cli->out, cli->language, json_text(revision, "at"));
        buf_printf(&cli->out, "%s\n", cli_plain(cli));
        if (code == 0)
            code = write_changes(cli, json_object_get(revision, "changes"));
    }
    json_decref(result);
    return code;
}
