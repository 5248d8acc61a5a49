/* settings.h - the settings of the model as one value struct, read from a programme's JSON document and
 * checked against settings.def. Owner: the caller. Any thread. */
#ifndef PEERNET_CORE_SETTINGS_H
#define PEERNET_CORE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum setting_type { SETTING_INT, SETTING_REAL, SETTING_BOOL, SETTING_OBJECTIVE };
enum objective { OBJECTIVE_MEAN, OBJECTIVE_SUM };

#define SETTING_INT_C int64_t
#define SETTING_REAL_C double
#define SETTING_BOOL_C bool
#define SETTING_OBJECTIVE_C enum objective
struct settings {
#define SETTING(field, type, lowest, highest, preset, unit, sentence) SETTING_##type##_C field;
#include "core/settings.def"
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

void settings_default(struct settings *s);

/* Applies a JSON object over what `s` holds. Unknown names, wrong types and values out of range are refused,
 * all named in one text with what is allowed (ERR_INVALID); `s` is then unchanged. Also checks what only
 * holds together: min_size <= target_size <= max_size. */
int settings_apply_json(struct settings *s, const char *json, struct err *e);

/* Sets one by text, as from a flag: settings_set(&s, "min_size", "4", &e). Does not check across fields. */
int settings_set(struct settings *s, const char *name, const char *value, struct err *e);
int settings_check(const struct settings *s, struct err *e);

/* All settings as canonical JSON (every field, in table order); the caller frees. NULL when memory ran out.
 */
char *settings_to_json(const struct settings *s);

#endif
