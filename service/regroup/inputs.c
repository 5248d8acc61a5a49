#include "regroup/inputs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/settings/scope.h"
#include "regroup/inputs_base.h"
#include "regroup/session.h"

static const char begin[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

static const char programme_query[] =
    "SELECT p.settings, s.inputs_version, d.day, d.day - DATE '1970-01-01', clock_timestamp(),"
    " p.published_run, b.inputs_digest, b.figures->>'highest_number', n.run, n.base_run, n.inputs_digest, "
    "n.rejected_by, p.archived_at "
    "FROM programmes p CROSS JOIN state s CROSS JOIN (SELECT coalesce($2::date, current_date) AS day) d "
    "LEFT JOIN runs b ON b.run = p.published_run LEFT JOIN LATERAL "
    "(SELECT r.run, r.base_run, r.inputs_digest, j.who AS rejected_by FROM runs r LEFT JOIN rejections j "
    "USING (run) WHERE r.programme = p.name ORDER BY r.run DESC LIMIT 1) n ON true WHERE p.name = $1";

/* The newest run was in force and is no more: who put an earlier one in force again does not want the same
 * back by itself, and whether anything was changed since. Asked only where something else is in force than
 * the newest. */
static const char replaced_query[] =
    "SELECT a.who, EXISTS (SELECT FROM runs r, changed_since($1, r.inputs_version) WHERE r.run = $2::bigint) "
    "FROM audit a WHERE a.programme = $1 AND a.action IN ('publish', 'rollback') "
    "AND EXISTS (SELECT FROM audit o WHERE o.run = $2::bigint AND o.action IN ('publish', 'rollback')) "
    "ORDER BY a.entry DESC LIMIT 1";

/* The same of a run that is computed again: its own settings, day and base. */
static const char replay_query[] =
    "SELECT r.settings, s.inputs_version, r.as_of, r.as_of - DATE '1970-01-01', clock_timestamp(),"
    " r.base_run, b.inputs_digest, b.figures->>'highest_number', r.run, r.base_run, r.inputs_digest, NULL, "
    "NULL "
    "FROM runs r CROSS JOIN state s LEFT JOIN runs b ON b.run = r.base_run WHERE r.run = $1::bigint";

static const char organizers_copy[] = "COPY (SELECT id, name, kind, municipality, county, lat, lon, pupils, "
                                      "attributes FROM organizers) TO STDOUT";
static const char challenges_copy[] =
    "COPY (SELECT code, category, label_sv, label_en FROM challenges) TO STDOUT";

/* As they lie in the table, and of a challenge all: to pick the latest here takes a quarter of the time. */
static const char reports_copy[] =
    "COPY (SELECT organizer, challenge, severity, reported_on - DATE '1970-01-01' FROM reports "
    "WHERE reported_on >= DATE '%s' - %d) TO STDOUT";

/* Of whom nothing may count any more it is told since when. */
static const char old_copy[] = "COPY (SELECT organizer, max(reported_on) - DATE '1970-01-01' FROM reports "
                               "WHERE reported_on < DATE '%s' - %d GROUP BY organizer) TO STDOUT";

static int64_t number_of(const char *text)
{
    return text == NULL || text[0] == '\0' ? 0 : strtoll(text, NULL, 10);
}

static void copy_field(char *to, size_t size, const char *field)
{
    snprintf(to, size, "%s", field == NULL ? "" : field);
}

static void take_programme(struct inputs *in, char **f)
{
    in->version = number_of(f[1]);
    copy_field(in->as_of, sizeof in->as_of, f[2]);
    in->today = (int32_t)number_of(f[3]);
    copy_field(in->started_at, sizeof in->started_at, f[4]);
    in->base.run = number_of(f[5]);
    copy_field(in->base.digest, sizeof in->base.digest, f[6]);
    in->base.highest_number = (uint32_t)number_of(f[7]);
    in->newest.run = number_of(f[8]);
    in->newest.base = number_of(f[9]);
    copy_field(in->newest.digest, sizeof in->newest.digest, f[10]);
    copy_field(in->newest.rejected_by, sizeof in->newest.rejected_by, f[11]);
}

/* The programme's document first, then what the command line sets for this run. */
static int take_settings(struct settings *s, const char *json, const struct run_options *options,
                         struct err *e)
{
    if (settings_apply_json(s, json, e) != ERR_OK)
        return err_wrap(e, "programme %s", options->programme);
    for (size_t i = 0; i < options->n_set; i++) {
        const char *value = strchr(options->set[i], '=') + 1;
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)(value - 1 - options->set[i]), options->set[i]);
        if (settings_set(s, name, value, e) != ERR_OK)
            return err_wrap(e, "--set %s", name);
    }
    if (settings_check(s, e) != ERR_OK)
        return err_wrap(e, "programme %s", options->programme);
    return ERR_OK;
}

