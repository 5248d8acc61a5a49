/* The catalogue's words: an aspect of school work and the area in which it is hard. */
#include <stdio.h>

#include "generate/world.h"

struct word {
    const char *code, *sv, *en;
};

static const struct word areas[] = {
    {"reading", "läsning", "reading"},
    {"writing", "skrivande", "writing"},
    {"mathematics", "matematik", "mathematics"},
    {"english", "engelska", "English"},
    {"science", "naturorientering", "science"},
    {"society", "samhällsorientering", "social studies"},
    {"languages", "moderna språk", "modern languages"},
    {"second-language", "svenska som andraspråk", "Swedish as a second language"},
    {"digital", "digital kompetens", "digital competence"},
    {"arts", "praktiskt-estetiska ämnen", "practical and artistic subjects"},
    {"preschool", "förskolans undervisning", "teaching in preschool"},
    {"after-school", "fritidshemmet", "after-school centres"},
    {"special-needs", "särskilt stöd", "special support"},
    {"transition", "övergångar mellan stadier", "transitions between stages"},
    {"guidance", "studie- och yrkesvägledning", "study and career guidance"},
};

static const struct word aspects[] = {
    {"results", "Låg måluppfyllelse", "Low attainment"},
    {"equity", "Stora skillnader mellan skolor", "Large differences between schools"},
    {"adaptation", "Svårt att anpassa undervisningen", "Teaching is hard to adapt"},
    {"staffing", "Brist på behöriga lärare", "Too few qualified teachers"},
    {"leadership", "Svag uppföljning och analys", "Weak follow-up and analysis"},
    {"development", "För lite kollegialt lärande", "Too little learning among colleagues"},
    {"attendance", "Hög frånvaro", "High absence"},
    {"safety", "Bristande trygghet och studiero", "Lack of safety and calm"},
};

/* The aspects of an area make three categories, so that a category has about as many challenges as in the
 * example. */
static const struct {
    const char *name;
    uint32_t first, size;
} categories[] = {{"teaching", 0, 3}, {"staff", 3, 3}, {"pupils", 6, 2}};

#define AREAS ((uint32_t)(sizeof areas / sizeof areas[0]))
#define ASPECTS ((uint32_t)(sizeof aspects / sizeof aspects[0]))

static uint32_t category_at(uint32_t challenge)
{
    uint32_t aspect = challenge % ASPECTS;
    return (aspect >= categories[1].first) + (aspect >= categories[2].first);
}

void world_category(uint32_t challenge, uint32_t *first, uint32_t *size)
{
    uint32_t at = category_at(challenge);
    *first = challenge - challenge % ASPECTS + categories[at].first;
    *size = categories[at].size;
}

void world_challenge(const struct world *w, uint32_t index, char code[48], char category[48],
                     char label_sv[160], char label_en[160])
{
    (void)w;
    const struct word *area = &areas[index / ASPECTS % AREAS];
    const struct word *aspect = &aspects[index % ASPECTS];
    const char *group = categories[category_at(index)].name;
    uint32_t part = index / (AREAS * ASPECTS); /* a catalogue larger than all words says "part 2" and so on */
    if (part == 0) {
        snprintf(code, 48, "%s.%s", area->code, aspect->code);
        snprintf(category, 48, "%s.%s", area->code, group);
        snprintf(label_sv, 160, "%s: %s", aspect->sv, area->sv);
        snprintf(label_en, 160, "%s: %s", aspect->en, area->en);
        return;
    }
    snprintf(code, 48, "%s.%s.%u", area->code, aspect->code, part + 1);
    snprintf(category, 48, "%s.%s.%u", area->code, group, part + 1);
    snprintf(label_sv, 160, "%s: %s, del %u", aspect->sv, area->sv, part + 1);
    snprintf(label_en, 160, "%s: %s, part %u", aspect->en, area->en, part + 1);
}
