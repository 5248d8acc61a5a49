/* snapshot_rows.h - what the files share that take rows into a snapshot in the making. Only
 * snapshot_builder.c and snapshot_places.c include it. Owner: the builder, of everything. */
#ifndef PEERNET_CORE_SNAPSHOT_ROWS_H
#define PEERNET_CORE_SNAPSHOT_ROWS_H

#include "core/snapshot/snapshot_builder.h"

struct snapshot_builder {
    struct snapshot *s;
    size_t programme_room, run_room, activity_room;
    size_t *network_room; /* one per programme */
    size_t *pin_room;     /* likewise */
    uint32_t last;        /* rows mostly come programme by programme */
    uint32_t *list;       /* room for lists of challenges, out of the arena */
    size_t list_room;
};

/* A copy in the snapshot's arena; "" for NULL. Sets *failed when memory ran out. */
const char *builder_text(struct snapshot *s, const char *text, bool *failed);
/* The programme of that name, or NULL. */
struct snapshot_programme *builder_programme(struct snapshot_builder *b, const char *name);
/* Index of the network of that number, or POPULATION_NONE. */
uint32_t builder_network(const struct snapshot_programme *p, uint32_t number);
/* Room for a list of so many numbers; NULL when memory ran out. What is needed of it is kept by the second.
 */
uint32_t *builder_list(struct snapshot_builder *b, size_t n);
void builder_list_kept(struct snapshot_builder *b, size_t n);
/* Challenges of the snapshot that a list of codes names. */
int builder_challenges(struct snapshot_builder *b, const char *codes, const uint32_t **out, uint32_t *n,
                       const char *what, struct err *e);

#endif
