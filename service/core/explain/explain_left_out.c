/* Organizers in no network: why, and what would change that. */
#include <math.h>
#include <time.h>

#include "core/explain/explain_parts.h"

static void say_day(struct buf *out, int32_t day)
{
    struct tm date;
    time_t seconds = (time_t)day * 86400;
    char text[16];
    if (gmtime_r(&seconds, &date) != NULL && strftime(text, sizeof text, "%Y-%m-%d", &date) > 0)
        buf_text(out, text);
}

/* The scope names categories or a day, weights take a category's away. */
static void say_disregarded(struct buf *out, const struct settings *s, enum language language)
{
    bool since = s->scope != NULL && s->scope->since != INT32_MIN;
    bool some = !since || s->category_weights != NULL || s->scope->category != NULL;
    buf_text(out, in(language, "Har rapporterat, men inget som räknas här: ",
                     "Has reported, but nothing that counts here: "));
    if (some)
        buf_text(out, in(language, "bara vissa utmaningar gör det", "only some challenges do"));
    if (since) {
        buf_text(out, some ? in(language, ", och ", ", and ") : "");
        buf_text(out, in(language, "bara rapporter från och med ", "only reports from "));
        buf_text(out, s->scope->reported_since);
        buf_text(out, in(language, some ? "" : " gör det", some ? " on" : " on do"));
    }
    buf_text(out, in(language, ". Efter en rapport som räknas kan den få plats.",
                     ". After a report that counts it may get a place."));
}

static void say_nothing_reported(struct buf *out, const struct settings *s, const struct left_out *l,
                                 enum language language)
{
    if (l->disregarded) {
        say_disregarded(out, s, language);
        return;
    }
    if (l->last_day == LEFT_OUT_NEVER) {
        buf_text(out, in(language,
                         "Har inte rapporterat någon utmaning. Efter en första rapport kan den få plats.",
                         "Has reported no challenge. After a first report it may get a place."));
        return;
    }
    buf_text(out, in(language, "Har inte rapporterat något sedan ", "Has reported nothing since "));
    say_day(out, l->last_day);
    buf_text(out, in(language, ", och så gamla rapporter räknas inte. Efter en ny rapport kan den få plats.",
                     ", and reports as old as that do not count. After a new report it may get a place."));
}

/* ---- the nearest network ---- */

static void say_nearest(struct buf *out, const struct facts *f, const struct member_reasons *m, bool why,
                        enum language language)
{
    if (m->next_network == POPULATION_NONE)
        return;
    const struct next_best next = {f->numbers[m->next_network], m->next_fit, m->why_not, m->why};
    buf_printf(out, "%s%u", in(language, "Närmast ligger nätverk ", "The nearest network is network "),
               f->numbers[m->next_network]);
    buf_text(out, in(language, ", där likheten vore ", ", where its similarity would be "));
    say_decimal(out, m->next_fit, language);
    if (why)
        say_why_not(out, f->p, &next, m->fit, language);
    buf_text(out, ".");
}

static void say_no_fit(struct buf *out, const struct facts *f, const struct member_reasons *m,
                       uint32_t organizer, enum language language)
{
    if (m->next_network != POPULATION_NONE) {
        say_nearest(out, f, m, true, language);
    } else if (f->profiles->place != NULL && isnan(f->profiles->place[organizer].x)) {
        buf_text(out, in(language, "Liknar ingen annan: avståndet räknas, men var den ligger är inte känt.",
                         "Resembles nobody: distance counts, but its place is not known."));
    } else {
        buf_text(out, in(language, "Delar ingen utmaning med någon annan, inte heller något område.",
                         "Shares no challenge with anybody, nor an area."));
    }
}

/* ---- waiting ---- */

