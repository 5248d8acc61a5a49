#include "core/snapshot/snapshot_builder.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "core/rules/pin_words.h"
#include "core/snapshot/snapshot_finish.h"
#include "core/snapshot/snapshot_named.h"
#include "core/snapshot/snapshot_rows.h"

int snapshot_builder_new(int32_t today, struct snapshot_builder **out, struct err *e)
{
    struct snapshot_builder *b = calloc(1, sizeof *b);
    struct snapshot *s = calloc(1, sizeof *s);
    *out = NULL;
    if (b == NULL || s == NULL) {
        free(b);
        free(s);
        return err_memory(e, "a snapshot");
    }
    population_init(&s->population);
    arena_init(&s->memory);
    s->today = today;
    b->s = s;
    *out = b;
    return 0;
}

void snapshot_builder_free(struct snapshot_builder *b)
{
    if (b == NULL)
        return;
    snapshot_free(b->s);
    free(b->network_room);
    free(b->pin_room);
    free(b);
}

struct population *snapshot_builder_population(struct snapshot_builder *b)
{
    return &b->s->population;
}

void snapshot_builder_versions(struct snapshot_builder *b, uint64_t inputs, uint64_t results)
{
    b->s->inputs_version = inputs;
    b->s->results_version = results;
}

const char *builder_text(struct snapshot *s, const char *text, bool *failed)
{
    if (text == NULL || text[0] == '\0')
        return "";
    const char *copy = arena_text(&s->memory, text, strlen(text));
    *failed = *failed || copy == NULL;
    return copy;
}

/* Makes room for one more; false when memory ran out. */
static bool grow(void *rows, size_t used, size_t *room, size_t size)
{
    void *old, *wider;
    if (used < *room)
        return true;
    size_t wanted = *room == 0 ? 16 : *room * 2;
    memcpy(&old, rows, sizeof old);
    wider = realloc(old, wanted * size);
    if (wider == NULL)
        return false;
    memcpy(rows, &wider, sizeof wider);
    *room = wanted;
    return true;
}

struct snapshot_programme *builder_programme(struct snapshot_builder *b, const char *name)
{
    struct snapshot *s = b->s;
    if (b->last < s->n_programmes && strcmp(s->programmes[b->last].name, name) == 0)
        return &s->programmes[b->last];
    for (uint32_t i = 0; i < s->n_programmes; i++) {
        if (strcmp(s->programmes[i].name, name) == 0) {
            b->last = i;
            return &s->programmes[i];
        }
    }
    return NULL;
}

static bool programme_reserve(struct snapshot_builder *b)
{
    size_t before = b->programme_room, n = b->s->n_programmes;
    size_t same = before, again = before;
    if (!grow(&b->network_room, n, &same, sizeof *b->network_room) ||
        !grow(&b->pin_room, n, &again, sizeof *b->pin_room))
        return false;
    return grow(&b->s->programmes, n, &b->programme_room, sizeof *b->s->programmes);
}

static void programme_settings(struct snapshot *s, struct snapshot_programme *p, bool *failed)
{
    struct err why = ERR_INIT;
    settings_default(&p->settings);
    p->settings_fault = "";
    if (*failed || settings_apply_json(&p->settings, p->settings_json, &why) == 0)
        return;
    p->settings_fault = builder_text(s, why.text, failed);
}

int snapshot_add_programme(struct snapshot_builder *b, const struct snapshot_programme_row *row,
                           struct err *e)
{
    struct snapshot *s = b->s;
    bool failed = false;
    uint32_t at = s->n_programmes;
    if (builder_programme(b, row->name) != NULL)
        return err_set(e, ERR_INVALID, "programme %s came twice", row->name);
    if (!programme_reserve(b))
        return err_memory(e, "programmes");
    while (at > 0 && strcmp(s->programmes[at - 1].name, row->name) > 0)
        at--;
    struct snapshot_programme p = {
        .name = builder_text(s, row->name, &failed),
        .title_sv = builder_text(s, row->title_sv, &failed),
        .title_en = builder_text(s, row->title_en, &failed),
        .settings_json = builder_text(s, row->settings, &failed),
        .published_run = row->published_run,
        .published_at = builder_text(s, row->published_run == 0 ? "" : row->published_at, &failed),
        .runs_total = row->runs_total,
        .document = builder_text(s, row->document, &failed),
        .revision = row->revision,
        .archived = row->archived,
        .next_due = row->next_due,
    };
    programme_settings(s, &p, &failed);
    if (failed)
        return err_memory(e, "programmes");
    memmove(s->programmes + at + 1, s->programmes + at, (s->n_programmes - at) * sizeof p);
    s->programmes[at] = p;
    b->network_room[s->n_programmes] = 0; /* no network came yet, so all of them are 0 */
    b->pin_room[s->n_programmes++] = 0;
    return 0;
}

