/* methods, call: the protocol itself. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "peernet/commands.h"
#include "peernet/json.h"
#include "peernet/listing.h"
#include "peernet/show.h"

#define PARAMS_BYTES_MAX ((size_t)1 << 20)

/* "organizer limit?=10" */
static void write_params(struct cli *cli, struct buf *out, const json_t *params)
{
    size_t i;
    json_t *param;
    json_array_foreach(params, i, param)
    {
        const json_t *preset = json_object_get(param, "default");
        buf_text(out, i > 0 ? " " : "");
        show_text(out, json_text(param, "name"));
        buf_text(out, json_is_true(json_object_get(param, "optional")) ? "?" : "");
        if (preset == NULL || json_is_null(preset))
            continue;
        buf_text(out, "=");
        if (json_is_boolean(preset))
            buf_text(out, json_is_true(preset) ? "true" : "false");
        else
            show_value(out, cli->language, preset);
    }
}

static void write_method(struct cli *cli, struct buf *row, const json_t *method)
{
    show_text(&row[0], json_text(method, "name"));
    write_params(cli, &row[1], json_object_get(method, "params"));
    show_text(&row[2], json_text(method, "role"));
    show_text(&row[3], json_text(method, "sentence"));
}

int cmd_methods(struct cli *cli, const struct invocation *in)
{
    static const struct table_column columns[] = {
        {TEXT_HEAD_METHOD, 0},
        {TEXT_HEAD_PARAMETERS, TABLE_CUT},
        {TEXT_HEAD_ROLE, 0},
        {TEXT_HEAD_SENTENCE, TABLE_WRAP},
    };
    static const struct listing listing = {.key = "methods",
                                           .columns = columns,
                                           .n_columns = sizeof columns / sizeof columns[0],
                                           .write_row = write_method,
                                           .none = TEXT_NONE};
    return listing_show(cli, in, &listing);
}

static int usage(struct cli *cli, enum text id, const char *value)
{
    struct buf message;
    buf_init(&message, 0);
    TEXT_FILL(&message, cli->language, id, value);
    int code = cli_usage(cli, buf_string(&message));
    buf_free(&message);
    return code;
}

static int read_input(struct cli *cli, struct buf *out)
{
    for (;;) {
        uint8_t *room = buf_reserve(out, 65536);
        ssize_t n = room == NULL ? 0 : read(STDIN_FILENO, room, 65536);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            usage(cli, TEXT_CANNOT_READ, strerror(errno));
            return EXIT_FAILED;
        }
        out->size += (size_t)n;
        if (buf_failed(out) || out->size > PARAMS_BYTES_MAX)
            return usage(cli, TEXT_JSON_TOO_LONG, NULL);
        if (n == 0)
            return 0;
    }
}

/* Parameters as typed or from standard input; NULL when there are none. */
static int read_params(struct cli *cli, const struct invocation *in, json_t **params)
{
    struct err e = ERR_INIT;
    struct buf input;
    *params = NULL;
    if (in->n_arguments < 2)
        return 0;
    buf_init(&input, PARAMS_BYTES_MAX + 65536);
    int code = 0;
    if (strcmp(in->arguments[1], "-") == 0)
        code = read_input(cli, &input);
    else
        buf_text(&input, in->arguments[1]);
    if (code == 0) {
        *params = json_parse((const char *)input.data, input.size, &e);
        if (*params == NULL)
            code = usage(cli, TEXT_BAD_JSON, e.text);
        else if (!json_is_array(*params) && !json_is_object(*params))
            code = usage(cli, TEXT_NOT_LIST_OR_MAP, in->command->example);
    }
    buf_free(&input);
    return code;
}

int cmd_call(struct cli *cli, const struct invocation *in)
{
    json_t *params, *result;
    cli->wire = true;
    int code = read_params(cli, in, &params);
    if (code == 0)
        code = cli_call(cli, in->arguments[0], params, &result);
    json_decref(params);
    return code != 0 ? code : cli_print_json(cli, result);
}
