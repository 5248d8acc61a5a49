"""Restarts without a pause: what subscribers and balancers hear, who may share an address, and that no request is lost."""

import http.client
import os
import re
import signal
import socket
import time

import msgpack

import peernet_test
from peernet_test import Daemon, wait_until
from rolling import Clients, restart

slow = True


class Restart(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, """UPDATE peernet.programmes SET settings = '{"effort": 1000}'""")
        self.regroup(self.database, "--publish")

    def started(self, *flags, **kwargs):
        daemon = Daemon(self.database, *flags, **kwargs).start()
        self.addCleanup(daemon.close)
        return daemon

    def free_port(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            return free.getsockname()[1]

    def ready(self, daemon):
        port = int(re.search(r"metrics and health.* port=(\d+)", daemon.log()).group(1))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        finally:
            connection.close()

    def test_delay_for_balancers_serves_on(self):
        daemon = self.started("--http", "127.0.0.1:0", "--drain-delay", "1500ms", "--drain-timeout", "3s")
        with daemon.rpc() as subscriber, daemon.rpc() as other:
            subscriber.call("subscribe", "runs")
            other.call("ping")
            self.assertTrue(self.ready(daemon))
            daemon.process.send_signal(signal.SIGTERM)
            self.assertEqual(subscriber.next_notification(), ("daemon.ending", [{"listens_s": 1.5, "within_s": 3.0}]))
            self.assertFalse(self.ready(daemon))
            with daemon.rpc() as late:
                self.assertTrue(late.call("ping")["pong"])
            self.assertTrue(other.call("ping")["pong"])
            self.assertFalse(other.notifications)  # it did not subscribe
            subscriber.wait_closed()
            other.wait_closed()
        self.assertEqual(daemon.stop(None), 0)

    def test_second_sigterm_ends_the_delay_too(self):
        daemon = self.started("--drain-delay", "10min")
        daemon.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "told to end" in daemon.log(), "the signal")
        self.assertEqual(daemon.stop(), 0)

    def test_what_has_come_is_answered_and_what_has_not_is_not_carried_out(self):
        daemon = self.started()
        os.kill(daemon.pid, signal.SIGSTOP)
        with daemon.rpc() as queued:  # the kernel has it, the daemon has not
            queued.send(b"".join(msgpack.packb([0, n, "ping", []]) for n in range(1, 51)))
            daemon.process.send_signal(signal.SIGTERM)
            os.kill(daemon.pid, signal.SIGCONT)
            answers = queued.wait_closed()
        self.assertEqual([m[:2] for m in answers], [[1, n] for n in range(1, 51)])
        self.assertEqual(daemon.stop(None), 0)

    def test_a_new_connection_may_ask_something_before_it_ends(self):
        daemon = self.started()
        with daemon.rpc() as new, daemon.rpc() as silent:
            daemon.process.send_signal(signal.SIGTERM)
            wait_until(lambda: "finishing what is in flight" in daemon.log(), "the drain")
            self.assertTrue(new.call("ping")["pong"])
            new.wait_closed()
            silent.wait_closed()
        self.assertEqual(daemon.stop(None), 0)

    def test_another_daemon_shares_the_address_only_where_both_say_so(self):
        port = self.free_port()
        self.started("--listen", f"127.0.0.1:{port}")
        done = self.run("peernetd", "--listen", f"127.0.0.1:{port}", "--database", self.database, "--reuse-port", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"could not start\" error=\"cannot listen on 127.0.0.1:{port}", done.stderr)

    def test_one_that_cannot_answer_yet_takes_no_clients(self):
        port = self.free_port()
        daemon = Daemon("host=/nowhere dbname=none", "--listen", f"127.0.0.1:{port}", "--reuse-port", ready="port")
        self.addCleanup(daemon.close)
        daemon._read_port = lambda file: "database not reached" in daemon.log()
        daemon.start()
        with self.assertRaises(ConnectionError):
            socket.create_connection(("127.0.0.1", port))
        self.assertEqual(daemon.stop(), 0)

    def test_no_request_is_lost(self):
        port, path = self.free_port(), str(self.temp_folder() / "socket")
        for address, listen in ((port, f"127.0.0.1:{port}"), (path, f"127.0.0.1:0,unix:{path}")):
            with self.subTest(listen=listen):
                def make():
                    daemon = Daemon(self.database, "--reuse-port", "--listen", listen)
                    self.addCleanup(daemon.close)
                    return daemon

                daemon = make().start()
                with Clients(address, 3, 3) as clients:
                    for _ in range(3):
                        time.sleep(0.2)
                        daemon = restart(daemon, make)
                    time.sleep(0.2)
                self.assertEqual(clients.reasons, {})
                self.assertGreater(clients.counts["answered"], 100)
                self.assertEqual(daemon.stop(), 0)
        self.assertFalse(os.path.exists(path))


if __name__ == "__main__":
    peernet_test.main()
