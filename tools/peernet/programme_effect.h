/* programme_effect.h - what a change of a programme's settings would do to its networks, by two proposals
 * that are stored nowhere: one with the settings as they are, one with the change. One thread. */
#ifndef PEERNET_CLI_PROGRAMME_EFFECT_H
#define PEERNET_CLI_PROGRAMME_EFFECT_H

#include <jansson.h>

#include "peernet/cli.h"

/* `changes` as programme.set tells them: of those that are no settings of the model there is no effect. What
 * cannot be proposed is told in a line, and no failure. The exit code. */
int programme_effect(struct cli *cli, const char *programme, const json_t *changes);
/* What a setting is where the programme says nothing of it, as "settings.min_size"; NULL: it is none. The
 * caller's. */
json_t *programme_default(const char *name);

#endif
