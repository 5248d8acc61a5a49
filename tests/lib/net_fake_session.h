/* net_fake_session.h - for tests of one client of one fake daemon: both, made before each test and ended
 * after it. Included once, after net_fake.h; one thread. */
#ifndef PEERNET_TESTS_NET_FAKE_SESSION_H
#define PEERNET_TESTS_NET_FAKE_SESSION_H

#include "net_fake.h"

static struct fake fake;
static struct client client;

static int setup(void **state)
{
    (void)state;
    fake_init(&fake);
    fake_listen(&fake);
    client_open(&client, &fake);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    client_close(&client);
    fake_end(&fake);
    return 0;
}

#endif
