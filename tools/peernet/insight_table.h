/* insight_table.h - the pieces that the tables of insight share: counts, shares and groups, a dot in the
 * place of what is withheld. What is appended is the caller's. One thread. */
#ifndef PEERNET_CLI_INSIGHT_TABLE_H
#define PEERNET_CLI_INSIGHT_TABLE_H

#include <jansson.h>

#include "peernet/table.h"

#define INSIGHT_WITHHELD "·"

void insight_count(struct buf *out, struct cli *cli, const json_t *map, const char *key);
void insight_share(struct buf *out, struct cli *cli, const json_t *cell);
void insight_severity(struct buf *out, struct cli *cli, const json_t *cell);
void insight_decimal(struct buf *out, struct cli *cli, double value, int digits);
/* "kommunal", "Stockholms län", "100-499": `by` is how it was grouped. */
void insight_group(struct buf *out, struct cli *cli, const char *by, const json_t *group);
/* As the heading of a column. */
void insight_head(struct table *table, struct cli *cli, size_t column, const char *by, const json_t *group);
/* Behind the tables, dim: what the dots are, if there are any. */
void insight_note(struct cli *cli, const json_t *result);

#endif
