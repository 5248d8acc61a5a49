#include "peernet/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_SIZE_MAX 8192

const char *credentials_default(char out[CREDENTIALS_PATH])
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    out[0] = '\0';
    if (config != NULL && config[0] == '/')
        snprintf(out, CREDENTIALS_PATH, "%s/peernet/credentials", config);
    else if (home != NULL && home[0] == '/')
        snprintf(out, CREDENTIALS_PATH, "%s/.config/peernet/credentials", home);
    return out;
}

static int check_file(int fd, const char *path, struct err *e)
{
    struct stat file;
    if (fstat(fd, &file) != 0)
        return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(file.st_mode))
        return err_set(e, ERR_DENIED, "%s: credentials have to be a regular file", path);
    if (file.st_uid != geteuid())
        return err_set(e, ERR_DENIED, "%s: these credentials belong to somebody else", path);
    if ((file.st_mode & 0077) != 0)
        return err_set(e, ERR_DENIED,
                       "%s: others can read or change these credentials (mode %04o); chmod 600 first", path,
                       (unsigned)file.st_mode & 07777);
    if (file.st_size > FILE_SIZE_MAX)
        return err_set(e, ERR_INVALID, "%s: credentials have at most %d bytes", path, FILE_SIZE_MAX);
    return 0;
}

static bool take_path(const char *line, const char *word, char *out, size_t size)
{
    size_t length = strlen(word);
    if (strncmp(line, word, length) != 0 || (line[length] != ' ' && line[length] != '\t'))
        return false;
    const char *path = line + length + strspn(line + length, " \t");
    return *path != '\0' && (size_t)snprintf(out, size, "%s", path) < size;
}

static bool take_token(const char *line, char *out, size_t size)
{
    return strncmp(line, "pn_", 3) == 0 && strpbrk(line, " \t") == NULL &&
           (size_t)snprintf(out, size, "%s", line) < size;
}

static int take_line(struct credentials *c, char *line, const char *path, unsigned number, struct err *e)
{
    size_t size = strlen(line);
    while (size > 0 && strchr(" \t\r\n", line[size - 1]) != NULL)
        line[--size] = '\0';
    if (size == 0 || line[0] == '#' || take_token(line, c->token, sizeof c->token) ||
        take_path(line, "certificate", c->certificate, sizeof c->certificate) ||
        take_path(line, "key", c->key, sizeof c->key))
        return 0;
    return err_set(e, ERR_INVALID,
                   "%s:%u: this is no token (pn_...), and not \"certificate FILE\" or \"key FILE\" either",
                   path, number);
}

static int take_text(struct credentials *c, char *text, const char *path, struct err *e)
{
    int code = 0;
    char *rest = text;
    for (unsigned number = 1; code == 0 && rest != NULL; number++) {
        char *line = strsep(&rest, "\n");
        code = take_line(c, line, path, number, e);
    }
    return code;
}

int credentials_read(struct credentials *c, const char *path, struct err *e)
{
    char text[FILE_SIZE_MAX + 1];
    *c = (struct credentials){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
    if (fd < 0)
        return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path,
                       errno == ELOOP ? "credentials have to be a regular file" : strerror(errno));
    int code = check_file(fd, path, e);
    ssize_t n = code == 0 ? read(fd, text, FILE_SIZE_MAX) : 0;
    if (n < 0)
        code = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    if (code == 0)
        code = take_text(c, text, path, e);
    explicit_bzero(text, sizeof text);
    if (code != 0)
        credentials_forget(c);
    return code;
}

void credentials_forget(struct credentials *c)
{
    explicit_bzero(c, sizeof *c);
}
