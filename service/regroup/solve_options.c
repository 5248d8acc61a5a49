#include "regroup/solve_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "regroup/flags.h"
#include "regroup/solve_read.h"

enum {
    OUTPUT = 'o', /* also -o */
    AS_OF = 256,
    CHALLENGES,
    EDGES,
    EFFORT,
    ELEMENTS,
    EXACT,
    GROUPS,
    HELP,
    MAX,
    MDGP,
    MIN,
    OBJECTIVE,
    ORGANIZERS,
    PREVIOUS,
    PROFILES,
    SECONDS,
    SEED,
    SET,
    THREADS
};

static const struct flag list[] = {
    {"mdgp", "FILE", MDGP, "an instance of MDGPLIB: n m ss|ds L1 U1 ... Lm Um, then i j weight a pair"},
    {"edges", "FILE", EDGES, "i j weight a line, from 0; pairs that are missing weigh 0"},
    {"profiles", "FILE", PROFILES,
     "CSV: organizer,challenge,severity and, if there, reported_on and category"},
    {"organizers", "FILE", ORGANIZERS,
     "CSV with id and, if there, lat, lon, kind, county, municipality and attr.NAME, for --profiles"},
    {"challenges", "FILE", CHALLENGES, "CSV with code and category, for --profiles"},
    {"elements", "N", ELEMENTS, "number of elements for --edges (default: one more than the highest named)"},
    {"groups", "K", GROUPS, "number of groups (default: from the target size)"},
    {"min", "L", MIN, "fewest elements in a group (default: 5)"},
    {"max", "U", MAX, "most elements in a group (default: 12)"},
    {"objective", "NAME", OBJECTIVE, "mean or sum (default: mean; --mdgp: sum)"},
    {"set", "NAME=VALUE", SET, "a setting of the model, as for run; may be given several times"},
    {"as-of", "DATE", AS_OF, "the day to which reports' ages are counted (default: the latest report's)"},
    {"previous", "FILE", PREVIOUS,
     "an earlier grouping, as --output writes it: moving away has a price (--set stability=0.5)"},
    {"seconds", "S", SECONDS, "CPU seconds of search; 0 = construction and descent only (default: 0)"},
    {"effort", "E", EFFORT, "search steps instead, the same on every machine"},
    {"exact", "N", EXACT, "then look for proof, trying at most N placements; for at most 32 elements"},
    {"seed", "N", SEED, "seed of all chance (default: 1)"},
    {"threads", "T", THREADS, "most threads to use; the result does not depend on it (default: 1)"},
    {"output", "FILE", OUTPUT, "also -o: id, tab, group a line; - is standard output"},
    {"help", NULL, HELP, "this text"},
};
static const struct flags flags = {list, sizeof list / sizeof list[0], "solve", "solve "};

void solve_options_help(struct buf *out)
{
    buf_text(out,
             "Usage: peernet-regroup solve (--mdgp|--edges|--profiles) FILE [OPTIONS]\n\n"
             "Groups the elements of a file, without a database. A line of JSON on standard error tells\n"
             "objective, mean fit, groups, upper bound, seconds, moves and effort; asking for that effort\n"
             "gives the same groups again.\n\n");
    flags_help(&flags, out);
    buf_text(out, "\nExit codes: 0 done, 1 the file or the output failed, 2 wrong usage, 13 the bounds "
                  "cannot be met.\n");
}

static int take_whole(const char *flag, const char *text, uint64_t lowest, uint64_t highest, uint64_t *out,
                      struct err *e)
{
    char *end = NULL;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] < '0' || text[0] > '9' || n < lowest ||
        n > highest)
        return err_set(e, ERR_INVALID, "--%s %s: a whole number from %llu to %llu is needed", flag, text,
                       (unsigned long long)lowest, (unsigned long long)highest);
    *out = n;
    return ERR_OK;
}

static int take_seconds(struct solve_options *o, const char *text, struct err *e)
{
    char *end = NULL;
    o->seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !(o->seconds >= 0 && o->seconds <= 1e7))
        return err_set(e, ERR_INVALID, "--seconds %s: a number from 0 to 10000000 is needed", text);
    return ERR_OK;
}

static int take_setting(struct solve_options *o, const char *text, struct err *e)
{
    char name[64];
    const char *equals = strchr(text, '=');
    if (equals == NULL || (size_t)(equals - text) >= sizeof name)
        return err_set(e, ERR_INVALID, "--set %s: NAME=VALUE is needed", text);
    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    return settings_set(&o->settings, name, equals + 1, e);
}

