/* settings_parts.h - what the files behind settings.h share. Only settings*.c include it.
 *
 * Whatever is wrong is added to one buf of complaints; memory that ran out makes that buf fail. */
#ifndef PEERNET_CORE_SETTINGS_PARTS_H
#define PEERNET_CORE_SETTINGS_PARTS_H

#include <jansson.h>

#include "base/buf.h"
#include "core/settings/settings.h"

/* ---- words (settings_text.c) ---- */

/* A number in the fewest digits that read back as the same number, as JSON has it, whatever the locale. */
void say_number(struct buf *out, double value);
void say_json_number(struct buf *out, double value); /* a real keeps its ".0" */
/* "a whole number from 2 to 1000 (organizers)" */
void say_allowed(struct buf *out, const struct setting_def *d);
/* `setting "PATH" is CAME; allowed is `, to which the caller adds what is. */
void complain_of(struct buf *wrong, const char *path, const char *came);
void complain_of_json(struct buf *wrong, const char *path, const json_t *came);
void complain_value(struct buf *wrong, const struct setting_def *d, const char *came);
/* There is no `name` in `what` ("setting", "\"scope\""): the nearest one, or all of them. */
void complain_name(struct buf *wrong, const char *what, const char *name, const char *const *names, size_t n);

/* ---- values of more than one number (settings_value.c) ---- */

bool setting_is_plain(enum setting_type type);
/* Reads one; NULL = empty, or refused with a complaint. */
const void *setting_value_read(const struct setting_def *d, const json_t *json, struct buf *wrong);
void setting_value_free(enum setting_type type, const void *value);
void setting_value_print(struct buf *out, enum setting_type type, const void *value);

/* One to `most` names: a list, or a text alone for one. NULL after a complaint, in which `allowed` follows "a
 * list of ". Freed with free(). */
struct setting_names *setting_names_read(const char *path, const json_t *json, size_t most,
                                         const char *allowed, struct buf *wrong);
json_t *setting_names_json(const struct setting_names *names);

/* ---- the scope (settings_scope.c) ---- */

const struct setting_scope *setting_scope_read(const json_t *json, struct buf *wrong);
void setting_scope_free(const struct setting_scope *scope);
void setting_scope_print(struct buf *out, const struct setting_scope *scope);
void say_scope_allowed(struct buf *out);

#endif
