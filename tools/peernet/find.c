#include "peernet/find.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "peernet/json.h"
#include "peernet/show.h"
#include "peernet/words.h"

#define CANDIDATES 5

/* 212000-0019 -> 2120000019; false when it is not written so. */
static bool without_hyphen(const char *typed, char out[11])
{
    if (strlen(typed) != 11 || typed[6] != '-')
        return false;
    for (int i = 0, n = 0; i < 11; i++) {
        if (i == 6)
            continue;
        if (!isdigit((unsigned char)typed[i]))
            return false;
        out[n++] = typed[i];
    }
    out[10] = '\0';
    return true;
}

bool find_number(const char *typed, char out[FIND_NUMBER])
{
    size_t size = strlen(typed);
    if (without_hyphen(typed, out))
        return true;
    if (size == 0 || size >= FIND_NUMBER || typed[strspn(typed, "0123456789")] != '\0')
        return false;
    memcpy(out, typed, size + 1);
    return true;
}

/* The only organizer found, or the only one of that very name; NULL when it is not clear. */
static const char *only_one(const json_t *found, const char *typed)
{
    const json_t *organizers = json_object_get(found, "organizers"), *named = NULL;
    size_t i, same = 0;
    json_t *organizer;
    if (json_whole(found, "total") == 1)
        return json_text(json_array_get(organizers, 0), "id");
    json_array_foreach(organizers, i, organizer)
    {
        if (strcasecmp(json_text(organizer, "name"), typed) != 0)
            continue;
        named = organizer;
        same++;
    }
    return same == 1 ? json_text(named, "id") : NULL;
}

static int tell_none(struct cli *cli, enum text none, const char *typed)
{
    struct err e = ERR_INIT;
    struct buf message;
    buf_init(&message, 0);
    TEXT_FILL(&message, cli->language, none, typed);
    err_set(&e, ERR_NOT_FOUND, "%s", buf_string(&message));
    buf_free(&message);
    return cli->json ? cli_fail_coded(cli, &e) : cli_fail(cli, &e);
}

static int tell_several(struct cli *cli, const char *typed, const json_t *found)
{
    struct buf message, shown;
    size_t i;
    json_t *organizer;
    buf_init(&message, 0);
    buf_init(&shown, 0);
    show_text(&shown, typed);
    TEXT_FILL(&message, cli->language, TEXT_SEVERAL_FIT, buf_string(&shown));
    json_array_foreach(json_object_get(found, "organizers"), i, organizer)
    {
        buf_text(&message, "\n  ");
        show_text(&message, json_text(organizer, "id"));
        buf_text(&message, "  ");
        show_text(&message, json_text(organizer, "name"));
    }
    long long more = (long long)json_whole(found, "total") - (long long)i;
    char count[32];
    snprintf(count, sizeof count, "%lld", more);
    if (more > 0) {
        buf_text(&message, "\n  ");
        TEXT_FILL(&message, cli->language, TEXT_AND_MORE, count, buf_string(&shown));
    }
    cli_usage(cli, buf_string(&message));
    buf_free(&message);
    buf_free(&shown);
    return EXIT_FAILED;
}

static int call_with(struct cli *cli, const struct invocation *in, const char *id, json_t **result)
{
    json_object_set_new(in->params, "organizer", json_string(id));
    return cli_call(cli, in->command->method, in->params, result);
}

static int call_by_name(struct cli *cli, const struct invocation *in, const char *typed, json_t **result)
{
    json_t *found = NULL;
    json_t *params = json_pack("{s:s, s:i}", "text", typed, "limit", CANDIDATES);
    int code = cli_call(cli, "organizer.search", params, &found);
    json_decref(params);
    if (code != 0)
        return code;
    const char *id = only_one(found, typed);
    if (json_whole(found, "total") == 0)
        code = tell_none(cli, TEXT_NO_ORGANIZER, typed);
    else if (id == NULL)
        code = tell_several(cli, typed, found);
    else
        code = call_with(cli, in, id, result);
    json_decref(found);
    return code;
}

static int call_as_meant(struct cli *cli, const struct invocation *in, const char *typed, const struct err *e,
                         json_t **result)
{
    char number[11];
    /* A name may be longer than any number, which the server then calls invalid. */
    bool may_be_name = (e->code == ERR_NOT_FOUND && strstr(e->text, "no organizer has the id") == e->text) ||
                       (e->code == ERR_INVALID && strlen(typed) > 64);
    if (!may_be_name)
        return cli_refused(cli, e);
    if (without_hyphen(typed, number))
        return call_with(cli, in, number, result);
    /* A number that is wrong is no part of a name. */
    if (typed[strspn(typed, "0123456789-")] == '\0')
        return tell_none(cli, TEXT_NO_ORGANIZER, typed);
    int code = call_by_name(cli, in, typed, result);
    if (code != 0 && in->n_arguments > 1 && in->command->most == ARGUMENTS_JOINED)
        cli_note(cli, cli_text(cli, TEXT_WORDS_AS_ONE));
    return code;
}

int find_organizer(struct cli *cli, const struct invocation *in, json_t **result)
{
    struct err e = ERR_INIT;
    int code = cli_connect(cli);
    if (code != 0 || cli_try(cli, in->command->method, in->params, result, &e) == 0)
        return code;
    char *typed = strdup(json_text(in->params, "organizer")); /* the parameter is about to change */
    if (typed == NULL) {
        err_memory(&e, "a name");
        return cli_fail(cli, &e);
    }
    code = call_as_meant(cli, in, typed, &e, result);
    free(typed);
    return code;
}
int find_organizer_id(struct cli *cli, const struct invocation *in, const char *param)
{
    static const struct command get = {.name = "organizer", .method = "organizer.get"};
    const json_t *typed = json_object_get(in->params, param);
    struct invocation one = {.command = &get, .params = json_pack("{s:O}", "organizer", typed)};
    json_t *result = NULL;
    int code = find_organizer(cli, &one, &result);
    if (code == 0)
        json_object_set(in->params, param, json_object_get(json_object_get(result, "organizer"), "id"));
    json_decref(result);
    json_decref(one.params);
    return code;
}

int find_numbered(struct cli *cli, const struct invocation *in, enum text none, json_t **result)
{
    struct err e = ERR_INIT;
    int code = cli_connect(cli);
    if (code != 0 || cli_try(cli, in->command->method, in->params, result, &e) == 0)
        return code;
    /* With a programme or an earlier run named, it may be that which is not there: the server says. */
    if (e.code != ERR_NOT_FOUND || invocation_flag(in, "programme") != NULL ||
        invocation_flag(in, "as-of") != NULL)
        return cli_refused(cli, &e);
    return tell_none(cli, none, in->arguments[0]);
}

int find_organizer_ids(struct cli *cli, json_t *organizers)
{
    size_t i;
    json_t *typed;
    int code = 0;
    json_array_foreach(organizers, i, typed)
    {
        struct invocation one = {.params = json_pack("{s:O}", "organizer", typed)};
        code = find_organizer_id(cli, &one, "organizer");
        if (code == 0)
            json_array_set(organizers, i, json_object_get(one.params, "organizer"));
        json_decref(one.params);
        if (code != 0)
            break;
    }
    return code;
}
