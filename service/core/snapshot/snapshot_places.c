/* Where everybody is in a run: its members and those in no network. */
#include <string.h>

#include "base/hex.h"
#include "core/explain/member_words.h"
#include "core/snapshot/snapshot_finish.h"
#include "core/snapshot/snapshot_named.h"
#include "core/snapshot/snapshot_rows.h"

/* Where the organizer's placement goes; NULL when it is none of ours (nothing to do) or memory ran out
 * (*code). */
static struct snapshot_place *place_of(struct snapshot_builder *b, const char *programme,
                                       const char *organizer, int *code, struct err *e)
{
    struct snapshot *s = b->s;
    struct snapshot_programme *p = builder_programme(b, programme);
    uint32_t index = population_find_organizer(&s->population, organizer, strlen(organizer));
    *code = 0;
    if (p == NULL || index == POPULATION_NONE)
        return NULL;
    if (p->places == NULL)
        *code = snapshot_finish_places(s, p, e);
    return *code == 0 ? &p->places[index] : NULL;
}

/* Challenges that a list of places in their network's names. */
static int placed_challenges(struct snapshot_builder *b, const struct snapshot_network *network,
                             const char *places, struct snapshot_place *out, struct err *e)
{
    const size_t room = strlen(places) / 4;
    const uint32_t known = network->listed != NULL ? network->n_listed : network->n_shared;
    uint32_t *challenges = builder_list(b, room);
    out->shared = challenges;
    if (challenges == NULL)
        return err_memory(e, "members");
    for (size_t i = 0; i < room; i++, places += 4) {
        uint32_t at = hex_digit(places[0]) << 12 | hex_digit(places[1]) << 8 | hex_digit(places[2]) << 4 |
                      hex_digit(places[3]);
        uint32_t challenge = at >= known               ? POPULATION_NONE
                             : network->listed != NULL ? network->listed[at]
                                                       : network->shared[at].challenge;
        if (challenge != POPULATION_NONE)
            challenges[out->n_shared++] = challenge;
    }
    builder_list_kept(b, out->n_shared);
    if (out->n_shared < room)
        out->told = (uint16_t)((out->told & (TOLD_CLOSEST | TOLD_NO_OTHER)) | TOLD_FIRST_ONLY);
    return 0;
}

/* What belongs to its why not, where there is something. */
static int why_facts_of(struct snapshot_builder *b, const struct snapshot_member_row *row,
                        struct snapshot_place *out, struct err *e)
{
    const bool rule = out->why_not == WHY_NOT_PINNED || out->why_not == WHY_NOT_APART;
    if (!rule && out->why_not != WHY_NOT_COSTS_OTHERS && out->why_not != WHY_NOT_LEAST_FIT)
        return 0;
    struct why_facts *why = arena_alloc(&b->s->memory, sizeof *why);
    if (why == NULL)
        return err_memory(e, "members");
    *why =
        (struct why_facts){row->next_figure, snapshot_organizer_named(b->s, row->next_with), row->next_pin};
    out->why = why;
    return 0;
}

/* Sentences that somebody wrote. */
static int texts_of(struct snapshot_builder *b, const char *last_report, const char *sv, const char *en,
                    struct snapshot_place *out, struct err *e)
{
    bool failed = false;
    struct place_texts *texts = arena_alloc(&b->s->memory, sizeof *texts);
    if (texts == NULL)
        return err_memory(e, "reasons");
    *texts = (struct place_texts){builder_text(b->s, last_report, &failed), builder_text(b->s, sv, &failed),
                                  builder_text(b->s, en, &failed)};
    out->texts = texts;
    return failed ? err_memory(e, "reasons") : 0;
}

/* What is not known any more is none. */
static enum why_not why_named(const char *name)
{
    int why = name == NULL ? WHY_NOT_NONE : why_not_parse(name);
    return why < 0 ? WHY_NOT_UNKNOWN : (enum why_not)why;
}

/* What a member shares, and the words about it or what they are made of. */
static int member_facts_of(struct snapshot_builder *b, const struct snapshot_network *network,
                           const struct snapshot_member_row *row, struct snapshot_place *out, struct err *e)
{
    int code = row->shared != NULL && row->shared[0] != '\0'
                   ? builder_challenges(b, row->shared, &out->shared, &out->n_shared, "members", e)
                   : placed_challenges(b, network, row->places != NULL ? row->places : "", out, e);
    if (code != 0)
        return code;
    return row->reason_sv != NULL ? texts_of(b, NULL, row->reason_sv, row->reason_en, out, e)
                                  : why_facts_of(b, row, out, e);
}

int snapshot_add_member(struct snapshot_builder *b, const struct snapshot_member_row *row, struct err *e)
{
    int code;
    struct snapshot_place *place = place_of(b, row->programme, row->organizer, &code, e);
    if (place == NULL)
        return code;
    const struct snapshot_programme *p = builder_programme(b, row->programme);
    struct snapshot_place found = {
        .state = PLACE_MEMBER,
        .told = row->told,
        .network = builder_network(p, row->network),
        .fit = row->fit,
        .next_network = builder_network(p, row->next_network),
        .next_fit = row->next_fit,
        .why_not = why_named(row->next_why),
        .closest = snapshot_organizer_named(b->s, row->closest),
        .closest_similarity = row->closest_similarity,
    };
    if (found.network == POPULATION_NONE)
        return err_set(e, ERR_INVALID, "organizer %s is in network %u of programme %s, which is not there",
                       row->organizer, row->network, row->programme);
    code = member_facts_of(b, &p->networks[found.network], row, &found, e);
    if (code == 0)
        *place = found;
    return code;
}

int snapshot_add_unmatched(struct snapshot_builder *b, const struct snapshot_unmatched_row *row,
                           struct err *e)
{
    int code, reason = unmatched_reason_parse(row->reason);
    struct snapshot_place *place = place_of(b, row->programme, row->organizer, &code, e);
    if (place == NULL)
        return code;
    const struct snapshot_programme *p = builder_programme(b, row->programme);
    *place = (struct snapshot_place){
        .state = PLACE_UNMATCHED,
        .unmatched = reason < 0 ? UNMATCHED_NONE : (enum unmatched_reason)reason,
        .network = POPULATION_NONE,
        .next_network = builder_network(p, row->next_network),
        .next_fit = row->next_fit,
        .why_not = why_named(row->next_why),
        .closest = POPULATION_NONE,
        .waits = row->waits,
        .ahead = row->ahead,
        .texts = place->texts,
    };
    return texts_of(b, row->last_report, row->reason_sv, row->reason_en, place, e);
}
