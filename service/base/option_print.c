/* option_print.c - the table of options for people: --help, Markdown for README.md, man(7) source. */
#include <stdio.h>
#include <string.h>

#include "base/option_value.h"

#define HELP_COLUMN 30
#define HELP_WIDTH 100

static const char *const placeholders[] = {
    [OPTION_BOOL] = "",     [OPTION_INT] = "NUMBER",        [OPTION_REAL] = "NUMBER",
    [OPTION_TEXT] = "TEXT", [OPTION_DURATION] = "DURATION", [OPTION_BYTES] = "BYTES",
};

/* What stands for the value: the unit in capitals where there is one, else the type. */
static const char *placeholder(const struct option_def *def, char *out, size_t size)
{
    if (def->type != OPTION_TEXT || def->unit[0] == '\0')
        return placeholders[def->type];
    size_t i = 0;
    for (; def->unit[i] != '\0' && i + 1 < size; i++) {
        char c = def->unit[i];
        out[i] = c == ' ' ? '-' : (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
    }
    out[i] = '\0';
    return out;
}

static bool has_units(const struct option_def *def)
{
    return (def->type == OPTION_INT || def->type == OPTION_REAL) && def->unit[0] != '\0';
}

/* "default 5s; 100ms to 1h; PEERNET_X": what is known of the option beside its sentence. */
static void facts(const struct option_def *def, struct buf *out)
{
    const char *between = "";
    if (def->preset[0] != '\0' && !def->secret) {
        buf_printf(out, "default %s%s%s", def->preset, has_units(def) ? " " : "",
                   has_units(def) ? def->unit : "");
        between = "; ";
    }
    if (def->type != OPTION_TEXT && (def->lowest[0] != '\0' || def->highest[0] != '\0')) {
        const char *low = def->lowest, *high = def->highest;
        if (low[0] != '\0' && high[0] != '\0')
            buf_printf(out, "%s%s to %s", between, low, high);
        else
            buf_printf(out, "%sat %s %s", between, low[0] ? "least" : "most", low[0] ? low : high);
        between = "; ";
    }
    if (def->environment[0] != '\0')
        buf_printf(out, "%s%s", between, def->environment);
}

/* Words of `text` from column HELP_COLUMN on, wrapped; `column` is where the line is now. */
static void wrapped(const char *text, size_t column, struct buf *out)
{
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        if (column > HELP_COLUMN && column + 1 + length > HELP_WIDTH) {
            buf_text(out, "\n");
            column = 0;
        }
        if (column < HELP_COLUMN)
            buf_printf(out, "%*s", (int)(HELP_COLUMN - column), "");
        else if (column > HELP_COLUMN)
            buf_text(out, " ");
        column = column < HELP_COLUMN ? HELP_COLUMN + length : column + length + (column > HELP_COLUMN);
        buf_append(out, text, length);
        text += length + strspn(text + length, " ");
    }
    buf_text(out, "\n");
}

static void help_entry(const char *head, const char *text, struct buf *out)
{
    buf_printf(out, "  %s", head);
    size_t column = 2 + strlen(head);
    if (column + 2 > HELP_COLUMN) {
        buf_text(out, "\n");
        column = 0;
    }
    wrapped(text, column, out);
}

static void head_of(const struct option_def *def, char *out, size_t size)
{
    char letter, value[64];
    size_t length = option_name_length(def, &letter);
    const char *name = placeholder(def, value, sizeof value);
    char short_form[8] = "";
    if (letter != '\0')
        snprintf(short_form, sizeof short_form, "-%c, ", letter);
    snprintf(out, size, "%s--%.*s%s%s", short_form, (int)length, def->name, name[0] == '\0' ? "" : " ", name);
}

void options_help(const struct option_table *table, struct buf *out)
{
    buf_printf(out, "Usage: %s %s\n\n%s\n\nOptions:\n", table->program, table->usage, table->sentence);
    for (size_t i = 0; i < table->n; i++) {
        struct buf text;
        char head[128];
        buf_init(&text, 0);
        buf_printf(&text, "%s (", table->defs[i].sentence);
        facts(&table->defs[i], &text);
        buf_text(&text, ")");
        if (text.size > 3 && memcmp(text.data + text.size - 3, " ()", 3) == 0)
            text.size -= 3;
        head_of(&table->defs[i], head, sizeof head);
        help_entry(head, buf_string(&text), out);
        out->failed = out->failed || buf_failed(&text);
        buf_free(&text);
    }
    help_entry("--config FILE",
               "Reads options from a file of `name = value` lines. Flags win over the "
               "environment, the environment over the file.",
               out);
    help_entry("--version", "Prints the version.", out);
    help_entry("-h, --help", "Prints this.", out);
}

/* Characters that would end a cell of a Markdown table or start markup in it. */
static void markdown_text(const char *text, struct buf *out)
{
    for (; *text != '\0'; text++) {
        if (strchr("|*_<>", *text) != NULL)
            buf_text(out, "\\");
        buf_append(out, text, 1);
    }
}

void options_markdown(const struct option_table *table, struct buf *out)
{
    buf_text(out, "| option | environment | default | allowed | |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < table->n; i++) {
        const struct option_def *def = &table->defs[i];
        char allowed[160], letter;
        size_t length = option_name_length(def, &letter);
        buf_text(out, "| ");
        if (letter != '\0')
            buf_printf(out, "`-%c`, ", letter);
        buf_printf(out, "`--%.*s` | ", (int)length, def->name);
        if (def->environment[0] != '\0')
            buf_printf(out, "`%s`", def->environment);
        buf_text(out, " | ");
        if (def->preset[0] != '\0')
            buf_printf(out, "`%s`", def->preset);
        buf_printf(out, " | %s%s%s | ", option_allowed(def, allowed, sizeof allowed),
                   has_units(def) ? " " : "", has_units(def) ? def->unit : "");
        markdown_text(def->sentence, out);
        buf_text(out, " |\n");
    }
}

/* A backslash, a hyphen, and a dot or quote that begins a line mean something to man. */
static void man_text(const char *text, struct buf *out)
{
    if (text[0] == '.' || text[0] == '\'')
        buf_text(out, "\\&");
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            buf_text(out, "\\e");
        else if (*text == '-')
            buf_text(out, "\\-");
        else
            buf_append(out, text, 1);
    }
}

void options_man(const struct option_table *table, struct buf *out)
{
    for (size_t i = 0; i < table->n; i++) {
        const struct option_def *def = &table->defs[i];
        char letter, value[64];
        size_t length = option_name_length(def, &letter);
        const char *stands_for = placeholder(def, value, sizeof value);
        char name[128];
        snprintf(name, sizeof name, "--%.*s", (int)length, def->name);
        buf_text(out, ".TP\n");
        if (letter != '\0')
            buf_printf(out, "\\fB\\-%c\\fR, ", letter);
        buf_text(out, "\\fB");
        man_text(name, out);
        buf_text(out, "\\fR");
        if (stands_for[0] != '\0')
            buf_printf(out, " \\fI%s\\fR", stands_for);
        buf_text(out, "\n");
        man_text(def->sentence, out);
        struct buf known;
        buf_init(&known, 0);
        facts(def, &known);
        if (known.size > 0) {
            buf_text(out, "\n(");
            man_text(buf_string(&known), out);
            buf_text(out, ")");
        }
        out->failed = out->failed || buf_failed(&known);
        buf_free(&known);
        buf_text(out, "\n");
    }
}
