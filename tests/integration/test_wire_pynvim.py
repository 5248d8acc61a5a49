"""An existing MessagePack-RPC client, as it is: the session of python3-pynvim over TCP. It knows nothing of peernet."""

import unittest

import peernet_test
from peernet_test import Daemon

try:
    from pynvim.msgpack_rpc import tcp_session
except ImportError:
    tcp_session = None


class Refusal(Exception):
    """What the session raises: its users give it their own wrapper for errors."""


@unittest.skipIf(tcp_session is None, "python3-pynvim is not installed")
class Pynvim(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, """UPDATE peernet.programmes SET settings = '{"effort": 1000}'""")
        self.regroup(self.database, "--seed", 1, "--publish")
        self.daemon = Daemon(self.database)
        self.daemon.start()
        self.addCleanup(self.daemon.close)

    def connect(self):
        session = tcp_session("127.0.0.1", self.daemon.port)  # its first message is a notification of its own
        session.error_wrapper = Refusal
        self.addCleanup(session.close)
        return session

    def test_calls_errors_and_a_notification(self):
        session = self.connect()
        self.assertEqual(session.request("ping"), {"pong": True})
        self.assertEqual(session.request("hello", "pynvim", "string", "en")["language"], "en")
        answer = session.request("network.of", "2120000019")
        self.assertTrue(answer["matched"])
        self.assertEqual(answer["organizer"]["name"], "Upplands Väsby kommun")
        with self.assertRaises(Refusal) as caught:
            session.request("network.of", "1")
        self.assertEqual(str(caught.exception), "E_NOT_FOUND: no organizer has the id '1'")
        for limit in range(1, 40):
            self.assertEqual(len(session.request("organizer.search", "kommun", limit)["organizers"]), limit)
        self.assertEqual(session.request("subscribe", "networks"), {"topics": ["networks"]})
        self.regroup(self.database, "--seed", 2, "--force", "--publish")
        kind, method, (fields,) = session.next_message()
        self.assertEqual((kind, method, fields["programme"]), ("notification", "networks.published", "default"))
        self.assertEqual(session.request("network.of", "2120000019")["run"], fields["run"])
        self.assertEqual(self.daemon.stop(), 0)


if __name__ == "__main__":
    peernet_test.main()