static int take_flag_setting(struct solve_options *o, const char *flag, const char *name, const char *value,
                             struct err *e)
{
    return settings_set(&o->settings, name, value, e) ? err_wrap(e, "--%s", flag) : ERR_OK;
}

static int take_number(struct solve_options *o, int key, const char *value, struct err *e)
{
    uint64_t n = 0;
    int code = ERR_OK;
    switch (key) {
    case EFFORT:
        return take_whole("effort", value, 0, UINT64_MAX / 4, &o->effort, e);
    case EXACT:
        return take_whole("exact", value, 1, UINT64_MAX / 4, &o->exact_nodes, e);
    case SEED:
        return take_whole("seed", value, 0, UINT64_MAX - 1, &o->seed, e);
    case THREADS:
        code = take_whole("threads", value, 1, 1024, &n, e);
        o->threads = (int64_t)n;
        return code;
    default:
        code = take_whole("elements", value, 1, 10000000, &n, e);
        o->elements = (uint32_t)n;
        return code;
    }
}

static int take(void *context, int key, const char *value, struct err *e)
{
    struct solve_options *o = context;
    switch (key) {
    case MDGP:
        o->mdgp = value;
        return ERR_OK;
    case EDGES:
        o->edges = value;
        return ERR_OK;
    case PROFILES:
        o->profiles = value;
        return ERR_OK;
    case ORGANIZERS:
        o->organizers = value;
        return ERR_OK;
    case CHALLENGES:
        o->challenges = value;
        return ERR_OK;
    case OUTPUT:
        o->output = value;
        return ERR_OK;
    case PREVIOUS:
        o->previous = value;
        return ERR_OK;
    case AS_OF:
        o->as_of_given = true;
        return date_parse(value, &o->as_of)
                   ? ERR_OK
                   : err_set(e, ERR_INVALID, "--as-of %s: a date as 2026-08-31 is needed", value);
    case HELP:
        o->help = true;
        return ERR_OK;
    case SECONDS:
        return take_seconds(o, value, e);
    case SET:
        return take_setting(o, value, e);
    case GROUPS:
        o->groups_given = true;
        return take_flag_setting(o, "groups", "networks", value, e);
    case MIN:
        o->min_given = true;
        return take_flag_setting(o, "min", "min_size", value, e);
    case MAX:
        o->max_given = true;
        return take_flag_setting(o, "max", "max_size", value, e);
    case OBJECTIVE:
        return take_flag_setting(o, "objective", "objective", value, e);
    default:
        return take_number(o, key, value, e);
    }
}

/* What only holds together. Target and bounds that were not given follow those that were. */
static int check(struct solve_options *o, struct err *e)
{
    int sources = (o->mdgp != NULL) + (o->edges != NULL) + (o->profiles != NULL);
    if (o->help)
        return ERR_OK;
    if (sources != 1)
        return err_set(e, ERR_INVALID, "exactly one of --mdgp, --edges and --profiles is needed");
    if (o->mdgp != NULL && (o->groups_given || o->min_given || o->max_given))
        return err_set(e, ERR_INVALID, "--groups, --min and --max: an --mdgp file has its own");
    if (o->edges != NULL && !(o->groups_given && o->min_given && o->max_given))
        return err_set(e, ERR_INVALID, "--edges needs --groups, --min and --max");
    if (o->profiles == NULL && (o->organizers != NULL || o->challenges != NULL || o->as_of_given))
        return err_set(e, ERR_INVALID, "--organizers, --challenges and --as-of go with --profiles only");
    if (o->edges == NULL && o->elements > 0)
        return err_set(e, ERR_INVALID, "--elements goes with --edges only");
    struct settings *s = &o->settings;
    if (o->profiles == NULL && (s->scope != NULL || s->category_weights != NULL || solve_chooses(s)))
        return err_set(e, ERR_INVALID, "settings about organizers and challenges go with --profiles only");
    if (s->target_size < s->min_size)
        s->target_size = s->min_size;
    if (s->target_size > s->max_size)
        s->target_size = s->max_size;
    return settings_check(s, e);
}

int solve_options_read(struct solve_options *o, int argc, char **argv, struct err *e)
{
    *o = (struct solve_options){.seed = 1, .threads = 1};
    settings_default(&o->settings);
    /* An instance of the literature is of the literature's objective, unless told otherwise. */
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "--mdgp", 6) == 0)
            o->settings.objective = OBJECTIVE_SUM;
    int code = flags_read(&flags, argc, argv, take, o, e);
    return code != ERR_OK ? code : check(o, e);
}
