#include "encode/population.h"

#include <string.h>
#include <time.h>

#include "proto/mp.h"
#include "proto/mp_json.h"
#include "proto/text.h"

void encode_foreign(struct buf *out, const char *text)
{
    size_t size = text == NULL ? 0 : strlen(text);
    mp_str(out, size == 0 ? "" : text, size);
    if (!buf_failed(out))
        text_repair((char *)out->data + out->size - size, size);
}

void encode_optional(struct buf *out, const char *text)
{
    if (text == NULL || *text == '\0')
        mp_nil(out);
    else
        encode_foreign(out, text);
}

void encode_json(struct buf *out, const char *json)
{
    struct err e = ERR_INIT;
    if (mp_from_json(out, json, strlen(json), &e) == ERR_INVALID)
        mp_map(out, 0);
}

void encode_day(struct buf *out, int32_t day)
{
    char text[32];
    struct tm date;
    time_t seconds = (time_t)day * 86400;
    if (gmtime_r(&seconds, &date) == NULL || strftime(text, sizeof text, "%Y-%m-%d", &date) == 0)
        mp_nil(out);
    else
        mp_text(out, text);
}

void encode_kind(struct buf *out, enum organizer_kind kind)
{
    mp_text(out, organizer_kind_name(kind));
}

static void encode_identity(struct buf *out, const struct organizer *o)
{
    mp_key(out, "id");
    mp_text(out, o->id);
    mp_key(out, "name");
    mp_text(out, o->name);
    mp_key(out, "kind");
    encode_kind(out, o->kind);
}

void encode_organizer_brief(struct buf *out, const struct organizer *o)
{
    mp_map(out, 3);
    encode_identity(out, o);
}

void encode_organizer(struct buf *out, const struct organizer *o)
{
    mp_map(out, 9);
    encode_identity(out, o);
    mp_key(out, "municipality");
    encode_optional(out, o->municipality);
    mp_key(out, "county");
    encode_optional(out, o->county);
    mp_key(out, "lat");
    mp_rounded(out, o->lat, 6);
    mp_key(out, "lon");
    mp_rounded(out, o->lon, 6);
    mp_key(out, "pupils");
    if (o->pupils < 0)
        mp_nil(out);
    else
        mp_int(out, o->pupils);
    mp_key(out, "attributes");
    encode_json(out, o->attributes);
}

void encode_challenge_name(struct buf *out, const struct challenge *c, bool english)
{
    mp_key(out, "challenge");
    mp_text(out, c->code);
    mp_key(out, "label");
    mp_text(out, english ? c->label_en : c->label_sv);
}

void encode_challenges(struct buf *out, const struct population *p, const uint32_t *challenges, size_t n,
                       bool english)
{
    mp_array(out, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        mp_map(out, 2);
        encode_challenge_name(out, &p->challenges[challenges[i]], english);
    }
}
