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

/* Flags that take one of a few words. */
static const struct flag_values {
    const char *flag, *values;
} flag_values[] = {
    {"lang", "sv en"}, {"by", "all kind county size round"}, {"role", "reader reporter operator admin"}};
#define FLAG_VALUES (sizeof flag_values / sizeof flag_values[0])

/* NULL: anything. */
static const char *values_of(const char *flag)
{
    for (size_t i = 0; i < FLAG_VALUES; i++)
        if (strcmp(flag_values[i].flag, flag) == 0)
            return flag_values[i].values;
    return NULL;
}

/* The words that a command's first argument may be; "": anything. `help` takes any command. */
static void write_words(struct buf *out, const struct command *c)
{
    static const char *const words[][2] = {
        {"pin add", " together apart keep"},
        {"plan record", " invited met support declined"},
        {"completion", " bash zsh fish"},
        {"db", " init migrate import export check help --db --json --lang --force --organizers --challenges "
               "--reports --help"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i][0], c->name) == 0)
            buf_text(out, words[i][1]);
    for (size_t i = 0; strcmp(c->name, "help") == 0 && i < command_count; i++)
        if (is_first_of_word(i))
            buf_printf(out, " %.*s", (int)first_size(&commands[i]), commands[i].name);
}

/* Every flag once that takes a value, each behind `before`. */
struct flag_names {
    struct buf *out;
    const char *before;
    const char *seen[64];
    size_t n;
};

static void write_name(void *context, const struct help_flag *flag)
{
    struct flag_names *names = context;
    if (flag->value == NULL || names->n == sizeof names->seen / sizeof names->seen[0])
        return;
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->seen[i], flag->name) == 0)
            return;
    buf_printf(names->out, "%s--%s", names->n > 0 ? names->before : "", flag->name);
    names->seen[names->n++] = flag->name;
}

static void write_flags_between(struct buf *out, const char *before)
{
    struct flag_names names = {.out = out, .before = before};
    for (const struct flag *f = common_flags; f->name != NULL; f++)
        write_name(&names, &(struct help_flag){f->name, f->value, "", NULL, NULL});
    for (size_t i = 0; i < command_count; i++)
        help_each_flag(LANGUAGE_EN, &commands[i], write_name, &names);
    for (size_t i = 0; i < 3; i++) /* of db alone */
        buf_printf(out, "%s--%s", before, ((const char *const[]){"organizers", "challenges", "reports"})[i]);
}

/* Behind a flag that takes a value stands that. */
static void write_values(struct buf *out, const char *before)
{
    buf_printf(out, "    case %s in\n", before);
    for (size_t i = 0; i < FLAG_VALUES; i++)
        buf_printf(out, "    --%s) offered=' %s' ;;\n", flag_values[i].flag, flag_values[i].values);
    buf_text(out, "    ");
    write_flags_between(out, "|");
    buf_text(out, ") offered='' ;;\n    esac\n");
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
    write_words(out, c);
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
    buf_text(out, "# bash completion of peernet; written by `peernet completion bash`\n"
                  "_peernet()\n{\n"
                  "    local said='' offered='' at\n"
                  "    for ((at = 1; at < COMP_CWORD; at++)); do\n"
                  "        case ${COMP_WORDS[at]} in\n"
                  "        ");
    write_flags_between(out, "|");
    buf_text(out, ") ((at++)) ;;\n"
                  "        -*) ;;\n"
                  "        *) said=${said:+$said }${COMP_WORDS[at]} ;;\n"
                  "        esac\n"
                  "    done\n");
    write_cases(out);
    write_values(out, "${COMP_WORDS[COMP_CWORD - 1]}");
    buf_text(out, "    # shellcheck disable=SC2207 # no word has a blank\n"
                  "    COMPREPLY=($(compgen -W \"$offered\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\n"
                  "complete -o default -F _peernet peernet\n");
}

static void write_zsh(struct buf *out)
{
    buf_text(out, "#compdef peernet\n# zsh completion of peernet; written by `peernet completion zsh`\n"
                  "_peernet()\n{\n"
                  "    local said='' offered='' at\n"
                  "    for ((at = 2; at < CURRENT; at++)); do\n"
                  "        case $words[at] in\n"
                  "        ");
    write_flags_between(out, "|");
    buf_text(out, ") ((at++)) ;;\n"
                  "        -*) ;;\n"
                  "        *) said=${said:+$said }$words[at] ;;\n"
                  "        esac\n"
                  "    done\n");
    write_cases(out);
    write_values(out, "$words[CURRENT-1]");
    buf_text(out, "    compadd -- ${=offered}\n    [[ -n $offered ]] || _files\n}\n"
                  "_peernet \"$@\"\n");
}

/* ---- fish: one line for each command and flag, with its sentence */

static void write_fish_values(struct buf *out, const char *flag)
{
    if (values_of(flag) != NULL)
        buf_printf(out, " -f -a '%s'", values_of(flag));
}

static void write_fish_flag(void *context, const struct help_flag *flag)
{
    struct buf *out = context;
    buf_text(out, "complete -c peernet -n ");
    buf_printf(out, "'__peernet_said \"%s\"' -l %s%s", flag->command->name, flag->name,
               flag->value != NULL ? " -r" : "");
    write_fish_values(out, flag->name);
    buf_text(out, " -d ");
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
    struct buf words;
    buf_init(&words, 0);
    write_words(&words, c);
    if (words.size > 0) {
        buf_printf(out, "complete -c peernet -f -n '__peernet_said \"%s\"' -a '%s'\n", c->name,
                   buf_string(&words) + 1);
    }
    buf_free(&words);
}

static void write_fish(struct buf *out)
{
    buf_text(out, "# fish completion of peernet; written by `peernet completion fish`\n"
                  "function __peernet_said\n"
                  "    set -l said\n"
                  "    set -l value no\n"
                  "    for word in (commandline -opc)[2..]\n"
                  "        if test $value = yes\n"
                  "            set value no\n"
                  "        else if string match -q -- '-*' $word\n"
                  "            contains -- $word ");
    write_flags_between(out, " ");
    buf_text(out, "; and set value yes\n"
                  "        else\n"
                  "            set -a said $word\n"
                  "        end\n"
                  "    end\n"
                  "    test \"$argv[2]\" = only; and test \"$said\" = \"$argv[1]\"; and return 0\n"
                  "    test \"$argv[2]\" = only; and return 1\n"
                  "    string match -q -- \"$argv[1] *\" \"$said \"\n"
                  "end\n");
    for (const struct flag *f = common_flags; f->name != NULL; f++) {
        buf_printf(out, "complete -c peernet -l %s%s", f->name, f->value != NULL ? " -r" : "");
        write_fish_values(out, f->name);
        buf_text(out, " -d ");
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
