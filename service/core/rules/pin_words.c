#include "core/rules/pin_words.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"

#define WORDS_MOST 600 /* bytes: names may be very long */
#define NAMES_TOLD 4

static const char *const rule_names[] = {
    [RULE_TOGETHER] = "together", [RULE_APART] = "apart", [RULE_KEEP] = "keep"};

const char *pin_rule_name(enum group_rule_type type)
{
    return rule_names[type];
}

int pin_rule_parse(const char *name)
{
    for (size_t i = 0; i < sizeof rule_names / sizeof rule_names[0]; i++)
        if (strcmp(rule_names[i], name) == 0)
            return (int)i;
    return -1;
}

static void say_head(struct buf *out, const struct pin_words *w)
{
    if (w->number == 0)
        buf_printf(out, "the new pin (%s", pin_rule_name(w->type));
    else
        buf_printf(out, "pin %lld (%s", (long long)w->number, pin_rule_name(w->type));
    if (w->network != 0)
        buf_printf(out, " in network %u", w->network);
}

static const char *lock_words(const struct pin_words *w, struct arena *memory)
{
    char words[200];
    int n = snprintf(words, sizeof words, "network %u is locked%s%.150s", w->network,
                     w->made_by[0] != '\0' ? " by " : "", w->made_by);
    return arena_text(memory, words, (size_t)n);
}

const char *pin_words(const struct pin_words *w, struct arena *memory)
{
    struct buf words;
    if (w->lock)
        return lock_words(w, memory);
    buf_init(&words, WORDS_MOST);
    say_head(&words, w);
    buf_text(&words, ":");
    for (uint32_t k = 0; k < w->n; k++) {
        if (k == NAMES_TOLD && w->n > NAMES_TOLD + 1) {
            buf_printf(&words, ", and %u more", w->n - k);
            break;
        }
        buf_printf(&words, "%s %s", k > 0 ? "," : "", w->name_of(w->context, k));
    }
    buf_text(&words, ")");
    if (w->made_by != NULL && w->made_by[0] != '\0')
        buf_printf(&words, ", set by %s", w->made_by);
    if (w->why != NULL && w->why[0] != '\0')
        buf_printf(&words, ": %s", w->why);
    if (buf_failed(&words)) { /* very long names: the number alone says which pin it is */
        buf_free(&words);
        buf_init(&words, 0);
        say_head(&words, w);
        buf_text(&words, ")");
    }
    const char *text = buf_failed(&words) ? NULL : arena_text(memory, (const char *)words.data, words.size);
    buf_free(&words);
    return text;
}
