/* past.h - calls that ask what an earlier run said (as_of: its number, or a day): what was published once is
 * read from the database and then answered from like the present, by the same handlers.
 *
 * A method takes part by a parameter `as_of` at the end and one called `programme` (the default one, where it
 * is left out). Owner: the ticket of the
 * call. Loop thread only. */
#ifndef PEERNET_NET_PAST_H
#define PEERNET_NET_PAST_H

#include "net/handlers.h"

/* Does the call ask for an earlier run that it has not got yet? */
bool past_wanted(const struct call *call);
/* Has the run brought; then `again` is called with it as the call's `past`. HANDLER_LATER, or *e. */
int past_read(struct call *call, handler again, struct err *e);

/* Of a method that takes part: the programme that the call is about; NULL: of all (only where it may be left
 * out, and asks for the present). */
const struct argument *past_programme(const struct call *call);

struct past_call;
/* Writes the result; what handlers return. */
int past_call_write(struct past_call *p, const struct snapshot *s, struct buf *out, struct err *e);
void past_call_free(struct past_call *p); /* NULL is allowed */

#endif
