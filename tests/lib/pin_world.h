/* pin_world.h - a snapshot of two kinds of organizers, a1, a2 ... and b1, b2 ..., of similarity 1 within a
 * kind and 0 between, in networks as the test draws them. Include after cmocka.h. */
#ifndef PEERNET_TESTS_PIN_WORLD_H
#define PEERNET_TESTS_PIN_WORLD_H

#include <stdio.h>
#include <string.h>

#include "core/pins/pin_list.h"
#include "core/pins/pin_price.h"
#include "core/snapshot/snapshot_builder.h"

#define WORLD_OK(call) assert_int_equal(call, 0)

struct pin_world {
    struct snapshot *s;
    const struct snapshot_programme *p;
    struct pin_list list;
};

static inline void world_organizer(struct population *p, const char *id)
{
    struct err e = ERR_INIT;
    struct organizer o = {.id = id,
                          .name = id,
                          .kind = id[0] == 'a' ? KIND_MUNICIPAL : KIND_INDEPENDENT,
                          .municipality = "",
                          .county = "",
                          .attributes = id[0] == 'a' ? "{}" : "{\"seats\": \"2\"}",
                          .lat = 60,
                          .lon = id[0] == 'a' ? 15 : 18,
                          .pupils = 1};
    WORLD_OK(population_add_organizer(p, &o, &e));
}

static inline void world_population(struct population *p, uint32_t each)
{
    struct err e = ERR_INIT;
    char id[8];
    for (uint32_t i = 1; i <= each; i++) {
        snprintf(id, sizeof id, "a%u", i);
        world_organizer(p, id);
        snprintf(id, sizeof id, "b%u", i);
        world_organizer(p, id);
    }
    world_organizer(p, "a9"); /* reports nothing */
    WORLD_OK(population_add_challenge(p, "a", "x", "A", "A", &e));
    WORLD_OK(population_add_challenge(p, "b", "y", "B", "B", &e));
    WORLD_OK(population_index(p, &e));
    for (uint32_t i = 1; i <= each; i++) {
        snprintf(id, sizeof id, "a%u", i);
        WORLD_OK(population_add_report(p, id, "a", 3, 20000, &e));
        snprintf(id, sizeof id, "b%u", i);
        WORLD_OK(population_add_report(p, id, "b", 3, 20000, &e));
    }
}

/* `each` of a kind; networks 1, 2 ... as in "a1 a2|b1 b2"; who is named nowhere is in none. */
static inline void world_open(struct pin_world *w, uint32_t each, const char *networks, const char *settings)
{
    struct err e = ERR_INIT;
    struct snapshot_builder *b = NULL;
    struct snapshot_programme_row programme = {.name = "default",
                                               .title_sv = "Alla",
                                               .title_en = "All",
                                               .settings = settings,
                                               .published_run = 7,
                                               .published_at = "2026-03-14T06:00:01Z",
                                               .runs_total = 1};
    char drawn[400], *rest = drawn;
    WORLD_OK(snapshot_builder_new(20010, &b, &e));
    if (snapshot_add_programme(b, &programme, &e))
        fail_msg("%s", e.text);
    world_population(snapshot_builder_population(b), each);
    snprintf(drawn, sizeof drawn, "%s", networks);
    for (uint32_t k = 1; rest != NULL; k++) {
        struct snapshot_network_row network = {.programme = "default",
                                               .number = k,
                                               .label_sv = "",
                                               .label_en = "",
                                               .reason_sv = "",
                                               .reason_en = "",
                                               .shared = "[]"};
        WORLD_OK(snapshot_add_network(b, &network, &e));
        char *members = strsep(&rest, "|");
        for (char *id; (id = strsep(&members, " ")) != NULL;) {
            struct snapshot_member_row member = {.programme = "default",
                                                 .organizer = id,
                                                 .network = k,
                                                 .shared = "",
                                                 .reason_sv = "",
                                                 .reason_en = ""};
            WORLD_OK(snapshot_add_member(b, &member, &e));
        }
    }
    if (snapshot_build(b, &w->s, &e))
        fail_msg("%s", e.text);
    snapshot_builder_free(b);
    w->p = &w->s->programmes[0];
    assert_string_equal(w->p->settings_fault, "");
    WORLD_OK(pin_list_begin(&w->list, w->s, w->p, &e));
}

static inline void world_close(struct pin_world *w)
{
    pin_list_close(&w->list);
    snapshot_free(w->s);
}

/* Adds "together a1 b1" or "keep 2 a1" (in network 2) as number `number` (0: the new one); whether it binds.
 */
static inline bool world_pin(struct pin_world *w, int64_t number, const char *rule)
{
    struct err e = ERR_INIT;
    struct snapshot_pin pin = {.number = number, .made_by = number > 0 ? "Anna" : "", .why = ""};
    char words[200], *rest = words;
    const char *id[16];
    uint32_t organizer[16];
    bool binds;
    snprintf(words, sizeof words, "%s", rule);
    pin.type = (enum group_rule_type)pin_rule_parse(strsep(&rest, " "));
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        if (word[0] >= '0' && word[0] <= '9') {
            pin.network = (uint32_t)atoi(word);
            continue;
        }
        id[pin.n] = word;
        organizer[pin.n++] = snapshot_find_organizer(w->s, word, strlen(word));
    }
    pin.id = id;
    pin.organizer = organizer;
    WORLD_OK(pin_list_add(&w->list, &pin, &binds, &e));
    return binds;
}

#endif
