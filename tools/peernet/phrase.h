/* phrase.h - what the daemon, the worker and the database say, in the words of the command line and the
 * language of the person: on the wire it is English for programs, and names methods and parameters. A table
 * (phrases.def) has what they say as patterns. Static data; any thread. */
#ifndef PEERNET_CLI_PHRASE_H
#define PEERNET_CLI_PHRASE_H

#include "base/buf.h"
#include "peernet/text.h"

/* Appends it as the table has it; "context: text" where it has only the text, and else as it came. */
void phrase_say(struct buf *out, enum language language, const char *said);
/* Whether the table has it, or what follows some "context: ". */
bool phrase_known(const char *said);

#endif
