/* token create, token list, token revoke: who may log in. */
#include <stdio.h>

#include "peernet/change.h"
#include "peernet/commands.h"
#include "peernet/json.h"
#include "peernet/listing.h"
#include "peernet/show.h"

/* The token alone on standard output, so that it can go into a file; what is about it beside that. */
int cmd_token_create(struct cli *cli, const struct invocation *in)
{
    json_t *result;
    struct buf note, name, role;
    int code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    buf_init(&note, 0);
    buf_init(&name, 0);
    buf_init(&role, 0);
    show_text(&name, json_text(result, "name"));
    show_text(&role, json_text(result, "role"));
    TEXT_FILL(&note, cli->language, TEXT_TOKEN_MADE, buf_string(&name), buf_string(&role));
    show_text(&cli->out, json_text(result, "token"));
    buf_text(&cli->out, "\n");
    cli_note(cli, buf_string(&note));
    buf_free(&note);
    buf_free(&name);
    buf_free(&role);
    json_decref(result);
    return EXIT_FINE;
}

static void write_row(struct cli *cli, struct buf *row, const json_t *token)
{
    show_text(&row[0], json_text(token, "name"));
    show_text(&row[1], json_text(token, "role"));
    show_time(&row[2], cli->language, json_text(token, "created_at"));
    show_text(&row[3], json_text(token, "created_by"));
    if (json_is_true(json_object_get(token, "expired")))
        buf_text(&row[4], cli_text(cli, TEXT_EXPIRED));
    else if (json_text(token, "expires_at")[0] != '\0')
        show_time(&row[4], cli->language, json_text(token, "expires_at"));
    else
        buf_text(&row[4], cli_text(cli, TEXT_NEVER));
    show_text(&row[5], json_text(token, "used_on"));
}

int cmd_token_list(struct cli *cli, const struct invocation *in)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_NAME, 0},    {TEXT_HEAD_ROLE, 0},    {TEXT_HEAD_CREATED, 0},
        {TEXT_HEAD_BY_WHOM, 0}, {TEXT_HEAD_EXPIRES, 0}, {TEXT_HEAD_USED_ON, 0},
    };
    static const struct listing listing = {.key = "tokens",
                                           .columns = columns,
                                           .n_columns = sizeof columns / sizeof columns[0],
                                           .write_row = write_row,
                                           .none = TEXT_NO_TOKENS};
    return listing_show(cli, in, &listing);
}

int cmd_token_revoke(struct cli *cli, const struct invocation *in)
{
    return cli_change(cli, in, "name", TEXT_TOKEN_REVOKED);
}
