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

#define WAS_PUBLISHED                                                                            \
    "(run = published_run OR EXISTS (SELECT FROM peernet.audit AS a WHERE a.run = numbered.run " \
    "AND a.action IN ('publish', 'rollback')))"

static const char *text(char *const *f, int column)
{
    return f[column] == NULL ? "" : f[column];
}

static uint64_t number(char *const *f, int column)
{
    return strtoull(text(f, column), NULL, 10);
}

static double real(char *const *f, int column)
{
    return strtod(text(f, column), NULL);
}

static int versions_row(struct snapshot_builder *b, char **f, struct err *e)
{
    (void)e;
    snapshot_builder_versions(b, number(f, 0), number(f, 1));
    return 0;
}

static int programme_row(struct snapshot_builder *b, char **f, struct err *e)
{
    struct snapshot_programme_row p = {.name = text(f, 0),
                                       .title_sv = text(f, 1),
                                       .title_en = text(f, 2),
                                       .settings = text(f, 3),
                                       .published_run = number(f, 4),
                                       .published_at = text(f, 5),
                                       .runs_total = number(f, 6),
                                       .document = text(f, 7),
                                       .revision = number(f, 8),
                                       .archived = text(f, 9)[0] == 't',
                                       .next_due = strtoll(text(f, 10), NULL, 10)};
    return snapshot_add_programme(b, &p, e);
}

static int organizer_row(struct snapshot_builder *b, char **f, struct err *e)
{
    int kind = organizer_kind_parse(text(f, 2));
    if (kind < 0)
        return err_set(e, ERR_INTERNAL, "organizer %s is of kind %s, which this program does not know",
                       text(f, 0), text(f, 2));
    struct organizer o = {.id = text(f, 0),
                          .name = text(f, 1),
                          .kind = (enum organizer_kind)kind,
                          .municipality = text(f, 3),
                          .county = text(f, 4),
                          .lat = f[5] == NULL ? NAN : real(f, 5),
                          .lon = f[6] == NULL ? NAN : real(f, 6),
                          .pupils = f[7] == NULL ? -1 : (int32_t)strtol(text(f, 7), NULL, 10),
                          .attributes = text(f, 8)};
    return population_add_organizer(snapshot_builder_population(b), &o, e);
}

static int challenge_row(struct snapshot_builder *b, char **f, struct err *e)
{
    return population_add_challenge(snapshot_builder_population(b), text(f, 0), text(f, 1), text(f, 2),
                                    text(f, 3), e);
}

static int challenges_end(struct snapshot_builder *b, struct err *e)
{
    return population_index(snapshot_builder_population(b), e);
}

static int report_row(struct snapshot_builder *b, char **f, struct err *e)
{
    return population_add_report(snapshot_builder_population(b), text(f, 0), text(f, 1),
                                 (int)strtol(text(f, 2), NULL, 10), (int32_t)strtol(text(f, 3), NULL, 10), e);
}

static int run_row(struct snapshot_builder *b, char **f, struct err *e)
{
    struct snapshot_run run = {.run = number(f, 1),
                               .base_run = number(f, 2),
                               .inputs_version = number(f, 3),
                               .inputs_digest = text(f, 4),
                               .settings = text(f, 5),
                               .seed = strtoll(text(f, 6), NULL, 10),
                               .effort = number(f, 7),
                               .as_of = text(f, 8),
                               .versions = text(f, 9),
                               .figures = text(f, 10),
                               .started_at = text(f, 11),
                               .finished_at = text(f, 12),
                               .changed = text(f, 13),
                               .rejected = text(f, 14),
                               .was_published = text(f, 15)[0] == 't'};
    return snapshot_add_run(b, text(f, 0), &run, e);
}

static int network_row(struct snapshot_builder *b, char **f, struct err *e)
{
    struct snapshot_network_row n = {.programme = text(f, 0),
                                     .number = (uint32_t)number(f, 1),
                                     .cohesion = (float)real(f, 2),
                                     .label_sv = text(f, 3),
                                     .label_en = text(f, 4),
                                     .reason_sv = text(f, 5),
                                     .reason_en = text(f, 6),
                                     .shared = text(f, 7),
                                     .link = text(f, 8)};
    return snapshot_add_network(b, &n, e);
}

