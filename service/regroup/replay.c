#include "regroup/replay.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "regroup/digest.h"
#include "regroup/grouping.h"
#include "regroup/inputs.h"
#include "regroup/graph.h"
#include "regroup/interrupt.h"
#include "regroup/kept_inputs.h"
#include "regroup/outcome.h"
#include "regroup/process.h"
#include "regroup/rows.h"
#include "regroup/session.h"

/* What the run says of itself. */
struct original {
    char programme[64], as_of[16], digest[DIGEST_SIZE], version[24];
    char peernet[32], igraph[32], engine[16]; /* what computed it */
    char *settings;
    int64_t seed;
    bool base_gone;
    bool descended; /* its networks were sought from those in force only */
};

struct replay {
    struct run_options options;
    struct original was;
    struct progress progress;
    struct pg pg;
    struct input_rows rows; /* that were kept of it, or as they are now */
    bool kept;
    struct inputs in;
    struct grouping grouping;
    struct outcome outcome;
    uint32_t members, left_out; /* of the run as it was written */
    uint32_t differ;            /* organizers of which something else came out */
    char first[80];             /* of them */
    struct buf words;           /* of one, to be compared */
};

void replay_help(struct buf *out)
{
    buf_text(
        out,
        "Usage: peernet-regroup replay --run N [--threads T] [--json] [--db CONNINFO]\n\n"
        "Computes run N again from its inputs, settings, seed and the networks that it rested on, and says\n"
        "whether it comes out the same. Nothing is written. Its inputs are those that were kept with it "
        "(run\n"
        "--keep-inputs). Where none were, they are read as they are now: when they have changed since "
        "(their\n"
        "digest says so) it cannot be computed again, and what has changed is told. Where another engine or "
        "other\n"
        "programs computed it, that is told too: then it may come out differently. Flags are those of "
        "run.\n");
}

static const char original_query[] =
    "SELECT r.programme, r.as_of, r.inputs_digest, r.seed, r.inputs_version, "
    "r.base_run IS NOT NULL AND b.run IS NULL, r.settings, r.versions->>'peernet', r.versions->>'igraph', "
    "coalesce(r.versions->>'engine', '1'), coalesce(r.figures->'carried'->>'networks', '') = 'true' "
    "FROM runs r LEFT JOIN runs b ON b.run = r.base_run "
    "WHERE r.run = $1::bigint";

static void copy(char *to, size_t size, const PGresult *r, int column)
{
    snprintf(to, size, "%s", PQgetvalue(r, 0, column));
}

static int read_original(struct replay *w, struct err *e)
{
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)w->options.run);
    const char *values[] = {number};
    PGresult *r = NULL;
    if (pg_query(&w->pg, original_query, 1, values, &r, e) != ERR_OK)
        return session_failed(e);
    int code = ERR_OK;
    if (PQntuples(r) == 0) {
        code = err_set(e, ERR_NOT_FOUND, "there is no run %s", number);
    } else {
        copy(w->was.programme, sizeof w->was.programme, r, 0);
        copy(w->was.as_of, sizeof w->was.as_of, r, 1);
        copy(w->was.digest, sizeof w->was.digest, r, 2);
        w->was.seed = strtoll(PQgetvalue(r, 0, 3), NULL, 10);
        copy(w->was.version, sizeof w->was.version, r, 4);
        w->was.base_gone = PQgetvalue(r, 0, 5)[0] == 't';
        w->was.settings = strdup(PQgetvalue(r, 0, 6));
        copy(w->was.peernet, sizeof w->was.peernet, r, 7);
        copy(w->was.igraph, sizeof w->was.igraph, r, 8);
        copy(w->was.engine, sizeof w->was.engine, r, 9);
        w->was.descended = PQgetvalue(r, 0, 10)[0] == 't';
        if (w->was.settings == NULL)
            code = err_memory(e, "the run's settings");
    }
    PQclear(r);
    w->options.programme = w->was.programme;
    w->options.as_of = w->was.as_of;
    w->options.seed = w->was.seed;
    w->options.replay = w->options.run;
    w->options.settings = w->was.settings;
    return code;
}

/* "reports, settings": what has changed since; "" where nothing is known to have. */
static int changed_since(struct replay *w, struct buf *out, struct err *e)
{
    const char *values[] = {w->was.programme, w->was.version};
    PGresult *r = NULL;
    if (pg_query(&w->pg, "SELECT string_agg(input, ', ') FROM changed_since($1, $2::bigint)", 2, values, &r,
                 e) != ERR_OK)
        return session_failed(e);
    buf_text(out, PQgetvalue(r, 0, 0));
    PQclear(r);
    return ERR_OK;
}

