/* net_fake_pair.h - for tests of two clients of one fake daemon, whose options a test sets before it calls
 * begin(). Included once, after net_fake.h; one thread. */
#ifndef PEERNET_TESTS_NET_FAKE_PAIR_H
#define PEERNET_TESTS_NET_FAKE_PAIR_H

#include "net_fake.h"

static struct fake fake;
static struct client client, other;
static struct server_counts counts;

static int setup(void **state)
{
    (void)state;
    fake_init(&fake);
    return 0;
}

static void begin(void)
{
    fake_listen(&fake);
    client_open(&client, &fake);
    client_open(&other, &fake);
}

static int teardown(void **state)
{
    (void)state;
    client_close(&client);
    client_close(&other);
    fake_end(&fake);
    return 0;
}

static void count(void)
{
    server_counts(fake.server, &counts);
}

#endif
