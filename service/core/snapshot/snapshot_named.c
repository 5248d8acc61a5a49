#include "core/snapshot/snapshot_named.h"

#include <string.h>

uint32_t snapshot_challenge_named(const struct snapshot *s, const json_t *code)
{
    if (!json_is_string(code))
        return POPULATION_NONE;
    return population_find_challenge(&s->population, json_string_value(code), json_string_length(code));
}

uint32_t snapshot_organizer_named(const struct snapshot *s, const char *id)
{
    return id == NULL ? POPULATION_NONE : population_find_organizer(&s->population, id, strlen(id));
}

/* At most LINK_TOLD challenges; how many. */
static uint32_t told_codes(const struct snapshot *s, const json_t *codes, uint32_t told[LINK_TOLD])
{
    uint32_t n = 0;
    for (size_t i = 0; i < json_array_size(codes) && n < LINK_TOLD; i++) {
        uint32_t challenge = snapshot_challenge_named(s, json_array_get(codes, i));
        if (challenge != POPULATION_NONE)
            told[n++] = challenge;
    }
    return n;
}

struct network_link snapshot_link_read(const struct snapshot *s, const char *json)
{
    const struct network_link none = {.organizer = POPULATION_NONE};
    json_t *from = json == NULL ? NULL : json_loads(json, 0, NULL);
    struct network_link l = {
        .organizer = snapshot_organizer_named(s, json_string_value(json_object_get(from, "organizer"))),
        .direct = (float)json_number_value(json_object_get(from, "similarity"))};
    bool whole = l.organizer != POPULATION_NONE;
    for (int k = 0; k < 2; k++) {
        const json_t *side = json_array_get(json_object_get(from, "sides"), (size_t)k);
        l.side[k].organizer =
            snapshot_organizer_named(s, json_string_value(json_object_get(side, "organizer")));
        l.side[k].similarity = (float)json_number_value(json_object_get(side, "similarity"));
        l.side[k].n_shared = told_codes(s, json_object_get(side, "shared"), l.side[k].shared);
        whole = whole && l.side[k].organizer != POPULATION_NONE;
    }
    l.n_common = told_codes(s, json_object_get(from, "shared"), l.common);
    json_decref(from);
    return whole ? l : none;
}