int snapshot_add_run(struct snapshot_builder *b, const char *programme, const struct snapshot_run *run,
                     struct err *e)
{
    struct snapshot *s = b->s;
    const struct snapshot_programme *p = builder_programme(b, programme);
    bool failed = false;
    if (p == NULL)
        return 0;
    if (!grow(&s->runs, s->n_runs, &b->run_room, sizeof *s->runs))
        return err_memory(e, "runs");
    struct snapshot_run kept = *run;
    kept.programme = (uint32_t)(p - s->programmes);
    kept.inputs_digest = builder_text(s, run->inputs_digest, &failed);
    kept.settings = builder_text(s, run->settings, &failed);
    kept.versions = builder_text(s, run->versions, &failed);
    kept.figures = builder_text(s, run->figures, &failed);
    kept.as_of = builder_text(s, run->as_of, &failed);
    kept.started_at = builder_text(s, run->started_at, &failed);
    kept.finished_at = builder_text(s, run->finished_at, &failed);
    kept.changed = builder_text(s, run->changed, &failed);
    kept.rejected = builder_text(s, run->rejected, &failed);
    if (failed)
        return err_memory(e, "runs");
    s->runs[s->n_runs++] = kept;
    return 0;
}

uint32_t *builder_list(struct snapshot_builder *b, size_t n)
{
    enum { MANY = 16384 };
    if (b->list == NULL || b->list_room < n) {
        b->list_room = n < MANY ? MANY : n;
        b->list = arena_alloc(&b->s->memory, b->list_room * sizeof *b->list);
    }
    if (b->list == NULL)
        b->list_room = 0;
    return b->list;
}

void builder_list_kept(struct snapshot_builder *b, size_t n)
{
    b->list += n;
    b->list_room -= n;
}

static int network_shared(struct snapshot_builder *b, const char *json, struct snapshot_network *n,
                          struct err *e)
{
    json = json != NULL ? json : "";
    const size_t most = snapshot_shares_most(json);
    struct shared_challenge *shared = arena_alloc(&b->s->memory, (most + 1) * sizeof *shared);
    uint32_t *listed = builder_list(b, most);
    if (shared == NULL || listed == NULL)
        return err_memory(e, "networks");
    const uint32_t all = snapshot_shares_read(b->s, json, shared);
    for (uint32_t i = 0; i < all; i++) {
        listed[i] = shared[i].challenge;
        if (listed[i] != POPULATION_NONE)
            shared[n->n_shared++] = shared[i];
    }
    n->shared = shared;
    if (n->n_shared < all) {
        n->listed = listed;
        n->n_listed = all;
        builder_list_kept(b, all);
    }
    return 0;
}

int snapshot_add_network(struct snapshot_builder *b, const struct snapshot_network_row *row, struct err *e)
{
    struct snapshot *s = b->s;
    struct snapshot_programme *p = builder_programme(b, row->programme);
    bool failed = false;
    if (p == NULL)
        return 0;
    if (snapshot_find_network(p, row->number) != NULL)
        return err_set(e, ERR_INVALID, "network %u of programme %s came twice", row->number, p->name);
    if (!grow(&p->networks, p->n_networks, &b->network_room[p - s->programmes], sizeof *p->networks))
        return err_memory(e, "networks");
    struct snapshot_network n = {.number = row->number,
                                 .cohesion = row->cohesion,
                                 .link = snapshot_link_read(s, row->link),
                                 .label_sv = builder_text(s, row->label_sv, &failed),
                                 .label_en = builder_text(s, row->label_en, &failed),
                                 .reason_sv = builder_text(s, row->reason_sv, &failed),
                                 .reason_en = builder_text(s, row->reason_en, &failed),
                                 .name = "",
                                 .note = "",
                                 .changed_by = "",
                                 .locked_by = ""};
    int code = failed ? err_memory(e, "networks") : network_shared(b, row->shared, &n, e);
    if (code != 0)
        return code;
    uint32_t at = p->n_networks++;
    for (; at > 0 && p->networks[at - 1].number > n.number; at--)
        p->networks[at] = p->networks[at - 1];
    p->networks[at] = n;
    return 0;
}

int builder_challenges(struct snapshot_builder *b, const char *codes, const uint32_t **out, uint32_t *n,
                       const char *what, struct err *e)
{
    size_t room = codes != NULL && codes[0] != '\0';
    for (const char *c = room == 0 ? "" : codes; *c != '\0'; c++)
        room += *c == SNAPSHOT_BETWEEN[0];
    uint32_t *challenges = builder_list(b, room);
    *out = challenges;
    *n = 0;
    if (challenges == NULL)
        return err_memory(e, what);
    for (size_t i = 0; i < room; i++) {
        size_t length = strcspn(codes, SNAPSHOT_BETWEEN);
        uint32_t challenge = population_find_challenge(&b->s->population, codes, length);
        if (challenge != POPULATION_NONE)
            challenges[(*n)++] = challenge;
        codes += length + 1;
    }
    builder_list_kept(b, *n);
    return 0;
}

