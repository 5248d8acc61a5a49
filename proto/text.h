/* text.h - text that came from somebody else: counted in characters, checked, and made fit to be shown in a
 * message. Owner: the caller. Any thread. */
#ifndef PEERNET_PROTO_TEXT_H
#define PEERNET_PROTO_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Characters (code points) of valid UTF-8; -1 where it is not. */
long text_characters(const char *text, size_t size);

/* `text` in quotes, cut after 60 bytes, controls and what is not UTF-8 as \xNN: safe in a message and a log.
 * Returns `out`. */
#define TEXT_SHOWN 280 /* enough for the longest */
const char *text_show(const char *text, size_t size, char out[TEXT_SHOWN]);

/* Puts '?' for each byte that is no part of valid UTF-8. */
void text_repair(char *text, size_t size);

/* Insertions, deletions, replacements and swaps of neighbours that lead from one to the other; a large number
 * where either is longer than 64 bytes. */
unsigned text_distance(const char *a, size_t a_size, const char *b, size_t b_size);

#endif
