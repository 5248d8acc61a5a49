#include "regroup/solve.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/group/group_bound.h"
#include "regroup/exit_codes.h"
#include "regroup/fewer.h"
#include "regroup/solve_read.h"

static double cpu_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int write_groups(const char *path, const struct solve_input *in, const struct group_result *r,
                        struct err *e)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *out = standard ? stdout : fopen(path, "w");
    if (!out)
        return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    for (uint32_t i = 0; i < in->problem.n; i++) {
        if (r->group[i] == GROUP_NONE)
            continue;
        if (in->rows)
            fprintf(out, "%s\t%u\n", in->population.organizers[in->rows[i]].id, r->group[i]);
        else
            fprintf(out, "%u\t%u\n", i, r->group[i]);
    }
    bool failed = fflush(out) != 0 || ferror(out);
    int reason = errno;
    if (!standard)
        failed |= fclose(out) != 0;
    return failed ? err_set(e, ERR_IO, "%s: %s", standard ? "standard output" : path, strerror(reason))
                  : ERR_OK;
}

static uint32_t count_stayed(const struct solve_input *in, const uint32_t *group)
{
    uint32_t stayed = 0;
    for (uint32_t i = 0; in->previous && i < in->problem.n; i++)
        stayed += in->previous[i] == group[i] && group[i] != GROUP_NONE;
    return stayed;
}

/* An objective may be below 0 where `mix` takes from it. */
static double share_of(double objective, double bound)
{
    return objective < 0 ? 0 : bound > 0 ? objective / bound : 1;
}

/* 17 digits give each double back. */
static void print_figures(const struct solve_input *in, const struct group_result *r, double bound,
                          double seconds)
{
    char limit[32] = "null", share[32] = "null";
    if (r->n_left == 0 && r->n_closed == 0) { /* the bound is one for all elements in all groups */
        snprintf(limit, sizeof limit, "%.17g", bound);
        snprintf(share, sizeof share, "%.6f", share_of(r->objective, bound));
    }
    fprintf(stderr,
            "{\"objective\":%.17g,\"mean_fit\":%.17g,\"elements\":%u,\"unmatched\":%u,\"groups\":%u,"
            "\"bound\":%s,\"attained\":%s,\"seconds\":%.6f,\"moves\":%llu,\"effort\":%llu,\"seed\":%llu,"
            "\"proven\":%s",
            r->objective, r->mean_fit, in->problem.n - r->n_left, in->unmatched + r->n_left,
            in->problem.n_groups - r->n_closed, limit, share, seconds, (unsigned long long)r->moves,
            (unsigned long long)r->effort, (unsigned long long)in->problem.seed,
            r->proven ? "true" : "false");
    if (in->previous)
        fprintf(stderr, ",\"returning\":%u,\"stayed\":%u", in->returning, count_stayed(in, r->group));
    char *warnings = json_array_size(in->warnings) > 0 ? json_dumps(in->warnings, JSON_COMPACT) : NULL;
    if (warnings)
        fprintf(stderr, ",\"warnings\":%s", warnings);
    free(warnings);
    fputs("}\n", stderr);
}

struct trying {
    const struct settings *settings;
    struct solve_input *in;
    struct group_result *result;
};

static int try_once(void *context, struct err *e)
{
    struct trying *t = context;
    int code = solve_make_even_groups(t->settings, t->in, e);
    return code == ERR_OK ? group_solve(&t->in->problem, t->result, e) : code;
}

/* A file of --mdgp says itself what groups there are. */
static int search(const struct solve_options *o, struct solve_input *in, struct group_result *r,
                  struct err *e)
{
    struct trying t = {&o->settings, in, r};
    if (o->mdgp)
        return group_solve(&in->problem, r, e);
    return in->chosen ? fewer_networks_try(&in->selection, &o->settings, try_once, &t, e) : try_once(&t, e);
}

static int group(const struct solve_options *o, struct solve_input *in, struct err *e)
{
    struct group_result r = {0};
    double bound = 0, start = cpu_now();
    int code = search(o, in, &r, e);
    double seconds = cpu_now() - start;
    if (code == ERR_OK && o->output)
        code = write_groups(o->output, in, &r, e);
    if (code == ERR_OK)
        code = r.proven ? ERR_OK : group_bound(&in->problem, &bound, e);
    if (r.proven)
        bound = r.objective;
    if (code == ERR_OK)
        print_figures(in, &r, bound, seconds);
    group_result_free(&r);
    return code;
}

/* A file that is not as it has to be has failed; bounds that cannot be met are settings. */
static enum exit_code solve(const struct solve_options *o, struct err *e)
{
    struct solve_input in;
    int code = solve_read(o, &in, e);
    enum exit_code exit = code == ERR_INVALID ? EXIT_FAILED : exit_of((enum err_code)code);
    if (code == ERR_OK)
        exit = exit_of((enum err_code)group(o, &in, e));
    solve_input_free(&in);
    return exit;
}

static int print_help(void)
{
    struct buf text;
    buf_init(&text, 0);
    solve_options_help(&text);
    fputs(buf_string(&text), stdout);
    bool failed = buf_failed(&text);
    buf_free(&text);
    return failed ? EXIT_FAILED : EXIT_DONE;
}

int solve_main(int argc, char **argv)
{
    struct solve_options options;
    struct err e = ERR_INIT;
    if (solve_options_read(&options, argc, argv, &e)) {
        fprintf(stderr, "peernet-regroup solve: %s\nTry: peernet-regroup solve --help\n", e.text);
        settings_free(&options.settings);
        return EXIT_USAGE;
    }
    if (options.help) {
        settings_free(&options.settings);
        return print_help();
    }
    enum exit_code exit = solve(&options, &e);
    settings_free(&options.settings);
    if (exit != EXIT_DONE)
        fprintf(stderr, "peernet-regroup solve: %s\n", e.text);
    return (int)exit;
}
