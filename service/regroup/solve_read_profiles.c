#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/date.h"
#include "regroup/solve_read.h"
#include "regroup/solve_table.h"

struct raw_report {
    const char *organizer, *challenge, *category;
    int severity;
    int32_t day;
    uint64_t line;
};

struct raw {
    struct raw_report *reports;
    size_t count, capacity;
    int32_t latest;
    bool dated, categorised;
    struct arena text;
};

static int fill_report(struct raw *raw, const struct solve_table *t, struct raw_report *r, struct err *e)
{
    const char *severity = solve_table_field(t, 2), *date = solve_table_field(t, 3);
    if (severity[0] < '1' || severity[0] > '5' || severity[1] != '\0')
        return err_set(e, ERR_INVALID, "severity '%.40s': 1 to 5 is needed", severity);
    *r = (struct raw_report){.severity = severity[0] - '0', .line = t->csv.row.line};
    if (raw->dated && !date_parse(date, &r->day))
        return err_set(e, ERR_INVALID, "reported_on '%.40s': a date as 2026-08-31 is needed", date);
    const char **texts[] = {&r->organizer, &r->challenge};
    for (size_t i = 0; i < 2; i++) {
        const char *field = solve_table_field(t, i);
        if (field[0] == '\0')
            return err_set(e, ERR_INVALID, "the %s is missing", i == 0 ? "organizer" : "challenge");
        *texts[i] = arena_text(&raw->text, field, strlen(field));
    }
    const char *category = solve_table_field(t, 4);
    r->category = arena_text(&raw->text, category, strlen(category));
    raw->latest = r->day > raw->latest ? r->day : raw->latest;
    return r->organizer && r->challenge && r->category ? ERR_OK : err_memory(e, "the reports");
}

static int add_report(struct raw *raw, const struct solve_table *t, struct err *e)
{
    if (raw->count == raw->capacity) {
        size_t capacity = raw->capacity * 2 + 4096;
        struct raw_report *grown = realloc(raw->reports, capacity * sizeof *grown);
        if (!grown)
            return err_memory(e, "the reports");
        raw->reports = grown;
        raw->capacity = capacity;
    }
    return fill_report(raw, t, &raw->reports[raw->count++], e) ? solve_table_wrong(t, e) : ERR_OK;
}

static int read_reports(const char *path, struct raw *raw, struct err *e)
{
    static const struct solve_column columns[] = {{"organizer", true},
                                                  {"challenge", true},
                                                  {"severity", true},
                                                  {"reported_on", false},
                                                  {"category", false}};
    struct solve_table t;
    int code = solve_table_open(&t, path, columns, 5, e);
    if (code)
        return code;
    raw->dated = t.at[3] >= 0;
    raw->categorised = t.at[4] >= 0;
    raw->latest = INT32_MIN;
    for (bool more = true; code == ERR_OK;) {
        code = solve_table_next(&t, &more, e);
        if (code || !more)
            break;
        code = add_report(raw, &t, e);
    }
    solve_table_close(&t);
    return code;
}

static int by_organizer(const void *a, const void *b)
{
    return strcmp(((const struct raw_report *)a)->organizer, ((const struct raw_report *)b)->organizer);
}

