/* explain_world.h - a small population made by hand, grouped as a test says, with its explanation. Each test
 * owns the world that it makes, and destroys it. */
#ifndef PEERNET_TESTS_EXPLAIN_WORLD_H
#define PEERNET_TESTS_EXPLAIN_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/explain/explain.h"

struct entry {
    const char *code, *category, *sv, *en;
};

static const struct entry catalogue[] = {
    {"a", "arts", "Låga resultat: bild", "Low results: Visual arts"},
    {"b", "arts", "Låga resultat: hem- och konsumentkunskap", "Low results: Home and consumer studies"},
    {"c", "science", "Låga resultat: fysik", "Low results: Physics"},
    {"d", "science", "Låga resultat: kemi", "Low results: Chemistry"},
    {"e", "language", "Låga resultat: engelska", "Low results: English"},
    {"f", "staff", "Få behöriga lärare", "Few qualified teachers."},
    {"g", "staff", "SFI saknar lokaler", "SFI lacks rooms"},
    {"h", "results", "Ökad \"skolk\"-frånvaro", "Rising \"truancy\""},
};

/* Who reports what: "acd" is severity 3 each, "a5c1" gives it. */
struct member {
    const char *reports;
    uint32_t network; /* POPULATION_NONE: unmatched */
    enum organizer_kind kind;
    const char *county;
    int32_t pupils;
    const char *municipality; /* NULL: unknown */
};

struct world {
    struct population population;
    struct profiles profiles;
    struct settings settings;
    uint32_t *network, *numbers;
    struct explain_task task; /* of the above; a test may add to it and explain again */
    struct explanation x;
};

static void add_organizer(struct population *p, size_t i, const struct member *m)
{
    struct err e = ERR_INIT;
    char id[24], name[32];
    snprintf(id, sizeof id, "%04zu", i);
    snprintf(name, sizeof name, "Ort %zu", i);
    struct organizer o = {
        .id = id, .name = name, .kind = m->kind, .county = m->county, .pupils = m->pupils - 1};
    o.municipality = m->municipality != NULL ? m->municipality : "";
    o.lat = i % 5 == 0 ? NAN : 55 + (double)(i * 13 % 100) / 10;
    o.lon = i % 5 == 0 ? NAN : 12 + (double)(i * 29 % 100) / 10;
    assert_int_equal(population_add_organizer(p, &o, &e), 0);
}

static void add_reports(struct population *p, size_t i, const char *reports)
{
    struct err e = ERR_INIT;
    char id[24];
    snprintf(id, sizeof id, "%04zu", i);
    for (const char *at = reports; *at != '\0'; at++) {
        char code[2] = {*at, '\0'};
        int severity = 3;
        if (at[1] >= '1' && at[1] <= '5')
            severity = *++at - '0';
        assert_int_equal(population_add_report(p, id, code, severity, 0, &e), 0);
    }
}

/* Members' sentences, which are worded when somebody asks. */
static void explain_world(struct world *w)
{
    struct err e = ERR_INIT;
    struct buf words;
    buf_init(&words, 0);
    assert_int_equal(explain_build(&w->task, &w->x, &e), 0);
    for (uint32_t i = 0; i < w->population.n_organizers; i++) {
        const char **to[] = {&w->x.members[i].reason_sv, &w->x.members[i].reason_en};
        for (int english = 0; english < 2 && w->task.network[i] != POPULATION_NONE; english++) {
            buf_clear(&words);
            explain_say(&words, &w->x, &w->population, i, w->task.network[i], english != 0);
            *to[english] = arena_text(&w->x.memory, buf_string(&words), words.size);
        }
    }
    buf_free(&words);
}

/* Networks are numbered 11, 12, ... */
static void make(struct world *w, const struct entry *entries, size_t n_entries, const struct member *members,
                 size_t n, uint32_t n_networks, double geography)
{
    struct err e = ERR_INIT;
    population_init(&w->population);
    for (size_t i = 0; i < n_entries; i++)
        assert_int_equal(population_add_challenge(&w->population, entries[i].code, entries[i].category,
                                                  entries[i].sv, entries[i].en, &e),
                         0);
    for (size_t i = 0; i < n; i++)
        add_organizer(&w->population, i, &members[i]);
    assert_int_equal(population_index(&w->population, &e), 0);
    for (size_t i = 0; i < n; i++)
        add_reports(&w->population, i, members[i].reports);
    assert_int_equal(population_seal(&w->population, &e), 0);
    settings_default(&w->settings);
    w->settings.geography = geography;
    w->settings.min_size = 2;
    assert_int_equal(profiles_build(&w->population, &w->settings, 0, &w->profiles, &e), 0);
    w->network = malloc((n + 1) * sizeof *w->network);
    w->numbers = malloc((n_networks + 1) * sizeof *w->numbers);
    for (size_t i = 0; i < n; i++)
        w->network[i] = members[i].network;
    for (uint32_t i = 0; i < n_networks; i++)
        w->numbers[i] = 11 + i;
    w->task = (struct explain_task){.population = &w->population,
                                    .profiles = &w->profiles,
                                    .settings = &w->settings,
                                    .network = w->network,
                                    .numbers = w->numbers,
                                    .n_networks = n_networks};
    explain_world(w);
}

/* After a change of the task. */
static inline void explain_again(struct world *w)
{
    explain_free(&w->x);
    explain_world(w);
}

static inline void make_usual(struct world *w, const struct member *members, size_t n, uint32_t n_networks)
{
    make(w, catalogue, sizeof catalogue / sizeof catalogue[0], members, n, n_networks, 0);
}

static void destroy(struct world *w)
{
    explain_free(&w->x);
    profiles_free(&w->profiles);
    population_free(&w->population);
    free(w->network);
    free(w->numbers);
}

#define MAKE(w, members, networks) make_usual(w, members, sizeof members / sizeof members[0], networks)
#define SEVERAL(reports, network)                     \
    {                                                 \
        reports, network, KIND_MUNICIPAL, "", 0, NULL \
    }

#endif
