#include "peernet/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const texts[TEXT_COUNT][2] = {
#define TEXT(symbol, en, sv) {en, sv},
#include "peernet/texts.def"
#undef TEXT
};

bool language_parse(const char *name, enum language *out)
{
    static const char *const names[] = {[LANGUAGE_EN] = "en", [LANGUAGE_SV] = "sv"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strncmp(name, names[i], 2) != 0 || isalnum((unsigned char)name[2]))
            continue;
        *out = (enum language)i;
        return true;
    }
    return false;
}

enum language language_of_environment(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    enum language language = LANGUAGE_EN;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *value = getenv(variables[i]);
        if (value == NULL || value[0] == '\0')
            continue;
        language_parse(value, &language);
        break;
    }
    return language;
}

const char *language_name(enum language language)
{
    return language == LANGUAGE_SV ? "sv" : "en";
}

const char *text(enum language language, enum text id)
{
    return texts[id][language];
}

void text_fill(struct buf *out, enum language language, enum text id, const char *const *values, size_t n)
{
    const char *at = text(language, id);
    for (const char *brace; (brace = strchr(at, '{')) != NULL; at = brace + 3) {
        buf_append(out, at, (size_t)(brace - at));
        size_t index = (size_t)(brace[1] - '1');
        if (index < n && values[index] != NULL)
            buf_text(out, values[index]);
    }
    buf_text(out, at);
}
