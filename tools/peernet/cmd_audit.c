/* audit list, audit verify: the trail of changes. */
#include <stdio.h>
#include <string.h>

#include "peernet/commands.h"
#include "peernet/json.h"
#include "peernet/show.h"
#include "peernet/table.h"
#include "peernet/words.h"

/* One row where a change is told as a list of one. */
static const json_t *only_row(const json_t *side)
{
    return json_is_array(side) && json_array_size(side) == 1 ? json_array_get(side, 0) : side;
}

static void write_key(struct cli *cli, struct buf *out, const char *key, const json_t *was, const json_t *is)
{
    buf_text(out, out->size > 0 ? "; " : "");
    words_field(out, cli, key);
    buf_text(out, ": ");
    if (was != NULL && !json_is_null(was)) {
        show_value(out, cli->language, was);
        buf_text(out, " → ");
    }
    if (is == NULL || json_is_null(is))
        buf_text(out, "-");
    else
        show_value(out, cli->language, is);
}

/* "title_en: All → Everything": what differs. */
static void write_difference(struct cli *cli, struct buf *out, const json_t *was, const json_t *is)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)was, key, value)
    {
        const json_t *now = json_object_get(is, key);
        if (now == NULL || !json_equal(value, now))
            write_key(cli, out, key, value, now);
    }
    json_object_foreach((json_t *)is, key, value) if (json_object_get(was, key) == NULL)
        write_key(cli, out, key, NULL, value);
}

/* What the other columns have already, or nothing, is left out. */
static void write_fields(struct cli *cli, struct buf *out, const json_t *fields)
{
    static const char *const known[] = {"programme",  "made_by", "made_at", "changed_by",
                                        "changed_at", "who",     "at"};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)fields, key, value)
    {
        bool said = json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0);
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            said = said || strcmp(known[i], key) == 0;
        if (!said)
            write_key(cli, out, key, NULL, value);
    }
}

static void write_change(struct cli *cli, struct buf *out, const json_t *entry)
{
    const json_t *was = only_row(json_object_get(entry, "before")),
                 *is = only_row(json_object_get(entry, "after"));
    const json_t *detail = json_object_get(entry, "detail"), *rows = json_object_get(detail, "rows");
    const json_t *why = json_object_get(detail, "why");
    if (json_is_object(was) && json_is_object(is)) {
        write_difference(cli, out, was, is);
        if (why != NULL)
            write_key(cli, out, "why", NULL, why);
    } else if (json_is_object(is) || json_is_object(was))
        write_fields(cli, out, json_is_object(is) ? is : was);
    else if (rows != NULL)
        show_counted(out, cli->language, json_integer_value(rows), TEXT_ROW_ONE, TEXT_ROW_MANY);
    else if (json_object_size(detail) > 0)
        write_fields(cli, out, detail);
}

static void write_row(struct cli *cli, struct buf *row, const json_t *entry)
{
    int64_t run = json_whole(entry, "run");
    buf_printf(&row[0], "%lld", (long long)json_whole(entry, "entry"));
    if (cli_is_narrow(cli)) /* who did what says more than how long ago that is */
        show_moment(&row[1], json_text(entry, "at"));
    else
        show_time(&row[1], cli->language, json_text(entry, "at"));
    show_text(&row[2], json_text(entry, "who"));
    show_text(&row[3], json_text(entry, "origin"));
    show_text(&row[4], json_text(entry, "action"));
    show_text(&row[5], json_text(entry, "programme"));
    if (run > 0)
        buf_printf(&row[6], "%lld", (long long)run);
    write_change(cli, &row[7], entry);
}

static int write_entries(struct cli *cli, const json_t *entries)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_ENTRY, TABLE_RIGHT},    {TEXT_HEAD_WHEN, 0},           {TEXT_HEAD_BY_WHOM, 0},
        {TEXT_HEAD_FROM_WHERE, TABLE_CUT}, {TEXT_HEAD_ACTION, 0},         {TEXT_HEAD_PROGRAMME, 0},
        {TEXT_HEAD_RUN, TABLE_RIGHT},      {TEXT_HEAD_CHANGE, TABLE_CUT},
    };
    size_t i;
    json_t *entry;
    struct table table;
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(entries, i, entry) write_row(cli, table_row(&table), entry);
    return table_print(&table);
}

int cmd_audit_list(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    char next[32];
    int code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    const json_t *entries = json_object_get(result, "entries");
    if (json_array_size(entries) == 0)
        buf_printf(&cli->out, "%s\n", cli_text(cli, TEXT_NO_ENTRIES));
    else
        code = write_entries(cli, entries);
    if (json_whole(result, "next") > 0) {
        snprintf(next, sizeof next, "%lld", (long long)json_whole(result, "next"));
        buf_text(&cli->out, "\n");
        TEXT_FILL(&cli->out, cli->language, TEXT_OLDER_ENTRIES, next);
        buf_text(&cli->out, "\n");
    }
    json_decref(result);
    return code;
}

static int tell_fault(struct cli *cli, const json_t *fault)
{
    char entry[32];
    struct buf message;
    struct err e = ERR_INIT;
    const char *kind = json_text(fault, "kind");
    snprintf(entry, sizeof entry, "%lld", (long long)json_whole(fault, "entry"));
    buf_init(&message, 0);
    TEXT_FILL(&message, cli->language,
              strcmp(kind, "missing") == 0 ? TEXT_ENTRY_MISSING
              : strcmp(kind, "added") == 0 ? TEXT_ENTRY_ADDED
                                           : TEXT_ENTRY_CHANGED,
              entry);
    err_set(&e, ERR_INVALID, "%s", buf_string(&message));
    buf_free(&message);
    cli_fail(cli, &e);
    return EXIT_FAILED;
}

static void write_intact(struct cli *cli, const json_t *result)
{
    struct buf count;
    buf_init(&count, 0);
    show_counted(&count, cli->language, json_whole(result, "entries"), TEXT_ENTRY_ONE, TEXT_ENTRY_MANY);
    TEXT_FILL(&cli->out, cli->language, TEXT_TRAIL_INTACT, buf_string(&count));
    buf_text(&cli->out, "\n");
    buf_clear(&count);
    show_text(&count, json_text(result, "head"));
    if (count.size > 0) {
        TEXT_FILL(&cli->out, cli->language, TEXT_TRAIL_HEAD, buf_string(&count));
        buf_text(&cli->out, "\n");
    }
    buf_free(&count);
}

int cmd_audit_verify(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    int code = cli_call(cli, in->command->method, in->params, &result);
    if (code != 0)
        return code;
    bool intact = json_is_true(json_object_get(result, "intact"));
    if (cli->json) {
        code = cli_print_json(cli, result);
        return code == EXIT_FINE && !intact ? EXIT_FAILED : code;
    }
    if (intact)
        write_intact(cli, result);
    else
        code = tell_fault(cli, json_object_get(result, "fault"));
    json_decref(result);
    return code;
}
