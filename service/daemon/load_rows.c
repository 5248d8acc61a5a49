#include "daemon/load_rows.h"

#include <math.h>
#include <stdlib.h>

#include "daemon/sql_time.h"

/* Whose networks are read: those of the programmes' published runs, or of one run. */
#define PUBLISHED "FROM peernet.programmes AS p "
#define PAST \
    "FROM (SELECT programme AS name, run AS published_run FROM peernet.runs WHERE run = $1::bigint) AS p "
/* What became of a run since it was written. */
#define CHANGED_SINCE                                                              \
    "(SELECT json_agg(json_build_object('input', c.input, 'changed_at', " AS_TIME( \
        "c.at") ")) FROM peernet.changed_since(programme, peernet.run_version(run)) AS c)"
#define REJECTION                                             \
    "(SELECT json_build_object('who', j.who, 'at', " AS_TIME( \
        "j.at") ", 'why', j.why) FROM peernet.rejections AS j WHERE j.run = numbered.run)"

static const char *text(const PGresult *r, int row, int column)
{
    return PQgetvalue(r, row, column); /* "" for NULL */
}

static uint64_t number(const PGresult *r, int row, int column)
{
    return strtoull(text(r, row, column), NULL, 10);
}

static double real(const PGresult *r, int row, int column)
{
    return strtod(text(r, row, column), NULL);
}

static int versions_row(struct snapshot_builder *b, const PGresult *r, int row, struct err *e)
{
    (void)e;
    snapshot_builder_versions(b, number(r, row, 0), number(r, row, 1));
    return 0;
}

static int programme_row(struct snapshot_builder *b, const PGresult *r, int row, struct err *e)
{
    struct snapshot_programme_row p = {.name = text(r, row, 0),
                                       .title_sv = text(r, row, 1),
                                       .title_en = text(r, row, 2),
                                       .settings = text(r, row, 3),
                                       .published_run = number(r, row, 4),
                                       .published_at = text(r, row, 5),
                                       .runs_total = number(r, row, 6),
                                       .document = text(r, row, 7),
                                       .revision = number(r, row, 8),
                                       .archived = text(r, row, 9)[0] == 't',
                                       .next_due = strtoll(text(r, row, 10), NULL, 10)};
    return snapshot_add_programme(b, &p, e);
}

static int organizer_row(struct snapshot_builder *b, const PGresult *r, int row, struct err *e)
{
    int kind = organizer_kind_parse(text(r, row, 2));
    if (kind < 0)
        return err_set(e, ERR_INTERNAL, "organizer %s is of kind %s, which this program does not know",
                       text(r, row, 0), text(r, row, 2));
    struct organizer o = {.id = text(r, row, 0),
                          .name = text(r, row, 1),
                          .kind = (enum organizer_kind)kind,
                          .municipality = text(r, row, 3),
                          .county = text(r, row, 4),
                          .lat = PQgetisnull(r, row, 5) ? NAN : real(r, row, 5),
                          .lon = PQgetisnull(r, row, 6) ? NAN : real(r, row, 6),
                          .pupils = PQgetisnull(r, row, 7) ? -1 : (int32_t)strtol(text(r, row, 7), NULL, 10),
                          .attributes = text(r, row, 8)};
    return population_add_organizer(snapshot_builder_population(b), &o, e);
}

static int challenge_row(struct snapshot_builder *b, const PGresult *r, int row, struct err *e)
{
    return population_add_challenge(snapshot_builder_population(b), text(r, row, 0), text(r, row, 1),
                                    text(r, row, 2), text(r, row, 3), e);
}

static int challenges_end(struct snapshot_builder *b, struct err *e)
{
    return population_index(snapshot_builder_population(b), e);
}

static int report_row(struct snapshot_builder *b, const PGresult *r, int row, struct err *e)
{
    return population_add_report(snapshot_builder_population(b), text(r, row, 0), text(r, row, 1),
                                 (int)strtol(text(r, row, 2), NULL, 10),
                                 (int32_t)strtol(text(r, row, 3), NULL, 10), e);
}

static int run_row(struct snapshot_builder *b, const PGresult *r, int row, struct err *e)
{
    struct snapshot_run run = {.run = number(r, row, 1),
                               .base_run = number(r, row, 2),
                               .inputs_version = number(r, row, 3),
                               .inputs_digest = text(r, row, 4),
                               .settings = text(r, row, 5),
                               .seed = strtoll(text(r, row, 6), NULL, 10),
                               .effort = number(r, row, 7),
                               .as_of = text(r, row, 8),
                               .versions = text(r, row, 9),
                               .figures = text(r, row, 10),
                               .started_at = text(r, row, 11),
                               .finished_at = text(r, row, 12),
                               .changed = text(r, row, 13),
                               .rejected = text(r, row, 14)};
    return snapshot_add_run(b, text(r, row, 0), &run, e);
}

