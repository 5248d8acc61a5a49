/* limits.h - what the settings ask of networks besides their sizes (not_alone, mix, in_common,
 * distance_most_km, centre_most_km, seats): by organizer, as the engine wants it by element, and as a
 * question about one network. Owner: whoever called limits_build; limits_free also after a failure. Immutable
 * once built; pure. */
#ifndef PEERNET_CORE_LIMITS_H
#define PEERNET_CORE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/population/attribute.h"
#include "core/explain/explain_unmatched.h"
#include "core/settings/settings.h"

struct json_t;

struct limit_attribute {
    struct attribute values; /* at most one each: a list counts as a whole */
    const char *attribute, *name;
    bool not_alone;
    double mix;
};

struct limits {
    const struct population *p;
    const struct settings *s;
    struct limit_attribute *attributes;
    size_t n_attributes;
    struct attribute common;
    const char *common_name, *pair_name, *centre_name; /* as the setting is written; NULL = off */
    struct limit_point {
        double x, y, z; /* on the unit sphere; NAN = unknown */
    } * point;          /* per organizer; NULL = no distance is limited */
    uint32_t *seats;    /* per organizer: the places that it takes; NULL = one each */
    bool restricts;     /* some network of allowed size might be refused */
    struct arena memory;
};

/* Warns of attributes that nobody has, and of seats that are no number; `warnings` NULL: nobody is told. */
int limits_build(struct limits *l, const struct population *p, const struct settings *s,
                 struct json_t *warnings, struct err *e);
void limits_free(struct limits *l);

static inline uint32_t limits_seats(const struct limits *l, uint32_t organizer)
{
    return l->seats != NULL ? l->seats[organizer] : 1;
}

/* Numbers of limits as group_limits.h has them; one more for seats. What a sentence about it needs. */
uint32_t limits_seats_number(const struct limits *l);
void limits_facts(const struct limits *l, uint32_t limit, uint32_t organizer, struct unmatched_facts *f);

/* The limit that keeps two organizers out of the same network, whoever else is in it; GROUP_NONE = none does.
 */
uint32_t limits_part(const struct limits *l, uint32_t a, uint32_t b);
/* The settings that restrict networks, as they are written, with commas between. */
void limits_list(const struct limits *l, struct buf *out);
/* Would these be a network within all limits but the sizes? */
bool limits_hold(const struct limits *l, const uint32_t *organizers, uint32_t n);

#endif
