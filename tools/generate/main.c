/* peernet-generate: a realistic population of any size, for trying out, tests and benchmarks. See world.h for
 * the model. The same flags give the same bytes everywhere. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "generate/sink.h"
#include "generate/world.h"

static const char help[] =
    "Usage: peernet-generate (--to DIR | --db CONNINFO) [options]\n"
    "Makes a population of school organizers with reported challenges: organizers.csv, challenges.csv and "
    "reports.csv\n"
    "in a new folder, or straight into an empty database.\n\n"
    "  --to DIR          folder for the files; existing files are not overwritten\n"
    "  --db CONNINFO     PostgreSQL as libpq names it (\"\" = from the environment)\n"
    "  --organizers N    1-10000000, default 2800\n"
    "  --challenges C    5-100000, default 120\n"
    "  --themes T        1-100000, default half as many as challenges\n"
    "  --reports MEAN    1-40 challenges of a municipal organizer that reports any, default 9.3\n"
    "  --noise SHARE     0-1, reports that follow no theme, default 0.1\n"
    "  --rounds R        1-20 rounds of reports a year apart, default 1\n"
    "  --drift SHARE     0-1, organizers and challenges that change from round to round, default 0.2\n"
    "  --silent SHARE    0-1, organizers that report nothing, default 0.09\n"
    "  --last-day DATE   last day of the last round, default 2025-10-30\n"
    "  --seed S          default 1\n"
    "  --help            this text\n\n"
    "Example: peernet-generate --to /tmp/population --organizers 2800 --seed 7\n"
    "Exit codes: 0 done, 1 error, 2 wrong usage, 5 database away.\n";

struct request {
    struct world_options world;
    const char *folder, *conninfo;
};

static int number(const char *flag, const char *text, double lowest, double highest, double *out,
                  struct err *e)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= lowest && value <= highest))
        return err_set(e, ERR_INVALID, "--%s: '%s' is not a number from %.15g to %.15g", flag, text, lowest,
                       highest);
    *out = value;
    return 0;
}

static int whole(const char *flag, const char *text, double lowest, double highest, uint32_t *out,
                 struct err *e)
{
    double value;
    int code = number(flag, text, lowest, highest, &value, e);
    if (code == 0 && value != floor(value))
        return err_set(e, ERR_INVALID, "--%s: '%s' is not a whole number", flag, text);
    if (code == 0)
        *out = (uint32_t)value;
    return code;
}

static int date(const char *text, int32_t *day, struct err *e)
{
    if (date_parse(text, day))
        return 0;
    return err_set(e, ERR_INVALID, "--last-day: '%s' is not a date such as 2025-10-30", text);
}

static int take_flag(struct request *r, int flag, const char *name, const char *value, struct err *e)
{
    uint32_t seed;
    switch (flag) {
    case 't':
        r->folder = value;
        return 0;
    case 'b':
        r->conninfo = value;
        return 0;
    case 'o':
        return whole(name, value, 1, 1e7, &r->world.organizers, e);
    case 'c':
        return whole(name, value, 5, 1e5, &r->world.challenges, e);
    case 'm':
        return whole(name, value, 1, 1e5, &r->world.themes, e);
    case 'r':
        return whole(name, value, 1, 20, &r->world.rounds, e);
    case 'p':
        return number(name, value, 1, 40, &r->world.reports, e);
    case 'n':
        return number(name, value, 0, 1, &r->world.noise, e);
    case 'd':
        return number(name, value, 0, 1, &r->world.drift, e);
    case 'q':
        return number(name, value, 0, 1, &r->world.silent, e);
    case 'l':
        return date(value, &r->world.last_day, e);
    case 's':
        if (whole(name, value, 0, UINT32_MAX, &seed, e) != 0)
            return (int)e->code;
        r->world.seed = seed;
        return 0;
    default:
        return err_set(e, ERR_INVALID, "see peernet-generate --help");
    }
}

static int read_flags(struct request *r, int argc, char **argv, struct err *e)
{
    static const struct option flags[] = {
        {"to", 1, NULL, 't'},         {"db", 1, NULL, 'b'},       {"organizers", 1, NULL, 'o'},
        {"challenges", 1, NULL, 'c'}, {"themes", 1, NULL, 'm'},   {"rounds", 1, NULL, 'r'},
        {"reports", 1, NULL, 'p'},    {"noise", 1, NULL, 'n'},    {"drift", 1, NULL, 'd'},
        {"silent", 1, NULL, 'q'},     {"last-day", 1, NULL, 'l'}, {"seed", 1, NULL, 's'},
        {"help", 0, NULL, 'h'},       {NULL, 0, NULL, 0},
    };
    *r = (struct request){.world = {.organizers = 2800,
                                    .challenges = 120,
                                    .rounds = 1,
                                    .reports = 9.3,
                                    .noise = 0.1,
                                    .drift = 0.2,
                                    .silent = 0.09,
                                    .seed = 1,
                                    .last_day = 20391 /* 2025-10-30 */}};
    for (int flag, at; (flag = getopt_long(argc, argv, "", flags, &at)) != -1;) {
        if (flag == 'h') {
            fputs(help, stdout);
            exit(0);
        }
        int code = take_flag(r, flag, flag == '?' ? "" : flags[at].name, optarg, e);
        if (code != 0)
            return code;
    }
    if (optind < argc)
        return err_set(e, ERR_INVALID, "'%s' is not expected here; see peernet-generate --help",
                       argv[optind]);
    if (r->world.themes == 0)
        r->world.themes = r->world.challenges / 2;
    if ((r->folder == NULL) == (r->conninfo == NULL))
        return err_set(e, ERR_INVALID, "say where to: --to DIR for files, or --db CONNINFO for a database");
    return 0;
}

