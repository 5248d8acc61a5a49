#include "peernet/completion.h"

#include <string.h>

#include "peernet/help.h"

/* Where a command has two words, its second one; else "". */
static const char *second_word(const struct command *c)
{
    const char *blank = strchr(c->name, ' ');
    return blank != NULL ? blank + 1 : "";
}

static size_t first_size(const struct command *c)
{
    return strcspn(c->name, " ");
}

/* Of the commands that begin with the same word only the first is to be offered as that word. */
static bool is_first_of_word(size_t at)
{
    size_t size = first_size(&commands[at]);
    for (size_t i = 0; i < at; i++)
        if (first_size(&commands[i]) == size && strncmp(commands[i].name, commands[at].name, size) == 0)
            return false;
    return true;
}

/* Whether the first word of a command of two is a command by itself: "run", but not "token". */
static bool stem_is_command(const struct command *c)
{
    size_t size = first_size(c);
    for (size_t i = 0; i < command_count; i++)
        if (strlen(commands[i].name) == size && strncmp(commands[i].name, c->name, size) == 0)
            return true;
    return false;
}

/* A text in single quotes. */
static void write_quoted(struct buf *out, const char *value, const char *quote)
{
    buf_text(out, "'");
    for (; *value != '\0'; value++)
        if (*value == '\'')
            buf_text(out, quote);
        else
            buf_append(out, value, 1);
    buf_text(out, "'");
}

/* ---- bash and zsh: the words that may stand next, by the words that came before */

static void write_flag_word(void *context, const struct help_flag *flag)
{
    buf_printf(context, " --%s", flag->name);
}

static void write_common_words(struct buf *out)
{
    for (const struct flag *f = common_flags; f->name != NULL; f++)
        buf_printf(out, " --%s", f->name);
}

static void write_case(struct buf *out, const struct command *c)
{
    buf_printf(out, "    '%s '*) offered='", c->name);
    for (size_t i = 0; i < command_count && second_word(c)[0] == '\0'; i++)
        if (second_word(&commands[i])[0] != '\0' && first_size(&commands[i]) == strlen(c->name) &&
            strncmp(commands[i].name, c->name, strlen(c->name)) == 0)
            buf_printf(out, " %s", second_word(&commands[i]));
    help_each_flag(LANGUAGE_EN, c, write_flag_word, out);
    if (c->run != NULL)
        write_common_words(out);
    buf_text(out, "' ;;\n");
}

/* "token " alone, where "token" is no command: how it goes on. */
static void write_stem(struct buf *out, size_t at)
{
    const struct command *c = &commands[at];
    int size = (int)first_size(c);
    buf_printf(out, "    '%.*s '*) offered='", size, c->name);
    for (size_t i = at; i < command_count; i++)
        if ((int)first_size(&commands[i]) == size && strncmp(commands[i].name, c->name, (size_t)size) == 0)
            buf_printf(out, " %s", second_word(&commands[i]));
    buf_text(out, "' ;;\n");
}

static void write_cases(struct buf *out)
{
    buf_text(out, "    case \"$said \" in\n");
    for (size_t i = 0; i < command_count; i++)
        if (second_word(&commands[i])[0] != '\0')
            write_case(out, &commands[i]);
    for (size_t i = 0; i < command_count; i++)
        if (second_word(&commands[i])[0] == '\0')
            write_case(out, &commands[i]);
        else if (is_first_of_word(i) && !stem_is_command(&commands[i]))
            write_stem(out, i);
    buf_text(out, "    ' ') offered='");
    for (size_t i = 0; i < command_count; i++)
        if (is_first_of_word(i))
            buf_printf(out, " %.*s", (int)first_size(&commands[i]), commands[i].name);
    write_common_words(out);
    buf_text(out, "' ;;\n    esac\n");
}

