#include "peernet/cmd_db.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "peernet/cli.h"
#include "peernet/db_parts.h"
#include "peernet/json.h"
#include "peernet/nearest.h"
#include "peernet/phrase.h"
#include "peernet/show.h"

enum option { DB, JSON, FORCE, ORGANIZERS, CHALLENGES, REPORTS, LANG, HELP, OPTIONS };

/* All that is printed is looked up in phrases.def. */
static enum language language;

static const struct {
    const char *name, *value; /* value NULL: a switch */
    const char *sentence;
} option_table[OPTIONS] = {
    [DB] = {"db", "CONNINFO",
            "how to reach PostgreSQL, as libpq has it; without it PGHOST, PGDATABASE, PGSERVICE ..."},
    [JSON] = {"json", NULL, "print the result as JSON"},
    [FORCE] = {"force", NULL, "write over files that are there already"},
    [ORGANIZERS] = {"organizers", "FILE",
                    "id,name,kind,municipality,county,lat,lon,pupils and any attr.NAME"},
    [CHALLENGES] = {"challenges", "FILE", "code,category,label_sv,label_en"},
    [REPORTS] = {"reports", "FILE", "organizer,challenge,severity,reported_on,note"},
    [LANG] = {"lang", "LANG", "language: sv or en"},
    [HELP] = {"help", NULL, "this text"},
};

#define BIT(option) (1u << (option))
#define COMMON (BIT(DB) | BIT(JSON) | BIT(LANG) | BIT(HELP))

static const struct db_command {
    const char *name, *argument; /* argument "": none */
    unsigned options;
    const char *summary, *about, *example;
    int (*run)(const struct db_options *options);
} db_commands[] = {
    {"init", "", COMMON, "make roles, schema and tables where they are missing",
     "Makes the roles peernet_owner, peernet_daemon and peernet_reader and the schema peernet, then "
     "migrates. What is "
     "there already stays as it is.",
     "peernet db init --db 'host=/var/run/postgresql dbname=peernet'", db_init},
    {"migrate", "", COMMON, "bring the tables to the version of this program",
     "Applies the migrations that are missing, each in a transaction of its own. Refuses a schema that is "
     "newer than "
     "this program, or whose migrations were edited.",
     "peernet db migrate --db dbname=peernet", db_migrate},
    {"import", "[DIR]", COMMON | BIT(ORGANIZERS) | BIT(CHALLENGES) | BIT(REPORTS),
     "read CSV files: organizers, challenges and reports, or a whole export",
     "Reads CSV files (RFC 4180, UTF-8) of organizers, challenges and reports, whose first row names the "
     "columns, in any order. All or nothing: when a row is wrong, nothing is changed and each fault is told "
     "as "
     "FILE:LINE:COLUMN. Rows that are known already are updated, none is removed; the same files again "
     "change "
     "nothing. With DIR all files of an export that are in it: also programmes, rules, activities, plans and "
     "what became of invitations, whose columns stand as export writes them, and of whose faults the first "
     "is "
     "told.",
     "peernet db import --organizers organizers.csv --challenges challenges.csv --reports reports.csv",
     db_import},
    {"export", "DIR", COMMON | BIT(FORCE), "write everything as CSV files",
     "Writes what import reads back: organizers.csv, challenges.csv and reports.csv; programmes.csv, "
     "pins.csv "
     "(but moves to a network by its number), activities.csv, plans.csv and contacts.csv (what became of "
     "invitations). And what is published, to be read elsewhere: networks.csv and unmatched.csv. Runs, the "
     "trail and tokens stay, and so do names, notes and locks of networks.",
     "peernet db export backup-2026-01-31", db_export},
    {"check", "", COMMON, "look for what is wrong, and say how to mend it",
     "Checks version and checksums of the schema, rights of the roles, rules that were switched off, "
     "orphaned rows, and "
     "the settings of every programme. Exit code 1 when something is wrong.",
     "peernet db check --db dbname=peernet", db_check},
};
#define DB_COMMANDS (sizeof db_commands / sizeof db_commands[0])

void db_print_line(FILE *file, const char *format, ...)
{
    char line[4096];
    struct buf safe, words;
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    buf_init(&safe, 0);
    buf_init(&words, 0);
    phrase_say(&words, language, line);
    show_text(&safe, buf_string(&words));
    fprintf(file, "%s\n", buf_string(&safe));
    buf_free(&safe);
    buf_free(&words);
}

