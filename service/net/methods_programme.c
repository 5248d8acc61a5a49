/* programme.*: named purposes with settings and networks of their own. Reads come from the snapshot; changes
 * are checked here, by the table of settings, and made by the database, which knows the revisions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/settings/settings.h"
#include "net/ask.h"
#include "net/encode.h"
#include "proto/mp.h"
#include "proto/mp_json.h"
#include "proto/text.h"

#define TITLE_MOST 200
#define PURPOSE_MOST 2000

static const char *const publishings[] = {"person", "always", "bounds"};

static void encode_document(struct buf *out, const struct snapshot_programme *p)
{
    encode_json(out, p->document[0] != '\0' ? p->document : "{}");
}

int handle_programme_list(struct call *call, struct buf *out, struct err *e)
{
    const struct snapshot *s;
    uint32_t count = 0;
    if (call_snapshot(call, &s, e))
        return (int)e->code;
    mp_map(out, 2);
    mp_key(out, "programmes");
    size_t opened = mp_array_open(out);
    for (uint32_t i = 0; i < s->n_programmes; i++) {
        if (s->programmes[i].archived && !call->arguments[0].flag)
            continue;
        encode_document(out, &s->programmes[i]);
        count++;
    }
    mp_array_close(out, opened, count);
    encode_age_last(out, call);
    return 0;
}

int handle_programme_get(struct call *call, struct buf *out, struct err *e)
{
    const struct snapshot *s;
    const struct snapshot_programme *p;
    if (call_snapshot(call, &s, e) || call_programme(s, &call->arguments[0], &p, e))
        return (int)e->code;
    char *settings = settings_to_json(&p->settings);
    if (settings == NULL)
        return err_memory(e, "the settings");
    mp_map(out, 4);
    mp_key(out, "programme");
    encode_document(out, p);
    mp_key(out, "settings");
    encode_json(out, settings);
    mp_key(out, "settings_fault");
    encode_optional(out, p->settings_fault);
    encode_age_last(out, call);
    free(settings);
    return 0;
}

int handle_programme_history(struct call *call, struct buf *out, struct err *e)
{
    const struct snapshot *s;
    const struct snapshot_programme *p;
    struct ask ask;
    (void)out;
    if (call_snapshot(call, &s, e) || call_programme(s, &call->arguments[0], &p, e))
        return (int)e->code;
    ask_begin(&ask, SERVICE_PROGRAMME_HISTORY);
    ask_arguments(&ask, call, 2);
    return ask_end(&ask, call, 0, e);
}

/* A key of the changes, what it may be, and the check. */
struct field {
    const char *name;
    int (*check)(const struct field *f, const msgpack_object *value, struct err *e);
    size_t least, most; /* characters, of texts */
};

static int came(const struct field *f, const msgpack_object *value, const char *allowed, struct err *e)
{
    char shown[TEXT_SHOWN] = "";
    const char *text = NULL;
    size_t size = 0;
    if (mp_get_str(value, &text, &size))
        text_show(text, size, shown);
    return err_set(e, ERR_INVALID, "%s: %s came; allowed is %s", f->name,
                   text != NULL ? shown : mp_type_name(value), allowed);
}

static size_t characters(const char *text, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++)
        n += ((unsigned char)text[i] & 0xC0) != 0x80;
    return n;
}

static int check_text(const struct field *f, const msgpack_object *value, struct err *e)
{
    const char *text;
    size_t size;
    char allowed[80];
    snprintf(allowed, sizeof allowed, "a text of %zu to %zu characters without NUL", f->least, f->most);
    bool fine = value->type == MSGPACK_OBJECT_STR && mp_get_str(value, &text, &size) &&
                characters(text, size) >= f->least && characters(text, size) <= f->most &&
                memchr(text, '\0', size) == NULL;
    return fine ? 0 : came(f, value, allowed, e);
}

static int check_publishing(const struct field *f, const msgpack_object *value, struct err *e)
{
    for (size_t i = 0; i < sizeof publishings / sizeof publishings[0]; i++)
        if (mp_equals(value, publishings[i]))
            return 0;
    return came(f, value, "person, always or bounds", e);
}

/* What it says the database knows, which also knows zones. */
static int check_schedule(const struct field *f, const msgpack_object *value, struct err *e)
{
    return mp_is_nil(value) ? 0 : check_text(f, value, e);
}

static int check_share(const struct field *f, const msgpack_object *value, struct err *e)
{
    double share;
    if (mp_is_nil(value) || (mp_get_double(value, &share) && share >= 0 && share <= 1))
        return 0;
    return came(f, value, "a number from 0 to 1, or nil for none", e);
}

