"""What monitoring sees of the daemon over HTTP: metrics, liveness, readiness; and what it is refused."""

import http.client
import re
import signal
import socket

from prometheus_client.openmetrics.parser import text_string_to_metric_families

import peernet_test
from peernet_test import Daemon, RpcError, wait_until


def samples(text):
    """{(name, sorted labels): value}; the parser refuses what is no OpenMetrics."""
    return {(s.name, tuple(sorted(s.labels.items()))): s.value
            for family in text_string_to_metric_families(text) for s in family.samples}


class Http(peernet_test.PeernetTest):
    def started(self, conninfo, *flags, ready="database"):
        daemon = Daemon(conninfo, "--http", "127.0.0.1:0", *flags, ready=ready).start()
        self.addCleanup(daemon.close)
        daemon.http = int(re.search(r"metrics and health.* port=(\d+)", daemon.log()).group(1))
        return daemon

    def ask(self, daemon, path, method="GET", body=None):
        """(status, headers, text)"""
        connection = http.client.HTTPConnection("127.0.0.1", daemon.http, timeout=10)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def figures(self, daemon):
        status, headers, text = self.ask(daemon, "/metrics")
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.assertTrue(text.endswith("\n# EOF\n"))
        return samples(text)

    def test_metrics_tell_what_happened(self):
        conninfo = self.prepare()
        daemon = self.started(conninfo)
        with daemon.rpc() as rpc:
            before = self.figures(daemon)
            for _ in range(7):
                rpc.call("ping")
            with self.assertRaises(RpcError):
                rpc.call("organizer.get", "nobody")
            with self.assertRaises(RpcError):
                rpc.call("no.such.method")
            after = self.figures(daemon)
        requests = "peernet_requests_total"
        ping = (requests, (("method", "ping"), ("result", "ok")))
        self.assertEqual((before[ping], after[ping]), (0, 7))
        self.assertEqual(after[(requests, (("method", "organizer.get"), ("result", "not_found")))], 1)
        self.assertEqual(after[(requests, (("method", "unknown"), ("result", "not_found")))], 1)
        self.assertEqual(after[("peernet_request_duration_seconds_count", (("method", "ping"),))], 7)
        buckets = [value for (name, labels), value in after.items()
                   if name.endswith("_seconds_bucket") and ("method", "ping") in labels]
        self.assertEqual(buckets, sorted(buckets))
        self.assertEqual(buckets[-1], 7)
        self.assertEqual(after[("peernet_connections", ())], 1)
        self.assertEqual(after[("peernet_snapshot_organizers", ())], 576)
        self.assertEqual(after[("peernet_database_connected", ())], 1)
        self.assertEqual(after[("peernet_ready", ())], 1)
        self.assertEqual((after[("peernet_proposals_running", ())], after[("peernet_proposals_waiting_limit", ())]), (0, 16))
        self.assertEqual(after[("peernet_proposals_total", (("outcome", "done"),))], 0)
        for queue in ("submit", "reads", "changes"):
            self.assertEqual([after[(f"peernet_queue_{name}", (("queue", queue),))]
                              for name in ("waiting", "waiting_limit", "taken_total", "refused_total")], [0, 32, 0, 0])
        self.assertEqual(after[("peernet_limit", (("name", "max-connections"),))], 1000)
        self.assertGreater(after[("peernet_received_bytes_total", ())], before[("peernet_received_bytes_total", ())])
        self.assertGreater(after[("peernet_sent_bytes_total", ())], before[("peernet_sent_bytes_total", ())])

    def test_refusals_are_counted_by_their_limit(self):
        daemon = self.started(self.prepare(example=False), "--max-connections", "1")
        wait_until(lambda: self.figures(daemon)[("peernet_connections", ())] == 0, "nobody to be connected")
        with daemon.rpc() as rpc, daemon.rpc() as other:
            rpc.call("ping")
            with self.assertRaises(RpcError):
                other.call("ping")
            figures = self.figures(daemon)
        self.assertEqual(figures[("peernet_connections_refused_total", (("limit", "max-connections"),))], 1)

    def test_health_is_told_check_by_check(self):
        daemon = self.started(self.prepare(example=False))
        wait_until(lambda: self.ask(daemon, "/readyz")[0] == 200, "readiness")
        self.assertEqual(self.ask(daemon, "/livez")[::2], (200, "ok\n"))
        self.assertEqual(self.ask(daemon, "/readyz")[::2], (200, "ok\n"))
        self.assertEqual(self.ask(daemon, "/readyz?verbose")[::2],
                         (200, "[+]running ok\n[+]snapshot ok\n[+]tokens ok\nreadyz check passed\n"))

    def test_not_ready_without_a_database_but_alive(self):
        daemon = self.started("host=/nonexistent dbname=peernet", ready="port")
        self.assertEqual(self.ask(daemon, "/livez")[0], 200)
        status, _, text = self.ask(daemon, "/readyz")
        self.assertEqual(status, 503)
        self.assertIn("[+]running ok\n[-]snapshot failed: ", text)
        self.assertEqual(self.figures(daemon)[("peernet_ready", ())], 0)

    def test_not_ready_while_it_drains(self):
        conninfo = self.prepare()
        self.sql(conninfo, """UPDATE peernet.programmes SET settings = '{"effort": 1000}'""")
        self.regroup(conninfo)
        daemon = self.started(conninfo)
        lock = peernet_test.psycopg2.connect(conninfo)
        self.addCleanup(lock.close)
        lock.cursor().execute("SELECT 1 FROM peernet.programmes FOR UPDATE")
        with daemon.rpc() as rpc:
            msgid = rpc.request("run.publish", 1)
            wait_until(lambda: self.figures(daemon)[("peernet_requests_in_flight", ())] == 1, "the request")
            daemon.process.send_signal(signal.SIGTERM)
            wait_until(lambda: self.ask(daemon, "/readyz")[0] == 503, "the drain to show")
            self.assertIn("[-]running failed: it is ending\n", self.ask(daemon, "/readyz")[2])
            self.assertEqual(self.ask(daemon, "/livez")[0], 200)
            lock.close()
            self.assertEqual(rpc.response(msgid)["run"], 1)
        self.assertEqual(daemon.stop(None), 0)

    def test_refuses_other_methods_and_paths(self):
        daemon = self.started(self.prepare(example=False))
        status, headers, _ = self.ask(daemon, "/metrics", "POST", b"x" * 100000)
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))
        self.assertEqual(self.ask(daemon, "/metrics", "DELETE")[0], 405)
        self.assertEqual(self.ask(daemon, "/")[0], 404)
        status, headers, text = self.ask(daemon, "/livez", "HEAD")
        self.assertEqual((status, headers["Content-Length"], text), (200, "3", ""))
        self.assertNotEqual(self.ask(daemon, "/" + "x" * 50000)[0], 200)
        self.assertEqual(self.ask(daemon, "/livez")[0], 200)

    def test_answers_others_while_many_say_nothing(self):
        daemon = self.started(self.prepare(example=False))
        silent = [socket.create_connection(("127.0.0.1", daemon.http)) for _ in range(20)]
        try:
            self.assertEqual(self.ask(daemon, "/livez")[0], 200)
            with daemon.rpc() as rpc:
                rpc.call("ping")
        finally:
            for connection in silent:
                connection.close()

    def test_other_machines_are_not_let_in(self):
        done = self.run("peernetd", "--check", "--http", "0.0.0.0:0", "--database", "dbname=x", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("insecure-plaintext-remote", done.stderr)

    def test_a_taken_port_is_told(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            done = self.run("peernetd", "--listen", "127.0.0.1:0", "--database", "dbname=x",
                            "--http", f"127.0.0.1:{taken.getsockname()[1]}", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot listen for HTTP", done.stderr)


if __name__ == "__main__":
    peernet_test.main()
