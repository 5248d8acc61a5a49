"""peernet-bench, the load program: what it counts is what the daemon counted, and it says what went wrong."""

import json
import time

from certificates import Authority
from fake_server import FakeServer, response
from peernet_test import Daemon, PeernetTest, main, wait_until

slow = True

SHORT = ("--duration", "300ms", "--warm-up", "0ms", "-c", "4")


class Bench(PeernetTest):
    def bench(self, server, *args, code=0):
        done = self.run("peernet-bench", "--address", server, *SHORT, *args, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def test_calls_are_answered_at_any_depth_and_quantiles_grow(self):
        with Daemon(self.prepare()) as daemon, daemon.rpc() as rpc:
            for depth in (1, 16):
                figures = json.loads(self.bench(f"127.0.0.1:{daemon.port}", "--json", "-d", depth, "ping").stdout)
                self.assertGreater(figures["answers"], 4 * depth)
                self.assertEqual((figures["errors"], figures["lost"]), (0, 0))
                quantiles = [figures[k] for k in ("p50_us", "p90_us", "p99_us", "p99.9_us", "p99.99_us", "longest_us")]
                self.assertEqual(quantiles, sorted(quantiles))
                self.assertGreater(quantiles[0], 0)
                self.assertGreaterEqual(rpc.call("status")["connections"]["requests"], figures["answers"])

    def test_a_rate_is_kept_and_idle_connections_stay(self):
        with Daemon(self.prepare()) as daemon:
            said = self.bench(f"127.0.0.1:{daemon.port}", "--json", "--rate", 200, "--idle", 10, "ping").stdout
            self.assertLessEqual(json.loads(said)["answers"], 70)  # 60 are due in 0.3 s

    def test_a_slow_login_takes_nothing_from_the_time_that_is_measured(self):
        def answer(method, params, msgid):
            if method == "hello":
                time.sleep(0.5)  # longer than all that is measured
            return response(msgid, {})
        token = self.temp_folder() / "credentials"
        token.touch(0o600)
        token.write_text("pn_" + "0" * 43 + "\n")
        with FakeServer(answer, hello=False) as server:
            said = self.run("peernet-bench", "--address", server.address, *SHORT[:-2], "-c", 1, "--json", "--credentials", token,
                            "ping", check=False)
        self.assertGreater(json.loads(said.stdout)["answers"], 1, said.stderr)

    def test_errors_are_counted_and_fail(self):
        with Daemon(self.prepare()) as daemon:
            done = self.bench(f"127.0.0.1:{daemon.port}", "organizer.get", '["nobody"]', code=5)
            self.assertIn("answers   0,", done.stdout)
            self.assertNotIn("errors    0,", done.stdout)

    def test_calls_come_from_a_file_and_its_mistakes_are_named(self):
        calls = self.temp_folder() / "calls"
        calls.write_text('ping\n\norganizer.get ["2120000019"]\norganizer.get {"organizer": "2120000019"}\n')
        with Daemon(self.prepare()) as daemon:
            self.bench(f"127.0.0.1:{daemon.port}", "--calls", calls)
            calls.write_text("ping\nping [\n")
            self.assertIn(f"{calls}:2: ", self.bench(f"127.0.0.1:{daemon.port}", "--calls", calls, code=2).stderr)

    def test_over_tls(self):
        folder = self.temp_folder()
        root = Authority(folder / "root")
        certificate, key = root.issue("server", san="DNS:localhost")
        token = folder / "credentials"
        with Daemon(self.prepare(), "--listen", f"tls://127.0.0.1:0,unix:{folder}/socket", "--tls-certificate", certificate,
                    "--tls-key", key, ready="port") as daemon:
            local = ("--address", f"{folder}/socket")
            wait_until(lambda: self.run("peernet", "status", *local, check=False).returncode == 0, "the database")
            made = self.run("peernet", "token", "create", "load", "--json", *local)
            token.touch(0o600)
            token.write_text(json.loads(made.stdout)["token"] + "\n")
            server = f"tls://localhost:{daemon.port}"
            self.bench(server, "--ca", root.certificate, "--credentials", token, "network.list")
            self.assertIn("errors", self.bench(server, "--ca", root.certificate, "network.list", code=5).stdout)

    def test_nobody_there_and_nothing_to_call(self):
        self.assertIn("connection 1 of 4", self.bench("127.0.0.1:1", "ping", code=5).stderr)
        self.assertIn("METHOD", self.bench("127.0.0.1:1", code=2).stderr)


if __name__ == "__main__":
    main()
