#include "net/limits.h"

#include "net/state.h"

void server_limits(const struct server *s, struct server_limit out[LIMIT_COUNT])
{
    const struct server_options *o = &s->options;
    const struct server_limit now[LIMIT_COUNT] = {
#define LIMIT(symbol, option, unit, value) {option, unit, (double)(value), s->reached[LIMIT_##symbol]},
#include "net/limits.def"
#undef LIMIT
    };
    for (int i = 0; i < LIMIT_COUNT; i++)
        out[i] = now[i];
}
