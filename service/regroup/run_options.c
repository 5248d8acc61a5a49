#include "regroup/run_options.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/options.h"
#include "regroup/exit_codes.h"
#include "regroup/flags.h"

enum {
    AS_OF = 256,
    DB,
    FORCE,
    FULL,
    HELP,
    JSON,
    KEEP,
    KEEP_PUBLISHED,
    KEEP_RUNS,
    MEMORY,
    ORIGIN,
    PROGRAMME,
    PROGRESS,
    PUBLISH,
    QUIET,
    RUN,
    SEED,
    SET,
    THREADS,
    VERSION,
    WHO
};

static const struct flag list[] = {
    {"programme", "NAME", PROGRAMME, "the programme to regroup (default: default)"},
    {"publish", NULL, PUBLISH,
     "publish the run when it is done, unless other networks were published meanwhile"},
    {"seed", "N", SEED, "seed of all chance, 0 to 9223372036854775807 (default: 1)"},
    {"set", "NAME=VALUE", SET, "a setting of the model for this run only; may be given several times"},
    {"as-of", "DATE", AS_OF, "the day to which reports' ages are counted, as 2026-08-31 (default: today)"},
    {"force", NULL, FORCE, "run also when nothing has changed"},
    {"full", NULL, FULL, "compute all anew, also where little or nothing has changed (setting carry_from)"},
    {"run", "N", RUN, "write it as run N, a number taken from peernet.run_numbers (default: the next one)"},
    {"keep-inputs", "N", KEEP,
     "keep what the programme's newest N runs were computed of, to compute them again (default: 100)"},
    {"keep-runs", "N", KEEP_RUNS,
     "remove the programme's older runs but its newest N, those that a plan rests on and those that were in "
     "force of late (default: 0, all are kept)"},
    {"keep-published", "DAYS", KEEP_PUBLISHED,
     "with --keep-runs: keep what was in force within so many days (default: 3660)"},
    {"who", "NAME", WHO, "who publishes, for the audit (default: peernet-regroup)"},
    {"origin", "TEXT", ORIGIN, "from where, for the audit (default: the database's role and address)"},
    {"db", "CONNINFO", DB, "libpq connection string or URI (default: PGHOST, PGDATABASE, ... as for psql)"},
    {"json", NULL, JSON, "print the outcome and the run's figures as one JSON object"},
    {"quiet", NULL, QUIET, "print errors only"},
    {"progress-fd", "N", PROGRESS,
     "write a line of JSON a step to descriptor N, and end with the parent process"},
    {"threads", "T", THREADS, "most threads of the search; the result does not depend on it (default: 1)"},
    {"memory-limit", "BYTES", MEMORY, "most address space, as 2GiB (default: no limit)"},
    {"help", NULL, HELP, "this text"},
    {"version", NULL, VERSION, "the versions of the program, its engine and igraph"},
};
static const struct flags flags = {list, sizeof list / sizeof list[0], "this program", ""};

void run_options_help(struct buf *out)
{
    buf_text(
        out,
        "Usage: peernet-regroup run [--programme NAME] [--publish] [OPTIONS]\n\n"
        "Reads what a programme's organizers reported, forms peer networks and writes them as a run.\n\n");
    flags_help(&flags, out);
    buf_text(out, "\nExit codes:\n");
    exit_list(out);
}

static int read_number(const char *flag, const char *text, int64_t lowest, int64_t highest, int64_t *out,
                       struct err *e)
{
    char *end = NULL;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || n < lowest || n > highest)
        return err_set(e, ERR_INVALID, "--%s %s: a whole number from %lld to %lld is needed", flag, text,
                       (long long)lowest, (long long)highest);
    *out = n;
    return ERR_OK;
}

static bool is_programme(const char *name)
{
    size_t n = strlen(name);
    return n >= 1 && n <= 63 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n &&
           name[0] != '-' && name[0] != '_';
}

static bool is_day(const char *text)
{
    int32_t day;
    return date_parse(text, &day);
}

/* What it is may be told on: as JSON, to the database. */
static bool is_utf8(const char *text)
{
    json_t *string = json_string(text);
    json_decref(string);
    return string != NULL;
}

