/* settings.h - the settings of the model as one struct, read from a programme's JSON document and checked
 * against settings.def. Owner: the caller. A copy by value borrows what the original owns; settings_free goes
 * with what settings_apply_json and settings_set filled, once. Any thread. */
#ifndef PEERNET_CORE_SETTINGS_H
#define PEERNET_CORE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum setting_type {
    SETTING_INT,
    SETTING_REAL,
    SETTING_BOOL,
    SETTING_OBJECTIVE,
    SETTING_NUMBERS, /* an object: name -> number; lowest and highest bound the numbers, unit says what is
                        named */
    SETTING_NAMES,   /* a list of names, at most `highest`; unit says of what */
    SETTING_NAME,    /* one name, or none */
    SETTING_SCOPE    /* what a programme is about: see struct setting_scope */
};
enum objective { OBJECTIVE_MEAN, OBJECTIVE_SUM };

/* Values of more than one number. In struct settings NULL = empty; never changed once made. */
struct setting_number {
    const char *name;
    double value;
};
struct setting_numbers {
    size_t n;
    struct setting_number at[]; /* by name, in memcmp order, each once */
};
struct setting_names {
    size_t n;
    const char *at[]; /* in memcmp order, each once */
};
struct setting_filter {
    const char *attribute;
    const struct setting_names *values; /* one of these is needed */
};
/* Who and what takes part; NULL or 0 = all. */
struct setting_scope {
    uint32_t kinds; /* a bit for each enum organizer_kind */
    const struct setting_names *county, *municipality, *category, *organizers;
    int32_t since; /* days since 1970-01-01; INT32_MIN = any day */
    char reported_since[12];
    size_t n_attributes;
    struct setting_filter *attributes; /* by name */
};

#define SETTING_INT_C int64_t
#define SETTING_REAL_C double
#define SETTING_BOOL_C bool
#define SETTING_OBJECTIVE_C enum objective
#define SETTING_NUMBERS_C const struct setting_numbers *
#define SETTING_NAMES_C const struct setting_names *
#define SETTING_NAME_C const char *
#define SETTING_SCOPE_C const struct setting_scope *
struct settings {
#define SETTING(field, type, lowest, highest, preset, unit, sentence) SETTING_##type##_C field;
#include "core/settings/settings.def"
#undef SETTING
};

struct setting_def {
    const char *name;
    enum setting_type type;
    double lowest, highest, preset;
    const char *unit, *sentence;
    size_t offset; /* of the field in struct settings */
};

extern const struct setting_def setting_defs[];
extern const size_t setting_count;

/* Allocates nothing. */
void settings_default(struct settings *s);
/* Gives back what the settings own; they are the presets then. */
void settings_free(struct settings *s);

/* Applies a JSON object over what `s` holds; an object or a list replaces what was there. Unknown names,
 * wrong types and values out of range are refused, all named in one text with what is allowed (ERR_INVALID);
 * `s` is then unchanged. Also checks what only holds together: min_size <= target_size <= max_size, networks
 * <= capacity. */
int settings_apply_json(struct settings *s, const char *json, struct err *e);

/* Sets one by text, as from a flag: settings_set(&s, "min_size", "4", &e). Objects are JSON; a list is JSON
 * or names with commas between. Does not check across fields. */
int settings_set(struct settings *s, const char *name, const char *value, struct err *e);
int settings_check(const struct settings *s, struct err *e);

/* All settings as canonical JSON (every field, in table order); the caller frees. NULL when memory ran out.
 */
char *settings_to_json(const struct settings *s);
/* The same without those that change what a run costs and hardly what comes out (carry_from): of two that are
 * equal otherwise there is no reason to run again. */
char *settings_for_digest(const struct settings *s);

/* The number of that name, or `otherwise`. */
double settings_number(const struct setting_numbers *numbers, const char *name, double otherwise);
bool settings_names_has(const struct setting_names *names, const char *name);

#endif
