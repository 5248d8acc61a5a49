/* bench_limits FOLDER [EFFORT [SEEDS]] - what limits cost: groups the population of a folder that
 * peernet-generate wrote, in networks of 5 to 12, without limits and under several, and prints mean fit, who
 * is left out, how many networks are closed for want of members, and the loss against no limits. EFFORT is
 * 2000000 unless given. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/group/group.h"
#include "regroup/solve_read.h"

enum { VALUES = 512, FORMS = 64 };

struct traits {
    uint32_t *kind, *county, *weight;
    uint64_t *forms;
    double *latitude, *longitude;
    char form[FORMS][64];
    uint32_t n_forms;
};

static void fail(const char *text)
{
    fprintf(stderr, "bench_limits: %s\n", text);
    exit(1);
}

static double cpu_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t form_bit(struct traits *t, const char *name)
{
    uint32_t k = 0;
    while (k < t->n_forms && strcmp(t->form[k], name) != 0)
        k++;
    if (k == FORMS)
        return 0;
    if (k == t->n_forms)
        snprintf(t->form[t->n_forms++], sizeof t->form[0], "%.63s", name);
    return (uint64_t)1 << k;
}

/* id,"name",kind,municipality,county,lat,lon,pupils,forms */
static void read_line(const struct solve_input *in, struct traits *t, char *line)
{
    const char *id = strtok(line, ",");
    char *kind = strstr(line + strlen(line) + 1, ",municipal,"), *rest;
    bool municipal = kind != NULL;
    kind = kind ? kind : strstr(line + strlen(line) + 1, ",independent,");
    if (!id || !kind)
        return;
    for (uint32_t i = 0; i < in->problem.n; i++) {
        if (strcmp(in->population.organizers[in->rows[i]].id, id) != 0)
            continue;
        strtok_r(kind + 1, ",", &rest);
        t->kind[i] = municipal;
        strtok_r(NULL, ",", &rest);
        t->county[i] = (uint32_t)atoi(strtok_r(NULL, ",", &rest)) % VALUES;
        t->latitude[i] = strtod(strtok_r(NULL, ",", &rest), NULL);
        t->longitude[i] = strtod(strtok_r(NULL, ",", &rest), NULL);
        strtok_r(NULL, ",", &rest);
        for (char *form = strtok_r(NULL, ";\n", &rest); form; form = strtok_r(NULL, ";\n", &rest))
            t->forms[i] |= form_bit(t, form);
        t->weight[i] = municipal ? 2 : 1;
        return;
    }
}

static void read_traits(const char *folder, const struct solve_input *in, struct traits *t)
{
    char path[1024], line[4096];
    size_t n = in->problem.n;
    t->kind = calloc(n, sizeof *t->kind);
    t->county = calloc(n, sizeof *t->county);
    t->weight = calloc(n, sizeof *t->weight);
    t->forms = calloc(n, sizeof *t->forms);
    t->latitude = calloc(n, sizeof *t->latitude);
    t->longitude = calloc(n, sizeof *t->longitude);
    snprintf(path, sizeof path, "%s/organizers.csv", folder);
    FILE *file = fopen(path, "r");
    if (!file || !t->kind || !t->county || !t->weight || !t->forms || !t->latitude || !t->longitude)
        fail("no organizers.csv, or no memory");
    while (fgets(line, sizeof line, file))
        read_line(in, t, line);
    fclose(file);
}

static double run(struct group_problem p, const char *what, const struct group_limits *limits, int seeds,
                  double without)
{
    double fit = 0, seconds = 0, left = 0, closed = 0, start = cpu_now();
    p.limits = limits;
    for (int seed = 1; seed <= seeds; seed++) {
        struct group_result r;
        struct err e = ERR_INIT;
        p.seed = (uint64_t)seed;
        if (group_solve(&p, &r, &e) != ERR_OK) {
            printf("%-34s %s\n", what, e.text);
            return 0;
        }
        fit += r.mean_fit / seeds;
        left += (double)r.n_left / seeds;
        closed += (double)r.n_closed / seeds;
        group_result_free(&r);
    }
    seconds = (cpu_now() - start) / seeds;
    printf("%-34s mean fit %.4f  left out %6.1f  closed %5.1f  cpu %6.2f s", what, fit, left, closed,
           seconds);
    printf(without > 0 ? "  loss %5.2f %%\n" : "\n", (without - fit) / (without > 0 ? without : 1) * 100);
    fflush(stdout);
    return fit;
}

