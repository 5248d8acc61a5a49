#include "proto/text.h"

#include <endian.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Bytes of the character that begins here; 0 when none validly does. */
static size_t character_size(const uint8_t *at, size_t size)
{
    uint8_t low = 0x80, high = 0xbf;
    if (at[0] < 0x80)
        return 1;
    if (at[0] < 0xc2 || at[0] > 0xf4)
        return 0;
    size_t need = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (need > size)
        return 0;
    if (at[0] == 0xe0)
        low = 0xa0;
    else if (at[0] == 0xed)
        high = 0x9f;
    else if (at[0] == 0xf0)
        low = 0x90;
    else if (at[0] == 0xf4)
        high = 0x8f;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < need; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return need;
}

/* How many bytes are ASCII from the start, as far as eight at a time tell. */
static size_t ascii_run(const uint8_t *bytes, size_t size)
{
    size_t i = 0;
    for (uint64_t eight; i + 8 <= size; i += 8) {
        memcpy(&eight, bytes + i, 8);
        if ((eight &= UINT64_C(0x8080808080808080)) != 0)
            return i + (size_t)__builtin_ctzll(le64toh(eight)) / 8;
    }
    return i;
}

long text_characters(const char *text, size_t size)
{
    const uint8_t *bytes = (const uint8_t *)text;
    long count = 0;
    for (size_t i = 0, step; i < size; i += step, count++) {
        size_t run = ascii_run(bytes + i, size - i);
        i += run;
        count += (long)run;
        if (i == size)
            break;
        if ((step = character_size(bytes + i, size - i)) == 0)
            return -1;
    }
    return count;
}

void text_repair(char *text, size_t size)
{
    for (size_t i = 0, step; i < size; i += step) {
        step = character_size((const uint8_t *)text + i, size - i);
        if (step == 0) {
            text[i] = '?';
            step = 1;
        }
    }
}

const char *text_show(const char *text, size_t size, char out[TEXT_SHOWN])
{
    const uint8_t *bytes = (const uint8_t *)text;
    size_t used = 0, i = 0;
    out[used++] = '\'';
    for (size_t step; i < size && i < 60; i += step) {
        step = character_size(bytes + i, size - i);
        if (step == 0 || bytes[i] < 0x20 || bytes[i] == 0x7f) {
            used += (size_t)snprintf(out + used, TEXT_SHOWN - used, "\\x%02x", bytes[i]);
            step = 1;
        } else {
            memcpy(out + used, bytes + i, step);
            used += step;
        }
    }
    snprintf(out + used, TEXT_SHOWN - used, "%s'", i < size ? "..." : "");
    return out;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

#define DISTANCE_SIZE 64

unsigned text_distance(const char *a, size_t a_size, const char *b, size_t b_size)
{
    unsigned rows[3][DISTANCE_SIZE + 1], *before = rows[0], *last = rows[1], *row = rows[2];
    if (a_size > DISTANCE_SIZE || b_size > DISTANCE_SIZE)
        return UINT_MAX;
    for (size_t j = 0; j <= b_size; j++)
        before[j] = last[j] = (unsigned)j;
    for (size_t i = 1; i <= a_size; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_size; j++) {
            row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        unsigned *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[b_size];
}