static int network_row(struct snapshot_builder *b, const PGresult *r, int row, struct err *e)
{
    struct snapshot_network_row n = {.programme = text(r, row, 0),
                                     .number = (uint32_t)number(r, row, 1),
                                     .cohesion = (float)real(r, row, 2),
                                     .label_sv = text(r, row, 3),
                                     .label_en = text(r, row, 4),
                                     .reason_sv = text(r, row, 5),
                                     .reason_en = text(r, row, 6),
                                     .shared = text(r, row, 7),
                                     .link = text(r, row, 8)};
    return snapshot_add_network(b, &n, e);
}

static int member_row(struct snapshot_builder *b, const PGresult *r, int row, struct err *e)
{
    struct snapshot_member_row m = {.programme = text(r, row, 0),
                                    .organizer = text(r, row, 1),
                                    .network = (uint32_t)number(r, row, 2),
                                    .fit = (float)real(r, row, 3),
                                    .shared = text(r, row, 4),
                                    .next_network = (uint32_t)number(r, row, 5),
                                    .next_fit = (float)real(r, row, 6),
                                    .reason_sv = text(r, row, 7),
                                    .reason_en = text(r, row, 8),
                                    .next_why = text(r, row, 9),
                                    .closest = text(r, row, 10),
                                    .closest_similarity = (float)real(r, row, 11)};
    return snapshot_add_member(b, &m, e);
}

static int unmatched_row(struct snapshot_builder *b, const PGresult *r, int row, struct err *e)
{
    struct snapshot_unmatched_row u = {.programme = text(r, row, 0),
                                       .organizer = text(r, row, 1),
                                       .reason = text(r, row, 2),
                                       .reason_sv = text(r, row, 3),
                                       .reason_en = text(r, row, 4),
                                       .next_network = (uint32_t)number(r, row, 5),
                                       .next_fit = (float)real(r, row, 6),
                                       .next_why = text(r, row, 7),
                                       .last_report = text(r, row, 8),
                                       .ahead = (uint32_t)number(r, row, 9),
                                       .waits = !PQgetisnull(r, row, 9)};
    return snapshot_add_unmatched(b, &u, e);
}

static int pin_row(struct snapshot_builder *b, const PGresult *r, int row, struct err *e)
{
    struct snapshot_pin_row pin = {.programme = text(r, row, 0),
                                   .number = strtoll(text(r, row, 1), NULL, 10),
                                   .rule = text(r, row, 2),
                                   .organizers = text(r, row, 3),
                                   .network = (uint32_t)number(r, row, 4),
                                   .why = text(r, row, 5),
                                   .made_by = text(r, row, 6),
                                   .made_at = text(r, row, 7),
                                   .until = text(r, row, 8),
                                   .cost = PQgetisnull(r, row, 9) ? (double)NAN : real(r, row, 9)};
    return snapshot_add_pin(b, &pin, e);
}

static int note_row(struct snapshot_builder *b, const PGresult *r, int row, struct err *e)
{
    struct snapshot_note_row n = {.programme = text(r, row, 0),
                                  .network = (uint32_t)number(r, row, 1),
                                  .name = text(r, row, 2),
                                  .note = text(r, row, 3),
                                  .locked = text(r, row, 4)[0] == 't',
                                  .version = number(r, row, 5),
                                  .changed_by = text(r, row, 6),
                                  .locked_by = text(r, row, 7)};
    return snapshot_add_note(b, &n, e);
}

static int activity_row(struct snapshot_builder *b, const PGresult *r, int row, struct err *e)
{
    struct snapshot_activity_row a = {text(r, row, 0), text(r, row, 1), text(r, row, 2), text(r, row, 3)};
    return snapshot_add_activity(b, &a, e);
}

static int contact_row(struct snapshot_builder *b, const PGresult *r, int row, struct err *e)
{
    return snapshot_add_contact(b, text(r, row, 0), text(r, row, 1), e);
}

#define BEGIN                                                                                 \
    {                                                                                         \
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "a transaction", false, NULL, NULL \
    }
#define COMMIT                                               \
    {                                                        \
        "COMMIT", "the transaction's end", false, NULL, NULL \
    }
#define VERSIONS                                                                                           \
    {                                                                                                      \
        "SELECT inputs_version, results_version FROM peernet.state", "versions", false, versions_row, NULL \
    }
#define ORGANIZERS                                                                                           \
    {                                                                                                        \
        "SELECT id, name, kind, municipality, county, lat, lon, pupils, attributes FROM peernet.organizers " \
        "ORDER BY id COLLATE \"C\"",                                                                         \
            "organizers", false, organizer_row, NULL                                                         \
    }
