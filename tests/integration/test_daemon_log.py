"""What the daemon logs: lines that programs read, with connection and request, few of a kind, and no secret."""

import json
import re
import time

import peernet_test
from peernet_test import Daemon, Rpc, RpcError, wait_until

slow = True


class Log(peernet_test.PeernetTest):
    def started(self, conninfo, *flags, **kwargs):
        daemon = Daemon(conninfo, *flags, **kwargs).start()
        self.addCleanup(daemon.close)
        return daemon

    def lines(self, daemon, message):
        return [line for line in map(json.loads, daemon.log().splitlines()) if line["msg"] == message]

    def test_json_is_a_line_each_and_names_connection_and_request(self):
        daemon = self.started(self.prepare(False), "--log-format", "json", "--log-level", "debug")
        with daemon.rpc() as rpc:
            rpc.request("ping", msgid=4711)
            rpc.response(4711)
            with self.assertRaises(RpcError):
                rpc.call("organizer.get", 'no "such" one\n')
            rpc.send(b"\xc1")
            rpc.wait_closed()
        request = next(line for line in self.lines(daemon, "request") if line["request"] == 4711)
        self.assertEqual((request["method"], request["role"], request["result"], request["level"]),
                         ("ping", "admin", "ok", "debug"))
        broken = self.lines(daemon, "connection ended: broken message")[0]
        self.assertEqual(broken["conn"], request["conn"])
        self.assertRegex(broken["peer"], r"^127\.0\.0\.1:\d+$")
        self.assertEqual(self.lines(daemon, "listening")[0]["port"], daemon.port)
        self.assertEqual(daemon.stop(), 0)

    def test_slow_requests_are_named(self):
        conninfo = self.prepare()
        self.sql(conninfo, """UPDATE peernet.programmes SET settings = '{"effort": 1000}'""")
        self.regroup(conninfo)
        daemon = self.started(conninfo, "--log-format", "json", "--slow-ms", "200")
        lock = peernet_test.psycopg2.connect(conninfo)
        self.addCleanup(lock.close)
        lock.cursor().execute("SELECT 1 FROM peernet.programmes FOR UPDATE")
        with daemon.rpc() as rpc:
            rpc.call("ping")
            msgid = rpc.request("run.publish", 1)
            time.sleep(0.4)
            lock.close()
            rpc.response(msgid)
        slow_ones = self.lines(daemon, "slow request")
        self.assertEqual([line["method"] for line in slow_ones], ["run.publish"])
        self.assertEqual((slow_ones[0]["request"], slow_ones[0]["role"]), (msgid, "admin"))
        self.assertGreaterEqual(slow_ones[0]["ms"], 200)

    def test_many_of_a_kind_are_counted_and_other_kinds_still_told(self):
        daemon = self.started(self.prepare(False), "--log-format", "json", "--max-connections", "1")
        with daemon.rpc() as first:
            first.call("ping")
            for _ in range(50):
                daemon.rpc().close()
            wait_until(lambda: first.call("status")["connections"]["refused"] == 50, "all to be refused")
            first.send(b"\xc1")
            first.wait_closed()
            self.assertEqual(len(self.lines(daemon, "connection refused")), 10)
            self.assertEqual(len(self.lines(daemon, "connection ended: broken message")), 1)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.lines(daemon, "40 more like this")[0]["like"], "connection refused")

    def test_no_secret_is_logged_at_any_level(self):
        folder = self.temp_folder()
        daemon = self.started(self.prepare(False), "--log-level", "debug", "--loopback-role", "none", "--login-delay", "1ms",
                              "--slow-ms", "1", "--listen", f"127.0.0.1:0,unix:{folder}/socket", ready="port")
        with Rpc(f"{folder}/socket") as admin:
            wait_until(lambda: admin.call("status")["ready"] and "tokens read" in daemon.log(), "the tokens")
            token = admin.call("token.create", {"name": "a", "role": "reader"})["token"]
        wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
        with daemon.rpc() as rpc:
            with self.assertRaises(RpcError):
                rpc.call("hello", {"token": wrong})
            self.assertEqual(rpc.call("hello", {"token": token})["role"], "reader")
            with self.assertRaises(RpcError):
                rpc.call(token)  # where a method should be
        self.assertEqual(daemon.stop(), 0)
        self.assertIn("method=hello", daemon.log())
        self.assertIsNone(re.search(r"pn_\w", daemon.log()))
        self.assertNotIn(token[3:12], daemon.log())


if __name__ == "__main__":
    peernet_test.main()
