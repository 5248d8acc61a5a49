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
    {"staffing", "Brist på behöriga lärare", "Too few qualified teachers"},
    {"equity", "Stora skillnader mellan skolor", "Large differences between schools"},
    {"attendance", "Hög frånvaro", "High absence"},
    {"safety", "Bristande trygghet och studiero", "Lack of safety and calm"},
    {"leadership", "Svag uppföljning och analys", "Weak follow-up and analysis"},
    {"development", "För lite kollegialt lärande", "Too little learning among colleagues"},
    {"adaptation", "Svårt att anpassa undervisningen", "Teaching is hard to adapt"},
};

#define AREAS (sizeof areas / sizeof areas[0])
#define ASPECTS (sizeof aspects / sizeof aspects[0])

void world_challenge(const struct world *w, uint32_t index, char code[48], char category[48],
                     char label_sv[160], char label_en[160])
{
    (void)w;
    const struct word *area = &areas[index / ASPECTS % AREAS];
    const struct word *aspect = &aspects[index % ASPECTS];
    uint32_t part =
        index / (uint32_t)(AREAS * ASPECTS); /* a catalogue larger than all words says "part 2" and so on */
    if (part == 0) {
        snprintf(code, 48, "%s.%s", area->code, aspect->code);
        snprintf(category, 48, "%s", area->code);
        snprintf(label_sv, 160, "%s: %s", aspect->sv, area->sv);
        snprintf(label_en, 160, "%s: %s", aspect->en, area->en);
        return;
    }
    snprintf(code, 48, "%s.%s.%u", area->code, aspect->code, part + 1);
    snprintf(category, 48, "%s.%u", area->code, part + 1);
    snprintf(label_sv, 160, "%s: %s, del %u", aspect->sv, area->sv, part + 1);
    snprintf(label_en, 160, "%s: %s, part %u", aspect->en, area->en, part + 1);
}