/* As the digest knows them; it does not know the engine's number. */
static bool other_programs(const struct replay *w)
{
    return strcmp(w->was.peernet, PEERNET_VERSION) != 0 || strcmp(w->was.igraph, graph_version()) != 0;
}

static bool other_engine(const struct replay *w)
{
    char engine[16];
    snprintf(engine, sizeof engine, "%d", GROUP_ENGINE);
    return strcmp(w->was.engine, engine) != 0;
}

/* Of inputs that were not kept. */
static int say_inputs_differ(struct replay *w, struct err *e)
{
    struct buf changed;
    buf_init(&changed, 0);
    int code = changed_since(w, &changed, e);
    bool known = changed.size > 0;
    outcome_set(&w->outcome, EXIT_DIFFERENT,
                "run %lld cannot be computed again: its inputs were not kept, and %s%s",
                (long long)w->options.run,
                known ? "have changed since: " : "it was computed by other versions of these programs",
                known ? buf_string(&changed) : "");
    buf_free(&changed);
    return code;
}

static void note_difference(struct replay *w, const char *id)
{
    if (w->differ++ == 0)
        snprintf(w->first, sizeof w->first, "%s", id);
}

/* Of a run that was written with sentences. */
static bool same_words(struct replay *w, uint32_t organizer, const char *words)
{
    buf_clear(&w->words);
    explain_say(&w->words, &w->grouping.reasons, &w->in.population, organizer, w->grouping.network[organizer],
                false);
    return strcmp(buf_string(&w->words), words) == 0;
}

/* The columns of a member that are compared: those that its sentence is made of, and the sentence of runs
 * that were written with one. */
#define MEMBER_COLUMNS                                                                                   \
    "organizer, network, fit, reason_sv, told, encode(shared_at, 'hex'), array_to_string(shared, ' '), " \
    "next_network, next_fit, next_why, next_figure, next_pin, next_with, closest"
enum {
    AT_ID,
    AT_NETWORK,
    AT_FIT,
    AT_WORDS,
    AT_TOLD,
    AT_PLACES,
    AT_CODES,
    AT_NEXT,
    AT_NEXT_FIT,
    AT_WHY,
    AT_FIGURE,
    AT_PIN,
    AT_WITH,
    AT_CLOSEST
};

/* What it shares: places in hexadecimal, or codes where there are too many challenges for places. */
static bool same_shares(struct replay *w, const struct network_reasons *n, const struct member_reasons *m,
                        char **f)
{
    const bool coded = n->n_shared > UINT16_MAX;
    buf_clear(&w->words);
    if (coded) {
        for (uint32_t k = 0; k < m->n_shared; k++)
            buf_printf(&w->words, "%s%s", k > 0 ? " " : "", w->in.population.challenges[m->shared[k]].code);
    } else {
        struct buf places;
        buf_init(&places, 0);
        rows_shared_places(&places, n, m);
        for (size_t i = 0; i < places.size; i++)
            buf_printf(&w->words, "%02x", places.data[i]);
        w->words.failed = w->words.failed || buf_failed(&places);
        buf_free(&places);
    }
    const char *written = f[coded ? AT_CODES : AT_PLACES];
    return written != NULL && strcmp(buf_string(&w->words), written) == 0;
}

/* NULL where there is none, as in the columns. */
static bool same_figure(float figure, const char *written)
{
    return isnan(figure) ? written == NULL : written != NULL && figure == strtof(written, NULL);
}

static bool same_organizer(const struct replay *w, uint32_t organizer, const char *written)
{
    return organizer == POPULATION_NONE
               ? written == NULL
               : written != NULL && strcmp(w->in.population.organizers[organizer].id, written) == 0;
}

/* The next best network, and what keeps it out of there. */
static bool same_next(const struct replay *w, const struct member_reasons *m, char **f)
{
    const bool rule = m->why_not == WHY_NOT_PINNED || m->why_not == WHY_NOT_APART;
    if (m->next_network == POPULATION_NONE)
        return f[AT_NEXT] == NULL;
    return f[AT_NEXT] != NULL && f[AT_WHY] != NULL &&
           w->grouping.number[m->next_network] == (uint32_t)strtoul(f[AT_NEXT], NULL, 10) &&
           same_figure(m->next_fit, f[AT_NEXT_FIT]) && strcmp(why_not_name(m->why_not), f[AT_WHY]) == 0 &&
           same_figure(m->why.figure, f[AT_FIGURE]) &&
           (rule ? f[AT_PIN] != NULL && strtoll(f[AT_PIN], NULL, 10) == m->why.pin : f[AT_PIN] == NULL) &&
           same_organizer(w, rule ? m->why.with : POPULATION_NONE, f[AT_WITH]);
}

