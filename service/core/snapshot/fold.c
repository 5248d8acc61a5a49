#include "core/snapshot/fold.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct range {
    uint16_t first, last;
    const char *text;
};

/* Latin-1 Supplement and Latin Extended-A, without case and accents; ordered. */
static const struct range ranges[] = {
    {0x00A0, 0x00A0, " "},  {0x00AD, 0x00AD, ""},   {0x00C0, 0x00C5, "a"},  {0x00C6, 0x00C6, "ae"},
    {0x00C7, 0x00C7, "c"},  {0x00C8, 0x00CB, "e"},  {0x00CC, 0x00CF, "i"},  {0x00D0, 0x00D0, "d"},
    {0x00D1, 0x00D1, "n"},  {0x00D2, 0x00D6, "o"},  {0x00D8, 0x00D8, "o"},  {0x00D9, 0x00DC, "u"},
    {0x00DD, 0x00DD, "y"},  {0x00DE, 0x00DE, "th"}, {0x00DF, 0x00DF, "ss"}, {0x00E0, 0x00E5, "a"},
    {0x00E6, 0x00E6, "ae"}, {0x00E7, 0x00E7, "c"},  {0x00E8, 0x00EB, "e"},  {0x00EC, 0x00EF, "i"},
    {0x00F0, 0x00F0, "d"},  {0x00F1, 0x00F1, "n"},  {0x00F2, 0x00F6, "o"},  {0x00F8, 0x00F8, "o"},
    {0x00F9, 0x00FC, "u"},  {0x00FD, 0x00FD, "y"},  {0x00FE, 0x00FE, "th"}, {0x00FF, 0x00FF, "y"},
    {0x0100, 0x0105, "a"},  {0x0106, 0x010D, "c"},  {0x010E, 0x0111, "d"},  {0x0112, 0x011B, "e"},
    {0x011C, 0x0123, "g"},  {0x0124, 0x0127, "h"},  {0x0128, 0x0131, "i"},  {0x0132, 0x0133, "ij"},
    {0x0134, 0x0135, "j"},  {0x0136, 0x0138, "k"},  {0x0139, 0x0142, "l"},  {0x0143, 0x014B, "n"},
    {0x014C, 0x0151, "o"},  {0x0152, 0x0153, "oe"}, {0x0154, 0x0159, "r"},  {0x015A, 0x0161, "s"},
    {0x0162, 0x0167, "t"},  {0x0168, 0x0173, "u"},  {0x0174, 0x0175, "w"},  {0x0176, 0x0178, "y"},
    {0x0179, 0x017E, "z"},  {0x017F, 0x017F, "s"},  {0x0300, 0x036F, ""},   {0x2010, 0x2015, " "},
};

/* The folded form of a character, or NULL where it stays as it is. */
static const char *folded(uint32_t character)
{
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0] && ranges[i].first <= character; i++)
        if (character <= ranges[i].last)
            return ranges[i].text;
    return NULL;
}

/* Bytes of the character at `text` and its value; 1 byte and its value where it is no UTF-8. */
static size_t decode(const unsigned char *text, size_t left, uint32_t *character)
{
    size_t size = text[0] >= 0xF0 ? 4 : text[0] >= 0xE0 ? 3 : text[0] >= 0xC0 ? 2 : 1;
    *character = size == 1 ? text[0] : text[0] & (0x7Fu >> size);
    if (size > left)
        size = 0;
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xC0) != 0x80)
            size = 0;
        else
            *character = *character << 6 | (text[i] & 0x3F);
    }
    if (size == 0)
        *character = 0xFFFFFFFF;
    return size == 0 ? 1 : size;
}

/* Adds one byte; a blank only between words. */
static size_t put(char *out, size_t used, char byte)
{
    if (byte == ' ' && (used == 0 || out[used - 1] == ' '))
        return used;
    out[used] = byte;
    return used + 1;
}

size_t fold_text(const char *text, size_t length, char *out)
{
    size_t used = 0;
    for (size_t at = 0, size; at < length; at += size) {
        unsigned char byte = (unsigned char)text[at];
        uint32_t character;
        size = decode((const unsigned char *)text + at, length - at, &character);
        if (byte < 0x80) {
            bool blank = byte <= ' ' || byte == '-' || byte == 0x7F;
            used = put(out, used, blank ? ' ' : byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : (char)byte);
            continue;
        }
        const char *plain = folded(character);
        if (plain == NULL) {
            memcpy(out + used, text + at, size);
            used += size;
        }
        for (; plain != NULL && *plain != '\0'; plain++)
            used = put(out, used, *plain);
    }
    if (used > 0 && out[used - 1] == ' ')
        used--;
    out[used] = '\0';
    return used;
}
