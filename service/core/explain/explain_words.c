/* Words: numbers, times, and lists of challenges as a person would write them in Swedish and English. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/explain/explain_parts.h"

static const char *const count_words[LANGUAGE_COUNT][13] = {
    {"ingen", "en", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva", "tolv"},
    {"none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
     "twelve"},
};

/* By hand: there are some in every sentence, and printf takes longer than all the rest of it. */
void say_whole(struct buf *out, uint64_t n)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    buf_append(out, digits + at, sizeof digits - at);
}

void say_count(struct buf *out, uint32_t n, enum language language)
{
    if (n <= 12)
        buf_text(out, count_words[language][n]);
    else
        say_whole(out, n);
}

void say_decimal(struct buf *out, double value, enum language language)
{
    const long hundredths = labs(lround(value * 100));
    const char behind[] = {language == LANGUAGE_SV ? ',' : '.', (char)('0' + hundredths / 10 % 10),
                           (char)('0' + hundredths % 10)};
    if (value < 0 && hundredths > 0)
        buf_text(out, "-");
    say_whole(out, (uint64_t)hundredths / 100);
    buf_append(out, behind, sizeof behind);
}

void say_organizers(struct buf *out, uint32_t n, enum language language)
{
    buf_printf(out, "%u %s", n,
               n == 1 ? in(language, "huvudman", "organizer") : in(language, "huvudmän", "organizers"));
}

const char *organizer_name(const struct population *p, uint32_t organizer)
{
    const struct organizer *o = &p->organizers[organizer];
    return o->name[0] != '\0' ? o->name : o->id;
}

void say_names(struct buf *out, const struct population *p, const uint32_t *organizers, uint32_t n,
               enum language language)
{
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            buf_text(out, i + 1 < n ? ", " : in(language, " och ", " and "));
        buf_text(out, organizer_name(p, organizers[i]));
    }
}

/* The number of times that is said; 0 where it is not worth words. What "at least" stands before is rounded
 * down. */
static double times_of(double lift, bool least)
{
    if (!(lift >= (least ? 1.5 : 1.25)))
        return 0;
    if (lift < (least ? 2 - 1e-9 : 1.75))
        return 1.5;
    lift = lift < 1e6 ? lift : 1e6;
    return least ? floor(lift + 1e-9) : round(lift);
}

bool say_times(struct buf *out, double lift, bool least, enum language language)
{
    double times = times_of(lift, least);
    if (times <= 0)
        return false;
    if (least)
        buf_text(out, in(language, "minst ", "at least "));
    else if (fabs(lift - times) > 0.05)
        buf_text(out, in(language, "ungefär ", "about "));
    if (times < 2) {
        buf_text(out, in(language, "en och en halv gång så", "one and a half times as"));
    } else if (times < 3) {
        buf_text(out, in(language, "dubbelt så", "twice as"));
    } else {
        say_count(out, (uint32_t)times, language);
        buf_text(out, in(language, " gånger så", " times as"));
    }
    buf_text(out, in(language, " vanligt", " common"));
    return true;
}

/* ---- small and capital letters: ASCII and Latin-1, which hold the letters that Swedish and English begin
 * with ---- */

struct letter {
    size_t size; /* bytes; 0 = neither small nor capital as far as we know */
    bool capital;
};

static struct letter letter_at(const char *text, size_t left)
{
    const unsigned char *c = (const unsigned char *)text;
    if (left > 0 && ((c[0] >= 'A' && c[0] <= 'Z') || (c[0] >= 'a' && c[0] <= 'z')))
        return (struct letter){1, c[0] <= 'Z'};
    if (left > 1 && c[0] == 0xC3 && (c[1] & 0x1F) != 0x17 && c[1] != 0x9F &&
        c[1] != 0xBF) /* not x, /, ss, y */
        return (struct letter){2, c[1] < 0xA0};
    return (struct letter){0, false};
}

void say_capital(struct buf *out, size_t from)
{
    if (buf_failed(out) || from >= out->size)
        return;
    struct letter first = letter_at((const char *)out->data + from, out->size - from);
    if (first.size > 0 && !first.capital)
        out->data[from + first.size - 1] ^= 0x20;
}

