#include "core/group/group_search.h"

#include "core/group/group_anneal.h"

int group_search(const struct group_problem *p, struct group_state *s, struct group_result *result,
                 struct err *e)
{
    struct group_anneal a;
    int rc = group_anneal_init(&a, s, p->seed, e);
    if (rc)
        return rc;
    group_walk_search(&a.walk, p, &result->effort);
    group_anneal_return(&a);
    group_walk_descend(&a.walk);
    result->moves = a.walk.moves;
    group_anneal_free(&a);
    return ERR_OK;
}
