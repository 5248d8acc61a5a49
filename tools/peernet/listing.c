#include "peernet/listing.h"

static int write_table(struct cli *cli, const struct listing *l, const json_t *list)
{
    size_t i;
    json_t *entry;
    struct table table;
    table_open(&table, cli, l->columns, l->n_columns);
    json_array_foreach(list, i, entry) l->write_row(cli, table_row(&table), entry);
    return table_print(&table);
}

int listing_show(struct cli *cli, const struct invocation *in, const struct listing *l)
{
    json_t *result;
    int code = cli_result(cli, in, &result);
    if (result == NULL)
        return code;
    const json_t *list = json_object_get(result, l->key);
    if (json_array_size(list) == 0 && l->none != TEXT_NONE) {
        buf_printf(&cli->out, "%s\n", cli_text(cli, l->none));
    } else {
        code = write_table(cli, l, list);
        if (l->write_rest != NULL)
            l->write_rest(cli, result);
    }
    json_decref(result);
    return code;
}
