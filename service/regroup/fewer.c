#include "regroup/fewer.h"

enum { STEPS_DOWN = 16 }; /* the share of networks given up at once where limits do not allow so many */

/* The next number of networks to try where limits do not allow so many; 0 = there is none. */
static uint32_t next_fewer(const struct selection *s, const struct settings *settings)
{
    uint64_t most = (uint64_t)settings->max_size, least = (selection_seats(s) + most - 1) / most;
    uint32_t fewer = s->n_networks - 1 - s->n_networks / STEPS_DOWN;
    if (settings->networks > 0 || !s->limits.restricts || s->n_networks <= least)
        return 0;
    return fewer < least ? (uint32_t)least : fewer;
}

/* A person can do something about settings under which no networks were found, proof or not. */
static int say_what_to_loosen(const struct selection *s, struct err *e)
{
    if (!s->limits.restricts)
        return (int)e->code;
    struct buf text;
    buf_init(&text, 0);
    limits_list(&s->limits, &text);
    struct err found = *e;
    int code =
        err_set(e, ERR_INVALID,
                "no networks were found within %s, nor a proof that there are none: loosen one of these, "
                "or allow smaller or larger networks (min_size, max_size); %s",
                buf_string(&text), found.text);
    buf_free(&text);
    return code;
}

int fewer_networks_try(struct selection *s, const struct settings *settings, fewer_search search,
                       void *context, struct err *e)
{
    int first = search(context, e), code = first;
    struct err later = ERR_INIT;
    while (code == ERR_INVALID || code == ERR_LIMIT) {
        uint32_t fewer = next_fewer(s, settings);
        if (fewer == 0)
            return first == ERR_LIMIT ? say_what_to_loosen(s, e) : first;
        s->n_networks = fewer;
        code = search(context, &later);
    }
    return code == first ? code : code == ERR_OK ? ERR_OK : err_set(e, (enum err_code)code, "%s", later.text);
}