static bool same_facts(struct replay *w, uint32_t organizer, char **f)
{
    const struct member_reasons *m = &w->grouping.reasons.members[organizer];
    return f[AT_TOLD] != NULL && m->told == strtoul(f[AT_TOLD], NULL, 10) &&
           same_shares(w, &w->grouping.reasons.networks[w->grouping.network[organizer]], m, f) &&
           same_organizer(w, m->closest, f[AT_CLOSEST]) && same_next(w, m, f);
}

/* In the same network, by its number, with the same fit, for the same reason: its words, or what they are
 * made of. */
static int compare_member(void *context, char **f, int n, struct err *e)
{
    struct replay *w = context;
    const struct grouping *g = &w->grouping;
    (void)n;
    (void)e;
    uint32_t i = population_find_organizer(&w->in.population, f[AT_ID], strlen(f[AT_ID]));
    w->members++;
    bool same = i != POPULATION_NONE && g->network[i] != POPULATION_NONE &&
                g->number[g->network[i]] == (uint32_t)strtoul(f[AT_NETWORK], NULL, 10) &&
                g->reasons.members[i].fit == strtof(f[AT_FIT], NULL);
    if (same)
        same = f[AT_WORDS] != NULL ? same_words(w, i, f[AT_WORDS]) : same_facts(w, i, f);
    if (!same)
        note_difference(w, f[0]);
    return ERR_OK;
}

static int compare_left_out(void *context, char **f, int n, struct err *e)
{
    struct replay *w = context;
    (void)n;
    (void)e;
    uint32_t i = population_find_organizer(&w->in.population, f[0], strlen(f[0]));
    w->left_out++;
    if (i == POPULATION_NONE || w->grouping.network[i] != POPULATION_NONE ||
        strcmp(unmatched_reason_name(w->grouping.selection.reason[i]), f[1]) != 0)
        note_difference(w, f[0]);
    return ERR_OK;
}

static int compare(struct replay *w, struct err *e)
{
    char sql[400];
    snprintf(sql, sizeof sql, "COPY (SELECT " MEMBER_COLUMNS " FROM members WHERE run = %lld) TO STDOUT",
             (long long)w->options.run);
    int code = pg_copy_out(&w->pg, sql, compare_member, w, e);
    snprintf(sql, sizeof sql, "COPY (SELECT organizer, reason FROM unmatched WHERE run = %lld) TO STDOUT",
             (long long)w->options.run);
    if (code == ERR_OK)
        code = pg_copy_out(&w->pg, sql, compare_left_out, w, e);
    return code == ERR_OK ? ERR_OK : session_failed(e);
}

/* Where it is not the usual: ", from inputs that are still the same", where none were kept, or by other
 * programs, or another engine. */
static void whence(const struct replay *w, struct buf *out)
{
    buf_init(out, 0);
    if (!w->kept)
        buf_text(out, ", from inputs that are still the same");
    if (other_programs(w))
        buf_printf(out, ", by peernet %s with igraph %s (it was %s with %s)", PEERNET_VERSION,
                   graph_version(), w->was.peernet, w->was.igraph);
    if (other_engine(w))
        buf_printf(out, ", by another engine (%d; it was %s)", GROUP_ENGINE, w->was.engine);
}

static void say_verdict(struct replay *w)
{
    struct buf text;
    uint32_t written = w->members + w->left_out;
    bool as_many = written == w->in.population.n_organizers;
    whence(w, &text);
    const char *how = buf_string(&text);
    if (w->differ == 0 && !as_many)
        outcome_set(&w->outcome, EXIT_DIFFERENT,
                    "run %lld comes out differently%s: it was written of %u organizers, its inputs hold %u",
                    (long long)w->options.run, how, written, w->in.population.n_organizers);
    else if (w->differ == 0)
        outcome_set(&w->outcome, EXIT_DONE,
                    "run %lld comes out the same%s: %u organizers in %u networks, mean fit %.4f",
                    (long long)w->options.run, how, w->members, w->grouping.n_networks, w->grouping.mean_fit);
    else
        outcome_set(&w->outcome, EXIT_DIFFERENT,
                    "run %lld comes out differently%s for %u organizers, the first %s%s",
                    (long long)w->options.run, how, w->differ, w->first,
                    other_engine(w) ? "; engines may place organizers otherwise, so this alone is no sign of "
                                      "damage"
                                    : "");
    buf_free(&text);
}

static int find_inputs(struct replay *w, struct err *e)
{
    struct buf kept;
    buf_init(&kept, 0);
    int code = kept_inputs_read(&w->pg, w->options.run, &kept, e);
    w->kept = kept.size > 0;
    if (code == ERR_OK && w->kept)
        input_rows_again(&w->rows, &kept);
    else
        input_rows_open(&w->rows, &w->pg, 0);
    buf_free(&kept);
    return code == ERR_OK ? ERR_OK : session_failed(e);
}

