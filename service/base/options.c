#include "base/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/option_value.h"

#define NEAREST_LENGTH 64

static const struct option_def *find(const struct option_table *table, const char *name, size_t length)
{
    for (size_t i = 0; i < table->n; i++)
        if (option_is_named(&table->defs[i], name, length))
            return &table->defs[i];
    return NULL;
}

static const struct option_def *find_letter(const struct option_table *table, char letter)
{
    for (size_t i = 0; i < table->n; i++) {
        char own;
        option_name_length(&table->defs[i], &own);
        if (own != '\0' && own == letter)
            return &table->defs[i];
    }
    return NULL;
}

static int bad_default(const struct option_def *def, struct err *e)
{
    err_wrap(e, "the default of --%s", def->name);
    if (e != NULL)
        e->code = ERR_INTERNAL; /* the table is ours, not the user's */
    return ERR_INTERNAL;
}

int options_init(struct options *o, const struct option_table *table, void *values, struct err *e)
{
    *o = (struct options){.table = table, .values = values, .config = ""};
    arena_init(&o->text);
    o->source = calloc(table->n + 1, sizeof *o->source);
    if (o->source == NULL)
        return err_memory(e, "options");
    for (size_t i = 0; i < table->n; i++) {
        const struct option_def *def = &table->defs[i];
        if (find(table, def->name, option_name_length(def, NULL)) != def) {
            options_free(o);
            return err_set(e, ERR_INTERNAL, "the table of options has --%s twice", def->name);
        }
        int code = option_store(def, def->preset, values, &o->text, e);
        if (code != 0) {
            options_free(o);
            return code == ERR_MEMORY ? code : bad_default(def, e);
        }
    }
    return 0;
}

void options_free(struct options *o)
{
    free(o->source);
    free(o->operands);
    arena_free(&o->text);
    *o = (struct options){.config = ""};
}