/* English writes these with a capital wherever they stand. */
static bool always_capital(const char *word, size_t length)
{
    static const char *const words[] = {
        "I",        "English",   "Swedish",   "Finnish",   "Norwegian",  "Danish",   "Sami",    "German",
        "French",   "Spanish",   "Italian",   "Russian",   "Polish",     "Arabic",   "Chinese", "Greek",
        "Latin",    "Nordic",    "European",  "Christian", "Romani",     "Yiddish",  "Somali",  "Persian",
        "Kurdish",  "Dutch",     "British",   "Roma",      "Portuguese", "Japanese", "Turkish", "Meänkieli",
        "Tigrinya", "Ukrainian", "Icelandic", "Estonian",  "Bosnian",    "Thai",     "Dari",    "Pashto",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == length && memcmp(words[i], word, length) == 0)
            return true;
    return false;
}

/* Whether the first word is like Svag and not like SFI, IT-plan, A-traktor, iPad or, in English, Swedish. */
static bool may_be_small(const char *text, size_t size, enum language language)
{
    struct letter first = letter_at(text, size);
    size_t length = first.size, letters = 1;
    while (length < size && strchr(" ,;:/()&\"", text[length]) == NULL) {
        struct letter next = letter_at(text + length, size - length);
        bool odd = next.size == 0 && (unsigned char)text[length] < 0x80; /* a digit, a hyphen */
        if (next.capital || (odd && (letters == 1 || text[length] != '-')))
            return false;
        letters++;
        length += next.size > 0 ? next.size : 1;
    }
    return first.capital && letters > 1 && (language != LANGUAGE_EN || !always_capital(text, length));
}

static void say_part(struct buf *out, const char *text, size_t size, bool small, enum language language)
{
    size_t from = out->size;
    buf_append(out, text, size);
    if (small && may_be_small(text, size, language) && !buf_failed(out))
        out->data[from + letter_at(text, size).size - 1] ^= 0x20;
}

/* ---- lists of challenges ---- */

struct item {
    const char *text;
    size_t size;
    size_t prefix; /* bytes up to ": "; 0 when the label has no such beginning, or it has been said already */
    bool said;
};

/* The label in this language, or in the other, or the code; without a full stop. */
static struct item item_of(const struct challenge *c, enum language language)
{
    const char *own = in(language, c->label_sv, c->label_en), *other = in(language, c->label_en, c->label_sv);
    struct item item = {.text = own[0] != '\0' ? own : other[0] != '\0' ? other : c->code};
    item.size = strlen(item.text);
    while (item.size > 1 && strchr(" .", item.text[item.size - 1]) != NULL)
        item.size--;
    const char *colon = memmem(item.text, item.size, ": ", 2);
    if (colon != NULL && colon + 2 < item.text + item.size)
        item.prefix = (size_t)(colon - item.text);
    return item;
}

static bool same_prefix(const struct item *a, const struct item *b)
{
    return a->prefix > 0 && a->prefix == b->prefix && memcmp(a->text, b->text, a->prefix) == 0;
}

/* "a, b och c"; `strong` where a part holds that word itself: "a, b samt c och d". */
static void say_joint(struct buf *out, uint32_t i, uint32_t n, bool strong, enum language language)
{
    if (i == 0)
        return;
    if (i + 1 < n)
        buf_text(out, ", ");
    else if (strong)
        buf_text(out, in(language, " samt ", ", and "));
    else
        buf_text(out, in(language, " och ", " and "));
}

static bool holds_and(const struct item *item, enum language language)
{
    const char *word = in(language, " och ", " and ");
    return memmem(item->text, item->size, word, strlen(word)) != NULL;
}

/* Parts that hold an "and" of their own come last. */
static void items_order(struct item *items, uint32_t n, enum language language)
{
    struct item ordered[SAY_MOST];
    uint32_t at = 0;
    for (int with = 0; with < 2; with++)
        for (uint32_t i = 0; i < n; i++)
            if (holds_and(&items[i], language) == with)
                ordered[at++] = items[i];
    memcpy(items, ordered, n * sizeof *items);
}

