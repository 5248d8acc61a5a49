#include "peernet/phrase.h"

#include <stdlib.h>
#include <string.h>

#define VALUES_MOST 9
#define DEEPEST 6

static const struct phrase {
    const char *wire, *text[2];
} phrases[] = {
#define PHRASE(wire, en, sv) {wire, {en, sv}},
#include "peernet/phrases.def"
#undef PHRASE
};

struct span {
    const char *at;
    size_t size;
};

/* A phrase that fits, with the values of {1} and <1>, ... */
struct fit {
    const struct phrase *phrase;
    size_t literal; /* bytes that the phrase says itself */
    struct span values[VALUES_MOST];
    bool own[VALUES_MOST]; /* to be looked up in its turn */
};

static size_t literal_size(const char *pattern)
{
    return strcspn(pattern, "{<");
}

/* Where a value stands: {1} or <1>; other braces and < are text. */
static bool is_value(const char *at)
{
    return (at[0] == '{' || at[0] == '<') && at[1] >= '1' && at[1] <= '9' &&
           at[2] == (at[0] == '{' ? '}' : '>');
}

static size_t next_value(const char *pattern)
{
    size_t n = literal_size(pattern);
    while (pattern[n] != '\0' && !is_value(pattern + n))
        n += 1 + literal_size(pattern + n + 1);
    return n;
}

static const char *find(struct span in, const char *what, size_t size)
{
    return size == 0 ? in.at : memmem(in.at, in.size, what, size);
}

static bool find_fit(struct span said, bool look, struct fit *out);

/* Where a value ends, before the `n` bytes of the pattern behind it: as soon as can be; but one that is
 * looked up in its turn, as soon as there is a phrase for it. So a person's "agreed; see the minutes" inside
 * does not part "<1>; <2>". */
static const char *value_end(struct span said, const char *pattern, size_t n, bool own)
{
    struct fit fit;
    const char *first = find(said, pattern, n), *behind = said.at + said.size;
    if (!own || n == 0)
        return first;
    for (const char *end = first; end != NULL;
         end = find((struct span){end + 1, (size_t)(behind - end - 1)}, pattern, n))
        if (find_fit((struct span){said.at, (size_t)(end - said.at)}, false, &fit))
            return end;
    return first;
}

/* Each value is as short as can be but the last, which takes what is left. `look`: values are looked up; one
 * level deep, as the words may be anybody's. */
static bool fits(const struct phrase *p, struct span said, bool look, struct fit *out)
{
    const char *pattern = p->wire;
    size_t n = next_value(pattern);
    *out = (struct fit){.phrase = p, .literal = n};
    if (said.size < n || memcmp(said.at, pattern, n) != 0)
        return false;
    said = (struct span){said.at + n, said.size - n};
    for (pattern += n; *pattern != '\0'; pattern += n) {
        size_t index = (size_t)(pattern[1] - '1');
        out->own[index] = pattern[0] == '<';
        pattern += 3;
        n = next_value(pattern);
        const char *end = pattern[n] != '\0' ? value_end(said, pattern, n, look && out->own[index])
                          : said.size >= n   ? said.at + said.size - n
                                             : NULL;
        if (end == NULL || memcmp(end, pattern, n) != 0)
            return false;
        out->values[index] = (struct span){said.at, (size_t)(end - said.at)};
        said = (struct span){end + n, said.size - (size_t)(end + n - said.at)};
        out->literal += n;
    }
    return said.size == 0;
}

/* Of all that fit the one that says most itself. */
static bool find_fit(struct span said, bool look, struct fit *out)
{
    struct fit one;
    *out = (struct fit){.phrase = NULL};
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        if (fits(&phrases[i], said, look, &one) && (out->phrase == NULL || one.literal > out->literal))
            *out = one;
    return out->phrase != NULL;
}

static void say(struct buf *out, enum language language, struct span said, int depth);

static void write_fit(struct buf *out, enum language language, const struct fit *fit, int depth)
{
    const char *text = fit->phrase->text[language];
    if (text[0] == '\0')
        text = fit->phrase->wire;
    for (size_t n; *text != '\0'; text += n) {
        n = next_value(text);
        buf_append(out, text, n);
        if (text[n] == '\0')
            break;
        size_t index = (size_t)(text[n + 1] - '1');
        if (fit->own[index])
            say(out, language, fit->values[index], depth + 1);
        else
            buf_append(out, fit->values[index].at, fit->values[index].size);
        n += 3;
    }
}

/* "context: " before something that is known: how many bytes; 0 = none. */
static size_t context_size(struct span said, struct fit *fit)
{
    for (size_t i = 0; i + 2 < said.size; i++)
        if (memcmp(said.at + i, ": ", 2) == 0 &&
            find_fit((struct span){said.at + i + 2, said.size - i - 2}, true, fit))
            return i + 2;
    return 0;
}

static void say(struct buf *out, enum language language, struct span said, int depth)
{
    struct fit fit;
    if (depth > DEEPEST || said.size == 0) {
        buf_append(out, said.at, said.size);
        return;
    }
    size_t context = find_fit(said, true, &fit) ? 0 : context_size(said, &fit);
    if (fit.phrase == NULL) {
        buf_append(out, said.at, said.size);
        return;
    }
    buf_append(out, said.at, context);
    write_fit(out, language, &fit, depth);
}

void phrase_say(struct buf *out, enum language language, const char *said)
{
    say(out, language, (struct span){said, strlen(said)}, 0);
}

bool phrase_known(const char *said)
{
    struct fit fit;
    struct span span = {said, strlen(said)};
    return find_fit(span, true, &fit) || context_size(span, &fit) > 0;
}
