#include "core/snapshot/snapshot_named.h"

#include <stdlib.h>
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

/* ---- what a network shares ---- */

size_t snapshot_shares_most(const char *json)
{
    size_t n = 0;
    for (const char *at = json; (at = strchr(at, '{')) != NULL; at++)
        n++;
    return n;
}

/* Goes on behind `words`, where the text does. */
static bool passes(const char **at, const char *words)
{
    const size_t size = strlen(words);
    if (strncmp(*at, words, size) != 0)
        return false;
    *at += size;
    return true;
}

static bool number_passes(const char **at, float *out)
{
    char *end;
    *out = strtof(*at, &end);
    bool some = end != *at;
    *at = end;
    return some;
}

/* As the worker writes one, to the letter; anything else is for the parser. */
static bool share_passes(const struct snapshot *s, const char **at, struct shared_challenge *out)
{
    if (!passes(at, "{\"challenge\":\""))
        return false;
    const char *code = *at;
    *at += strcspn(code, "\"\\");
    out->challenge = population_find_challenge(&s->population, code, (size_t)(*at - code));
    return passes(at, "\",\"share\":") && number_passes(at, &out->share) && passes(at, ",\"lift\":") &&
           number_passes(at, &out->lift) && passes(at, "}");
}

/* Nearly all lists, in a fraction of the time; false: it is written otherwise. */
static bool shares_quickly(const struct snapshot *s, const char *json, struct shared_challenge *out,
                           uint32_t *n)
{
    *n = 0;
    if (!passes(&json, "["))
        return false;
    while (share_passes(s, &json, &out[*n])) {
        ++*n;
        if (!passes(&json, ","))
            return strcmp(json, "]") == 0;
    }
    return false;
}

uint32_t snapshot_shares_read(const struct snapshot *s, const char *json, struct shared_challenge *out)
{
    uint32_t n = 0;
    if (json[0] == '\0' || shares_quickly(s, json, out, &n))
        return n;
    json_t *list = json_loads(json, 0, NULL), *one;
    size_t i;
    n = 0;
    json_array_foreach(list, i, one)
    {
        if (json_is_object(one)) /* as many as there are braces, at most */
            out[n++] = (struct shared_challenge){
                .challenge = snapshot_challenge_named(s, json_object_get(one, "challenge")),
                .share = (float)json_number_value(json_object_get(one, "share")),
                .lift = (float)json_number_value(json_object_get(one, "lift"))};
    }
    json_decref(list);
    return n;
}

/* ---- its link ---- */

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