static int check_map(const struct field *f, const msgpack_object *value, struct err *e)
{
    return value->type == MSGPACK_OBJECT_MAP ? 0 : came(f, value, "a map of settings", e);
}

static const struct field fields[] = {
    {"title_sv", check_text, 1, TITLE_MOST},  {"title_en", check_text, 1, TITLE_MOST},
    {"purpose", check_text, 0, PURPOSE_MOST}, {"settings", check_map, 0, 0},
    {"publishing", check_publishing, 0, 0},   {"churn_most", check_share, 0, 0},
    {"fit_least", check_share, 0, 0},         {"schedule", check_schedule, 1, 200},
};

static int check_field(const msgpack_object_kv *pair, struct err *e)
{
    char shown[TEXT_SHOWN] = "";
    const char *name = "";
    size_t size = 0;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (mp_equals(&pair->key, fields[i].name))
            return fields[i].check(&fields[i], &pair->val, e);
    mp_get_str(&pair->key, &name, &size);
    return err_set(
        e, ERR_INVALID,
        "changes: %s came; allowed are title_sv, title_en, purpose, settings, publishing, churn_most, "
        "fit_least and schedule",
        text_show(name, size, shown));
}

static bool is_setting(const msgpack_object *key)
{
    for (size_t i = 0; i < setting_count; i++)
        if (mp_equals(key, setting_defs[i].name))
            return true;
    return false;
}

static const msgpack_object *find_same(const msgpack_object *map, const msgpack_object *key)
{
    const char *text, *other;
    size_t size, n;
    if (!mp_get_str(key, &text, &size))
        return NULL;
    for (size_t i = 0; i < mp_count(map); i++)
        if (mp_get_str(&map->via.map.ptr[i].key, &other, &n) && n == size && memcmp(text, other, n) == 0)
            return &map->via.map.ptr[i].val;
    return NULL;
}

/* Pair `at` is the first of its key: of two the database would keep the last, and only one is looked at. */
static int check_once(const msgpack_object *map, size_t at, const char *where, struct err *e)
{
    char shown[TEXT_SHOWN];
    const char *name = "";
    size_t size = 0;
    const msgpack_object_kv *pair = &map->via.map.ptr[at];
    if (find_same(map, &pair->key) == &pair->val)
        return 0;
    mp_get_str(&pair->key, &name, &size);
    return err_set(e, ERR_INVALID, "%s%s stands twice; each key stands once", where,
                   text_show(name, size, shown));
}

/* What there would be: own settings that the patch does not name, and those that it gives a value. */
static void write_merged(struct buf *out, const msgpack_object *own, const msgpack_object *patch)
{
    uint32_t n = 0;
    for (int writing = 0; writing < 2; writing++) {
        if (writing)
            mp_map(out, n);
        for (size_t i = 0; i < mp_count(own); i++) {
            const msgpack_object_kv *pair = &own->via.map.ptr[i];
            if (find_same(patch, &pair->key) != NULL)
                continue;
            n += !writing;
            if (writing) {
                mp_value(out, &pair->key);
                mp_value(out, &pair->val);
            }
        }
        for (size_t i = 0; i < mp_count(patch); i++) {
            const msgpack_object_kv *pair = &patch->via.map.ptr[i];
            if (mp_is_nil(&pair->val))
                continue;
            n += !writing;
            if (writing) {
                mp_value(out, &pair->key);
                mp_value(out, &pair->val);
            }
        }
    }
}

/* A setting that is taken back has to be one, or one that was there; none stands twice. */
static int check_taken_back(const msgpack_object *own, const msgpack_object *patch, struct err *e)
{
    for (size_t i = 0; i < mp_count(patch); i++) {
        const msgpack_object_kv *pair = &patch->via.map.ptr[i];
        char shown[TEXT_SHOWN];
        const char *name = "";
        size_t size = 0;
        if (is_setting(&pair->key) && check_once(patch, i, "", e) != 0)
            return (int)e->code;
        if (!mp_is_nil(&pair->val) || is_setting(&pair->key) || find_same(own, &pair->key) != NULL)
            continue;
        mp_get_str(&pair->key, &name, &size);
        return err_set(e, ERR_INVALID, "there is no setting %s", text_show(name, size, shown));
    }
    return 0;
}

static int apply_merged(const msgpack_object *own, const msgpack_object *patch, struct err *e)
{
    struct buf merged, json;
    struct mp_tree tree = {0};
    struct settings settings;
    buf_init(&merged, 0);
    buf_init(&json, 0);
    settings_default(&settings);
    write_merged(&merged, own, patch);
    int code =
        buf_failed(&merged) ? err_memory(e, "the settings") : mp_unpack(merged.data, merged.size, &tree, e);
    if (code == 0)
        mp_to_json(&json, tree.top, false);
    if (code == 0)
        code = buf_failed(&json) ? err_memory(e, "the settings")
                                 : settings_apply_json(&settings, buf_string(&json), e);
    settings_free(&settings);
    mp_free(&tree);
    buf_free(&merged);
    buf_free(&json);
    return code;
}

