/* cancel_note.h - the row in the trail that says who cancelled a run, which leaves nothing else. The run ends
 * all the same where the database is away; while somebody else holds what the row needs it is tried again, a
 * second at a time, with others in between. Owner: itself, until the database has answered. Loop thread only.
 */
#ifndef PEERNET_DAEMON_CANCEL_NOTE_H
#define PEERNET_DAEMON_CANCEL_NOTE_H

#include "store/pg_async.h"

/* Copies the texts. What cannot be written is in the log. */
void cancel_note_write(struct pg_async *pg, int64_t run, const char *programme, const char *who,
                       const char *origin);

#endif
