/* The manual page: help_write_roff of help.h. */
#include <string.h>

#include "peernet/help.h"

/* Text with what roff would take for its own made harmless. */
static void write_text(struct buf *out, const char *value)
{
    for (bool line_start = true; *value != '\0'; value++, line_start = false) {
        if (line_start && (*value == '.' || *value == '\''))
            buf_text(out, "\\&");
        if (*value == '\\')
            buf_text(out, "\\e");
        else if (*value == '-')
            buf_text(out, "\\-");
        else if (*value == '\'')
            buf_text(out, "\\(aq");
        else
            buf_append(out, value, 1);
    }
}

static void write_section(struct buf *out, const char *title)
{
    buf_printf(out, ".SH %s\n", title);
}

static void write_entry(struct buf *out, const char *name, const char *sentence)
{
    buf_text(out, ".TP\n.B ");
    write_text(out, name);
    buf_text(out, "\n");
    write_text(out, sentence);
    buf_text(out, "\n");
}

static void write_flag(void *context, const struct help_flag *f)
{
    struct buf *out = context, allowed;
    buf_init(&allowed, 0);
    buf_text(out, ".TP\n.B ");
    write_text(out, "--");
    write_text(out, f->name);
    if (f->value != NULL)
        buf_printf(out, " \\fI%s\\fR", f->value);
    buf_text(out, "\n");
    write_text(out, f->sentence);
    if (f->param != NULL)
        help_allowed(&allowed, LANGUAGE_EN, f);
    if (allowed.size > 0)
        buf_printf(out, " (%s)", buf_string(&allowed));
    buf_text(out, "\n");
    buf_free(&allowed);
}

static void write_command(struct buf *out, const struct command *c)
{
    buf_printf(out, ".SS peernet %s \\fI%s\\fR\n", c->name, c->arguments);
    write_text(out, help_about(LANGUAGE_EN, c));
    buf_text(out, "\n");
    help_each_flag(LANGUAGE_EN, c, write_flag, out);
    buf_text(out, ".PP\nExample:\n.PP\n.nf\n.RS\n");
    write_text(out, c->example);
    buf_text(out, "\n.RE\n.fi\n");
}

static void write_commands(struct buf *out)
{
    for (int group = 0; group < GROUP_COUNT; group++) {
        buf_text(out, ".SH ");
        for (const char *at = text(LANGUAGE_EN, group_title((enum command_group)group)); *at != '\0'; at++) {
            char upper = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
            buf_append(out, &upper, 1);
        }
        buf_text(out, "\n");
        for (size_t i = 0; i < command_count; i++)
            if ((int)commands[i].group == group)
                write_command(out, &commands[i]);
    }
}

void help_write_roff(struct buf *out)
{
    buf_text(out, ".TH PEERNET 1 \"\" \"peernet " PEERNET_VERSION "\"\n");
    write_section(out, "NAME");
    buf_printf(out, "peernet \\- %s\n", text(LANGUAGE_EN, TEXT_PURPOSE));
    write_section(out, "SYNOPSIS");
    buf_text(out, ".B peernet\n.I COMMAND\n[\\fIARGUMENTS\\fR] [\\fIFLAGS\\fR]\n");
    write_section(out, "DESCRIPTION");
    buf_text(out, "Asks a running\n.BR peernetd (8)\nand prints tables for people, or JSON for programs.\n");
    write_commands(out);
    write_section(out, "FLAGS");
    for (const struct flag *f = common_flags; f->name != NULL; f++)
        write_flag(out, &(struct help_flag){f->name, f->value, text(LANGUAGE_EN, f->sentence), NULL, NULL});
    write_section(out, "ENVIRONMENT");
    for (size_t i = 0; i < variable_meaning_count; i++)
        write_entry(out, variable_meanings[i].name, text(LANGUAGE_EN, variable_meanings[i].sentence));
    write_section(out, "EXIT STATUS");
    for (size_t i = 0; i < exit_meaning_count; i++) {
        char code[16];
        snprintf(code, sizeof code, "%d", exit_meanings[i].code);
        write_entry(out, code, text(LANGUAGE_EN, exit_meanings[i].sentence));
    }
    write_section(out, "SEE ALSO");
    buf_text(out, ".BR peernetd (8),\n.BR peernet-regroup (1)\n");
}
