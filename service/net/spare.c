#include "net/spare.h"

#define LARGEST 16384 /* more goes back to the system */

void spare_lend(struct buf *spare, struct buf *to)
{
    if (to->data != NULL || spare->data == NULL)
        return;
    to->data = spare->data;
    to->capacity = spare->capacity;
    spare->data = NULL;
    spare->capacity = 0;
}

void spare_take(struct buf *spare, struct buf *from)
{
    if (from->size > 0 || from->data == NULL)
        return;
    if (spare->data != NULL || from->capacity > LARGEST) {
        buf_free(from);
        return;
    }
    spare->data = from->data;
    spare->capacity = from->capacity;
    from->data = NULL;
    from->capacity = 0;
}