/* Edits (insert, delete, replace, swap of neighbours) that turn one into the other. */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t rows[3][NEAREST_LENGTH + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= m; j++)
        last[j] = j;
    memcpy(before, last, sizeof rows[0]);
    for (size_t i = 1; i <= n; i++) {
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            best = last[j] + 1 < best ? last[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        size_t *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[m];
}

struct nearest {
    const char *text;
    size_t length, edits;
};

static void consider(struct nearest *best, const char *name, const char *candidate, size_t size)
{
    size_t length = strlen(name);
    if (length > NEAREST_LENGTH || size > NEAREST_LENGTH)
        return;
    size_t edits = distance(name, length, candidate, size);
    /* Beyond a third of its letters it was hardly a slip of the fingers. */
    if (edits <= length / 3 + 1 && (best->text == NULL || edits < best->edits))
        *best = (struct nearest){candidate, size, edits};
}

const char *options_nearest(const char *name, const char *const *names, size_t n)
{
    struct nearest best = {0};
    for (size_t i = 0; i < n; i++)
        consider(&best, name, names[i], strlen(names[i]));
    return best.text;
}

/* "where: there is no such option", with the nearest one that there is. */
static int unknown(const struct options *o, const char *where, const char *name, struct err *e)
{
    static const char *const common[] = {"help", "version", "config"};
    struct nearest best = {0};
    for (size_t i = 0; i < o->table->n; i++)
        consider(&best, name, o->table->defs[i].name, option_name_length(&o->table->defs[i], NULL));
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        consider(&best, name, common[i], strlen(common[i]));
    if (best.text == NULL)
        return err_set(e, ERR_INVALID, "%s: there is no option \"%s\"; --help lists them", where, name);
    return err_set(e, ERR_INVALID, "%s: there is no option \"%s\"; did you mean \"%.*s\"?", where, name,
                   (int)best.length, best.text);
}

static int set_def(struct options *o, const struct option_def *def, const char *value,
                   enum option_source source, const char *where, struct err *e)
{
    if (def->secret && source == OPTION_FROM_FLAG)
        return err_set(e, ERR_INVALID,
                       "%s: a secret does not belong in a flag, where others can read it; use %s or the "
                       "configuration file",
                       where, def->environment);
    int code = option_store(def, value, o->values, &o->text, e);
    if (code != 0) {
        err_wrap(e, "%s", where);
        return code;
    }
    o->source[def - o->table->defs] = source;
    return 0;
}

int options_set(struct options *o, const char *name, const char *value, enum option_source source,
                const char *where, struct err *e)
{
    const struct option_def *def = find(o->table, name, strlen(name));
    return def == NULL ? unknown(o, where, name, e) : set_def(o, def, value, source, where, e);
}

enum option_source options_source(const struct options *o, const char *name)
{
    const struct option_def *def = find(o->table, name, strlen(name));
    return def == NULL ? OPTION_FROM_DEFAULT : o->source[def - o->table->defs];
}

static int read_environment(struct options *o, struct err *e)
{
    for (size_t i = 0; i < o->table->n; i++) {
        const struct option_def *def = &o->table->defs[i];
        const char *value = def->environment[0] == '\0' ? NULL : getenv(def->environment);
        if (value == NULL)
            continue;
        char where[128];
        snprintf(where, sizeof where, "environment variable %s", def->environment);
        int code = set_def(o, def, value, OPTION_FROM_ENVIRONMENT, where, e);
        if (code != 0)
            return code;
    }
    return 0;
}

/* One argument taken apart. */
struct flag {
    const struct option_def *def; /* NULL: one of those that every table has, or unknown */
    char name[NEAREST_LENGTH + 1];
    char where[NEAREST_LENGTH + 8]; /* "--name": as errors show it */
    const char *value;              /* behind `=`, or NULL */
    bool negated;                   /* --no-NAME */
};

static void flag_split(const struct options *o, const char *argument, struct flag *f)
{
    *f = (struct flag){0};
    bool wide = argument[1] == '-';
    const char *name = argument + (wide ? 2 : 1);
    const char *equals = strchr(name, '=');
    size_t length = equals == NULL ? strlen(name) : (size_t)(equals - name);
    f->value = equals == NULL ? NULL : equals + 1;
    snprintf(f->name, sizeof f->name, "%.*s", (int)(length < NEAREST_LENGTH ? length : NEAREST_LENGTH), name);
    snprintf(f->where, sizeof f->where, "%s%s", wide ? "--" : "-", f->name);
    if (!wide) {
        f->def = length == 1 ? find_letter(o->table, name[0]) : NULL;
        return;
    }
    f->def = find(o->table, name, length);
    if (f->def == NULL && length > 3 && memcmp(name, "no-", 3) == 0) {
        const struct option_def *positive = find(o->table, name + 3, length - 3);
        f->negated = positive != NULL && positive->type == OPTION_BOOL && f->value == NULL;
        f->def = f->negated ? positive : NULL;
    }
}

/* The value of flag argv[*i], which may be the argument behind it; moves *i then. */
static int flag_value(struct flag *f, int argc, char **argv, int *i, struct err *e)
{
    bool is_bool = f->def != NULL && f->def->type == OPTION_BOOL;
    if (f->value != NULL)
        return 0;
    if (is_bool) {
        f->value = f->negated ? "no" : "yes";
        return 0;
    }
    if (*i + 1 >= argc)
        return err_set(e, ERR_INVALID, "%s needs a value behind it", f->where);
    f->value = argv[++*i];
    return 0;
}

static bool is_flag(const char *argument)
{
    return argument[0] == '-' && argument[1] != '\0';
}

static bool is_common(const struct flag *f, const char *name)
{
    return f->def == NULL && strcmp(f->where + strspn(f->where, "-"), name) == 0 && f->where[1] == '-';
}

/* First look: --help, --version and --config, which decide what is read at all. */
static int read_common(struct options *o, int argc, char **argv, struct err *e)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        struct flag f;
        if (!is_flag(argv[i]))
            continue;
        flag_split(o, argv[i], &f);
        if (is_common(&f, "help") || (f.def == NULL && strcmp(argv[i], "-h") == 0)) {
            o->help = true;
        } else if (is_common(&f, "version")) {
            o->version = true;
        } else if (f.def != NULL || is_common(&f, "config")) {
            int code = flag_value(&f, argc, argv, &i, e);
            if (code != 0)
                return code;
            if (f.def == NULL)
                o->config = f.value;
        }
    }
    return 0;
}

static int read_flags(struct options *o, int argc, char **argv, struct err *e)
{
    bool only_operands = false;
    free(o->operands);
    o->n_operands = 0;
    o->operands = calloc((size_t)argc + 1, sizeof *o->operands);
    if (o->operands == NULL)
        return err_memory(e, "options");
    for (int i = 1; i < argc; i++) {
        if (only_operands || !is_flag(argv[i])) {
            o->operands[o->n_operands++] = argv[i];
            continue;
        }
        if (strcmp(argv[i], "--") == 0) {
            only_operands = true;
            continue;
        }
        struct flag f;
        flag_split(o, argv[i], &f);
        bool config = is_common(&f, "config");
        if (f.def == NULL && !config)
            return unknown(o, f.where, f.name, e);
        int code = flag_value(&f, argc, argv, &i, e);
        if (code == 0 && !config)
            code = set_def(o, f.def, f.value, OPTION_FROM_FLAG, f.where, e);
        if (code != 0)
            return code;
    }
    return 0;
}

int options_read(struct options *o, int argc, char **argv, struct err *e)
{
    int code = read_common(o, argc, argv, e);
    if (code != 0 || o->help || o->version)
        return o->help || o->version ? 0 : code;
    if (o->config[0] != '\0')
        code = option_file_read(o, o->config, e);
    if (code == 0)
        code = read_environment(o, e);
    return code != 0 ? code : read_flags(o, argc, argv, e);
}
