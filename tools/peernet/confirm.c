#include "peernet/confirm.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "peernet/show.h"

/* "y", "yes", "j", "ja": in whichever of the two languages a person thinks. */
static bool is_yes(const char *line)
{
    return strcspn(line, "\r\n") > 0 && strchr("yYjJ", line[0]) != NULL;
}

int confirm(struct cli *cli, const struct invocation *in, enum text question, const char *about)
{
    char line[64];
    struct buf asked, shown;
    if (invocation_flag(in, "yes") != NULL)
        return 0;
    buf_init(&asked, 0);
    buf_init(&shown, 0);
    show_text(&shown, about);
    TEXT_FILL(&asked, cli->language, question, buf_string(&shown));
    int code = 0;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        buf_printf(&asked, " %s", cli_text(cli, TEXT_SAY_YES));
        code = cli_usage(cli, buf_string(&asked));
    } else {
        fprintf(stderr, "%s %s ", buf_string(&asked), cli_text(cli, TEXT_YES_OR_NO));
        code = fgets(line, sizeof line, stdin) != NULL && is_yes(line) ? 0 : EXIT_FAILED;
    }
    buf_free(&asked);
    buf_free(&shown);
    return code;
}