#define CHALLENGES                                                                                       \
    {                                                                                                    \
        "SELECT code, category, label_sv, label_en FROM peernet.challenges ORDER BY code COLLATE \"C\"", \
            "challenges", false, challenge_row, challenges_end                                           \
    }
#define NETWORKS(whose, takes_number)                                                                     \
    {                                                                                                     \
        "SELECT p.name, network, cohesion, label_sv, label_en, reason_sv, reason_en, shared, link " whose \
        "JOIN peernet.networks n ON n.run = p.published_run ORDER BY p.name, network",                    \
            "networks", takes_number, network_row, NULL                                                   \
    }
#define MEMBERS(whose, takes_number)                                                                   \
    {                                                                                                  \
        "SELECT p.name, organizer, network, fit, to_json(shared), next_network, next_fit, reason_sv, " \
        "reason_en, next_why, closest, closest_similarity " whose                                      \
        "JOIN peernet.members m ON m.run = p.published_run ORDER BY p.name",                           \
            "members", takes_number, member_row, NULL                                                  \
    }
#define UNMATCHED(whose, takes_number)                                                                     \
    {                                                                                                      \
        "SELECT p.name, organizer, reason, reason_sv, reason_en, next_network, next_fit, next_why, "       \
        "last_report, ahead " whose "JOIN peernet.unmatched u ON u.run = p.published_run ORDER BY p.name", \
            "unmatched organizers", takes_number, unmatched_row, NULL                                      \
    }

static const struct load_query published[] = {
    BEGIN,
    VERSIONS,
    {"SELECT name, title_sv, title_en, settings, published_run, " AS_TIME(
         "published_at") ", "
                         "(SELECT count(*) FROM peernet.runs r WHERE r.programme = p.name), "
                         "peernet.programme_json(p), revision, archived_at IS NOT NULL, "
                         "extract(epoch FROM peernet.programme_due(p))::bigint FROM "
                         "peernet.programmes p ORDER BY name",
     "programmes", false, programme_row, NULL},
    ORGANIZERS,
    CHALLENGES,
    {"SELECT code, title_sv, title_en, to_json(challenges) FROM peernet.activities ORDER BY code",
     "activities", false, activity_row, NULL},
    {"SELECT DISTINCT programme, organizer FROM peernet.contacts", "contacts", false, contact_row, NULL},
    {"SELECT organizer, challenge, severity, reported_on - date '1970-01-01' FROM peernet.reports", "reports",
     false, report_row, NULL},
    {"SELECT programme, run, base_run, inputs_version, inputs_digest, settings, seed, effort, "
     "to_char(as_of, 'YYYY-MM-DD'), versions, figures, " AS_TIME("started_at") ", " AS_TIME(
         "finished_at") ", " CHANGED_SINCE ", " REJECTION " "
                        "FROM (SELECT r.*, row_number() OVER (PARTITION BY r.programme ORDER BY r.run DESC) "
                        "AS place, p.published_run " PUBLISHED
                        "JOIN peernet.runs r ON r.programme = p.name) AS numbered "
                        "WHERE place <= $1::bigint OR run = published_run",
     "runs", true, run_row, NULL},
    {"SELECT programme, pin, rule, to_json(organizers), network, why, made_by, " AS_TIME(
         "made_at") ", to_char(until, 'YYYY-MM-DD'), cost FROM peernet.pins ORDER BY programme, pin",
     "pins", false, pin_row, NULL},
    NETWORKS(PUBLISHED, false),
    {"SELECT programme, network, name, remark, locked, version, changed_by, "
     "coalesce(locked_by, changed_by) FROM peernet.network_notes",
     "what people say of networks", false, note_row, NULL},
    MEMBERS(PUBLISHED, false),
    UNMATCHED(PUBLISHED, false),
    COMMIT,
};
const struct load_list load_published = {published, sizeof published / sizeof published[0]};

/* Profiles would need the reports of then: there are none. */
static const struct load_query past[] = {
    BEGIN,
    VERSIONS,
    {"SELECT p.name, title_sv, title_en, r.settings, r.run, NULL, 1, NULL, revision, archived_at IS NOT "
     "NULL, NULL "
     "FROM peernet.runs AS r JOIN peernet.programmes AS p ON p.name = r.programme WHERE r.run = $1::bigint",
     "the programme", true, programme_row, NULL},
    ORGANIZERS,
    CHALLENGES,
    NETWORKS(PAST, true),
    MEMBERS(PAST, true),
    UNMATCHED(PAST, true),
    COMMIT,
};
const struct load_list load_past = {past, sizeof past / sizeof past[0]};
