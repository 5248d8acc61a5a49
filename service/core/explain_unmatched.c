#include "core/explain_unmatched.h"

#include <string.h>

static void say_waiting(struct buf *out, const struct unmatched_facts *f, bool english)
{
    if (f->waited > 1)
        buf_printf(out,
                   english ? " Has waited for %u runs in a row, since %s."
                           : " Har väntat i %u omgångar i rad, sedan %s.",
                   f->waited, f->since);
    buf_text(out, english ? " Whoever has waited longest goes first the next time."
                          : " Den som har väntat längst går före nästa gång.");
}

void unmatched_sentences(struct buf *out, const struct unmatched_facts *f, const char *language)
{
    buf_text(out, unmatched_reason_text(f->reason, language));
    if (f->waited > 0)
        say_waiting(out, f, strcmp(language, "en") == 0);
}
