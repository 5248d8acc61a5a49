#include "peernet/change.h"

#include "peernet/cli.h"
#include "peernet/json.h"
#include "peernet/show.h"

int cli_change(struct cli *cli, const struct invocation *in, const char *field, enum text done)
{
    json_t *result;
    struct buf name;
    int code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    buf_init(&name, 0);
    show_text(&name, json_text(result, field));
    TEXT_FILL(&cli->out, cli->language, done, buf_string(&name));
    buf_text(&cli->out, "\n");
    buf_free(&name);
    json_decref(result);
    return EXIT_FINE;
}