int db_fail(const struct err *e)
{
    fputs("peernet: ", stderr);
    db_print_line(stderr, "%s", e->text);
    return cli_exit_code(e);
}

int db_connect(const struct db_options *options, struct pg *pg)
{
    struct err e = ERR_INIT;
    return pg_open(pg, options->conninfo, "peernet db", &e) == ERR_OK ? EXIT_FINE : db_fail(&e);
}

int db_print_json(json_t *document)
{
    struct err e = ERR_INIT;
    struct buf out;
    buf_init(&out, 0);
    int code = document == NULL ? err_memory(&e, "the result") : json_write(&out, document, &e);
    json_decref(document);
    if (code == ERR_OK && fwrite(out.data, 1, out.size, stdout) != out.size)
        code = err_set(&e, ERR_IO, "standard output: %s", strerror(errno));
    buf_free(&out);
    return code == ERR_OK ? EXIT_FINE : db_fail(&e);
}

static void print_wrapped(FILE *file, const char *sentence)
{
    struct buf words, lines;
    buf_init(&words, 0);
    buf_init(&lines, 0);
    phrase_say(&words, language, sentence);
    show_wrapped(&lines, buf_string(&words), 100, 0);
    fputs(buf_string(&lines), file);
    buf_free(&words);
    buf_free(&lines);
}

static void help_all(FILE *file)
{
    db_print_line(file, "peernet db COMMAND: sets up, fills and checks the database (PostgreSQL)");
    fputc('\n', file);
    for (size_t i = 0; i < DB_COMMANDS; i++) {
        const struct db_command *c = &db_commands[i];
        fprintf(file, "  %s%s%-*s ", c->name, c->argument[0] != '\0' ? " " : "",
                (int)(11 - strlen(c->name) - (c->argument[0] != '\0')), c->argument);
        db_print_line(file, "%s", c->summary);
    }
    fputc('\n', file);
    db_print_line(file, "Example:");
    fprintf(file, "  peernet db init --db 'host=/var/run/postgresql dbname=peernet'\n\n");
    print_wrapped(
        file, "`peernet db COMMAND --help` says more. Without --db the connection is libpq's own: PGHOST, "
              "PGDATABASE, PGUSER, PGSERVICE and so on.");
}

static void help_one(const struct db_command *c)
{
    printf("peernet db %s%s%s [FLAG ...]\n\n", c->name, c->argument[0] != '\0' ? " " : "", c->argument);
    print_wrapped(stdout, c->about);
    printf("\n");
    for (unsigned o = 0; o < OPTIONS; o++) {
        char flag[64];
        if ((c->options & BIT(o)) == 0)
            continue;
        snprintf(flag, sizeof flag, "--%s%s%s", option_table[o].name,
                 option_table[o].value != NULL ? " " : "",
                 option_table[o].value != NULL ? option_table[o].value : "");
        printf("  %-18s ", flag);
        db_print_line(stdout, "%s", option_table[o].sentence);
    }
    printf("\n");
    db_print_line(stdout, "Example:");
    printf("  %s\n\n", c->example);
    db_print_line(stdout,
                  "Exit codes: 0 done, 1 failed, 2 wrong usage, 4 not allowed, 5 database not reachable");
}

static int wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int wrong(const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fputs("peernet: ", stderr);
    db_print_line(stderr, "%s", text);
    return EXIT_USAGE;
}

static int unknown_command(const char *typed)
{
    struct nearest near;
    nearest_begin(&near, typed);
    for (size_t i = 0; i < DB_COMMANDS; i++)
        nearest_offer(&near, db_commands[i].name);
    if (near.word != NULL)
        return wrong("there is no command `db %s`; did you mean `peernet db %s`?", typed, near.word);
    return wrong("there is no command `db %s`; the commands are init, migrate, import, export, check", typed);
}

static int unknown_flag(const struct db_command *c, const char *typed)
{
    struct nearest near;
    nearest_begin(&near, typed);
    for (unsigned o = 0; o < OPTIONS; o++) {
        if ((c->options & BIT(o)) != 0)
            nearest_offer(&near, option_table[o].name);
    }
    if (near.word != NULL)
        return wrong("`db %s` has no flag --%s; did you mean --%s?", c->name, typed, near.word);
    return wrong("`db %s` has no flag --%s; `peernet db %s --help` lists them", c->name, typed, c->name);
}

static void set_option(struct db_options *options, unsigned option, const char *value, bool *help)
{
    options->json |= option == JSON;
    options->force |= option == FORCE;
    *help |= option == HELP;
    if (option == DB)
        options->conninfo = value;
    if (option >= ORGANIZERS && option <= REPORTS)
        options->files[option - ORGANIZERS] = value;
}

