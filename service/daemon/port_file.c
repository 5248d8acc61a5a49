#include "daemon/port_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int port_file_write(const char *path, uint16_t port, struct err *e)
{
    char aside[4200];
    snprintf(aside, sizeof aside, "%s.%ld", path, (long)getpid());
    FILE *file = fopen(aside, "we");
    if (file == NULL)
        return err_set(e, ERR_IO, "port file %s: %s", aside, strerror(errno));
    int written = fprintf(file, "%u\n", port);
    int closed = fclose(file);
    if (written > 0 && closed == 0 && rename(aside, path) == 0)
        return 0;
    int why = errno;
    unlink(aside);
    return err_set(e, ERR_IO, "port file %s: %s", path, strerror(why));
}
