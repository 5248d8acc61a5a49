"""The daemon's beginning and end: options, the port file, signals, and requests that are in flight when it is told to go."""

import os
import signal
import socket
import struct
import time

import peernet_test
from peernet_test import Daemon, RpcError, wait_until

slow = True

QUICK = """UPDATE peernet.programmes SET settings = '{"effort": 1000}'"""


class End(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, QUICK)
        self.regroup(self.database)
        self.daemon = None

    def started(self, *flags):
        daemon = Daemon(self.database, *flags).start()
        self.addCleanup(daemon.close)
        return daemon

    def lock(self):
        """A transaction that holds up every publication; closing it lets them go on."""
        connection = peernet_test.psycopg2.connect(self.database)
        connection.cursor().execute("SELECT 1 FROM peernet.programmes FOR UPDATE")
        self.addCleanup(connection.close)
        return connection

    def waiting_for_locks(self):
        return self.sql(self.database, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                                       "datname = current_database()")

    def publish_in_flight(self, rpc):
        msgid = rpc.request("run.publish", 1)
        wait_until(self.waiting_for_locks, "the publication to wait")
        return msgid

    def test_sigterm_lets_a_request_in_flight_finish(self):
        daemon, lock = self.started(), self.lock()
        with daemon.rpc() as rpc, daemon.rpc() as idle:
            idle.call("ping")
            msgid = self.publish_in_flight(rpc)
            daemon.process.send_signal(signal.SIGTERM)
            idle.wait_closed()
            with self.assertRaises(ConnectionError):
                daemon.rpc()
            self.assertIsNone(daemon.process.poll())
            lock.close()
            self.assertEqual(rpc.response(msgid)["run"], 1)
            rpc.wait_closed()
        self.assertEqual(daemon.stop(None), 0)
        self.assertEqual(self.sql(self.database, "SELECT published_run FROM peernet.programmes"), [(1,)])

    def test_drain_has_a_deadline(self):
        daemon = self.started("--drain-timeout", "400ms")
        self.lock()
        with daemon.rpc() as rpc:
            self.publish_in_flight(rpc)
            began = time.monotonic()
            self.assertEqual(daemon.stop(), 0)
            self.assertTrue(0.3 < time.monotonic() - began < 3)
            self.assertIn("took too long", daemon.log())

    def test_second_sigterm_ends_at_once(self):
        daemon = self.started("--drain-timeout", "1h")
        self.lock()
        with daemon.rpc() as rpc:
            self.publish_in_flight(rpc)
            daemon.process.send_signal(signal.SIGTERM)
            wait_until(lambda: "finishing what is in flight" in daemon.log(), "the drain")
            time.sleep(0.2)
            self.assertIsNone(daemon.process.poll())
            self.assertEqual(daemon.stop(), 0)

    def test_regrouping_that_waits_for_its_number_does_not_hold_up_the_end(self):
        numbers = peernet_test.psycopg2.connect(self.database)
        self.addCleanup(numbers.close)
        numbers.cursor().execute("ALTER SEQUENCE peernet.run_numbers CACHE 1")  # held until that ends
        for flags, signals in ((("--drain-timeout", "300ms"), 1), (("--drain-timeout", "1h"), 2)):
            with self.subTest(signals=signals):
                daemon = self.started(*flags)
                with daemon.rpc() as rpc:
                    rpc.request("run.start")
                    wait_until(self.waiting_for_locks, "the regrouping to wait")
                    # The client vanishes without a goodbye: nothing is in flight any more, but the number is.
                    rpc.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                if signals == 2:
                    daemon.process.send_signal(signal.SIGTERM)
                    time.sleep(0.5)
                    self.assertIsNone(daemon.process.poll())
                self.assertEqual(daemon.stop(), 0)
                self.sql(self.database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = "
                                        "'Lock' AND datname = current_database()")
                wait_until(lambda: not self.waiting_for_locks(), "nobody to wait")

    def test_ends_cleanly_whatever_it_is_doing(self):
        for flags, pause in (((), 0), ((), 0.01), (("--rows-per-turn", 1), 0.02), (("--rows-per-turn", 1), 0.05)):
            daemon = Daemon(self.database, *flags, ready="port").start()
            self.addCleanup(daemon.close)
            time.sleep(pause)
            self.assertEqual(daemon.stop(), 0)
            self.assertIn('msg="ended"', daemon.log())
            self.assertNotIn("left open", daemon.log())


    def test_answers_come_while_a_load_is_under_way(self):
        self.sql(self.database, "INSERT INTO peernet.reports (organizer, challenge, severity, reported_on) "
                                "SELECT o.id, c.code, 1 + n % 5, date '2024-01-01' + n FROM peernet.organizers o, "
                                "peernet.challenges c, generate_series(1, 15) n ON CONFLICT DO NOTHING")
        daemon = self.started()
        with daemon.rpc() as rpc:
            self.sql(self.database, "UPDATE peernet.organizers SET name = 'Nytt' WHERE id = '2120000019'")
            loading = []
            wait_until(lambda: loading.append(rpc.call("status")["snapshot"]["loading"]) or
                       rpc.call("organizer.get", "2120000019")["organizer"]["name"] == "Nytt", "the load", 60, pause=0)
            self.assertGreater(sum(loading), 5)
        self.assertEqual(daemon.stop(), 0)


