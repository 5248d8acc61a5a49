/* From bytes to checked arguments, as the server goes; and whatever comes of it can be written and is itself
 * a whole frame. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"
#include "proto/method.h"
#include "proto/mp.h"
#include "proto/mp_json.h"
#include "proto/rpc.h"
#include "proto/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int holds)
{
    if (!holds)
        abort();
}

static void demand_whole(const struct buf *bytes)
{
    struct frame_limits limits = {.bytes = 1u << 26, .depth = FRAME_DEPTH_MAX, .elements = 1u << 20};
    struct frame_scan scan;
    demand(!buf_failed(bytes));
    frame_begin(&scan, &limits);
    demand(frame_scan(&scan, bytes->data, bytes->size) == FRAME_WHOLE && scan.at == bytes->size);
}

static void demand_error_is_whole(const struct err *e, enum rpc_error_style style)
{
    struct buf out;
    buf_init(&out, 0);
    rpc_write_error(&out, 1, e, style);
    demand_whole(&out);
    buf_free(&out);
}

/* Every method looks at these parameters; what is refused has words, what is taken keeps to the table. */
static void check_arguments(const struct rpc_message *m)
{
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        const struct method *method = &method_table()[i];
        struct argument arguments[METHOD_PARAMS_MAX];
        struct err e = ERR_INIT;
        if (method_arguments(method, m->params, arguments, &e)) {
            demand(e.code == ERR_INVALID && e.text[0] != '\0');
            demand_error_is_whole(&e, (enum rpc_error_style)(i % RPC_ERROR_STYLES));
            continue;
        }
        for (size_t p = 0; p < method->n_params; p++) {
            const struct param *param = &method->params[p];
            demand(arguments[p].given || param->optional);
            if (arguments[p].given && param->type == PARAM_STR)
                demand(text_characters(arguments[p].text, arguments[p].text_size) >= 0);
            if (arguments[p].given && param->type == PARAM_UINT)
                demand(arguments[p].natural >= param->lowest && arguments[p].natural <= param->highest);
        }
    }
}

static void check_message(const msgpack_object *top)
{
    struct rpc_message m;
    struct err e = ERR_INIT;
    char shown[TEXT_SHOWN];
    enum rpc_verdict verdict = rpc_read(top, &m, &e);
    if (verdict != RPC_FINE) {
        demand(e.text[0] != '\0');
        demand_error_is_whole(&e, RPC_ERROR_STRING);
    } else if (m.type == RPC_RESPONSE) {
        rpc_read_error(m.error, &e);
        demand_error_is_whole(&e, RPC_ERROR_MAP);
    } else {
        method_nearest(m.method, m.method_size);
        text_show(m.method, m.method_size, shown);
        demand(text_characters(shown, strlen(shown)) >= 0);
        check_arguments(&m);
    }
}

/* A copy is a whole frame; JSON of it holds no bytes that are not UTF-8. */
static void check_copies(const msgpack_object *top)
{
    struct buf copy;
    buf_init(&copy, 0);
    mp_value(&copy, top);
    demand_whole(&copy);
    buf_clear(&copy);
    mp_to_json(&copy, top, true);
    demand(!buf_failed(&copy) && text_characters((const char *)copy.data, copy.size) >= 0);
    buf_free(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame_limits limits;
    struct frame_scan scan;
    struct mp_tree tree;
    struct err e = ERR_INIT;
    frame_limits_default(&limits);
    frame_begin(&scan, &limits);
    if (frame_scan(&scan, data, size) != FRAME_WHOLE)
        return 0;
    demand(mp_unpack(data, scan.at, &tree, &e) == 0);
    check_message(tree.top);
    check_copies(tree.top);
    mp_free(&tree);
    return 0;
}