static void bench(const struct group_problem *p, const struct traits *t, int seeds)
{
    struct group_attribute kind = {.name = "kind", .value = t->kind, .n_values = 2, .not_alone = true};
    struct group_attribute mixed[] = {
        kind, {.name = "county", .value = t->county, .n_values = VALUES, .mix = -0.1}};
    struct group_set forms = {"forms", t->forms, 1};
    struct group_places near = {.latitude = t->latitude, .longitude = t->longitude};
    struct group_limits l = {.may_leave_out = true, .may_close = true};
    double without = run(*p, "no limits", NULL, seeds, 0);
    run(*p, "kind not alone", &(struct group_limits){.attributes = &kind, .n_attributes = 1}, seeds, without);
    run(*p, "kind not alone, counties mixed", &(struct group_limits){.attributes = mixed, .n_attributes = 2},
        seeds, without);
    run(*p, "a school form in common", &(struct group_limits){.sets = &forms, .n_sets = 1}, seeds, without);
    for (int km = 400; km >= 100; km /= 2) {
        char what[64];
        l.places = near;
        l.places.pair_km = km;
        snprintf(what, sizeof what, "pairs within %d km", km);
        run(*p, what, &l, seeds, without);
        l.places.pair_km = 0;
        l.places.centre_km = km / 2;
        snprintf(what, sizeof what, "within %d km of the centre", km / 2);
        run(*p, what, &l, seeds, without);
    }
    l = (struct group_limits){&kind, 1, &forms, 1, near, NULL, true, true};
    l.places.pair_km = 300;
    run(*p, "kind, forms, pairs within 300 km", &l, seeds, without);
}

static void make_groups(struct group_problem *p, uint32_t **bounds)
{
    p->n_groups = group_count(p->n, 5, 8, 12);
    *bounds = malloc(((size_t)p->n_groups * 2 + 1) * sizeof **bounds);
    if (!*bounds)
        fail("no memory");
    for (uint32_t g = 0; g < p->n_groups; g++) {
        (*bounds)[g] = 5;
        (*bounds)[p->n_groups + g] = 12;
    }
    p->min_size = *bounds;
    p->max_size = *bounds + p->n_groups;
}

int main(int argc, char **argv)
{
    char reports[1024], challenges[1024];
    struct solve_options o = {.profiles = reports, .challenges = challenges};
    struct solve_input in = {0};
    struct traits t = {0};
    uint32_t *bounds;
    struct err e = ERR_INIT;
    if (argc < 2)
        fail("usage: bench_limits FOLDER [EFFORT [SEEDS]]");
    snprintf(reports, sizeof reports, "%s/reports.csv", argv[1]);
    snprintf(challenges, sizeof challenges, "%s/challenges.csv", argv[1]);
    settings_default(&o.settings);
    if (solve_read(&o, &in, &e) != ERR_OK)
        fail(e.text);
    read_traits(argv[1], &in, &t);
    make_groups(&in.problem, &bounds);
    in.problem.objective = OBJECTIVE_MEAN;
    in.problem.effort = argc > 2 ? strtoull(argv[2], NULL, 10) : 2000000;
    printf("%u organizers, %u networks\n", in.problem.n, in.problem.n_groups);
    bench(&in.problem, &t, argc > 3 ? atoi(argv[3]) : 1);
    solve_input_free(&in);
    free(bounds);
    free(t.kind);
    free(t.county);
    free(t.weight);
    free(t.forms);
    free(t.latitude);
    free(t.longitude);
    return 0;
}
