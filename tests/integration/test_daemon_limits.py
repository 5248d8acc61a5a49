"""Limits on clients: each that is reached is counted and named with its value, in the log, in status and in metrics."""

import http.client
import re

import msgpack

import peernet_test
from peernet_test import Daemon, Rpc, RpcError, wait_until

slow = True

FLAGS = ("--max-connections", "8", "--login-connections", "1", "--request-bytes", "4KiB", "--request-depth", "5",
         "--request-elements", "20", "--frame-timeout", "300ms", "--output-limit", "8KiB", "--output-pause", "4KiB",
         "--login-request-bytes", "1KiB", "--requests-in-flight", "1", "--http", "127.0.0.1:0")


class Limits(peernet_test.PeernetTest):
    def setUp(self):
        self.conninfo = self.prepare()
        self.path = str(self.temp_folder() / "socket")

    def started(self, *flags):
        daemon = Daemon(self.conninfo, "--listen", f"127.0.0.1:0,unix:{self.path}", "--loopback-role", "none", *flags,
                        ready="port").start()
        self.addCleanup(daemon.close)
        self.admin = Rpc(self.path)
        self.addCleanup(self.admin.close)
        wait_until(lambda: self.admin.call("status")["ready"], "the database")
        return daemon

    def reached(self):
        return {limit["option"]: limit["reached"] for limit in self.admin.call("status")["limits"] if limit["reached"]}

    def broken(self, where, data):
        with Rpc(where) as rpc:
            rpc.send(data)
            rpc.wait_closed()

    def test_each_is_counted_and_named_with_its_value(self):
        daemon = self.started(*FLAGS)
        self.assertEqual(self.reached(), {})
        self.broken(self.path, msgpack.packb([0, 1, "organizer.get", ["x" * 5000]]))
        self.broken(self.path, msgpack.packb([0, 1, "ping", [[[[[[1]]]]]]]))
        self.broken(self.path, msgpack.packb([0, 1, "ping", list(range(30))]))
        self.broken(self.path, b"\x94\x00\x01")
        self.broken(daemon.port, msgpack.packb([0, 1, "hello", [{"token": "x" * 2000}]]))
        self.broken(self.path, b"\xc1")  # breaks a rule, no limit
        with Rpc(daemon.port), Rpc(daemon.port) as second:
            with self.assertRaises(RpcError) as refused:
                second.call("ping")
            self.assertIn("the limit is 1 (login-connections)", refused.exception.message)
        with self.assertRaises(RpcError) as refused:
            self.admin.call("organizer.search", "a", 200)
        self.assertIn("at most 8192 bytes", refused.exception.message)
        clients = [Rpc(self.path) for _ in range(7)]
        with Rpc(self.path) as more, self.assertRaises(RpcError) as refused:
            more.call("ping")
        self.assertIn("the limit is 8 (max-connections)", refused.exception.message)
        for client in clients:
            client.close()
        expected = {"request-bytes": 1, "request-depth": 1, "request-elements": 1, "frame-timeout": 1,
                    "login-request-bytes": 1, "login-connections": 1, "output-limit": 1, "max-connections": 1}
        self.assertEqual(self.reached(), expected)
        for words in ("4096 bytes (request-bytes)", "5 levels (request-depth)", "20 values (request-elements)",
                      "0.3 s (frame-timeout)", "1024 bytes; it has not logged in (login-request-bytes)"):
            self.assertIn(f"the limit is {words}", daemon.log())
        self.assertEqual(self.scraped(daemon), expected)

    def scraped(self, daemon):
        port = int(re.search(r"metrics and health.* port=(\d+)", daemon.log()).group(1))
        monitor = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        monitor.request("GET", "/metrics")
        text = monitor.getresponse().read().decode()
        monitor.close()
        self.assertIn('peernet_limit{name="frame-timeout"} 0.3\n', text)
        found = re.findall(r'peernet_limit_reached_total\{name="([^"]+)"\} (\d+)', text)
        return {name: int(n) for name, n in found if n != "0"}

    def test_status_tells_people_and_programs(self):
        self.started("--max-connections", "2")
        status = self.admin.call("status")
        self.assertIn({"option": "max-connections", "value": 2.0, "unit": "connections", "reached": 0}, status["limits"])
        self.assertGreater(status["memory"]["resident"], 1 << 20)
        self.assertEqual(status["memory"]["clients_limit"], 256 << 20)
        shown = self.run("peernet", "--address", self.path, "status").stdout
        self.assertIn("2 of at most 2; 0 of them not logged in, of at most 200", shown)
        self.assertRegex(shown, r"Memory +[\d.]+ MiB, 0\.0 of them for clients, of at most 256\.0; "
                                r"[\d.]+ for the data, [\d,]+ bytes an organizer\n")
        self.assertRegex(shown, r"Limits +none was reached\n")
        with Rpc(self.path), Rpc(self.path) as more, self.assertRaises(RpcError):
            more.call("ping")
        wait_until(lambda: self.admin.call("status")["connections"]["open"] == 1, "them to go")
        self.assertRegex(self.run("peernet", "--address", self.path, "status").stdout,
                         r"Limits +max-connections of 2 reached 1 times\n")
        self.assertRegex(self.run("peernet", "--lang", "sv", "--address", self.path, "status").stdout,
                         r"Gränser +max-connections på 2 har nåtts 1 gånger\n")


if __name__ == "__main__":
    peernet_test.main()