struct programme_taker {
    struct inputs *in;
    const struct run_options *options;
    bool found;
};

static int take_programme_row(void *context, char **f, int n, struct err *e)
{
    struct programme_taker *t = context;
    if (n < 13 || f[0] == NULL)
        return err_set(e, ERR_INTERNAL, "the programme's row has %d fields", n);
    t->found = true;
    if (f[12] != NULL)
        return err_set(e, ERR_NOT_FOUND, "programme %s is archived", t->options->programme);
    take_programme(t->in, f);
    const char *settings = t->options->settings != NULL ? t->options->settings : f[0];
    return take_settings(&t->in->settings, settings, t->options, e);
}

static int read_programme(struct inputs *in, struct input_rows *rows, const struct run_options *options,
                          struct err *e)
{
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)options->replay);
    const bool again = options->replay > 0;
    const char *values[] = {again ? number : options->programme, options->as_of};
    struct programme_taker taker = {in, options, false};
    int code = input_rows_query(rows, INPUT_PROGRAMME, again ? replay_query : programme_query, again ? 1 : 2,
                                values, take_programme_row, &taker, e);
    if (code == ERR_OK && !taker.found)
        code = err_set(e, ERR_NOT_FOUND, "there is no programme %s", options->programme);
    return code;
}

static int read_replaced(struct inputs *in, struct pg *pg, const struct run_options *options, struct err *e)
{
    char number[24];
    const char *values[] = {options->programme, number};
    PGresult *r = NULL;
    if (pg == NULL || options->replay > 0 || in->base.run == 0 || in->newest.run == in->base.run)
        return ERR_OK;
    snprintf(number, sizeof number, "%lld", (long long)in->newest.run);
    int code = pg_query(pg, replaced_query, 2, values, &r, e);
    if (code == ERR_OK && PQntuples(r) > 0) {
        copy_field(in->newest.replaced_by, sizeof in->newest.replaced_by, PQgetvalue(r, 0, 0));
        in->newest.changed = PQgetvalue(r, 0, 1)[0] == 't';
    }
    PQclear(r);
    return code == ERR_OK ? ERR_OK : session_failed(e);
}

/* Room is doubled whenever the number of ids is a power of two. */
static int keep_outside(struct inputs *in, const char *id, struct err *e)
{
    if ((in->n_outside & (in->n_outside - 1)) == 0) {
        size_t room = in->n_outside == 0 ? 1 : 2 * (size_t)in->n_outside;
        const char **wider = realloc(in->outside, room * sizeof *wider);
        if (wider == NULL)
            return err_memory(e, "who is outside the scope");
        in->outside = wider;
    }
    const char *text = arena_text(&in->text, id, strlen(id));
    if (text == NULL)
        return err_memory(e, "who is outside the scope");
    in->outside[in->n_outside++] = text;
    return ERR_OK;
}

