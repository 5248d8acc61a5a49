/* network move, rename, note, lock, unlock: what people decide about networks. */
#include <stdio.h>
#include <string.h>

#include "peernet/commands.h"
#include "peernet/find.h"
#include "peernet/json.h"
#include "peernet/price.h"
#include "peernet/show.h"

static void say_number(struct cli *cli, enum text id, const json_t *result, const char *key)
{
    char number[32];
    snprintf(number, sizeof number, "%lld", (long long)json_whole(result, key));
    TEXT_FILL(&cli->out, cli->language, id, number);
    buf_text(&cli->out, "\n");
}

int cmd_network_move(struct cli *cli, const struct invocation *in)
{
    json_t *result = NULL;
    int code = find_organizer_id(cli, in, "organizer");
    if (code == 0)
        code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    price_write(cli, result);
    if (json_is_true(json_object_get(result, "dry_run")))
        buf_printf(&cli->out, "%s\n", cli_text(cli, TEXT_NOTHING_CHANGED));
    else
        say_number(cli, TEXT_MOVE_SET, result, "pin");
    json_decref(result);
    return EXIT_FINE;
}

/* Calls, and says one thing or the other. */
static int change(struct cli *cli, const struct invocation *in, enum text done)
{
    json_t *result;
    int code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    say_number(cli, done, result, "network");
    json_decref(result);
    return EXIT_FINE;
}

int cmd_network_rename(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    struct buf name;
    char number[32];
    if (json_text(in->params, "name")[0] == '\0')
        return change(cli, in, TEXT_NETWORK_UNNAMED);
    int code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    buf_init(&name, 0);
    show_text(&name, json_text(in->params, "name"));
    snprintf(number, sizeof number, "%lld", (long long)json_whole(result, "network"));
    TEXT_FILL(&cli->out, cli->language, TEXT_NETWORK_NAMED, number, buf_string(&name));
    buf_text(&cli->out, "\n");
    buf_free(&name);
    json_decref(result);
    return EXIT_FINE;
}

int cmd_network_note(struct cli *cli, const struct invocation *in)
{
    return change(cli, in,
                  json_text(in->params, "note")[0] == '\0' ? TEXT_NETWORK_UNNOTED : TEXT_NETWORK_NOTED);
}

int cmd_network_lock(struct cli *cli, const struct invocation *in)
{
    return change(cli, in, TEXT_NETWORK_LOCKED);
}

int cmd_network_unlock(struct cli *cli, const struct invocation *in)
{
    json_object_set_new(in->params, "locked", json_false());
    return change(cli, in, TEXT_NETWORK_UNLOCKED);
}
