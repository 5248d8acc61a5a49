/* date.h - a calendar day by its text. Pure. Any thread. */
#ifndef PEERNET_BASE_DATE_H
#define PEERNET_BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

/* "2026-08-31", exactly so, years 0001 to 9999, as days since 1970-01-01; false when there is no such day. */
bool date_parse(const char *text, int32_t *day);

#endif
