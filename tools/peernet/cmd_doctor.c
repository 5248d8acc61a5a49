/* doctor: what is wrong with a peernet, and how to mend it. */
#include <stdlib.h>
#include <string.h>

#include "peernet/commands.h"
#include "peernet/doctor.h"
#include "peernet/json.h"
#include "peernet/show.h"
#include "peernet/table.h"
#include "peernet/words.h"

static const char *const states[] = {"ok", "skipped", "warning", "fault"};

void doctor_tell(struct doctor *d, enum doctor_state state, const char *part, const char *text,
                 const char *mend)
{
    d->faults += state == DOCTOR_FAULT;
    json_array_append_new(d->checks, json_pack("{s:s, s:s, s:s, s:s?}", "check", part, "state", states[state],
                                               "text", text, "mend", mend));
}

void doctor_say(struct doctor *d, enum doctor_state state, const char *part, enum text text,
                const char *value, enum text mend)
{
    struct buf line;
    buf_init(&line, 0);
    TEXT_FILL(&line, d->cli->language, text, value);
    doctor_tell(d, state, part, buf_string(&line), mend == TEXT_NONE ? NULL : cli_text(d->cli, mend));
    buf_free(&line);
}

static void write_state(struct buf *out, const struct cli *cli, const char *state)
{
    static const enum text words[] = {TEXT_DOCTOR_OK, TEXT_DOCTOR_SKIPPED, TEXT_DOCTOR_WARNING,
                                      TEXT_DOCTOR_FAULT};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (strcmp(states[i], state) == 0)
            buf_text(out, cli_text(cli, words[i]));
}

static int write_checks(struct doctor *d)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_STATE, 0}, {TEXT_HEAD_CHECK, 0}, {TEXT_HEAD_FOUND, TABLE_WRAP}};
    size_t i;
    json_t *check;
    struct table table;
    table_open(&table, d->cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(d->checks, i, check)
    {
        struct buf *row = table_row(&table);
        write_state(&row[0], d->cli, json_text(check, "state"));
        words_part(&row[1], d->cli, json_text(check, "check"));
        words_said(&row[2], d->cli, json_text(check, "text"));
        if (json_text(check, "mend")[0] != '\0') {
            buf_text(&row[2], " → ");
            show_text(&row[2], json_text(check, "mend"));
        }
    }
    return table_print(&table);
}

int cmd_doctor(struct cli *cli, const struct invocation *in)
{
    struct doctor d = {.cli = cli, .db = invocation_flag(in, "db"), .checks = json_array()};
    doctor_daemon(&d);
    doctor_database(&d);
    doctor_certificates(&d);
    int code;
    if (cli->json) {
        code = cli_print_json(cli, json_pack("{s:o, s:b}", "checks", d.checks, "well", d.faults == 0));
    } else {
        code = write_checks(&d);
        json_decref(d.checks);
    }
    return code == EXIT_FINE && d.faults > 0 ? EXIT_FAILED : code;
}
