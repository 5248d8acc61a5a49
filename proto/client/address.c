#include "proto/client/address.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

static int wrong(const char *text, const char *why, struct err *e)
{
    return err_set(
        e, ERR_INVALID,
        "the address '%s' %s; allowed are HOST:PORT (127.0.0.1:7400, [::1]:7400), tls://HOST:PORT and the "
        "path of a unix socket (/run/peernet/socket)",
        text, why);
}

static int copy(char *to, size_t room, const char *from, size_t size)
{
    if (size >= room)
        return -1;
    memcpy(to, from, size);
    to[size] = '\0';
    return 0;
}

static int parse_unix(const char *text, const char *path, struct address *out, struct err *e)
{
    out->is_unix = true;
    if (path[0] == '\0')
        return wrong(text, "names no path", e);
    if (strlen(path) >= sizeof((struct sockaddr_un){0}).sun_path ||
        copy(out->host, sizeof out->host, path, strlen(path)) != 0)
        return wrong(text, "is longer than the 107 bytes that a unix socket's path may have", e);
    return 0;
}

static bool port_is_fine(const char *port)
{
    size_t digits = strspn(port, "0123456789");
    long value = digits > 0 && digits <= 5 && port[digits] == '\0' ? strtol(port, NULL, 10) : 0;
    return value >= 1 && value <= 65535;
}

/* Where the host ends: at the bracket, at the only colon, or (a bare IPv6 address, a bare name) at the end.
 */
static const char *host_end(const char *text)
{
    const char *colon = strchr(text, ':');
    if (text[0] == '[')
        return strchr(text, ']');
    return colon != NULL && strchr(colon + 1, ':') == NULL ? colon : text + strlen(text);
}

/* HOST, HOST:PORT at `at`; `text` is what was typed. */
static int parse_host(const char *text, const char *at, struct address *out, struct err *e)
{
    const char *end = host_end(at);
    if (end == NULL)
        return wrong(text, "opens a bracket and does not close it", e);
    const char *start = at[0] == '[' ? at + 1 : at;
    const char *port = *end == ']' ? end + 1 : end;
    if (end == start)
        return wrong(text, "names no host", e);
    if (port[0] == '\0' && port_is_fine(start))
        return wrong(text, "is a port without a host", e);
    if (copy(out->host, sizeof out->host, start, (size_t)(end - start)) != 0)
        return wrong(text, "has a host name of more than 255 bytes", e);
    if (port[0] == '\0')
        port = out->is_tls ? ":7443" : ":7400";
    if (port[0] != ':' || !port_is_fine(port + 1))
        return wrong(text, "has no port from 1 to 65535", e);
    return copy(out->port, sizeof out->port, port + 1, strlen(port + 1));
}

int address_parse(const char *text, struct address *out, struct err *e)
{
    memset(out, 0, sizeof *out);
    out->is_tls = strncmp(text, "tls://", 6) == 0;
    if (strncmp(text, "unix:", 5) == 0)
        return parse_unix(text, text + 5, out, e);
    if (!out->is_tls && strchr(text, '/') != NULL)
        return parse_unix(text, text, out, e);
    return parse_host(text, out->is_tls ? text + 6 : text, out, e);
}