/* Are they what the run was computed of? Else the outcome says what they are. */
static int check_digest(struct replay *w, bool *same, struct err *e)
{
    char digest[DIGEST_SIZE];
    int code = digest_build(&w->in, w->was.seed, digest, e);
    if (code != ERR_OK)
        return code;
    *same = strcmp(digest, w->was.digest) == 0;
    if (*same)
        return ERR_OK;
    if (!w->kept)
        return say_inputs_differ(w, e);
    /* A digest is of the programs too: with others, what comes out is what can be compared. */
    *same = other_programs(w);
    if (!*same)
        outcome_set(&w->outcome, EXIT_DIFFERENT,
                    "run %lld cannot be computed again: what was kept of its inputs is not what its digest "
                    "says (changed behind peernet's back)",
                    (long long)w->options.run);
    return ERR_OK;
}

static int compute_and_compare(struct replay *w, struct err *e)
{
    w->in.carry.networks = w->was.descended;
    int code =
        grouping_build(&w->grouping, &w->in, w->was.seed, (uint32_t)w->options.threads, &w->progress, e);
    if (code == ERR_OK)
        code = compare(w, e);
    if (code == ERR_OK)
        say_verdict(w);
    return code;
}

static int open_original(struct replay *w, struct err *e)
{
    int code = process_limit_memory(w->options.memory_limit, e);
    if (code == ERR_OK)
        code = session_open(&w->pg, w->options.db, NULL, e);
    if (code == ERR_OK)
        code = read_original(w, e);
    return code == ERR_OK ? find_inputs(w, e) : code;
}

static int steps(struct replay *w, struct err *e)
{
    bool same = false;
    int code = open_original(w, e);
    if (code == ERR_OK && !w->kept && w->was.base_gone) {
        outcome_set(&w->outcome, EXIT_DIFFERENT,
                    "run %lld cannot be computed again: its inputs were not kept, and the run that it rested "
                    "on is removed",
                    (long long)w->options.run);
        return ERR_OK;
    }
    if (code == ERR_OK && w->kept && !input_rows_known(&w->rows)) {
        outcome_set(&w->outcome, EXIT_DIFFERENT,
                    "run %lld cannot be computed again by this program: its inputs were kept by another "
                    "version (peernet %s), in a form of its own",
                    (long long)w->options.run, w->was.peernet);
        return ERR_OK;
    }
    if (code == ERR_OK)
        code = inputs_read(&w->in, &w->rows, &w->options, e);
    if (code == ERR_OK)
        code = check_digest(w, &same, e);
    return code == ERR_OK && same ? compute_and_compare(w, e) : code;
}

static int complain(const char *what)
{
    fprintf(stderr, "peernet-regroup: %s\nTry: peernet-regroup replay --help\n", what);
    return EXIT_USAGE;
}

static int print_help(void)
{
    struct buf text;
    buf_init(&text, 0);
    replay_help(&text);
    fputs(buf_string(&text), stdout);
    buf_free(&text);
    return EXIT_DONE;
}

static int run_replay(struct replay *w)
{
    struct err e = ERR_INIT;
    bool terminal = isatty(STDERR_FILENO) && !w->options.quiet;
    interrupt_open();
    progress_open(&w->progress, w->options.progress_fd, terminal && w->options.progress_fd < 0);
    int code = steps(w, &e);
    if (code != ERR_OK)
        outcome_set(&w->outcome, interrupt_asked() ? EXIT_CANCELLED : exit_of((enum err_code)code), "%s",
                    e.text);
    w->outcome.run = w->options.run;
    progress_end(&w->progress, w->outcome.exit, w->outcome.run, w->outcome.text);
    outcome_print(&w->outcome, &w->options);
    outcome_free(&w->outcome);
    buf_free(&w->words);
    grouping_free(&w->grouping);
    inputs_free(&w->in);
    input_rows_free(&w->rows);
    free(w->was.settings);
    session_close(&w->pg);
    return (int)w->outcome.exit;
}

int replay_main(int argc, char **argv)
{
    struct replay w = {0};
    struct err e = ERR_INIT;
    int code;
    if (run_options_read(&w.options, argc, argv, &e) != ERR_OK)
        code = complain(e.text);
    else if (w.options.help)
        code = print_help();
    else if (w.options.run == 0)
        code = complain("--run N is needed");
    else if (w.options.n_set > 0 || w.options.publish || w.options.force || w.options.full ||
             w.options.as_of != NULL)
        code = complain(
            "a run is computed again as it was: without --set, --publish, --force, --full and --as-of");
    else
        code = run_replay(&w);
    run_options_free(&w.options);
    return code;
}