static int write_challenges(struct sink *s, const struct world *w, struct err *e)
{
    int code = sink_table(s, "challenges", "code,category,label_sv,label_en",
                          "code, category, label_sv, label_en", e);
    for (uint32_t i = 0; code == 0 && i < w->options.challenges; i++) {
        char challenge[48], category[48], sv[160], en[160];
        world_challenge(w, i, challenge, category, sv, en);
        code = sink_row(s, (const char *const[]){challenge, category, sv, en}, 4, e);
    }
    return code != 0 ? code : sink_end(s, e);
}

/* As the attributes that an import makes of it: a list where there are several. */
static void attributes(const char *forms, char *out, size_t size)
{
    bool several = strchr(forms, ';') != NULL;
    size_t used = (size_t)snprintf(out, size, "{\"forms\": %s\"", several ? "[" : "");
    for (const char *p = forms; *p != '\0' && used + 8 < size; p++)
        used += (size_t)snprintf(out + used, size - used, *p == ';' ? "\", \"" : "%c", *p);
    snprintf(out + used, size - used, "\"%s}", several ? "]" : "");
}

static int write_organizer(struct sink *s, const struct made_organizer *o, struct err *e)
{
    char lat[32], lon[32], pupils[16], more[256];
    snprintf(lat, sizeof lat, "%.5f", o->lat);
    snprintf(lon, sizeof lon, "%.5f", o->lon);
    snprintf(pupils, sizeof pupils, "%d", o->pupils);
    if (s->folder != NULL)
        snprintf(more, sizeof more, "%s", o->forms);
    else
        attributes(o->forms, more, sizeof more);
    const char *const fields[] = {o->id, o->name, o->kind, o->place->municipality, o->place->county, lat,
                                  lon,   pupils,  more};
    return sink_row(s, fields, 9, e);
}

static int write_organizers(struct sink *s, const struct world *w, struct err *e)
{
    int code = sink_table(s, "organizers", "id,name,kind,municipality,county,lat,lon,pupils,attr.forms",
                          "id, name, kind, municipality, county, lat, lon, pupils, attributes", e);
    for (uint32_t i = 0; code == 0 && i < w->options.organizers; i++) {
        struct made_organizer o;
        world_organizer(w, i, &o);
        code = write_organizer(s, &o, e);
    }
    return code != 0 ? code : sink_end(s, e);
}

static int write_report(struct sink *s, const char *organizer, const char *challenge,
                        const struct made_report *made, struct err *e)
{
    char day[16], severity[2] = {(char)('0' + made->severity), '\0'};
    time_t seconds = (time_t)made->day * 86400;
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(day, sizeof day, "%Y-%m-%d", &tm);
    return sink_row(s, (const char *const[]){organizer, challenge, severity, day, ""}, 5, e);
}

static int write_reports(struct sink *s, const struct world *w, struct err *e)
{
    int code = sink_table(s, "reports", "organizer,challenge,severity,reported_on,note",
                          "organizer, challenge, severity, reported_on, note", e);
    for (uint32_t i = 0; code == 0 && i < w->options.organizers; i++) {
        struct made_organizer o;
        struct made_report made[REPORTS_MOST];
        world_organizer(w, i, &o);
        for (uint32_t round = 0; code == 0 && round < w->options.rounds; round++) {
            size_t n = world_reports(w, i, round, made);
            for (size_t j = 0; code == 0 && j < n; j++) {
                char challenge[48], category[48], sv[160], en[160];
                world_challenge(w, made[j].challenge, challenge, category, sv, en);
                code = write_report(s, o.id, challenge, &made[j], e);
            }
        }
    }
    return code != 0 ? code : sink_end(s, e);
}

static int generate(const struct request *r, const struct world *w, struct err *e)
{
    struct sink s;
    int code =
        r->folder != NULL ? sink_open_folder(&s, r->folder, e) : sink_open_database(&s, r->conninfo, e);
    if (code == 0)
        code = write_challenges(&s, w, e);
    if (code == 0)
        code = write_organizers(&s, w, e);
    if (code == 0)
        code = write_reports(&s, w, e);
    if (code == 0)
        return sink_close(&s, e);
    sink_abort(&s);
    return code;
}

int main(int argc, char **argv)
{
    struct request r;
    struct world w;
    struct err e = ERR_INIT;
    if (read_flags(&r, argc, argv, &e) != 0) {
        fprintf(stderr, "peernet-generate: %s\n", e.text);
        return 2;
    }
    int code = world_init(&w, &r.world) ? 0 : err_memory(&e, "the population");
    if (code == 0)
        code = generate(&r, &w, &e);
    world_free(&w);
    if (code == 0)
        return 0;
    fprintf(stderr, "peernet-generate: %s\n", e.text);
    return code == ERR_UNAVAILABLE ? 5 : 1;
}
