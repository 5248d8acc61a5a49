/* regroup_fixture.h - inputs of a run made by hand: organizers o00, o01, ... that report challenges c0, c1,
 * ... Owner: the test; fixture_free gives all back. */
#ifndef PEERNET_TESTS_REGROUP_FIXTURE_H
#define PEERNET_TESTS_REGROUP_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "regroup/inputs.h"

enum { FIXTURE_TODAY = 20000 };

/* `made` NULL: municipal, nowhere, without attributes; else what it says but for ids and names. */
static inline void fixture_open_as(struct inputs *in, const struct organizer *made, uint32_t organizers,
                                   uint32_t challenges)
{
    struct err e = ERR_INIT;
    *in = (struct inputs){0};
    settings_default(&in->settings);
    in->today = FIXTURE_TODAY;
    arena_init(&in->text);
    population_init(&in->population);
    for (uint32_t i = 0; i < organizers; i++) {
        char id[16], name[32];
        snprintf(id, sizeof id, "o%02u", i);
        snprintf(name, sizeof name, "Organizer %u", i);
        struct organizer o = {id, name, "", "", "{}", (double)NAN, (double)NAN, -1, KIND_MUNICIPAL};
        if (made != NULL) {
            o = made[i];
            o.id = id;
            o.name = name;
        }
        assert_int_equal(population_add_organizer(&in->population, &o, &e), ERR_OK);
    }
    for (uint32_t c = 0; c < challenges; c++) {
        char code[16], category[24];
        snprintf(code, sizeof code, "c%u", c);
        snprintf(category, sizeof category, "category %u", c);
        assert_int_equal(population_add_challenge(&in->population, code, category, "sv", "en", &e), ERR_OK);
    }
    assert_int_equal(population_index(&in->population, &e), ERR_OK);
}

static inline void fixture_open(struct inputs *in, uint32_t organizers, uint32_t challenges)
{
    fixture_open_as(in, NULL, organizers, challenges);
}

static inline void fixture_report(struct inputs *in, uint32_t organizer, uint32_t challenge, int severity,
                                  int age)
{
    struct err e = ERR_INIT;
    char id[16], code[16];
    snprintf(id, sizeof id, "o%02u", organizer);
    snprintf(code, sizeof code, "c%u", challenge);
    assert_int_equal(population_add_report(&in->population, id, code, severity, FIXTURE_TODAY - age, &e),
                     ERR_OK);
}

/* After the last report: seals the population and makes room for what is published. */
static inline void fixture_seal(struct inputs *in)
{
    struct err e = ERR_INIT;
    assert_int_equal(population_seal(&in->population, &e), ERR_OK);
    size_t n = in->population.n_organizers + 1u;
    in->base.number = calloc(n, sizeof *in->base.number);
    in->base.community = malloc(n * sizeof *in->base.community);
    in->base.waited = calloc(n, sizeof *in->base.waited);
    in->base.since = calloc(n, sizeof *in->base.since);
    assert_true(in->base.number && in->base.community && in->base.waited && in->base.since);
    memset(in->base.community, 0xff, n * sizeof *in->base.community);
}

/* A pin of the organizers named in `ids`, separated by blanks. */
static inline void fixture_pin(struct inputs *in, enum group_rule_type type, const char *ids)
{
    in->pins = realloc(in->pins, (in->n_pins + 1u) * sizeof *in->pins);
    assert_non_null(in->pins);
    struct pin *pin = &in->pins[in->n_pins++];
    *pin =
        (struct pin){in->n_pins, type, "because", "Anna", calloc(16, sizeof *pin->organizers), 0, 0, false};
    char *words = arena_text(&in->text, ids, strlen(ids)), *rest = NULL;
    for (char *w = strtok_r(words, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
        pin->organizers[pin->n_organizers++] = w;
}

static inline void fixture_free(struct inputs *in)
{
    inputs_free(in);
}

#endif