uint32_t builder_network(const struct snapshot_programme *p, uint32_t number)
{
    const struct snapshot_network *n = number == 0 ? NULL : snapshot_find_network(p, number);
    return n == NULL ? POPULATION_NONE : (uint32_t)(n - p->networks);
}

int snapshot_add_note(struct snapshot_builder *b, const struct snapshot_note_row *row, struct err *e)
{
    const struct snapshot_programme *p = builder_programme(b, row->programme);
    bool failed = false;
    uint32_t at = p == NULL ? POPULATION_NONE : builder_network(p, row->network);
    if (at == POPULATION_NONE)
        return 0;
    struct snapshot_network *n = &p->networks[at];
    n->name = builder_text(b->s, row->name, &failed);
    n->note = builder_text(b->s, row->note, &failed);
    n->changed_by = builder_text(b->s, row->changed_by, &failed);
    n->locked_by = builder_text(b->s, row->locked_by, &failed);
    n->locked = row->locked;
    n->version = row->version;
    return failed ? err_memory(e, "what people say of networks") : 0;
}

/* Its organizers, as it names them. */
static int pin_members(struct snapshot *s, const char *json, struct snapshot_pin *pin, struct err *e)
{
    json_t *list = json_loads(json, 0, NULL), *one;
    size_t i;
    bool failed = false;
    const char **id = arena_alloc(&s->memory, (json_array_size(list) + 1) * sizeof *id);
    uint32_t *organizer = arena_alloc(&s->memory, (json_array_size(list) + 1) * sizeof *organizer);
    if (id == NULL || organizer == NULL) {
        json_decref(list);
        return err_memory(e, "pins");
    }
    json_array_foreach(list, i, one)
    {
        id[pin->n] = builder_text(s, json_string_value(one), &failed);
        organizer[pin->n++] = snapshot_organizer_named(s, json_string_value(one));
    }
    json_decref(list);
    pin->id = id;
    pin->organizer = organizer;
    return failed ? err_memory(e, "pins") : 0;
}

int snapshot_add_pin(struct snapshot_builder *b, const struct snapshot_pin_row *row, struct err *e)
{
    struct snapshot *s = b->s;
    struct snapshot_programme *p = builder_programme(b, row->programme);
    bool failed = false;
    int type = pin_rule_parse(row->rule);
    if (p == NULL)
        return 0;
    if (type < 0)
        return err_set(e, ERR_INVALID, "pin %lld is a rule %s, which this program does not know",
                       (long long)row->number, row->rule);
    if (!grow(&p->pins, p->n_pins, &b->pin_room[p - s->programmes], sizeof *p->pins))
        return err_memory(e, "pins");
    struct snapshot_pin pin = {.number = row->number,
                               .type = (enum group_rule_type)type,
                               .network = row->network,
                               .why = builder_text(s, row->why, &failed),
                               .made_by = builder_text(s, row->made_by, &failed),
                               .made_at = builder_text(s, row->made_at, &failed),
                               .until = builder_text(s, row->until, &failed),
                               .until_day = INT32_MAX,
                               .cost = row->cost};
    if (!failed && pin.until[0] != '\0' && !date_parse(pin.until, &pin.until_day))
        pin.until_day = INT32_MAX; /* infinity, which PostgreSQL has */
    int code = failed ? err_memory(e, "pins") : pin_members(s, row->organizers, &pin, e);
    if (code == 0)
        p->pins[p->n_pins++] = pin;
    return code;
}

int snapshot_add_activity(struct snapshot_builder *b, const struct snapshot_activity_row *row, struct err *e)
{
    struct snapshot *s = b->s;
    bool failed = false;
    if (!grow(&s->activities, s->n_activities, &b->activity_room, sizeof *s->activities))
        return err_memory(e, "activities");
    struct snapshot_activity *a = &s->activities[s->n_activities];
    *a = (struct snapshot_activity){.code = builder_text(s, row->code, &failed),
                                    .title_sv = builder_text(s, row->title_sv, &failed),
                                    .title_en = builder_text(s, row->title_en, &failed)};
    s->n_activities++;
    return failed ? err_memory(e, "activities")
                  : builder_challenges(b, row->challenges, &a->challenge, &a->n, "activities", e);
}

int snapshot_add_contact(struct snapshot_builder *b, const char *programme, const char *organizer,
                         struct err *e)
{
    struct snapshot_programme *p = builder_programme(b, programme);
    uint32_t at = snapshot_organizer_named(b->s, organizer);
    if (p == NULL || at == POPULATION_NONE)
        return 0;
    if (p->contacted == NULL)
        p->contacted = calloc(b->s->population.n_organizers, sizeof *p->contacted);
    if (p->contacted == NULL)
        return err_memory(e, "contacts");
    p->contacted[at] = true;
    return 0;
}

int snapshot_build(struct snapshot_builder *b, struct snapshot **out, struct err *e)
{
    *out = NULL;
    int code = snapshot_finish(b->s, e);
    if (code != 0)
        return code;
    *out = b->s;
    b->s = NULL;
    return 0;
}