/* One flag at argv[*i]; moves *i over its value. 0 or the exit code. */
static int read_flag(const struct db_command *c, int argc, char **argv, int *i, struct db_options *options,
                     bool *help)
{
    char name[64];
    const char *typed = argv[*i] + 2, *equals = strchr(typed, '=');
    size_t length = equals != NULL ? (size_t)(equals - typed) : strlen(typed);
    snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), typed);
    unsigned o = 0;
    while (o < OPTIONS && ((c->options & BIT(o)) == 0 || strcmp(option_table[o].name, name) != 0))
        o++;
    if (o == OPTIONS)
        return unknown_flag(c, name);
    if (option_table[o].value == NULL && equals != NULL)
        return wrong("--%s takes no value", name);
    const char *value = equals != NULL ? equals + 1 : NULL;
    if (option_table[o].value != NULL && value == NULL) {
        if (*i + 1 >= argc)
            return wrong("--%s needs a value: --%s %s", name, name, option_table[o].value);
        value = argv[++*i];
    }
    if (value != NULL && value[0] == '\0' && o != DB)
        return wrong("--%s needs a value that is not empty: --%s %s", name, name, option_table[o].value);
    if (o == LANG && !language_parse(value, &language))
        return wrong("--lang takes sv or en, not \"%s\"", value);
    set_option(options, o, value, help);
    return EXIT_FINE;
}

static int check_words(const struct db_command *c, const struct db_options *options)
{
    bool import = c->run == db_import;
    if (c->argument[0] != '\0' && !import && options->folder == NULL)
        return wrong("`db %s` needs a folder: %s", c->name, c->example);
    if (import && options->folder == NULL && options->files[0] == NULL && options->files[1] == NULL &&
        options->files[2] == NULL)
        return wrong("`db import` needs a folder, or at least one of --organizers, --challenges and "
                     "--reports; example: %s",
                     c->example);
    return EXIT_FINE;
}

static int run_command(const struct db_command *c, int argc, char **argv)
{
    struct db_options options = {0};
    bool help = false, flags_end = false;
    for (int i = 2; i < argc; i++) {
        int code = EXIT_FINE;
        if (!flags_end && strcmp(argv[i], "--") == 0)
            flags_end = true;
        else if (!flags_end && strcmp(argv[i], "-h") == 0)
            help = true;
        else if (!flags_end && strncmp(argv[i], "--", 2) == 0)
            code = read_flag(c, argc, argv, &i, &options, &help);
        else if (c->argument[0] != '\0' && options.folder == NULL && argv[i][0] != '\0')
            options.folder = argv[i];
        else
            code = wrong("`db %s` takes %s, so what is \"%s\"? Example: %s", c->name,
                         c->argument[0] != '\0' ? "one folder" : "flags only", argv[i], c->example);
        if (code != EXIT_FINE)
            return code;
    }
    if (help) {
        help_one(c);
        return EXIT_FINE;
    }
    int code = check_words(c, &options);
    return code == EXIT_FINE ? c->run(&options) : code;
}

static const struct db_command *find_command(const char *name)
{
    for (size_t i = 0; i < DB_COMMANDS; i++) {
        if (strcmp(db_commands[i].name, name) == 0)
            return &db_commands[i];
    }
    return NULL;
}

/* Takes --lang out wherever it stands: also help understands it. What is no language stays, and is told. */
static int take_language(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], "--lang") != 0 || !language_parse(argv[i + 1], &language))
            continue;
        memmove(&argv[i], &argv[i + 2], (size_t)(argc - i - 2) * sizeof *argv);
        return argc - 2;
    }
    return argc;
}

int cmd_db(int argc, char **argv, enum language wanted)
{
    language = wanted;
    argc = take_language(argc, argv);
    if (argc < 2) {
        help_all(stderr);
        return EXIT_USAGE;
    }
    bool help = strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0;
    if (help && argc == 2) {
        help_all(stdout);
        return EXIT_FINE;
    }
    const char *name = help ? argv[2] : argv[1];
    const struct db_command *c = find_command(name);
    if (c == NULL)
        return unknown_command(name);
    if (help)
        help_one(c);
    int code = help ? EXIT_FINE : run_command(c, argc, argv);
    if (fflush(stdout) != 0 && code == EXIT_FINE) {
        wrong("standard output: %s", strerror(errno));
        return EXIT_FAILED;
    }
    return code;
}