static void write_bash(struct buf *out)
{
    buf_text(out,
             "# bash completion of peernet; written by `peernet completion bash`\n"
             "_peernet()\n{\n"
             "    local said='' offered='' at\n"
             "    for ((at = 1; at < COMP_CWORD; at++)); do\n"
             "        case ${COMP_WORDS[at]} in -*) ;; *) said=${said:+$said }${COMP_WORDS[at]} ;; esac\n"
             "    done\n");
    write_cases(out);
    buf_text(out, "    # shellcheck disable=SC2207 # no word has a blank\n"
                  "    COMPREPLY=($(compgen -W \"$offered\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\n"
                  "complete -o default -F _peernet peernet\n");
}

static void write_zsh(struct buf *out)
{
    buf_text(out, "#compdef peernet\n# zsh completion of peernet; written by `peernet completion zsh`\n"
                  "_peernet()\n{\n"
                  "    local said='' offered='' word\n"
                  "    for word in ${words[2,CURRENT-1]}; do\n"
                  "        case $word in -*) ;; *) said=${said:+$said }$word ;; esac\n"
                  "    done\n");
    write_cases(out);
    buf_text(out, "    compadd -- ${=offered}\n    [[ -n $offered ]] || _files\n}\n"
                  "_peernet \"$@\"\n");
}

/* ---- fish: one line for each command and flag, with its sentence */

static void write_fish_flag(void *context, const struct help_flag *flag)
{
    struct buf *out = context;
    buf_text(out, "complete -c peernet -n ");
    buf_printf(out, "'__peernet_said \"%s\"' -l %s%s -d ", flag->command->name, flag->name,
               flag->value != NULL ? " -r" : "");
    write_quoted(out, flag->sentence, "\\'");
    buf_text(out, "\n");
}

static void write_fish_command(struct buf *out, const struct command *c)
{
    const char *second = second_word(c);
    buf_printf(out, "complete -c peernet -f -n '__peernet_said \"%.*s\" only' -a %s -d ",
               second[0] != '\0' ? (int)first_size(c) : 0, c->name, second[0] != '\0' ? second : c->name);
    write_quoted(out, text(LANGUAGE_EN, c->summary), "\\'");
    buf_text(out, "\n");
    help_each_flag(LANGUAGE_EN, c, write_fish_flag, out);
}

static void write_fish(struct buf *out)
{
    buf_text(out, "# fish completion of peernet; written by `peernet completion fish`\n"
                  "function __peernet_said\n"
                  "    set -l said (string match -v -- '-*' (commandline -opc)[2..])\n"
                  "    test \"$argv[2]\" = only; and test \"$said\" = \"$argv[1]\"; and return 0\n"
                  "    test \"$argv[2]\" = only; and return 1\n"
                  "    string match -q -- \"$argv[1] *\" \"$said \"\n"
                  "end\n");
    for (const struct flag *f = common_flags; f->name != NULL; f++) {
        buf_printf(out, "complete -c peernet -l %s%s -d ", f->name, f->value != NULL ? " -r" : "");
        write_quoted(out, text(LANGUAGE_EN, f->sentence), "\\'");
        buf_text(out, "\n");
    }
    for (size_t i = 0; i < command_count; i++) {
        write_fish_command(out, &commands[i]);
        if (second_word(&commands[i])[0] != '\0' && is_first_of_word(i) && !stem_is_command(&commands[i]))
            buf_printf(out, "complete -c peernet -f -n '__peernet_said \"\" only' -a %.*s\n",
                       (int)first_size(&commands[i]), commands[i].name);
    }
}

bool completion_write(struct buf *out, const char *shell)
{
    static const struct {
        const char *shell;
        void (*write)(struct buf *out);
    } writers[] = {{"bash", write_bash}, {"zsh", write_zsh}, {"fish", write_fish}};
    for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++)
        if (strcmp(shell, writers[i].shell) == 0) {
            writers[i].write(out);
            return true;
        }
    return false;
}
