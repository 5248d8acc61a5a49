#include "regroup/outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void outcome_set(struct outcome *o, enum exit_code code, const char *format, ...)
{
    struct err e = ERR_INIT;
    va_list args;
    va_start(args, format);
    err_vset(&e, ERR_OK, format, args);
    va_end(args);
    o->exit = code;
    snprintf(o->text, sizeof o->text, "%s", e.text);
}

void outcome_free(struct outcome *o)
{
    json_decref(o->figures);
    o->figures = NULL;
}

static void print_json(const struct outcome *o, const struct run_options *options)
{
    json_t *all =
        json_pack("{s:s, s:i, s:s, s:o, s:b, s:s, s:O?}", "outcome", exit_name(o->exit), "exit", (int)o->exit,
                  "programme", options->programme, "run", o->run > 0 ? json_integer(o->run) : json_null(),
                  "published", (int)o->published, "text", o->text, "figures", o->figures);
    char *words = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(12));
    if (words != NULL)
        puts(words);
    free(words);
    json_decref(all);
}

static long long figure(const json_t *figures, const char *name)
{
    return (long long)json_integer_value(json_object_get(figures, name));
}

static void print_unmatched(const json_t *figures)
{
    const char *name;
    json_t *count, *all = json_object_get(figures, "unmatched");
    bool any = false;
    json_object_foreach(all, name, count)
    {
        if (json_integer_value(count) == 0)
            continue;
        printf("%s%s %lld", any ? ", " : "unmatched: ", name, (long long)json_integer_value(count));
        any = true;
    }
    if (any)
        puts("");
}

static void print_figures(const json_t *figures)
{
    printf("%lld organizers in %lld networks of %lld to %lld, mean fit %.4f\n", figure(figures, "matched"),
           figure(figures, "networks"), figure(figures, "smallest"), figure(figures, "largest"),
           json_real_value(json_object_get(figures, "mean_fit")));
    print_unmatched(figures);
    if (figure(figures, "outside_scope") > 0)
        printf("outside the programme's scope: %lld\n", figure(figures, "outside_scope"));
    const json_t *base = json_object_get(figures, "base");
    if (json_is_object(base))
        printf("since run %lld: %lld stayed, %lld moved, %lld joined, %lld left\n", figure(base, "run"),
               figure(base, "stayed"), figure(base, "moved"), figure(base, "joined"), figure(base, "left"));
    size_t i;
    json_t *warning;
    json_array_foreach(json_object_get(figures, "warnings"), i, warning)
    {
        printf("warning: %s\n", json_string_value(warning));
    }
}

void outcome_print(const struct outcome *o, const struct run_options *options)
{
    bool wrong = o->exit != EXIT_DONE && o->exit != EXIT_NOTHING;
    if (wrong)
        fprintf(stderr, "peernet-regroup: %s\n", o->text);
    if (options->json) {
        print_json(o, options);
    } else if (!options->quiet) {
        if (!wrong)
            printf("%s\n", o->text);
        if (o->figures != NULL)
            print_figures(o->figures);
    }
    fflush(stdout);
}
