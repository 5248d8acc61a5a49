/* attribute.h - one attribute of all organizers as small numbers: their kind, county or municipality, or one
 * of their further attributes. Owner: whoever called attribute_read; texts are the population's or in its own
 * memory. Immutable once read. */
#ifndef PEERNET_CORE_ATTRIBUTE_H
#define PEERNET_CORE_ATTRIBUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/population/population.h"

struct attribute {
    const char **values; /* ascending */
    uint32_t n_values;
    uint32_t *start; /* n_organizers + 1 offsets into value */
    uint32_t *value; /* of each organizer: the numbers of its values, ascending; none where it has none */
    struct arena text;
};

/* `whole`: a list counts as one value ("gr;gy"), so that nobody has more than one. ERR_MEMORY. */
int attribute_read(struct attribute *a, const struct population *p, const char *name, bool whole,
                   struct err *e);
void attribute_free(struct attribute *a);

/* The name of an attribute that some organizer has and that is nearest to `name`; NULL when none is near. Its
 * text is in `memory`. */
const char *attribute_nearest(const struct population *p, const char *name, struct arena *memory);

#endif
