/* bench_core [ORGANIZERS [CHALLENGES [GEOGRAPHY]]] - CPU time of each step of the core, on themes with noise.
 * Networks are runs of eight rows of one theme. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/explain/explain.h"
#include "core/snapshot/explain_match.h"
#include "core/similarity/neighbour.h"

#define THEMES 60
#define CORE 7

static uint64_t random_state = 1;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(((random_state >> 33) * n) >> 31);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now); /* others may use the machine too */
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void check(int code, const struct err *e)
{
    if (code == 0)
        return;
    fprintf(stderr, "bench_core: %s\n", e->text);
    exit(1);
}

static void print_step(const char *step, double since, const char *what, double figure)
{
    printf("%-12s %10.2f ms  %s %.4g\n", step, (seconds() - since) * 1e3, what, figure);
}

static uint32_t theme_of(uint32_t organizer)
{
    return organizer * 2654435761u % THEMES;
}

static void add_catalogue(struct population *p, uint32_t challenges, struct err *e)
{
    char code[32], category[32], label[64];
    for (uint32_t i = 0; i < challenges; i++) {
        snprintf(code, sizeof code, "challenge.%u", i);
        snprintf(category, sizeof category, "category.%u", i / 8);
        snprintf(label, sizeof label, "Area %u: matter %u", i / 8, i);
        check(population_add_challenge(p, code, category, label, label, e), e);
    }
}

static void add_organizers(struct population *p, uint32_t n, struct err *e)
{
    char id[16], county[8];
    for (uint32_t i = 0; i < n; i++) {
        snprintf(id, sizeof id, "%010u", i * 2654435761u); /* in no order */
        snprintf(county, sizeof county, "%02u", random_below(21));
        struct organizer o = {.id = id, .name = id, .county = county, .pupils = (int32_t)random_below(5000)};
        o.lat = 55 + random_below(1400) / 100.0;
        o.lon = 11 + random_below(1300) / 100.0;
        o.kind = random_below(10) == 0 ? KIND_MUNICIPAL : KIND_INDEPENDENT;
        check(population_add_organizer(p, &o, e), e);
    }
}

static size_t add_reports(struct population *p, uint32_t n, uint32_t challenges, uint32_t (*core)[CORE],
                          struct err *e)
{
    char id[16], code[32];
    size_t reports = 0;
    for (uint32_t i = 0; i < n; i++) {
        snprintf(id, sizeof id, "%010u", i * 2654435761u);
        for (uint32_t c = 0; c < CORE + 1; c++) {
            if (random_below(100) >= 75)
                continue;
            uint32_t challenge = c < CORE ? core[theme_of(i)][c] : random_below(challenges);
            snprintf(code, sizeof code, "challenge.%u", challenge);
            check(population_add_report(p, id, code, 1 + (int)random_below(5), -(int32_t)random_below(60), e),
                  e);
            reports++;
        }
    }
    return reports;
}

static void make_population(struct population *p, uint32_t n, uint32_t challenges, struct err *e)
{
    uint32_t core[THEMES][CORE];
    for (uint32_t t = 0; t < THEMES; t++)
        for (uint32_t c = 0; c < CORE; c++)
            core[t][c] = random_below(1 + random_below(challenges)); /* some are common */
    double since = seconds();
    population_init(p);
    add_catalogue(p, challenges, e);
    add_organizers(p, n, e);
    check(population_index(p, e), e);
    size_t reports = add_reports(p, n, challenges, core, e);
    check(population_seal(p, e), e);
    print_step("population", since, "reports", (double)reports);
}

/* Eight of a theme to a network, in the order of rows. */
static uint32_t make_networks(const struct population *p, uint32_t *network)
{
    uint32_t size[THEMES] = {0}, open[THEMES], n = 0;
    for (uint32_t row = 0; row < p->n_organizers; row++) {
        uint32_t theme = theme_of((uint32_t)(strtoul(p->organizers[row].id, NULL, 10) * 244002641u));
        network[row] = POPULATION_NONE;
        if (p->report_start[row] == p->report_start[row + 1])
            continue;
        if (size[theme]++ % 8 == 0)
            open[theme] = n++;
        network[row] = open[theme];
    }
    return n;
}

