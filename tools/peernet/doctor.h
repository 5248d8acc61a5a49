/* doctor.h - what `peernet doctor` looks at, part by part: each tells one line or several of how it found
 * things and how to mend them. A part that cannot look, since what it needs is not there, says so and is no
 * fault. One thread. */
#ifndef PEERNET_CLI_DOCTOR_H
#define PEERNET_CLI_DOCTOR_H

#include <jansson.h>

#include "peernet/cli.h"

enum doctor_state { DOCTOR_OK, DOCTOR_SKIPPED, DOCTOR_WARNING, DOCTOR_FAULT };

struct doctor {
    struct cli *cli;
    const char *db; /* conninfo; NULL: as libpq's environment has it, where it says anything */
    json_t *checks; /* [{"check", "state", "text", "mend"}] */
    unsigned faults;
};

/* `part`: "daemon", "database", ...; `mend` NULL: nothing needs to be done. */
void doctor_tell(struct doctor *d, enum doctor_state state, const char *part, const char *text,
                 const char *mend);
/* The same with a text in the person's language, in which {1} is `value`; mend TEXT_NONE: none. */
void doctor_say(struct doctor *d, enum doctor_state state, const char *part, enum text text,
                const char *value, enum text mend);

void doctor_daemon(struct doctor *d);       /* reachable, its version, what it says of itself */
void doctor_database(struct doctor *d);     /* schema, rights, rows, and its clock */
void doctor_certificates(struct doctor *d); /* how long they hold; behind doctor_daemon, which connects */

#endif
