/* problem_answer.c - the worker's answer, of problem.h. */
#include <string.h>

#include "net/problem.h"
#include "proto/mp.h"
#include "proto/rpc.h"

static int no_answer(struct err *e, const char *why)
{
    return err_set(e, ERR_INTERNAL, "the worker's answer cannot be used: %s", why);
}

/* An error's envelope: what the worker says of it. */
static int read_failure(const struct buf *answer, struct err *e)
{
    struct mp_tree tree;
    struct rpc_message m;
    int code = mp_unpack(answer->data, answer->size, &tree, e);
    if (code == 0 && (rpc_read(tree.top, &m, e) != RPC_FINE || m.type != RPC_RESPONSE ||
                      rpc_read_error(m.error, e) == ERR_OK))
        code = no_answer(e, "it is no response with a result");
    else if (code == 0)
        code = (int)e->code;
    mp_free(&tree);
    return code;
}

int problem_answer(struct buf *answer, uint32_t msgid, uint32_t fields, struct err *e)
{
    struct buf head;
    buf_init(&head, 0);
    rpc_write_result(&head, msgid);
    size_t size = head.size;
    bool is_result = size > 0 && answer->size > size && memcmp(answer->data, head.data, size) == 0;
    buf_free(&head);
    if (!is_result)
        return read_failure(answer, e);
    if (answer->data[size] != (0x80 | (fields - 1)))
        return no_answer(e, "its result is no map of the fields that are expected");
    answer->data[size] = (uint8_t)(0x80 | fields);
    answer->limit = 0; /* that of the connection is looked at behind */
    return 0;
}