static int member_row(struct snapshot_builder *b, char **f, struct err *e)
{
    struct snapshot_member_row m = {.programme = text(f, 0),
                                    .organizer = text(f, 1),
                                    .network = (uint32_t)number(f, 2),
                                    .fit = (float)real(f, 3),
                                    .shared = f[4],
                                    .places = f[5],
                                    .told = (uint16_t)number(f, 6),
                                    .next_network = (uint32_t)number(f, 7),
                                    .next_fit = (float)real(f, 8),
                                    .next_why = f[9],
                                    .next_figure = f[10] == NULL ? NAN : (float)real(f, 10),
                                    .next_pin = (int64_t)number(f, 11),
                                    .next_with = f[12],
                                    .closest = f[13],
                                    .closest_similarity = (float)real(f, 14),
                                    .reason_sv = f[15],
                                    .reason_en = f[16]};
    return snapshot_add_member(b, &m, e);
}

static int unmatched_row(struct snapshot_builder *b, char **f, struct err *e)
{
    struct snapshot_unmatched_row u = {.programme = text(f, 0),
                                       .organizer = text(f, 1),
                                       .reason = text(f, 2),
                                       .reason_sv = text(f, 3),
                                       .reason_en = text(f, 4),
                                       .next_network = (uint32_t)number(f, 5),
                                       .next_fit = (float)real(f, 6),
                                       .next_why = text(f, 7),
                                       .last_report = text(f, 8),
                                       .ahead = (uint32_t)number(f, 9),
                                       .waits = f[9] != NULL};
    return snapshot_add_unmatched(b, &u, e);
}

static int pin_row(struct snapshot_builder *b, char **f, struct err *e)
{
    struct snapshot_pin_row pin = {.programme = text(f, 0),
                                   .number = strtoll(text(f, 1), NULL, 10),
                                   .rule = text(f, 2),
                                   .organizers = text(f, 3),
                                   .network = (uint32_t)number(f, 4),
                                   .why = text(f, 5),
                                   .made_by = text(f, 6),
                                   .made_at = text(f, 7),
                                   .until = text(f, 8),
                                   .cost = f[9] == NULL ? (double)NAN : real(f, 9)};
    return snapshot_add_pin(b, &pin, e);
}

static int note_row(struct snapshot_builder *b, char **f, struct err *e)
{
    struct snapshot_note_row n = {.programme = text(f, 0),
                                  .network = (uint32_t)number(f, 1),
                                  .name = text(f, 2),
                                  .note = text(f, 3),
                                  .locked = text(f, 4)[0] == 't',
                                  .version = number(f, 5),
                                  .changed_by = text(f, 6),
                                  .locked_by = text(f, 7)};
    return snapshot_add_note(b, &n, e);
}

static int activity_row(struct snapshot_builder *b, char **f, struct err *e)
{
    struct snapshot_activity_row a = {text(f, 0), text(f, 1), text(f, 2), text(f, 3)};
    return snapshot_add_activity(b, &a, e);
}

