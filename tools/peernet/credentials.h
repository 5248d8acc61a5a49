/* credentials.h - who one is to a daemon, from a file that nobody else can read: a token on a line of its
 * own, and where a daemon asks for certificates, "certificate FILE" and "key FILE". Lines that begin with #
 * say nothing. Never from a flag, where others see it. Owner: the caller, who forgets it after use. One
 * thread. */
#ifndef PEERNET_CLI_CREDENTIALS_H
#define PEERNET_CLI_CREDENTIALS_H

#include <stdbool.h>

#include "base/err.h"

struct credentials {
    char token[128];                   /* "" = none */
    char certificate[1024], key[1024]; /* paths */
};

/* ~/.config/peernet/credentials, by XDG_CONFIG_HOME and HOME; "" when there is neither. Returns `out`. */
#define CREDENTIALS_PATH 1024
const char *credentials_default(char out[CREDENTIALS_PATH]);

/* ERR_DENIED for what is no regular file, somebody else's, or open to others; ERR_INVALID naming the line,
 * never what is in it; ERR_NOT_FOUND, ERR_IO. */
int credentials_read(struct credentials *c, const char *path, struct err *e);
void credentials_forget(struct credentials *c);

#endif