static int text_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool inputs_outside(const struct inputs *in, const char *id)
{
    return in->n_outside > 0 &&
           bsearch(&id, in->outside, in->n_outside, sizeof *in->outside, text_compare) != NULL;
}

static int take_organizer(void *context, char **f, int n, struct err *e)
{
    struct inputs *in = context;
    (void)n;
    struct organizer o = {
        .id = f[0],
        .name = f[1],
        .municipality = f[3],
        .county = f[4],
        .attributes = f[8],
        .lat = f[5] != NULL ? strtod(f[5], NULL) : (double)NAN,
        .lon = f[6] != NULL ? strtod(f[6], NULL) : (double)NAN,
        .pupils = f[7] != NULL ? (int32_t)strtol(f[7], NULL, 10) : -1,
    };
    int kind = organizer_kind_parse(f[2]);
    if (kind < 0)
        return err_set(e, ERR_INTERNAL, "organizer %s: kind %s is unknown to this program", f[0], f[2]);
    o.kind = (enum organizer_kind)kind;
    if (!scope_has_organizer(in->settings.scope, &o))
        return keep_outside(in, o.id, e);
    return population_add_organizer(&in->population, &o, e);
}

static int take_challenge(void *context, char **f, int n, struct err *e)
{
    struct inputs *in = context;
    (void)n;
    if (!scope_has_category(in->settings.scope, f[1]))
        return ERR_OK;
    return population_add_challenge(&in->population, f[0], f[1], f[2], f[3], e);
}

/* Of an organizer or of a challenge that the scope left out, or too early for it. */
static bool left_out(const struct inputs *in, char **f)
{
    const struct population *p = &in->population;
    return in->settings.scope != NULL &&
           (!scope_has_day(in->settings.scope, (int32_t)strtol(f[3], NULL, 10)) ||
            population_find_organizer(p, f[0], strlen(f[0])) == POPULATION_NONE ||
            population_find_challenge(p, f[1], strlen(f[1])) == POPULATION_NONE);
}

static int take_report(void *context, char **f, int n, struct err *e)
{
    struct inputs *in = context;
    if (left_out(in, f)) {
        uint32_t i = population_find_organizer(&in->population, f[0], strlen(f[0]));
        if (i != POPULATION_NONE && !in->disregarded[i]) {
            in->disregarded[i] = true;
            input_rows_keep(in->rows, f, n);
        }
        return ERR_OK;
    }
    return population_add_report(&in->population, f[0], f[1], (int)strtol(f[2], NULL, 10),
                                 (int32_t)strtol(f[3], NULL, 10), e);
}

/* What is kept of reports is what counts: older ones of the same challenge may be many. */
static void keep_reports(const struct inputs *in)
{
    const struct population *p = &in->population;
    for (size_t i = 0; i < p->n_reports; i++) {
        const struct report *r = &p->reports[i];
        char severity[] = {(char)('0' + r->severity), '\0'}, day[16];
        snprintf(day, sizeof day, "%d", r->day);
        char *fields[] = {(char *)p->organizers[r->organizer].id, (char *)p->challenges[r->challenge].code,
                          severity, day};
        input_rows_keep(in->rows, fields, 4);
    }
}

static int read_reports(struct inputs *in, struct input_rows *rows, const char *sql, struct err *e)
{
    int code = input_rows_pick(rows, INPUT_REPORTS, sql, take_report, in, e);
    if (code == ERR_OK)
        code = population_seal(&in->population, e);
    if (code != ERR_OK)
        return code;
    population_keep_latest(&in->population);
    keep_reports(in);
    input_rows_picked(rows);
    return ERR_OK;
}

