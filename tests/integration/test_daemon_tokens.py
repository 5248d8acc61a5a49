"""Who may log in: tokens made and revoked through the daemon, known to every daemon of the database, at once."""

import hashlib
import pathlib
import re
import time

import peernet_test
from peernet_test import Daemon, Rpc, RpcError, wait_until
from pg import PrivateCluster

slow = True

FAST = ("--retry-first", "50ms", "--retry-most", "200ms", "--login-delay", "20ms", "--login-delay-most", "40ms")


class Tokens(peernet_test.PeernetTest):
    def start(self, conninfo, *flags):
        """A daemon: admin over a unix socket, nobody over TCP."""
        socket = self.temp_folder() / "socket"
        daemon = Daemon(conninfo, *FAST, "--listen", f"127.0.0.1:0,unix:{socket}", "--loopback-role", "none", *flags,
                        ready="port")
        daemon.start()
        self.addCleanup(daemon.close)
        daemon.socket = str(socket)
        admin = self.connect(daemon.socket)
        wait_until(lambda: admin.call("status")["ready"], "the database")
        wait_until(lambda: "tokens read" in daemon.log(), "the tokens")
        return daemon, admin

    def connect(self, where):
        rpc = Rpc(where)
        self.addCleanup(rpc.close)
        return rpc

    def login(self, daemon, token):
        rpc = self.connect(daemon.port)
        return rpc, rpc.call("hello", {"token": token})["role"]

    def refused(self, rpc, method, *params):
        with self.assertRaises(RpcError) as caught:
            rpc.call(method, *params)
        return caught.exception

    def test_the_day_of_use_is_that_of_utc(self):
        """Whatever the zone that the database is set to; here one in which it is another day now."""
        database = self.prepare(False)
        zone = "Etc/GMT-14" if time.gmtime().tm_hour >= 10 else "Etc/GMT+12"
        name = self.sql(database, "SELECT current_database()")[0][0]
        self.sql(database, f'ALTER DATABASE "{name}" SET timezone TO %s', [zone])
        daemon, admin = self.start(database)
        token = admin.call("token.create", {"name": "a", "role": "reader"})["token"]
        before = time.strftime("%Y-%m-%d", time.gmtime())
        self.login(daemon, token)
        wait_until(lambda: admin.call("token.list")["tokens"][0]["used_on"], "its use to be noted")
        used_on = admin.call("token.list")["tokens"][0]["used_on"]
        self.assertIn(used_on, (before, time.strftime("%Y-%m-%d", time.gmtime())))

    def test_a_depth_before_login_is_no_matter_of_its_bytes(self):
        daemon, _ = self.start(self.prepare(False))
        for message, named in ((b"\x91" * 40, False), (b"\xdc\xff\xff" + b"\xc6\x00\x10\x00\x00", True)):
            rpc = self.connect(daemon.port)
            lines = daemon.log().count("broken message")
            rpc.send(message)
            rpc.wait_closed()
            wait_until(lambda: daemon.log().count("broken message") > lines, "the reason")
            self.assertEqual("login-request-bytes" in daemon.log().split("broken message")[-1], named)

    def test_a_token_from_its_making_to_its_end(self):
        database = self.prepare(False)
        daemon, admin = self.start(database)
        made = admin.call("token.create", {"name": "case-system", "role": "operator", "expires": "90d"})
        self.assertRegex(made["token"], r"^pn_[A-Za-z0-9_-]{43}$")
        rpc, role = self.login(daemon, made["token"])
        self.assertEqual(role, "operator")
        self.assertTrue(rpc.call("status")["ready"])
        error = self.refused(rpc, "token.list")
        self.assertEqual((error.code, error.message),
                         ("E_DENIED", "token.list needs role admin; this connection has role operator"))
        rpc.call("subscribe", "runs")
        wait_until(lambda: admin.call("token.list")["tokens"][0]["used_on"], "its use to be noted")
        listed = admin.call("token.list")["tokens"]
        self.assertEqual([(t["name"], t["role"], t["created_by"], t["expired"]) for t in listed],
                         [("case-system", "operator", "uid 0", False)])
        self.assertEqual(listed[0]["expires_at"], made["expires_at"])
        admin.call("token.revoke", "case-system")
        rpc.wait_closed()
        self.assertEqual(admin.call("token.list")["tokens"], [])
        error = self.refused(self.connect(daemon.port), "hello", {"token": made["token"]})
        self.assertEqual(error.code, "E_DENIED")
        audit = self.sql(database, "SELECT who, action, detail->>'name' FROM peernet.audit ORDER BY entry")
        self.assertEqual(audit, [("uid 0", "token.create", "case-system"), ("uid 0", "token.revoke", "case-system")])
        # Only the hash is kept, and the token is said nowhere.
        kept = self.sql(database, "SELECT hash FROM peernet.tokens")
        self.assertEqual([bytes(h) for h, in kept], [hashlib.sha256(made["token"].encode()).digest()])
        self.assertNotIn(made["token"][3:], daemon.log())
        self.assertIsNone(re.search(r"pn_\w", daemon.log()))
        self.assertEqual(daemon.stop(), 0)

    def test_a_token_is_gone_from_the_daemons_memory_after_its_use(self):
        daemon, admin = self.start(self.prepare(False))
        token = admin.call("token.create", {"name": "x"})["token"]
        rpc, _ = self.login(daemon, token)
        for connection in (rpc, admin):  # further answers pass through the same buffers
            connection.call("ping")
        self.assertNotIn(token.encode(), self.memory(daemon.pid))
        self.assertEqual(daemon.stop(), 0)

    def memory(self, pid):
        """All that the process can write to, but for the stacks of threads."""
        found = bytearray()
        with open(f"/proc/{pid}/mem", "rb", 0) as memory:
            for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
                bounds, rights, *rest = line.split(maxsplit=5)
                first, last = (int(x, 16) for x in bounds.split("-"))
                if not rights.startswith("rw") or last - first > 1 << 30 or "[v" in line:
                    continue
                memory.seek(first)
                try:
                    found += memory.read(last - first)
                except OSError:
                    pass
        self.assertGreater(len(found), 1 << 20)
        return bytes(found)

    def test_a_second_of_the_same_name_waits_for_the_end_of_the_first(self):
        daemon, admin = self.start(self.prepare(False))
        first = admin.call("token.create", {"name": "x"})["token"]
        error = self.refused(admin, "token.create", {"name": "x"})
        self.assertEqual(error.code, "E_ARGUMENT")
        self.assertIn("there is a token x already; revoke it first", error.message)
        admin.call("token.revoke", "x")
        second = admin.call("token.create", {"name": "x"})["token"]
        self.assertNotEqual(first, second)
        self.assertEqual(self.login(daemon, second)[1], "reader")
        error = self.refused(admin, "token.revoke", "y")
        self.assertEqual((error.code, error.message), ("E_NOT_FOUND", "there is no token y"))

    def test_who_ends_its_own_token_still_hears_of_it(self):
        daemon, admin = self.start(self.prepare(False))
        rpc, role = self.login(daemon, admin.call("token.create", {"name": "me", "role": "admin"})["token"])
        self.assertEqual(role, "admin")
        self.assertEqual(rpc.call("token.revoke", "me")["name"], "me")
        rpc.wait_closed()

    def test_every_daemon_of_the_database_knows_at_once(self):
        database = self.prepare(False)
        one, admin = self.start(database, "--refresh-interval", "1h")
        two, _ = self.start(database, "--refresh-interval", "1h")
        token = admin.call("token.create", {"name": "x"})["token"]
        probe = self.connect(two.socket)
        wait_until(lambda: probe.call("token.list")["tokens"], "the other daemon to be told")
        rpc, _ = self.login(two, token)
        admin.call("token.revoke", "x")
        rpc.wait_closed()
        # What somebody does in the database itself counts as well.
        token = admin.call("token.create", {"name": "y"})["token"]
        rpc, _ = self.login(one, token)
        self.sql(database, "DELETE FROM peernet.tokens")
        rpc.wait_closed()

    def test_logins_go_on_from_memory_while_the_database_is_away(self):
        with PrivateCluster() as cluster:
            conninfo = cluster.new_database()
            self.run("peernet", "db", "init", "--db", conninfo)
            daemon, admin = self.start(conninfo)
            token = admin.call("token.create", {"name": "x", "role": "admin"})["token"]
            cluster.command("down")
            wait_until(lambda: not admin.call("status")["database"]["connected"], "the loss to be seen")
            rpc, role = self.login(daemon, token)
            self.assertEqual(role, "admin")
            self.assertEqual(self.refused(rpc, "token.create", {"name": "y"}).code, "E_UNAVAILABLE")
            self.assertEqual(self.refused(rpc, "token.revoke", "x").code, "E_UNAVAILABLE")
            cluster.start()
            wait_until(lambda: rpc.call("status")["database"]["connected"], "the database again")
            # It was revoked behind the daemon's back, while it did not listen.
            cluster.command("down")
            wait_until(lambda: not admin.call("status")["database"]["connected"], "the loss to be seen")
            daemon.process.send_signal(19)  # SIGSTOP: it does not connect before
            cluster.start()
            self.sql(conninfo, "SELECT peernet.revoke_token('x', 'test')")
            daemon.process.send_signal(18)
            rpc.wait_closed()

    def test_a_database_without_the_table_leaves_the_rest_working(self):
        database = self.prepare(False)
        self.sql(database, "DROP TABLE peernet.tokens CASCADE")
        socket = self.temp_folder() / "socket"
        with Daemon(database, "--listen", f"127.0.0.1:0,unix:{socket}", *FAST) as daemon:
            wait_until(lambda: "tokens could not be read" in daemon.log(), "the log line")
            rpc = self.connect(daemon.port)
            self.assertTrue(rpc.call("status")["ready"])
            self.assertEqual(self.refused(rpc, "hello", {"token": "x"}).code, "E_UNAVAILABLE")


class Options(peernet_test.PeernetTest):
    def refused(self, *flags):
        done = self.run("peernetd", *flags, "--database", "host=/nonexistent dbname=x", check=False)
        self.assertNotEqual(done.returncode, 0)
        return done.stdout + done.stderr

    def test_what_other_machines_reach_is_not_listened_on_in_the_clear(self):
        told = self.refused("--listen", "0.0.0.0:0")
        self.assertIn("cannot listen on 0.0.0.0:0: other machines reach it, and nothing is encrypted on the way", told)
        told = self.refused("--check", "--loopback-role", "root")
        self.assertIn('--loopback-role: "root" is not allowed; allowed are admin, operator, reporter, reader', told)

    def test_in_the_clear_on_purpose_still_needs_a_token(self):
        with Daemon(self.prepare(False), "--listen", "0.0.0.0:0", "--insecure-plaintext-remote",
                    ready="port") as daemon, daemon.rpc() as rpc:
            self.assertEqual(rpc.call("hello")["role"], "none")
            with self.assertRaises(RpcError) as caught:
                rpc.call("status")
            self.assertEqual(caught.exception.code, "E_DENIED")


if __name__ == "__main__":
    peernet_test.main()
