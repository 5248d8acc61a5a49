#include "peernet/plan_table.h"

#include <math.h>
#include <stdio.h>

#include "peernet/json.h"
#include "peernet/show.h"
#include "peernet/table.h"

#define YEARS_SHOWN 3

static void write_term(struct cli *cli, struct buf *row, const json_t *term)
{
    static const char *const counts[] = {"term", "capacity", "invited", "in_line"};
    for (size_t i = 0; i < 4; i++)
        show_count(&row[i], cli->language, json_whole(term, counts[i]));
    show_decimal(&row[4], cli->language, json_number(term, "expected"), 1);
    show_percent(&row[5], cli->language, json_number(term, "reach"));
    show_percent(&row[6], cli->language, json_number(term, "need_left"));
}

int plan_write_terms(struct cli *cli, const json_t *plan)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_TERM, TABLE_RIGHT},     {TEXT_HEAD_PLACES, TABLE_RIGHT},   {TEXT_HEAD_ASKED, TABLE_RIGHT},
        {TEXT_HEAD_IN_LINE, TABLE_RIGHT},  {TEXT_HEAD_EXPECTED, TABLE_RIGHT}, {TEXT_HEAD_REACH, TABLE_RIGHT},
        {TEXT_HEAD_NEED_LEFT, TABLE_RIGHT}};
    struct table table;
    size_t i;
    json_t *term;
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(json_object_get(plan, "terms"), i, term) write_term(cli, table_row(&table), term);
    return table_print(&table);
}

/* "Lund (2120000019), Eslöv (...)"; of a plan that was kept without names the numbers alone. */
static void write_people(struct cli *cli, struct buf *out, const json_t *party)
{
    const json_t *ids = json_object_get(party, "organizers"), *names = json_object_get(party, "names");
    size_t i;
    json_t *id;
    if (!json_is_array(names)) {
        show_value(out, cli->language, ids);
        return;
    }
    json_array_foreach(ids, i, id)
    {
        buf_text(out, i > 0 ? ", " : "");
        show_text(out, json_string_value(json_array_get(names, i)));
        buf_text(out, " (");
        show_text(out, json_string_value(id));
        buf_text(out, ")");
    }
}

static void write_party(struct cli *cli, struct buf *row, const json_t *party)
{
    show_count(&row[0], cli->language, json_whole(party, "term"));
    show_text(&row[1], json_text(party, "office"));
    if (json_whole(party, "network") > 0)
        buf_printf(&row[2], "%lld", (long long)json_whole(party, "network"));
    if (json_whole(party, "round") > 1)
        buf_text(&row[3], cli_text(cli, TEXT_IN_LINE_WORD));
    show_decimal(&row[4], cli->language, json_number(party, "need"), 1);
    if (!isnan(json_number(party, "km")))
        show_decimal(&row[5], cli->language, json_number(party, "km"), 0);
    write_people(cli, &row[6], party);
}

int plan_write_parties(struct cli *cli, const json_t *parties)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_TERM, TABLE_RIGHT},     {TEXT_HEAD_OFFICE, 0},
        {TEXT_HEAD_NETWORK, TABLE_RIGHT},  {TEXT_HEAD_ASKED, 0},
        {TEXT_HEAD_NEED, TABLE_RIGHT},     {TEXT_HEAD_KM, TABLE_RIGHT},
        {TEXT_HEAD_ORGANIZERS, TABLE_WRAP}};
    struct table table;
    size_t i;
    json_t *party;
    if (json_array_size(parties) == 0)
        return 0;
    buf_text(&cli->out, "\n");
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(parties, i, party) write_party(cli, table_row(&table), party);
    int code = table_print(&table);
    buf_printf(&cli->out, "\n%s%s%s\n", cli_dim(cli), cli_text(cli, TEXT_PLAN_KM), cli_plain(cli));
    return code;
}

void plan_write_far(struct cli *cli, const json_t *plan)
{
    const json_t *far = json_object_get(plan, "far");
    size_t i;
    json_t *office;
    json_array_foreach(far, i, office)
    {
        struct buf name;
        buf_init(&name, 0);
        show_text(&name, json_string_value(office));
        TEXT_FILL(&cli->out, cli->language, TEXT_PLAN_FAR, buf_string(&name));
        buf_text(&cli->out, "\n");
        buf_free(&name);
    }
}