class Options(peernet_test.PeernetTest):
    """Nothing of this needs a database."""

    def check(self, *flags, env=None):
        return self.run("peernetd", "--check", *flags, check=False, env=env)

    def test_check_finds_nothing_wrong_with_the_defaults(self):
        done = self.check()
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "peernetd: the options are fine\n", ""))

    def test_check_names_what_is_wrong(self):
        folder = self.temp_folder()
        file = folder / "peernetd.conf"
        file.write_text("# ours\nlisten = 127.0.0.1:0\nmax-connections = none\n")
        cases = (
            (["--listn", "x"], 'there is no option "listn"; did you mean "listen"?'),
            (["--listen", "here"], '--listen: "here" is not allowed'),
            (["--listen", ","], "--listen: no address"),
            (["--max-connections", "0"], "allowed is a whole number of 1 to 1000000"),
            (["--drain-timeout", "5"], "a duration of 0 to 1h"),
            (["--config", file], f'{file}:3: max-connections: "none" is not allowed'),
            (["--config", folder / "none"], "No such file"),
            (["--log-level", "chatty"], "allowed are error, warn, info and debug"),
            (["--socket-mode", "0999"], "octal"),
            (["--retry-first", "10s", "--retry-most", "1s"], "--retry-first"),
            (["--output-pause", "16MiB"], "output"),
            (["--regroup-program", "/nowhere/worker"], "/nowhere/worker"),
            (["--database", "host=a,b port=1,2,3"], "2 hosts but 3 ports"),
            (["--database", "postgresql://u:secret@h/d"], "a password does not belong in a flag"),
            (["--database", "hots=x"], "connection string cannot be read"),
            (["serve"], '"serve" is no option'),
        )
        for flags, text in cases:
            with self.subTest(flags=flags):
                done = self.check(*flags)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(text, done.stderr)
                self.assertTrue(done.stderr.startswith("peernetd: "))
        done = self.check(env={"PEERNET_REFRESH_INTERVAL": "1ms"})
        self.assertIn("environment variable PEERNET_REFRESH_INTERVAL", done.stderr)

    def test_address_that_is_taken_is_told(self):
        with Daemon("host=/nowhere", ready="port") as daemon:
            done = self.run("peernetd", "--listen", daemon.address, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(daemon.address, done.stderr)
        done = self.run("peernetd", "--listen", "0.0.0.0:0", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("could not start", done.stderr)

    def test_port_file_is_whole_and_the_log_names_address_and_port(self):
        with Daemon("host=/nowhere", ready="port") as daemon:
            self.assertIn(f'msg="listening" address={daemon.address} port={daemon.port}\n', daemon.log())
            self.assertEqual(sorted(os.listdir(daemon.folder)), ["log", "port"])
        done = self.run("peernetd", "--listen", "127.0.0.1:0", "--port-file", "/nowhere/port", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nowhere/port", done.stderr)

    def test_several_addresses_and_a_unix_socket(self):
        path = str(self.temp_folder() / "socket")
        with Daemon("host=/nowhere", "--listen", f"127.0.0.1:0, unix:{path}", "--socket-mode", "0600",
                    ready="port") as daemon:
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
            with daemon.rpc() as tcp, peernet_test.Rpc(path) as unix:
                self.assertTrue(tcp.call("ping")["pong"] and unix.call("ping")["pong"])
                with self.assertRaises(RpcError) as refused:
                    unix.call("network.of", "2120000019")
                self.assertEqual(refused.exception.code, "E_UNAVAILABLE")
        self.assertFalse(os.path.exists(path))

    def test_help_and_version_and_tables(self):
        self.assertRegex(self.run("peernetd", "--version").stdout, r"^peernetd \d+\.\d+\.\d+\n$")
        shown = self.run("peernetd", "--help").stdout
        markdown = self.run("peernetd", "--print-options", "markdown").stdout
        manual = self.run("peernetd", "--print-options", "man").stdout
        names = [line.split("`--")[1].split("`")[0] for line in markdown.splitlines() if "`--" in line]
        self.assertGreater(len(names), 25)
        for name in names:
            self.assertIn(f"--{name}", shown)
            self.assertIn(("--" + name).replace("-", "\\-"), manual)
        self.assertEqual(self.run("peernetd", "--print-options", "html", check=False).returncode, 2)

    def test_readme_has_the_table_of_options_as_it_is(self):
        readme = (peernet_test.SOURCE / "service" / "daemon" / "README.md").read_text()
        self.assertIn(self.run("peernetd", "--print-options", "markdown").stdout, readme)


if __name__ == "__main__":
    peernet_test.main()
