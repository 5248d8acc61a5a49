#include "net/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

int address_parse(const char *text, union address *out, struct err *e)
{
    char host[64], *end;
    const char *colon = strrchr(text, ':');
    bool bracketed = text[0] == '[' && colon != NULL && colon > text + 1 && colon[-1] == ']';
    long port = colon == NULL ? -1 : strtol(colon + 1, &end, 10);
    if (colon == NULL || end == colon + 1 || *end != '\0' || port < 0 || port > 65535)
        return err_set(e, ERR_INVALID,
                       "cannot listen on '%s': an address is HOST:PORT with a port of 0 to 65535", text);
    int size = bracketed ? (int)(colon - text) - 2 : (int)(colon - text);
    snprintf(host, sizeof host, "%.*s", size, text + bracketed);
    if (strcmp(host, "localhost") == 0)
        snprintf(host, sizeof host, "127.0.0.1");
    if ((bracketed || uv_ip4_addr(host, (int)port, &out->in) < 0) &&
        (!bracketed || uv_ip6_addr(host, (int)port, &out->in6) < 0))
        return err_set(e, ERR_INVALID,
                       "cannot listen on '%s': the host has to be an IPv4 address, an IPv6 address in "
                       "brackets, or localhost",
                       text);
    return 0;
}

bool address_is_loopback(const union address *address)
{
    if (address->any.sa_family == AF_INET)
        return ntohl(address->in.sin_addr.s_addr) >> 24 == 127;
    const struct in6_addr *in6 = &address->in6.sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(in6) || (IN6_IS_ADDR_V4MAPPED(in6) && in6->s6_addr[12] == 127);
}