static int by_challenge(const void *a, const void *b)
{
    const struct raw_report *x = a, *y = b;
    int order = strcmp(x->challenge, y->challenge);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static int add_organizer(struct population *p, const char *id, struct err *e)
{
    struct organizer o = {.id = id,
                          .name = id,
                          .municipality = "",
                          .county = "",
                          .attributes = "{}",
                          .lat = NAN,
                          .lon = NAN,
                          .pupils = -1,
                          .kind = KIND_INDEPENDENT};
    return population_add_organizer(p, &o, e);
}

/* Without a file of organizers, those who reported are all there are. */
static int add_reporting(struct population *p, struct raw *raw, struct err *e)
{
    qsort(raw->reports, raw->count, sizeof *raw->reports, by_organizer);
    for (size_t i = 0; i < raw->count; i++)
        if (i == 0 || strcmp(raw->reports[i].organizer, raw->reports[i - 1].organizer) != 0)
            if (add_organizer(p, raw->reports[i].organizer, e))
                return (int)e->code;
    return ERR_OK;
}

/* A challenge without a category is a category of its own. */
static int add_reported(struct population *p, struct raw *raw, struct err *e)
{
    qsort(raw->reports, raw->count, sizeof *raw->reports, by_challenge);
    for (size_t i = 0; i < raw->count; i++) {
        const struct raw_report *r = &raw->reports[i];
        const char *category = r->category[0] != '\0' ? r->category : r->challenge;
        if (i == 0 || strcmp(r->challenge, r[-1].challenge) != 0)
            if (population_add_challenge(p, r->challenge, category, r->challenge, r->challenge, e))
                return (int)e->code;
    }
    return ERR_OK;
}

static int take_challenge(const struct solve_table *t, struct population *p, struct err *e)
{
    const char *code = solve_table_field(t, 0);
    return population_add_challenge(p, code, solve_table_field(t, 1), code, code, e);
}

static int read_organizers(const struct solve_options *o, struct raw *raw, struct population *p,
                           struct err *e)
{
    return o->organizers ? solve_read_organizers(o->organizers, p, e) : add_reporting(p, raw, e);
}

static int read_challenges(const struct solve_options *o, struct raw *raw, struct population *p,
                           struct err *e)
{
    static const struct solve_column columns[] = {{"code", true}, {"category", true}};
    return o->challenges ? solve_table_read(o->challenges, columns, 2, take_challenge, p, e)
                         : add_reported(p, raw, e);
}

static int fill_population(const struct solve_options *o, struct raw *raw, struct population *p,
                           struct err *e)
{
    if (read_organizers(o, raw, p, e) || read_challenges(o, raw, p, e) || population_index(p, e))
        return (int)e->code;
    for (size_t i = 0; i < raw->count; i++) {
        const struct raw_report *r = &raw->reports[i];
        if (population_add_report(p, r->organizer, r->challenge, r->severity, r->day, e))
            return err_wrap(e, "%s:%llu", o->profiles, (unsigned long long)r->line);
    }
    return population_seal(p, e);
}

/* Those with an empty profile are like nobody: left out, as in a run. */
static int list_rows(struct solve_input *in, struct err *e)
{
    in->rows = malloc(((size_t)in->profiles.n + 1) * sizeof *in->rows);
    if (!in->rows)
        return err_memory(e, "the elements");
    for (uint32_t i = 0; i < in->profiles.n; i++)
        if (in->profiles.start[i + 1] > in->profiles.start[i])
            in->rows[in->problem.n++] = i;
    in->unmatched = in->profiles.n - in->problem.n;
    in->problem.profiles = &in->profiles;
    in->problem.rows = in->rows;
    return ERR_OK;
}

/* Categories that nobody named cannot make challenges alike. */
static struct settings settings_for(const struct solve_options *o, const struct raw *raw)
{
    struct settings s = o->settings;
    if (!o->challenges && !raw->categorised)
        s.category_share = 0;
    return s;
}

int solve_read_profiles(const struct solve_options *o, struct solve_input *in, struct err *e)
{
    struct raw raw = {0};
    arena_init(&raw.text);
    int code = read_reports(o->profiles, &raw, e);
    if (code == ERR_OK && raw.count == 0)
        code = err_set(e, ERR_INVALID, "%s: there is nothing to group", o->profiles);
    if (code == ERR_OK) {
        struct settings s = settings_for(o, &raw);
        code = fill_population(o, &raw, &in->population, e);
        if (code == ERR_OK)
            code =
                profiles_build(&in->population, &s, o->as_of_given ? o->as_of : raw.latest, &in->profiles, e);
    }
    if (code == ERR_OK)
        code = list_rows(in, e);
    if (code == ERR_OK)
        code = solve_warn(&o->settings, in, e);
    if (code == ERR_OK && solve_chooses(&o->settings))
        code = solve_choose(&o->settings, in, e);
    free(raw.reports);
    arena_free(&raw.text);
    return code;
}
