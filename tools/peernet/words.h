/* words.h - the words for what the server names by code: kinds, states, stages; and the pieces of output
 * that several commands share.
 * Static texts; what is appended is the caller's. One thread. */
#ifndef PEERNET_CLI_WORDS_H
#define PEERNET_CLI_WORDS_H

#include <jansson.h>

#include "peernet/cli.h"

/* In the person's language; a code that is not known is shown as it came. */
void words_kind(struct buf *out, const struct cli *cli, const char *kind);
void words_state(struct buf *out, const struct cli *cli, const char *state);
/* Of a run with "state" and "was_published": one that was in force and is no more is that, not stale. */
void words_run_state(struct buf *out, const struct cli *cli, const json_t *run);
/* ", full": why it is not in its next best network; nothing where that needs no words. */
void words_why(struct buf *out, const struct cli *cli, const char *why);
/* Why somebody moved between two runs, or is in no network, and what became of a network. */
void words_move(struct buf *out, const struct cli *cli, const char *why);
void words_change(struct buf *out, const struct cli *cli, const char *change);
/* Who publishes the runs of a programme: "person", "always", "bounds". */
void words_publishing(struct buf *out, const struct cli *cli, const char *publishing);
/* A kind of input: "reports", "settings", ... */
void words_input(struct buf *out, const struct cli *cli, const char *input);
void words_field(struct buf *out, const struct cli *cli, const char *field); /* of a table, in the trail */
void words_part(struct buf *out, const struct cli *cli, const char *part);   /* that doctor looks at */
void words_stage(struct buf *out, const struct cli *cli, const char *stage);

/* The first few labels in a list of challenges, and how many more there are: "Absence; Low pass rate:
 * Biology, Physics (+5)". What two neighbours begin with, up to a colon, is said once;
 * `brief`: not even that. */
void words_labels(struct buf *out, const json_t *challenges, bool brief);

/* The name that people gave a network, else its label. */
const char *words_network(const json_t *network);

/* What the daemon, the worker or the database says in free text, in the person's words (phrase.h). */
void words_said(struct buf *out, const struct cli *cli, const char *said);

/* "Upplands Väsby kommun (2120000019)" */
void words_organizer(struct buf *out, const json_t *organizer);

/* A line that says how a first run is made: `text` with {1} for the "programme" of these parameters, if any.
 */
void words_first_run(struct cli *cli, enum text text, const json_t *params);

/* Where answers come from, dim, last: "run 3 · data of 2 seconds ago". */
void words_footer(struct cli *cli, const json_t *result);

#endif
