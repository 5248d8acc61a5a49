/* county.h - the names of Sweden's counties by the two digits that registers know them by (Statistics
 * Sweden's länskod). Static texts; any thread. */
#ifndef PEERNET_CORE_COUNTY_H
#define PEERNET_CORE_COUNTY_H

#include <stdbool.h>

/* "01": "Stockholms län" or "Stockholm County". NULL for what is no county's code. */
const char *county_name(const char *code, bool english);

#endif
