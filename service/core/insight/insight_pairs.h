/* insight_pairs.h - which challenges are reported together more, or less, often than by chance. For
 * insight_challenges.c. Pure; any thread. */
#ifndef PEERNET_CORE_INSIGHT_PAIRS_H
#define PEERNET_CORE_INSIGHT_PAIRS_H

#include "core/insight/insight_challenges.h"

/* The at most `limit` pairs of highest lift, of challenges whose count is told (`hidden` by challenge: is
 * not; of very many the most common thousand), where none of both, the one, the other and neither is reported
 * by fewer than `threshold`. The caller frees *pairs. */
int insight_pairs_find(const struct population *p, const struct settings *s, int32_t today,
                       const struct insight_counts *counts, const bool *hidden, uint32_t threshold,
                       uint32_t limit, struct insight_pair **pairs, uint32_t *n, struct err *e);

#endif