static int take_descriptor(struct run_options *o, const char *text, struct err *e)
{
    int64_t n = 0;
    int code = read_number("progress-fd", text, 0, 65535, &n, e);
    if (code == ERR_OK && fcntl((int)n, F_GETFD) < 0)
        code = err_set(e, ERR_INVALID, "--progress-fd %s: no such descriptor is open", text);
    if (code == ERR_OK)
        o->progress_fd = (int)n;
    return code;
}

static int take_memory(struct run_options *o, const char *text, struct err *e)
{
    if (option_parse_bytes(text, &o->memory_limit, e) != ERR_OK)
        return err_wrap(e, "--memory-limit %s", text);
    if (o->memory_limit < (64 << 20))
        return err_set(e, ERR_INVALID, "--memory-limit %s: at least 64MiB is needed", text);
    return ERR_OK;
}

static int take_text(struct run_options *o, int key, const char *value, struct err *e)
{
    if (key != DB && !is_utf8(value))
        return err_set(e, ERR_INVALID, "a value of the command line is not UTF-8");
    switch (key) {
    case PROGRAMME:
        o->programme = value;
        return is_programme(value) ? ERR_OK
                                   : err_set(e, ERR_INVALID,
                                             "--programme %s: 1 to 63 of a-z, 0-9, _ and - are allowed, the "
                                             "first a letter or digit",
                                             value);
    case AS_OF:
        o->as_of = value;
        return is_day(value) ? ERR_OK
                             : err_set(e, ERR_INVALID, "--as-of %s: a date as 2026-08-31 is needed", value);
    case WHO:
        o->who = value;
        return value[0] != '\0' ? ERR_OK : err_set(e, ERR_INVALID, "--who: a name is needed");
    case ORIGIN:
        o->origin = value;
        return value[0] != '\0' ? ERR_OK : err_set(e, ERR_INVALID, "--origin: a text is needed");
    case DB:
        o->db = value;
        return ERR_OK;
    default:
        o->set[o->n_set++] = value;
        return strchr(value, '=') != NULL ? ERR_OK
                                          : err_set(e, ERR_INVALID, "--set %s: NAME=VALUE is needed", value);
    }
}

static int take(void *context, int key, const char *value, struct err *e)
{
    struct run_options *o = context;
    switch (key) {
    case PUBLISH:
        o->publish = true;
        return ERR_OK;
    case FORCE:
        o->force = true;
        return ERR_OK;
    case FULL:
        o->full = true;
        return ERR_OK;
    case JSON:
        o->json = true;
        return ERR_OK;
    case QUIET:
        o->quiet = true;
        return ERR_OK;
    case HELP:
        o->help = true;
        return ERR_OK;
    case VERSION:
        o->version = true;
        return ERR_OK;
    case SEED:
        return read_number("seed", value, 0, INT64_MAX, &o->seed, e);
    case RUN:
        return read_number("run", value, 1, INT64_MAX, &o->run, e);
    case THREADS:
        return read_number("threads", value, 1, 1024, &o->threads, e);
    case KEEP:
        return read_number("keep-inputs", value, 0, 1000000, &o->keep_inputs, e);
    case KEEP_RUNS:
        return read_number("keep-runs", value, 0, 1000000, &o->keep_runs, e);
    case KEEP_PUBLISHED:
        return read_number("keep-published", value, 0, 36600, &o->keep_published_days, e);
    case PROGRESS:
        return take_descriptor(o, value, e);
    case MEMORY:
        return take_memory(o, value, e);
    default:
        return take_text(o, key, value, e);
    }
}

int run_options_read(struct run_options *o, int argc, char **argv, struct err *e)
{
    *o = (struct run_options){.programme = "default",
                              .db = "",
                              .who = "peernet-regroup",
                              .seed = 1,
                              .threads = 1,
                              .keep_inputs = 100,
                              .keep_published_days = 3660,
                              .progress_fd = -1};
    o->set = calloc((size_t)argc + 1, sizeof *o->set);
    if (o->set == NULL)
        return err_memory(e, "reading the command line");
    return flags_read(&flags, argc, argv, take, o, e);
}

void run_options_free(struct run_options *o)
{
    free(o->set);
    o->set = NULL;
}
