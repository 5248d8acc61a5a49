#include "peernet/programme_effect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/settings/settings.h"
#include "peernet/figures.h"
#include "peernet/json.h"
#include "peernet/show.h"
#include "peernet/waiting.h"
#include "peernet/words.h"

#define PREFIX "settings."

json_t *programme_default(const char *name)
{
    struct settings settings;
    if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
        return NULL;
    settings_default(&settings);
    char *text = settings_to_json(&settings);
    json_t *all = text == NULL ? NULL : json_loads(text, 0, NULL);
    json_t *value = json_incref(json_object_get(all, name + strlen(PREFIX)));
    json_decref(all);
    free(text);
    settings_free(&settings);
    return value;
}

/* The settings that would be others, by name; empty: none would. */
static json_t *changed_settings(const json_t *changes)
{
    size_t i;
    json_t *change, *settings = json_object();
    json_array_foreach(changes, i, change)
    {
        const char *name = json_text(change, "name");
        json_t *after = json_object_get(change, "after");
        json_t *value = json_is_null(after) ? programme_default(name) : json_incref(after);
        if (value != NULL && strncmp(name, PREFIX, strlen(PREFIX)) == 0)
            json_object_set(settings, name + strlen(PREFIX), value);
        json_decref(value);
    }
    return settings;
}

static int propose(struct cli *cli, const char *programme, json_t *settings, json_t **result, struct err *e)
{
    json_t *params = json_pack("{s:s, s:O}", "programme", programme, "settings", settings);
    int failed = cli_try(cli, "network.propose", params, result, e);
    json_decref(params);
    return failed;
}

/* Which network each member is in, by its number. */
static json_t *places(const json_t *result)
{
    size_t i, k;
    json_t *network, *member, *found = json_object();
    json_array_foreach(json_object_get(result, "networks"), i, network)
        json_array_foreach(json_object_get(network, "members"), k, member) json_object_set(
            found, json_text(json_object_get(member, "organizer"), "id"), json_object_get(network, "number"));
    return found;
}

/* Members of both that are in another network, by the numbers that networks keep. */
static int64_t count_moved(const json_t *before, const json_t *after)
{
    json_t *was = places(before), *is = places(after), *number;
    const char *id;
    int64_t moved = 0;
    json_object_foreach(was, id, number)
    {
        const json_t *now = json_object_get(is, id);
        moved += now != NULL && !json_equal(number, now);
    }
    json_decref(was);
    json_decref(is);
    return moved;
}

static int write_effect(struct cli *cli, const json_t *before, const json_t *after)
{
    struct buf moved;
    buf_init(&moved, 0);
    buf_printf(&cli->out, "\n%s\n", cli_text(cli, TEXT_EFFECT));
    int code =
        figures_beside(cli, json_object_get(before, "figures"), json_object_get(after, "figures"), NULL);
    /* Numbers are kept from what is published; where nothing is they mean nothing. */
    if (json_is_object(json_object_get(json_object_get(after, "figures"), "base"))) {
        show_counted(&moved, cli->language, count_moved(before, after), TEXT_ORGANIZER_ONE,
                     TEXT_ORGANIZER_MANY);
        TEXT_FILL(&cli->out, cli->language, TEXT_EFFECT_MOVED, buf_string(&moved));
        buf_text(&cli->out, "\n");
    }
    buf_text(&cli->out, "\n");
    buf_free(&moved);
    return code;
}

static void tell_unknown(struct cli *cli, const struct err *e)
{
    struct buf why;
    buf_init(&why, 0);
    words_said(&why, cli, e->text);
    TEXT_FILL(&cli->out, cli->language, TEXT_EFFECT_UNKNOWN, buf_string(&why));
    buf_text(&cli->out, "\n");
    buf_free(&why);
}

int programme_effect(struct cli *cli, const char *programme, const json_t *changes)
{
    struct err e = ERR_INIT;
    struct waiting_line line;
    json_t *as_it_is = json_object(), *settings = changed_settings(changes), *before = NULL, *after = NULL;
    int code = EXIT_FINE;
    if (json_object_size(settings) > 0) {
        waiting_begin(&line, cli_text(cli, TEXT_STAGE_NETWORKS));
        bool failed = propose(cli, programme, as_it_is, &before, &e) != 0 ||
                      propose(cli, programme, settings, &after, &e) != 0;
        waiting_end(&line);
        if (failed)
            tell_unknown(cli, &e);
        else
            code = write_effect(cli, before, after);
    }
    json_decref(as_it_is);
    json_decref(settings);
    json_decref(before);
    json_decref(after);
    return code;
}
