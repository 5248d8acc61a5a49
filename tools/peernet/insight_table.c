#include "peernet/insight_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "peernet/json.h"
#include "peernet/show.h"
#include "peernet/words.h"

void insight_count(struct buf *out, struct cli *cli, const json_t *map, const char *key)
{
    if (json_is_integer(json_object_get(map, key)))
        show_count(out, cli->language, json_whole(map, key));
    else
        buf_text(out, INSIGHT_WITHHELD);
}

void insight_share(struct buf *out, struct cli *cli, const json_t *cell)
{
    double share = json_number(cell, "share");
    if (isnan(share))
        buf_text(out, INSIGHT_WITHHELD);
    else
        show_percent(out, cli->language, share);
}

void insight_decimal(struct buf *out, struct cli *cli, double value, int digits)
{
    if (isnan(value))
        buf_text(out, INSIGHT_WITHHELD);
    else
        show_decimal(out, cli->language, value, digits);
}

void insight_severity(struct buf *out, struct cli *cli, const json_t *cell)
{
    insight_decimal(out, cli, json_number(cell, "severity"), 1);
}

void insight_group(struct buf *out, struct cli *cli, const char *by, const json_t *group)
{
    const char *key = json_text(group, "group");
    if (strcmp(key, "unknown") == 0)
        buf_text(out, cli_text(cli, TEXT_GROUP_UNKNOWN));
    else if (strcmp(by, "kind") == 0)
        words_kind(out, cli, key);
    else
        show_text(out, json_text(group, "label"));
}

void insight_head(struct table *table, struct cli *cli, size_t column, const char *by, const json_t *group)
{
    struct buf name;
    buf_init(&name, 0);
    insight_group(&name, cli, by, group);
    table_rename(table, column, buf_string(&name));
    buf_free(&name);
}

void insight_note(struct cli *cli, const json_t *result)
{
    char threshold[32];
    const json_t *withheld = json_object_get(result, "withheld");
    if (json_is_integer(withheld) ? json_integer_value(withheld) == 0
                                  : strstr(buf_string(&cli->out), INSIGHT_WITHHELD) == NULL)
        return;
    snprintf(threshold, sizeof threshold, "%lld", (long long)json_whole(result, "threshold"));
    buf_printf(&cli->out, "\n%s", cli_dim(cli));
    TEXT_FILL(&cli->out, cli->language, TEXT_WITHHELD, threshold);
    buf_printf(&cli->out, "%s\n", cli_plain(cli));
}
