/* net_fake_data.h - what the fake daemon of net_fake.h answers from: a few organizers and a published run of
 * them. Include after cmocka.h. */
#ifndef PEERNET_TESTS_NET_FAKE_DATA_H
#define PEERNET_TESTS_NET_FAKE_DATA_H

#include <string.h>

#include "core/snapshot/snapshot_builder.h"

#define FAKE_OK(call) assert_int_equal(call, 0)

static inline void fake_organizer(struct population *p, const char *id, const char *name,
                                  enum organizer_kind kind, const char *attributes)
{
    struct err e = ERR_INIT;
    struct organizer o = {.id = id,
                          .name = name,
                          .kind = kind,
                          .municipality = "1281",
                          .county = "12",
                          .attributes = attributes,
                          .lat = 55.7,
                          .lon = 13.2,
                          .pupils = kind == KIND_INDEPENDENT ? -1 : 1000};
    FAKE_OK(population_add_organizer(p, &o, &e));
}

static inline void fake_population(struct population *p)
{
    struct err e = ERR_INIT;
    fake_organizer(p, "001", "Lunds kommun", KIND_MUNICIPAL, "{\"forms\": [\"compulsory\", \"preschool\"]}");
    fake_organizer(p, "002", "\xc3\x85m\xc3\xa5ls skola", KIND_INDEPENDENT, "{}");
    fake_organizer(p, "003", "Nya Lund AB", KIND_INDEPENDENT, "{}");
    fake_organizer(p, "004", "Tyst skola", KIND_INDEPENDENT, "{}");
    fake_organizer(p, "005", "Nykomling", KIND_INDEPENDENT, "{}");
    FAKE_OK(population_add_challenge(p, "subject.ma", "science", "Matematik", "Mathematics", &e));
    FAKE_OK(population_add_challenge(p, "subject.sv", "languages", "Svenska", "Swedish", &e));
    FAKE_OK(population_add_challenge(p, "staff", "staff", "Personal", "Staff", &e));
    FAKE_OK(population_index(p, &e));
    static const char *const reporters[] = {"001", "002", "003", "005"};
    for (size_t i = 0; i < 4; i++) {
        FAKE_OK(population_add_report(p, reporters[i], "subject.ma", 3 + (int)i % 2, 20500, &e));
        FAKE_OK(population_add_report(p, reporters[i], i == 0 ? "staff" : "subject.sv", 2, 20501, &e));
    }
}

static inline void fake_activities(struct snapshot_builder *b)
{
    struct err e = ERR_INIT;
    struct snapshot_activity_row lift = {"maths", "Matematiklyftet", "Mathematics lift",
                                         "subject.ma" SNAPSHOT_BETWEEN "gone"};
    FAKE_OK(snapshot_add_activity(b, &lift, &e));
}

static inline void fake_published(struct snapshot_builder *b)
{
    struct err e = ERR_INIT;
    struct snapshot_run run = {.run = 7,
                               .inputs_version = 3,
                               .effort = 100,
                               .seed = 42,
                               .inputs_digest = "00000000000000000000000000000000",
                               .settings = "{\"min_size\": 2}",
                               .versions = "{\"peernet\": \"0.1.0\"}",
                               .figures = "{\"mean_fit\": 0.8}",
                               .as_of = "2026-03-14",
                               .started_at = "2026-03-14T05:59:58Z",
                               .finished_at = "2026-03-14T06:00:00Z",
                               .changed =
                                   "[{\"input\": \"reports\", \"changed_at\": \"2026-03-15T06:00:00Z\"}]"};
    struct snapshot_network_row network = {
        .programme = "default",
        .number = 4,
        .cohesion = 0.8f,
        .label_sv = "Matematik i liten skola",
        .label_en = "Mathematics in small schools",
        .reason_sv = "De delar matematik.",
        .reason_en = "They share mathematics.",
        .shared = "[{\"challenge\": \"subject.ma\", \"share\": 1.0, \"lift\": 1.25}]",
        .link =
            "{\"organizer\": \"001\", \"sides\": [{\"organizer\": \"002\", \"similarity\": 0.75, \"shared\": "
            "[\"subject.ma\"]}, {\"organizer\": \"003\", \"similarity\": 0.5, \"shared\": [\"gone\"]}], "
            "\"similarity\": 0.25, \"shared\": []}"};
    struct snapshot_unmatched_row unmatched = {.programme = "default",
                                               .organizer = "004",
                                               .reason = "nothing_reported",
                                               .reason_sv = "Inget rapporterat.",
                                               .reason_en = "Nothing reported.",
                                               .next_network = 4,
                                               .next_fit = 0.25f,
                                               .next_why = "full",
                                               .last_report = "2023-05-01",
                                               .waits = true,
                                               .ahead = 3};
    static const char *const members[] = {"001", "002", "003"};
    FAKE_OK(snapshot_add_run(b, "default", &run, &e));
    FAKE_OK(snapshot_add_network(b, &network, &e));
    for (size_t i = 0; i < 3; i++) {
        struct snapshot_member_row member = {.programme = "default",
                                             .organizer = members[i],
                                             .network = 4,
                                             .fit = 0.9f - 0.1f * (float)i,
                                             .shared = "subject.ma",
                                             .closest = i == 0 ? "002" : "001",
                                             .closest_similarity = 0.75f,
                                             .reason_sv = "Delar matematik.",
                                             .reason_en = "Shares mathematics."};
        FAKE_OK(snapshot_add_member(b, &member, &e));
    }
    FAKE_OK(snapshot_add_unmatched(b, &unmatched, &e));
}

/* Five organizers: three in network 4 of run 7, one unmatched, one newer than the run; programme "empty" has
 * nothing published. */
static inline struct snapshot *fake_data(void)
{
    struct err e = ERR_INIT;
    struct snapshot_builder *b = NULL;
    struct snapshot *s = NULL;
    struct snapshot_programme_row first = {"default", "Alla",
                                           "All",     "{}",
                                           7,         "2026-03-14T06:00:01Z",
                                           1,         "{\"name\": \"default\", \"revision\": 3}",
                                           3,         false,
                                           1773457200};
    struct snapshot_programme_row empty = {
        "empty", "Tomt", "Empty", "{\"min_size\": 4}", 0, "", 0, "{\"name\": \"empty\"}", 1, true, 0};
    FAKE_OK(snapshot_builder_new(20600, &b, &e));
    snapshot_builder_versions(b, 3, 2);
    FAKE_OK(snapshot_add_programme(b, &first, &e));
    FAKE_OK(snapshot_add_programme(b, &empty, &e));
    fake_population(snapshot_builder_population(b));
    fake_activities(b);
    fake_published(b);
    if (snapshot_build(b, &s, &e))
        fail_msg("%s", e.text);
    snapshot_builder_free(b);
    return s;
}

#endif
