#include "peernet/price.h"

#include <math.h>
#include <stdio.h>

#include "peernet/json.h"
#include "peernet/show.h"

#define DIGITS 3
#define NOTHING 0.0005 /* what is less shows as 0.000 */

static void write_cost(struct cli *cli, double cost)
{
    struct buf shown;
    buf_init(&shown, 0);
    show_decimal(&shown, cli->language, fabs(cost), DIGITS);
    if (isnan(cost))
        buf_text(&cli->out, cli_text(cli, TEXT_COSTS_UNKNOWN));
    else if (fabs(cost) < NOTHING)
        buf_text(&cli->out, cli_text(cli, TEXT_COSTS_NOTHING));
    else
        TEXT_FILL(&cli->out, cli->language, cost > 0 ? TEXT_COSTS : TEXT_COSTS_BRINGS, buf_string(&shown));
    buf_text(&cli->out, "\n");
    buf_free(&shown);
}

void price_write_move(struct cli *cli, const json_t *move)
{
    char from[32], to[32];
    struct buf name;
    buf_init(&name, 0);
    show_text(&name, json_text(json_object_get(move, "organizer"), "name"));
    snprintf(from, sizeof from, "%lld", (long long)json_whole(move, "from"));
    snprintf(to, sizeof to, "%lld", (long long)json_whole(move, "to"));
    buf_text(&cli->out, "  ");
    if (json_whole(move, "from") > 0)
        TEXT_FILL(&cli->out, cli->language, TEXT_MOVES_BETWEEN, buf_string(&name), from, to);
    else
        TEXT_FILL(&cli->out, cli->language, TEXT_MOVES_INTO, buf_string(&name), to);
    buf_text(&cli->out, "\n");
    buf_free(&name);
}

void price_write(struct cli *cli, const json_t *result)
{
    const json_t *moves = json_object_get(result, "moves");
    size_t i;
    json_t *move;
    write_cost(cli, json_number(result, "cost"));
    if (json_array_size(moves) > 0)
        buf_printf(&cli->out, "%s\n", cli_text(cli, TEXT_NEAREST_WAY));
    json_array_foreach(moves, i, move) price_write_move(cli, move);
}