static int contact_row(struct snapshot_builder *b, char **f, struct err *e)
{
    return snapshot_add_contact(b, text(f, 0), text(f, 1), e);
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
#define ORGANIZERS(which, takes_number)                                                   \
    {                                                                                     \
        "SELECT id, name, kind, municipality, county, lat, lon, pupils, attributes FROM " \
        "peernet.organizers " which "ORDER BY id COLLATE \"C\"",                          \
            "organizers", takes_number, organizer_row, NULL                               \
    }
#define CHALLENGES                                                                                       \
    {                                                                                                    \
        "SELECT code, category, label_sv, label_en FROM peernet.challenges ORDER BY code COLLATE \"C\"", \
            "challenges", false, challenge_row, challenges_end                                           \
    }
#define NETWORKS(whose, which, takes_number)                                                              \
    {                                                                                                     \
        "SELECT p.name, network, cohesion, label_sv, label_en, reason_sv, reason_en, shared, link " whose \
        "JOIN peernet.networks n ON n.run = p.published_run " which "ORDER BY p.name, network",           \
            "networks", takes_number, network_row, NULL                                                   \
    }
#define MEMBERS(whose, which, takes_number)                                                         \
    {                                                                                               \
        "SELECT p.name, organizer, network, fit, array_to_string(shared, E'\\x1f'), "               \
        "encode(shared_at, 'hex'), told, next_network, next_fit, next_why, next_figure, next_pin, " \
        "next_with, closest, closest_similarity, reason_sv, reason_en " whose                       \
        "JOIN peernet.members m ON m.run = p.published_run " which "ORDER BY p.name",               \
            "members", takes_number, member_row, NULL                                               \
    }
#define UNMATCHED(whose, takes_number)                                                               \
    {                                                                                                \
        "SELECT p.name, organizer, reason, reason_sv, reason_en, next_network, next_fit, next_why, " \
        "last_report, ahead " whose                                                                  \
        "JOIN peernet.unmatched u ON u.run = p.published_run ORDER BY p.name, organizer",            \
            "unmatched organizers", takes_number, unmatched_row, NULL                                \
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
    ORGANIZERS("", false),
    CHALLENGES,
    {"SELECT code, title_sv, title_en, array_to_string(challenges, E'\\x1f') FROM peernet.activities ORDER "
     "BY code",
     "activities", false, activity_row, NULL},
    {"SELECT DISTINCT programme, organizer FROM peernet.contacts", "contacts", false, contact_row, NULL},
    {"SELECT organizer, challenge, severity, reported_on - date '1970-01-01' FROM peernet.reports", "reports",
     false, report_row, NULL},
    {"SELECT programme, run, base_run, inputs_version, inputs_digest, settings, seed, effort, "
     "to_char(as_of, 'YYYY-MM-DD'), versions, figures, " AS_TIME("started_at") ", " AS_TIME(
         "finished_at") ", " CHANGED_SINCE ", " REJECTION ", " WAS_PUBLISHED " "
                        "FROM (SELECT r.*, row_number() OVER (PARTITION BY r.programme ORDER BY r.run DESC) "
                        "AS place, p.published_run " PUBLISHED
                        "JOIN peernet.runs r ON r.programme = p.name) AS numbered "
                        "WHERE place <= $1::bigint OR run = published_run",
     "runs", true, run_row, NULL},
    {"SELECT programme, pin, rule, to_json(organizers), network, why, made_by, " AS_TIME(
         "made_at") ", to_char(until, 'YYYY-MM-DD'), cost FROM peernet.pins ORDER BY programme, pin",
     "pins", false, pin_row, NULL},
    NETWORKS(PUBLISHED, "", false),
    {"SELECT programme, network, name, remark, locked, version, changed_by, "
     "coalesce(locked_by, changed_by) FROM peernet.network_notes",
     "what people say of networks", false, note_row, NULL},
    MEMBERS(PUBLISHED, "", false),
    UNMATCHED(PUBLISHED, false),
    COMMIT,
};
const struct load_list load_published = {published, sizeof published / sizeof published[0]};

#define PROGRAMME_THEN                                                                                       \
    {                                                                                                        \
        "SELECT p.name, title_sv, title_en, r.settings, r.run, NULL, 1, NULL, revision, archived_at IS NOT " \
        "NULL, NULL FROM peernet.runs AS r JOIN peernet.programmes AS p ON p.name = r.programme "            \
        "WHERE r.run = $1::bigint",                                                                          \
            "the programme", true, programme_row, NULL                                                       \
    }

/* Profiles would need the reports of then: there are none. */
static const struct load_query past[] = {
    BEGIN,
    VERSIONS,
    PROGRAMME_THEN,
    ORGANIZERS("", false),
    CHALLENGES,
    NETWORKS(PAST, "", true),
    MEMBERS(PAST, "", true),
    UNMATCHED(PAST, true),
    COMMIT,
};
const struct load_list load_past = {past, sizeof past / sizeof past[0]};

#define OF_THESE "peernet.members AS m WHERE m.run = $1::bigint AND m.network IN ($2)"
static const struct load_query networks[] = {
    BEGIN,
    VERSIONS,
    PROGRAMME_THEN,
    ORGANIZERS("WHERE id IN (SELECT unnest(ARRAY[m.organizer, m.next_with]) FROM " OF_THESE ") ", true),
    CHALLENGES,
    NETWORKS(PAST, "WHERE network IN ($2) OR network IN (SELECT m.next_network FROM " OF_THESE ") ", true),
    MEMBERS(PAST, "WHERE network IN ($2) ", true),
    COMMIT,
};
const struct load_list load_networks = {networks, sizeof networks / sizeof networks[0]};
