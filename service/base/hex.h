/* hex.h - hexadecimal digits as PostgreSQL's encode writes them. Any thread. */
#ifndef PEERNET_BASE_HEX_H
#define PEERNET_BASE_HEX_H

#include <stdint.h>

/* Of 0-9 and a-f; of anything else some number. */
static inline uint32_t hex_digit(char c)
{
    return (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10) & 15;
}

#endif