static int read_population(struct inputs *in, struct input_rows *rows, struct err *e)
{
    char reports[sizeof reports_copy + 64];
    snprintf(reports, sizeof reports, reports_copy, in->as_of, (int)in->settings.window_days);
    int code = input_rows_copy(rows, INPUT_ORGANIZERS, organizers_copy, take_organizer, in, e);
    if (in->n_outside > 0)
        qsort(in->outside, in->n_outside, sizeof *in->outside, text_compare);
    if (code == ERR_OK)
        code = input_rows_copy(rows, INPUT_CHALLENGES, challenges_copy, take_challenge, in, e);
    if (code == ERR_OK)
        code = population_index(&in->population, e);
    if (code == ERR_OK) {
        in->disregarded = calloc((size_t)in->population.n_organizers + 1, sizeof *in->disregarded);
        code = in->disregarded == NULL ? err_memory(e, "the reports that do not count") : ERR_OK;
    }
    if (code == ERR_OK)
        code = read_reports(in, rows, reports, e);
    return code == ERR_OK ? ERR_OK : session_failed(e);
}

static int take_old(void *context, char **f, int n, struct err *e)
{
    struct inputs *in = context;
    (void)n;
    (void)e;
    uint32_t i = population_find_organizer(&in->population, f[0], strlen(f[0]));
    if (i != POPULATION_NONE)
        in->last_day[i] = (int32_t)strtol(f[1], NULL, 10);
    return ERR_OK;
}

static int read_old(struct inputs *in, struct input_rows *rows, struct err *e)
{
    char old[sizeof old_copy + 64];
    in->last_day = malloc(((size_t)in->population.n_organizers + 1) * sizeof *in->last_day);
    if (in->last_day == NULL)
        return err_memory(e, "the reports that count no more");
    for (uint32_t i = 0; i < in->population.n_organizers; i++)
        in->last_day[i] = LEFT_OUT_NEVER;
    snprintf(old, sizeof old, old_copy, in->as_of, (int)in->settings.window_days);
    return input_rows_copy(rows, INPUT_OLD_REPORTS, old, take_old, in, e);
}

static int read_all(struct inputs *in, struct input_rows *rows, const struct run_options *options,
                    struct err *e)
{
    int code = read_programme(in, rows, options, e);
    if (code == ERR_OK)
        code = read_replaced(in, rows->pg, options, e);
    if (code == ERR_OK)
        code = read_population(in, rows, e);
    if (code == ERR_OK)
        code = read_old(in, rows, e);
    if (code == ERR_OK)
        code = base_read(in, rows, e);
    if (code == ERR_OK)
        code = pins_read(in, rows, options->programme, e);
    if (code == ERR_OK)
        code = base_move(in, e);
    return code == ERR_OK ? locks_read(in, rows, options->programme, e) : code;
}

/* The transaction ends in any case: nothing is held while the worker computes. */
int inputs_read(struct inputs *in, struct input_rows *rows, const struct run_options *options, struct err *e)
{
    *in = (struct inputs){.rows = rows};
    settings_default(&in->settings);
    population_init(&in->population);
    arena_init(&in->text);
    if (rows->pg != NULL && pg_exec(rows->pg, begin, e) != ERR_OK)
        return session_failed(e);
    int code = read_all(in, rows, options, e);
    struct err end = ERR_INIT;
    if (rows->pg != NULL && pg_exec(rows->pg, "ROLLBACK", &end) != ERR_OK && code == ERR_OK) {
        *e = end;
        code = session_failed(e);
    }
    return code == ERR_OK ? ERR_OK : err_wrap(e, "reading the inputs");
}

void inputs_free(struct inputs *in)
{
    settings_free(&in->settings);
    population_free(&in->population);
    free(in->outside);
    for (uint32_t i = 0; i < in->n_pins; i++)
        free(in->pins[i].organizers);
    free(in->pins);
    free(in->last_day);
    free(in->disregarded);
    free(in->base.number);
    free(in->base.home);
    free(in->locked);
    free(in->base.community);
    free(in->base.waited);
    free(in->base.since);
    buf_free(&in->carry.kept);
    arena_free(&in->text);
    *in = (struct inputs){0};
}
