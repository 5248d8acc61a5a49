"""An existing MessagePack-RPC client, as it is: the session of python3-pynvim over TCP. It knows nothing of peernet."""

import unittest

import peernet_test
from certificates import Authority, client_context
from peernet_test import Daemon, Rpc, wait_until
from tls_bridge import TlsBridge

slow = True

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


@unittest.skipIf(tcp_session is None, "python3-pynvim is not installed")
class PynvimOverTls(peernet_test.PeernetTest):
    def test_calls_large_answers_and_a_notification(self):
        database = self.prepare()
        self.sql(database, """UPDATE peernet.programmes SET settings = '{"effort": 1000}'""")
        self.regroup(database, "--seed", 1, "--publish")
        folder = self.temp_folder()
        root = Authority(folder / "root")
        certificate, key = root.issue("server", san="DNS:localhost")
        with Daemon(database, "--listen", f"tls://127.0.0.1:0,unix:{folder}/socket", "--tls-certificate", certificate,
                    "--tls-key", key, ready="port") as daemon:
            with Rpc(f"{folder}/socket") as admin:
                wait_until(lambda: admin.call("status")["ready"] and "tokens read" in daemon.log(), "the database")
                token = admin.call("token.create", {"name": "pynvim"})["token"]
            with TlsBridge(daemon.port, client_context(root.certificate)) as bridge:
                session = tcp_session("127.0.0.1", bridge.port)
                session.error_wrapper = Refusal
                with self.assertRaises(Refusal) as caught:
                    session.request("network.of", "2120000019")
                self.assertIn("E_DENIED: network.of needs role reader", str(caught.exception))
                self.assertEqual(session.request("hello", "pynvim", "string", "en", token)["role"], "reader")
                for _ in range(20):
                    self.assertEqual(len(session.request("network.list", "default", 0, 1000, True)["unmatched"]), 246)
                session.request("subscribe", "networks")
                self.regroup(database, "--seed", 2, "--force", "--publish")
                self.assertEqual(session.next_message()[1], "networks.published")
                session.close()


if __name__ == "__main__":
    peernet_test.main()