static int check_settings(const char *own_json, const msgpack_object *patch, struct err *e)
{
    struct buf own;
    struct mp_tree tree = {0};
    buf_init(&own, 0);
    int code = mp_from_json(&own, own_json, strlen(own_json), e);
    if (code == 0)
        code = mp_unpack(own.data, own.size, &tree, e);
    if (code == 0)
        code = check_taken_back(tree.top, patch, e);
    if (code == 0)
        code = apply_merged(tree.top, patch, e);
    mp_free(&tree);
    buf_free(&own);
    return code != 0 ? err_wrap(e, "settings") : 0;
}

/* All of it; then as JSON into value `i`. */
static int check_changes(struct ask *ask, size_t i, const struct argument *changes, const char *own_json,
                         struct err *e)
{
    struct buf json;
    if (!changes->given) {
        ask_text(ask, i, "{}", 2);
        return 0;
    }
    for (size_t k = 0; k < mp_count(changes->object); k++)
        if (check_field(&changes->object->via.map.ptr[k], e) != 0 ||
            check_once(changes->object, k, "changes: ", e) != 0)
            return (int)e->code;
    const msgpack_object *settings = mp_find(changes->object, "settings");
    if (settings != NULL && check_settings(own_json, settings, e) != 0)
        return (int)e->code;
    buf_init(&json, 0);
    mp_to_json(&json, changes->object, false);
    int code = buf_failed(&json) ? err_memory(e, "the changes") : 0;
    if (code == 0)
        ask_text(ask, i, buf_string(&json), json.size);
    buf_free(&json);
    return code;
}

/* The revision that the caller has seen, else the one by which its changes were checked. */
static void ask_revision(struct ask *ask, size_t i, const struct argument *given,
                         const struct snapshot_programme *p)
{
    ask_whole(ask, i, (int64_t)(given->given ? given->natural : p->revision));
}

int handle_programme_set(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *a = call->arguments;
    const struct snapshot *s;
    const struct snapshot_programme *p;
    struct ask ask;
    (void)out;
    if (call_snapshot(call, &s, e) || call_programme(s, &a[0], &p, e))
        return (int)e->code;
    if (!a[1].given || mp_count(a[1].object) == 0)
        return err_set(e, ERR_INVALID, "changes: nothing came; a map of what is to be changed is needed");
    ask_begin(&ask, SERVICE_PROGRAMME_SET);
    ask_text(&ask, 0, p->name, strlen(p->name));
    ask_revision(&ask, 1, &a[2], p);
    int code = check_changes(&ask, 2, &a[1], p->settings_json, e);
    ask_argument(&ask, 3, &a[3], &call->method->params[3]);
    ask_actor(&ask, 4, call->conn);
    return ask_end(&ask, call, code, e);
}

static int check_name(const struct argument *a, struct err *e)
{
    char shown[TEXT_SHOWN];
    bool fine = true;
    for (size_t i = 0; i < a->text_size; i++) {
        bool letter = (a->text[i] >= 'a' && a->text[i] <= 'z') || (a->text[i] >= '0' && a->text[i] <= '9');
        fine = fine && (letter || (i > 0 && (a->text[i] == '_' || a->text[i] == '-')));
    }
    return fine ? 0
                : err_set(e, ERR_INVALID,
                          "programme: %s came; allowed are a-z, 0-9, _ and -, the first a letter or digit",
                          text_show(a->text, a->text_size, shown));
}

int handle_programme_create(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *a = call->arguments;
    struct ask ask;
    (void)out;
    ask_begin(&ask, SERVICE_PROGRAMME_CREATE);
    ask_arguments(&ask, call, 1);
    int code = check_name(&a[0], e);
    if (code == 0)
        code = check_changes(&ask, 1, &a[1], "{}", e);
    ask_actor(&ask, 2, call->conn);
    return ask_end(&ask, call, code, e);
}

int handle_programme_archive(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *a = call->arguments;
    struct ask ask;
    (void)out;
    ask_begin(&ask, SERVICE_PROGRAMME_ARCHIVE);
    ask_argument(&ask, 0, &a[0], &call->method->params[0]);
    ask_argument(&ask, 1, &a[2], &call->method->params[2]);
    ask_argument(&ask, 2, &a[1], &call->method->params[1]);
    ask_actor(&ask, 3, call->conn);
    return ask_end(&ask, call, 0, e);
}
