#include "base/log_limit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

static void end_window(struct log_limit_kind *k)
{
    char message[48], quoted[256];
    if (k->name != NULL && k->more > 0) {
        snprintf(message, sizeof message, "%" PRIu64 " more like this", k->more);
        log_write(LOG_WARN, message, "like=%s", log_quote(k->name, quoted, sizeof quoted));
    }
    *k = (struct log_limit_kind){0};
}

/* Its window, or a free one, or that which began first. */
static struct log_limit_kind *find(struct log_limit *l, const char *kind)
{
    struct log_limit_kind *best = &l->kinds[0];
    for (struct log_limit_kind *k = l->kinds; k < l->kinds + LOG_LIMIT_KINDS; k++) {
        if (k->name != NULL && strcmp(k->name, kind) == 0)
            return k;
        if (best->name != NULL && (k->name == NULL || k->since < best->since))
            best = k;
    }
    return best;
}

bool log_limit_may(struct log_limit *l, const char *kind, uint64_t now)
{
    struct log_limit_kind *k = find(l, kind);
    if (k->name == NULL || strcmp(k->name, kind) != 0 || now - k->since >= LOG_LIMIT_MS) {
        end_window(k);
        k->name = kind;
        k->since = now;
    }
    if (k->lines < LOG_LIMIT_LINES) {
        k->lines++;
        return true;
    }
    k->more++;
    return false;
}

bool log_limit_tell(struct log_limit *l, uint64_t now, bool last)
{
    bool left = false;
    for (struct log_limit_kind *k = l->kinds; k < l->kinds + LOG_LIMIT_KINDS; k++) {
        if (last || now - k->since >= LOG_LIMIT_MS)
            end_window(k);
        left = left || k->more > 0;
    }
    return left;
}
