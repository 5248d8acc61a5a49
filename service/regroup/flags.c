#include "regroup/flags.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"

void flags_help(const struct flags *flags, struct buf *out)
{
    for (size_t i = 0; i < flags->n; i++) {
        const struct flag *f = &flags->list[i];
        char name[64];
        snprintf(name, sizeof name, "--%s%s%s", f->name, f->value != NULL ? " " : "",
                 f->value != NULL ? f->value : "");
        buf_printf(out, "  %-22s %s\n", name, f->sentence);
    }
}

static int wrong_flag(const struct flags *flags, const char *given, int key, struct err *e)
{
    if (key == ':')
        return err_set(e, ERR_INVALID, "%s: a value is needed", given);
    const char **names = calloc(flags->n, sizeof *names);
    if (names == NULL)
        return err_memory(e, "reading the command line");
    for (size_t i = 0; i < flags->n; i++)
        names[i] = flags->list[i].name;
    const char *bare = given + strspn(given, "-");
    const char *nearest = options_nearest(bare, names, flags->n);
    free((void *)names);
    if (nearest != NULL && strcmp(nearest, bare) != 0)
        return err_set(e, ERR_INVALID, "%s is no flag of %s; did you mean --%s?", given, flags->of, nearest);
    return err_set(e, ERR_INVALID, "%s cannot be used like this; %s--help lists the flags", given,
                   flags->command);
}

/* As getopt_long has them; `letters` with room for three and two a flag. */
static void describe(const struct flags *flags, struct option *known, char *letters)
{
    letters += sprintf(letters, "+:");
    for (size_t i = 0; i < flags->n; i++) {
        const struct flag *f = &flags->list[i];
        known[i] = (struct option){f->name, f->value != NULL ? required_argument : no_argument, NULL, f->key};
        if (f->key < 256)
            letters += sprintf(letters, "%c%s", f->key, f->value != NULL ? ":" : "");
    }
}

int flags_read(const struct flags *flags, int argc, char **argv,
               int (*take)(void *context, int key, const char *value, struct err *e), void *context,
               struct err *e)
{
    struct option *known = calloc(flags->n + 1, sizeof *known);
    char *letters = malloc(2 * flags->n + 3);
    int code = known == NULL || letters == NULL ? err_memory(e, "reading the command line") : ERR_OK;
    if (code == ERR_OK)
        describe(flags, known, letters);
    optind = 1;
    opterr = 0;
    while (code == ERR_OK) {
        int at = optind;
        int key = getopt_long(argc, argv, letters, known, NULL);
        if (key == -1)
            break;
        code = key == '?' || key == ':' ? wrong_flag(flags, argv[at], key, e) : take(context, key, optarg, e);
    }
    free(known);
    free(letters);
    if (code == ERR_OK && optind < argc)
        code = err_set(e, ERR_INVALID, "%s: nothing but flags is expected here", argv[optind]);
    return code;
}