void plan_write_end(struct cli *cli, const json_t *plan)
{
    char terms[32], never[32];
    struct buf years;
    buf_init(&years, 0);
    snprintf(terms, sizeof terms, "%lld", (long long)json_whole(plan, "terms_to_all"));
    snprintf(never, sizeof never, "%lld", (long long)json_whole(plan, "never"));
    if (!isnan(json_number(plan, "years_to_all")))
        show_decimal(&years, cli->language, json_number(plan, "years_to_all"), 1);
    buf_text(&cli->out, "\n");
    if (json_whole(plan, "never") > 0)
        TEXT_FILL(&cli->out, cli->language, TEXT_PLAN_NEVER, never);
    else
        TEXT_FILL(&cli->out, cli->language, TEXT_PLAN_ALL, terms, buf_string(&years));
    buf_text(&cli->out, "\n");
    buf_free(&years);
}

/* The last of the first `terms`. */
static const json_t *term_at(const json_t *plan, int64_t terms)
{
    const json_t *list = json_object_get(plan, "terms");
    size_t n = json_array_size(list), at = terms > (int64_t)n ? n : (size_t)terms;
    return at == 0 ? NULL : json_array_get(list, at - 1);
}

static void write_plan(struct cli *cli, struct buf *row, const json_t *plan)
{
    int64_t year = json_whole(plan, "terms_per_year");
    show_text(&row[0], json_text(plan, "name"));
    if (json_whole(plan, "never") == 0) {
        show_count(&row[1], cli->language, json_whole(plan, "terms_to_all"));
        show_decimal(&row[2], cli->language, json_number(plan, "years_to_all"), 1);
    }
    for (int i = 0; i < YEARS_SHOWN; i++) {
        const json_t *term = term_at(plan, year * (i + 1));
        show_percent(&row[3 + i], cli->language, term == NULL ? 0 : json_number(term, "reach"));
        if (i == YEARS_SHOWN - 1)
            show_percent(&row[3 + YEARS_SHOWN], cli->language,
                         term == NULL ? 1 : json_number(term, "need_left"));
    }
    show_count(&row[4 + YEARS_SHOWN], cli->language, json_whole(plan, "never"));
}

/* Side by side. */
int plan_write_all(struct cli *cli, const json_t *plans)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_PLAN, TABLE_CUT},          {TEXT_HEAD_TERMS, TABLE_RIGHT},
        {TEXT_HEAD_YEARS, TABLE_RIGHT},       {TEXT_HEAD_REACH_1, TABLE_RIGHT},
        {TEXT_HEAD_REACH_2, TABLE_RIGHT},     {TEXT_HEAD_REACH_3, TABLE_RIGHT},
        {TEXT_HEAD_NEED_LEFT_3, TABLE_RIGHT}, {TEXT_HEAD_NEVER, TABLE_RIGHT}};
    struct table table;
    size_t i;
    json_t *plan;
    table_open(&table, cli, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(plans, i, plan) write_plan(cli, table_row(&table), plan);
    return table_print(&table);
}

static void add_rows(json_t *rows, const json_t *plan, const json_t *party)
{
    static const char *const keys[] = {"term", "office", "round", "network"};
    static const char *const last[] = {"need", "km"};
    size_t i;
    json_t *id;
    json_array_foreach(json_object_get(party, "organizers"), i, id)
    {
        json_t *row = json_object();
        json_object_set(row, "plan", json_object_get(plan, "name"));
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
            json_object_set(row, keys[k], json_object_get(party, keys[k]));
        json_object_set(row, "organizer", id);
        json_object_set(row, "name", json_array_get(json_object_get(party, "names"), i));
        for (size_t k = 0; k < sizeof last / sizeof last[0]; k++)
            json_object_set(row, last[k], json_object_get(party, last[k]));
        json_array_append_new(rows, row);
    }
}

json_t *plan_rows(const json_t *plans)
{
    json_t *rows = json_array(), *plan, *party;
    size_t i, k;
    json_array_foreach(plans, i, plan) json_array_foreach(json_object_get(plan, "invitations"), k, party)
        add_rows(rows, plan, party);
    return json_pack("{s:o}", "invitations", rows);
}