static void say_queue(struct buf *out, const struct left_out *l, enum language language)
{
    if (l->ahead == 0) {
        buf_text(out, in(language, "Väntar på plats och står först i kön.",
                         "Waits for a place and is first in line."));
    } else {
        buf_text(out, in(language, "Väntar på plats: ", "Waits for a place: "));
        say_organizers(out, l->ahead, language);
        buf_text(out, in(language, " står före.", l->ahead == 1 ? " is ahead of it." : " are ahead of it."));
    }
    if (l->waited > 1) {
        buf_text(out, in(language, " Har väntat i ", " Has waited for "));
        say_count(out, l->waited, language);
        buf_text(out, in(language, " omgångar i rad, sedan ", " runs in a row, since "));
        buf_printf(out, "%s.", l->since);
    }
    buf_text(out, in(language, " Nästa gång går de före som har väntat längst, sedan de med störst behov.",
                     " The next time those who have waited longest go first, then those with the greatest "
                     "need."));
}

/* Only where so many networks could also be filled. */
static void say_more_networks(struct buf *out, const struct facts *f, const struct left_out *l,
                              enum language language)
{
    const uint32_t more = l->ahead / (uint32_t)f->s->max_size + 1;
    if (f->task->seats != NULL || f->task->may_be_network != NULL ||
        l->candidates < ((uint64_t)f->n_networks + more) * (uint64_t)f->s->min_size)
        return;
    if (more == 1) {
        buf_text(out, in(language, " Med ett nätverk till får den plats.",
                         " With one more network there would be a place for it."));
        return;
    }
    buf_text(out, in(language, " Med ", " With "));
    say_count(out, more, language);
    buf_text(out,
             in(language, " nätverk till får den plats.", " more networks there would be a place for it."));
}

static void say_over_capacity(struct buf *out, const struct facts *f, const struct left_out *l,
                              const struct member_reasons *m, enum language language)
{
    say_queue(out, l, language);
    say_more_networks(out, f, l, language);
    buf_text(out, m->next_network != POPULATION_NONE ? " " : "");
    say_nearest(out, f, m, false, language);
}

/* "fem", "fem till åtta" */
static void say_sizes(struct buf *out, const struct settings *s, enum language language)
{
    say_count(out, (uint32_t)s->min_size, language);
    if (s->max_size == s->min_size)
        return;
    buf_text(out, in(language, " till ", " to "));
    say_count(out, (uint32_t)s->max_size, language);
}

static void say_constraint(struct buf *out, const struct facts *f, const struct left_out *l,
                           enum language language)
{
    if (l->limit != NULL) {
        unmatched_sentences(out, l->limit, in(language, "sv", "en"));
        return;
    }
    if (f->task->seats != NULL) {
        buf_text(out, in(language, "Platserna i nätverken går inte jämnt upp. ",
                         "The places in networks do not add up. "));
        say_queue(out, l, language);
        return;
    }
    if (l->candidates < f->s->min_size) {
        buf_text(out, in(language, "Ett nätverk har minst ", "A network has at least "));
        say_count(out, (uint32_t)f->s->min_size, language);
        buf_text(out, in(language, " medlemmar, men bara ", " members, but only "));
        say_organizers(out, l->candidates, language);
        buf_text(out, in(language, " kan vara med.", " can take part."));
        return;
    }
    buf_text(out, in(language, "Nätverken har ", "Networks have "));
    say_sizes(out, f->s, language);
    buf_text(out, in(language, " medlemmar, och ", " members, and "));
    say_organizers(out, l->candidates, language);
    buf_text(out, in(language, " går inte att dela jämnt. ", " cannot be divided so. "));
    say_queue(out, l, language);
}

void say_left_out(struct buf *out, const struct facts *f, const struct member_reasons *member,
                  uint32_t organizer, enum language language)
{
    const struct left_out *l = &f->task->left_out[organizer];
    switch (l->reason) {
    case UNMATCHED_NOTHING_REPORTED:
        say_nothing_reported(out, f->s, l, language);
        break;
    case UNMATCHED_NO_FIT:
        say_no_fit(out, f, member, organizer, language);
        break;
    case UNMATCHED_OVER_CAPACITY:
        say_over_capacity(out, f, l, member, language);
        break;
    case UNMATCHED_CONSTRAINT:
        say_constraint(out, f, l, language);
        break;
    case UNMATCHED_NONE:
    case UNMATCHED_COUNT:
        break;
    }
}