/* All items that begin like items[lead]: "Svag grund: bild, biologi och fysik". */
static void say_group(struct buf *out, struct item *items, uint32_t n, uint32_t lead, bool small,
                      bool all_small, enum language language)
{
    const struct item first = items[lead];
    const size_t skip = first.prefix + 2;
    uint32_t total = 0, i = 0;
    bool strong = false;
    say_part(out, first.text, first.prefix, small, language);
    buf_text(out, ": ");
    for (uint32_t at = lead; at < n; at++) {
        total += same_prefix(&items[at], &first);
        strong = strong || (same_prefix(&items[at], &first) && holds_and(&items[at], language));
    }
    for (uint32_t at = lead; at < n; at++) {
        if (!same_prefix(&items[at], &first))
            continue;
        say_joint(out, i, total, strong, language);
        say_part(out, items[at].text + skip, items[at].size - skip, all_small || i > 0, language);
        items[at].said = true;
        i++;
    }
}

/* Drops a beginning that was said just before; from all or none, so that what stands without it is clear. */
static void drop_prefix(struct item *items, uint32_t n, const struct item *before)
{
    for (uint32_t i = 0; i < n; i++)
        if (!same_prefix(&items[i], before))
            return;
    for (uint32_t i = 0; i < n; i++) {
        items[i].text += items[i].prefix + 2;
        items[i].size -= items[i].prefix + 2;
        items[i].prefix = 0;
    }
}

static uint32_t next_group(const struct item *items, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (items[i].prefix > 0 && !items[i].said)
            return i;
    return n;
}

/* The items without a beginning in common, out of `total` parts of which groups are the rest; returns how
 * many. */
static uint32_t say_plain(struct buf *out, const struct item *items, uint32_t n, uint32_t total,
                          bool all_small, bool strong, enum language language)
{
    uint32_t i = 0;
    for (uint32_t at = 0; at < n; at++) {
        if (items[at].prefix > 0)
            continue;
        say_joint(out, i, total, strong, language);
        say_part(out, items[at].text, items[at].size, all_small || i > 0, language);
        i++;
    }
    return i;
}

/* The last part of a list whose other parts have been said; a list behind a colon would seem to hold it. */
static void say_more(struct buf *out, uint32_t said, uint32_t more, bool strong, enum language language)
{
    say_joint(out, said, said + 1, strong, language);
    buf_printf(out, "%u %s", more, in(language, "till", "more"));
}

static void say_list(struct buf *out, const struct population *p, const uint32_t *challenges, uint32_t n,
                     uint32_t more, enum say_as as, uint32_t after, enum language language)
{
    struct item items[SAY_MOST], before = {0};
    uint32_t plain = 0;
    bool strong = false; /* some part of the outer list holds an "and" */
    if (after != POPULATION_NONE)
        before = item_of(&p->challenges[after], language);
    for (uint32_t i = 0; i < n; i++)
        items[i] = item_of(&p->challenges[challenges[i]], language);
    drop_prefix(items, n, &before);
    for (uint32_t i = 0; i < n; i++) {
        plain += items[i].prefix == 0;
        strong = strong || (items[i].prefix == 0 && holds_and(&items[i], language));
    }
    items_order(items, n, language);
    /* Labels of their own first: what follows a colon would seem to belong behind it. */
    strong = strong || n > plain + 1;
    const uint32_t total = plain + (plain < n) + (more > 0);
    uint32_t said = say_plain(out, items, n, total, as == SAY_SENTENCE, strong, language);
    for (uint32_t lead; (lead = next_group(items, n)) < n; said++) {
        if (said < plain + (plain < n))
            say_joint(out, said, total, strong, language);
        else
            buf_text(out, in(language, " samt ", " as well as "));
        say_group(out, items, n, lead, as == SAY_SENTENCE || said > 0, as == SAY_SENTENCE, language);
    }
    if (more > 0)
        say_more(out, said, more, strong || plain < n, language);
}

void say_challenges(struct buf *out, const struct population *p, const uint32_t *challenges, uint32_t n,
                    enum say_as as, uint32_t after, enum language language)
{
    say_list(out, p, challenges, n, 0, as, after, language);
}

void say_heading(struct buf *out, const struct population *p, const uint32_t *challenges, uint32_t n,
                 uint32_t more, enum language language)
{
    say_list(out, p, challenges, n, more, SAY_HEADING, POPULATION_NONE, language);
}