static void run_graph(const struct profiles *profiles, struct err *e)
{
    struct neighbour_index *index;
    struct neighbour_graph graph;
    double since = seconds();
    check(neighbour_index_build(profiles, &index, e), e);
    print_step("index", since, "entries", profiles->start[profiles->n]);
    neighbour_index_free(index);
    since = seconds();
    check(neighbour_graph_build(profiles, 15, 0, 1, &graph, e), e);
    print_step("graph", since, "edges", (double)graph.start[graph.n] / 2);
    neighbour_graph_free(&graph);
}

static void run_explain(const struct population *p, const struct profiles *profiles, const struct settings *s,
                        struct err *e)
{
    struct explanation x;
    uint32_t *network = malloc((p->n_organizers + 1u) * sizeof *network);
    uint32_t *numbers = malloc((p->n_organizers + 1u) * sizeof *numbers);
    if (network == NULL || numbers == NULL)
        check(err_memory(e, "networks"), e);
    uint32_t n = make_networks(p, network);
    for (uint32_t i = 0; i < n; i++)
        numbers[i] = i + 1;
    double since = seconds();
    struct explain_task task = {.population = p,
                                .profiles = profiles,
                                .settings = s,
                                .network = network,
                                .numbers = numbers,
                                .n_networks = n};
    check(explain_build(&task, &x, e), e);
    print_step("explain", since, "mean fit", x.mean_fit);
    printf("%-12s %10u     %s %zu\n", "networks", n, "bytes of text", x.memory.bytes);
    struct buf words;
    buf_init(&words, 0);
    size_t bytes = 0;
    since = seconds();
    for (uint32_t i = 0; i < p->n_organizers; i++) {
        buf_clear(&words);
        explain_say(&words, &x, p, i, network[i], true);
        explain_say(&words, &x, p, i, network[i], false);
        bytes += words.size;
    }
    print_step("words", since, "bytes each", (double)bytes / (p->n_organizers + 1.0));
    buf_free(&words);
    explain_free(&x);
    free(network);
    free(numbers);
}

/* The published networks of eight, all with room. */
static void run_match(const struct population *p, const struct profiles *profiles, const struct settings *s,
                      struct err *e)
{
    const uint32_t n = p->n_organizers, queries = 200;
    uint32_t *network = malloc((n + 1u) * sizeof *network), *member = malloc((n + 1u) * 8 * sizeof *member);
    struct snapshot_network *networks = calloc(n + 1u, sizeof *networks);
    struct snapshot_place *places = calloc(n + 1u, sizeof *places);
    if (network == NULL || member == NULL || networks == NULL || places == NULL)
        check(err_memory(e, "networks"), e);
    struct snapshot snapshot = {.population = *p};
    struct snapshot_programme programme = {.settings = *s,
                                           .profiles = *profiles,
                                           .n_challenges = p->n_challenges,
                                           .published_run = 1,
                                           .networks = networks,
                                           .n_networks = make_networks(p, network),
                                           .places = places};
    for (uint32_t i = 0; i < n; i++) {
        places[i].network = network[i];
        if (network[i] == POPULATION_NONE)
            continue;
        networks[network[i]].member = member + (size_t)network[i] * 8;
        member[(size_t)network[i] * 8 + networks[network[i]].size++] = i;
    }
    double since = seconds(), fit = 0;
    for (uint32_t i = 0; i < queries; i++) {
        struct match_answer answer;
        struct match_query query = {.organizer = i % n, .limit = 5};
        check(match_networks(&snapshot, &programme, &query, &answer, e), e);
        fit += answer.n_places > 0 ? answer.places[0].fit : 0;
        match_free(&answer);
    }
    print_step("200 matches", since, "mean best fit", fit / queries);
    free(network);
    free(member);
    free(networks);
    free(places);
}

int main(int argc, char **argv)
{
    uint32_t n = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 2800;
    uint32_t challenges = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 120;
    struct err e = ERR_INIT;
    struct settings s;
    struct population p;
    struct profiles profiles;
    settings_default(&s);
    if (argc > 3)
        check(settings_set(&s, "geography", argv[3], &e), &e);
    make_population(&p, n, challenges > 0 ? challenges : 1, &e);
    double since = seconds();
    check(profiles_build(&p, &s, 0, &profiles, &e), &e);
    print_step("profiles", since, "columns", profiles.columns);
    run_graph(&profiles, &e);
    run_explain(&p, &profiles, &s, &e);
    run_match(&p, &profiles, &s, &e);
    profiles_free(&profiles);
    population_free(&p);
    return 0;
}
