#include "peernet/nearest.h"

#include <string.h>

#include "proto/text.h"

void nearest_begin(struct nearest *n, const char *typed)
{
    /* About a third of the word may be wrong. */
    size_t length = strlen(typed);
    n->typed = typed;
    n->word = NULL;
    n->distance = length < 3 ? 2 : (unsigned)(length / 3) + 2;
}

void nearest_offer(struct nearest *n, const char *candidate)
{
    size_t length = strlen(n->typed), candidate_length = strlen(candidate);
    unsigned distance = text_distance(n->typed, length, candidate, candidate_length);
    /* The beginning of a word is as good as one slip of the finger. */
    if (length >= 2 && distance > 1 && strncmp(n->typed, candidate, length) == 0)
        distance = 1;
    if (distance < n->distance && distance < candidate_length) {
        n->distance = distance;
        n->word = candidate;
    }
}
