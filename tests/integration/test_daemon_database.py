"""The database comes and goes; the daemon goes on answering, says how old its answers are, and comes back by itself."""

import itertools
import os
import pathlib
import socket
import time

import peernet_test
from peernet_test import EXAMPLE, Daemon, RpcError, run_program, wait_until
from pg import PrivateCluster
from pg_proxy import Proxy

slow = True

FAST = ("--retry-first", "50ms", "--retry-most", "200ms", "--refresh-interval", "200ms")


class Away(peernet_test.PeernetTest):
    """Each with a cluster of its own, since it is stopped and killed."""

    @classmethod
    def setUpClass(cls):
        cls.own = PrivateCluster()
        cls.addClassCleanup(cls.own.close)
        cls.prepared = cls.own.create()
        conninfo = cls.own.conninfo(cls.prepared)
        run_program("peernet", "db", "init", "--db", conninfo)
        files = [a for f in ("organizers", "challenges", "reports") for a in (f"--{f}", EXAMPLE / f"{f}.csv")]
        run_program("peernet", "db", "import", *files, "--db", conninfo)

    @property
    def cluster(self):
        return self.own

    def setUp(self):
        self.database = self.cluster.conninfo(self.cluster.create(self.prepared))
        self.sql(self.database, """UPDATE peernet.programmes SET settings = '{"effort": 1000}'""")
        self.regroup(self.database, "--publish")
        self.cluster.execute("CHECKPOINT")  # this cluster writes nothing at a commit, and is about to be killed

    def bring_back(self):
        try:
            self.sql(self.database, "SELECT 1")
        except peernet_test.psycopg2.OperationalError:
            self.cluster.start()

    def test_reads_go_on_while_postgresql_is_stopped_and_what_was_missed_is_loaded(self):
        with Daemon(self.database, "--retry-first", "1s", "--retry-most", "1s") as daemon, daemon.rpc() as rpc:
            before = rpc.call("network.of", "2120000019")
            self.addCleanup(self.bring_back)
            self.cluster.stop()
            wait_until(lambda: not rpc.call("status")["database"]["connected"], "the loss to be noticed")
            during = rpc.call("network.of", "2120000019")
            self.assertEqual({**during, "age_s": 0}, {**before, "age_s": 0})
            time.sleep(0.5)
            later = rpc.call("network.of", "2120000019")["age_s"]
            self.assertGreaterEqual(later, during["age_s"] + 0.45)
            self.assertGreater(rpc.call("organizer.search", "borås")["total"], 0)
            self.assertEqual(len(rpc.call("organizer.similar", "2120000019")["similar"]), 10)
            self.assertTrue(rpc.call("status")["ready"])
            for method, parameter in (("run.start", {}), ("run.publish", 1)):
                with self.assertRaises(RpcError) as refused:
                    rpc.call(method, parameter)
                self.assertEqual(refused.exception.code, "E_UNAVAILABLE")
            self.cluster.start()
            self.sql(self.database, "UPDATE peernet.organizers SET name = 'Nytt namn' WHERE id = '2120000019'")
            wait_until(lambda: rpc.call("organizer.get", "2120000019")["organizer"]["name"] == "Nytt namn",
                       "what was missed", 10)
            status = rpc.call("status")
            self.assertEqual((status["database"]["connected"], status["database"]["reconnects"]), (True, 1))
            self.assertLess(status["snapshot"]["age_s"], 6)
            self.assertEqual(rpc.call("run.publish", 1)["run"], 1)

    def test_nothing_of_it_is_a_warning_to_the_database(self):
        log = pathlib.Path(self.cluster.socket, "log")
        before = log.stat().st_size
        with Daemon(self.database, *FAST) as daemon, daemon.rpc() as rpc:
            for load in range(3):
                loaded = rpc.call("status")["snapshot"]["inputs_version"]
                self.sql(self.database, f"UPDATE peernet.organizers SET name = 'Load {load}' WHERE id = '2120000019'")
                wait_until(lambda: rpc.call("status")["snapshot"]["inputs_version"] > loaded, "the change")
        self.assertNotRegex(log.read_text()[before:], "WARNING|ERROR|FATAL")

    def test_starts_before_the_database_and_waits_for_it(self):
        self.addCleanup(self.bring_back)
        self.cluster.stop()
        with Daemon(self.database, *FAST, ready="port") as daemon, daemon.rpc() as rpc:
            self.assertTrue(rpc.call("ping")["pong"])
            status = rpc.call("status")
            self.assertEqual((status["ready"], status["database"]["connected"]), (False, False))
            wait_until(lambda: rpc.call("status")["database"]["error"], "the reason")
            for method in ("network.of", "organizer.get"):
                with self.assertRaises(RpcError) as refused:
                    rpc.call(method, "2120000019")
                self.assertEqual(refused.exception.code, "E_UNAVAILABLE")
            self.cluster.start()
            wait_until(lambda: rpc.call("status")["ready"], "the first load")
            self.assertTrue(rpc.call("network.of", "2120000019")["matched"])
            # Once for each reason, however many attempts a slow start takes.
            told = [line.split(" error=", 1)[1] for line in daemon.log().splitlines() if "database not reached" in line]
            self.assertEqual(told, [reason for reason, _ in itertools.groupby(told)])
            self.assertGreater(len(told), 0)

    def test_kill_of_postgresql_in_the_middle_of_a_run_leaves_what_is_published(self):
        with Daemon(self.database, *FAST) as daemon, daemon.rpc() as rpc:
            before = rpc.call("network.list")["networks"]
            self.sql(self.database, """UPDATE peernet.programmes SET settings = '{"effort": 1000000000000}'""")
            rpc.call("subscribe", "runs")
            run = rpc.call("run.start", {"publish": True, "force": True})["run"]
            wait_until(lambda: rpc.call("run.get", run)["run"]["stage"] == "networks", "the search")
            self.addCleanup(self.bring_back)
            self.cluster.kill9()
            wait_until(lambda: not rpc.call("status")["database"]["connected"], "the loss to be noticed")
            self.assertEqual(rpc.call("network.list")["networks"], before)
            self.cluster.start()
            wait_until(lambda: rpc.call("status")["database"]["connected"], "the database")
            self.assertEqual(rpc.call("network.list")["networks"], before)
            self.assertEqual(self.sql(self.database, "SELECT count(*) FROM peernet.runs WHERE run = %s", (run,))[0][0], 0)

    def test_silent_server_is_noticed_and_left(self):
        with Proxy(self.cluster) as proxy:
            through = f"host=127.0.0.1 port={proxy.port} user=postgres dbname={self.database.split('dbname=')[1]}"
            with Daemon(through, *FAST, "--answer-timeout", "500ms", "--connect-timeout", "300ms") as daemon, \
                    daemon.rpc() as rpc:
                proxy.freeze()
                wait_until(lambda: not rpc.call("status")["database"]["connected"], "the silence to be noticed")
                self.assertIn("did not answer", daemon.log())
                self.assertTrue(rpc.call("network.of", "2120000019")["matched"])
                # A new connection is taken by the kernel, but nobody speaks on it.
                wait_until(lambda: "within 300 ms" in rpc.call("status")["database"]["error"], "the connect limit")
                proxy.thaw()
                wait_until(lambda: rpc.call("status")["database"]["connected"], "the database")

    def test_a_server_that_falls_silent_amid_a_load_is_noticed(self):
        name = "UPDATE peernet.organizers SET name = %s WHERE id = '2120000019'"
        with Proxy(self.cluster) as proxy:
            through = f"host=127.0.0.1 port={proxy.port} user=postgres dbname={self.database.split('dbname=')[1]}"
            with Daemon(through, *FAST, "--answer-timeout", "500ms", "--connect-timeout", "2s") as daemon, daemon.rpc() as rpc:
                proxy.freeze_after(50000)  # of the rows of a load, which are some 300,000 bytes
                self.sql(self.database, name, ("Nytt",))
                wait_until(lambda: proxy.frozen.is_set(), "the load")
                wait_until(lambda: not rpc.call("status")["database"]["connected"], "the silence to be noticed")
                self.assertIn("did not answer", daemon.log())
                proxy.thaw()
                wait_until(lambda: rpc.call("organizer.get", "2120000019")["organizer"]["name"] == "Nytt", "the load")

    def test_idle_connection_that_died_is_noticed(self):
        with Proxy(self.cluster) as proxy:
            through = f"host=127.0.0.1 port={proxy.port} user=postgres dbname={self.database.split('dbname=')[1]}"
            with Daemon(through, "--refresh-interval", "1h", "--liveness-interval", "200ms", "--answer-timeout",
                        "2s") as daemon, daemon.rpc() as rpc:
                time.sleep(1)  # some questions are asked and answered
                self.assertTrue(rpc.call("status")["database"]["connected"])
                self.assertEqual(proxy.accepted, 1)
                proxy.freeze()
                wait_until(lambda: not rpc.call("status")["database"]["connected"], "the silence to be noticed")
                proxy.thaw()

    def test_host_that_never_answers_is_passed_over(self):
        with socket.create_server(("127.0.0.1", 0)) as mute:
            database = self.database.split("dbname=")[1]
            hosts = f"host=127.0.0.1,no-such-name.invalid,{self.cluster.socket} " \
                    f"port={mute.getsockname()[1]},5432,5432 user=postgres dbname={database}"
            with Daemon(hosts, "--connect-timeout", "2s") as daemon, daemon.rpc() as rpc:
                self.assertTrue(rpc.call("network.of", "2120000019")["matched"])

    def test_host_by_name_and_everything_from_environment_and_service_file(self):
        database = self.database.split("dbname=")[1]
        services = self.temp_folder() / "services"
        with Proxy(self.cluster) as proxy:
            services.write_text(f"[here]\nhost=localhost\nport={proxy.port}\nuser=postgres\n")
            cases = (
                ("service=here dbname=" + database, {"PGSERVICEFILE": str(services)}),
                ("", {"PGSERVICEFILE": str(services), "PGSERVICE": "here", "PGDATABASE": database}),
                ("", {"PGHOST": self.cluster.socket, "PGUSER": "postgres", "PGDATABASE": database}),
                (f"postgresql://postgres@localhost:{proxy.port}/{database}", {}),
                (database, {"PGHOST": "localhost", "PGPORT": str(proxy.port), "PGUSER": "postgres"}),
            )
            for conninfo, env in cases:
                with self.subTest(conninfo=conninfo), Daemon(conninfo, env=env) as daemon, daemon.rpc() as rpc:
                    self.assertTrue(rpc.call("network.of", "2120000019")["matched"])
                    # The worker gets there as well.
                    rpc.call("subscribe", "runs")
                    rpc.call("run.start")
                    while (n := rpc.next_notification())[0] != "run.finished":
                        pass
                    self.assertEqual((n[1][0]["state"], n[1][0]["error"]), ("unchanged", None))
            self.assertEqual(proxy.accepted, 8)  # four daemons, four workers

    def test_standby_is_answered_from_and_refuses_writes(self):
        signal_file = os.path.join(self.cluster.socket, "data", "standby.signal")

        def promote():
            self.cluster.command("down")
            os.unlink(signal_file)
            self.cluster.start()

        self.cluster.command("down")
        open(signal_file, "x").close()
        self.addCleanup(promote)
        self.cluster.start()
        with Daemon(self.database, *FAST) as daemon, daemon.rpc() as rpc:
            self.assertTrue(rpc.call("network.of", "2120000019")["matched"])
            wait_until(lambda: rpc.call("status")["snapshot"]["age_s"] < 0.1, "a comparison")
            self.assertIn("not told of changes", daemon.log())
            with self.assertRaises(RpcError) as refused:
                rpc.call("run.publish", 1)
            self.assertEqual(refused.exception.code, "E_UNAVAILABLE")

    def test_least_rights_are_enough(self):
        self.cluster.execute("CREATE ROLE peernetd LOGIN IN ROLE peernet_daemon")
        database = self.database.split("dbname=")[1]
        self.addCleanup(self.cluster.execute, "DROP ROLE peernetd")
        with Daemon(f"host={self.cluster.socket} user=peernetd dbname={database}") as daemon, daemon.rpc() as rpc:
            rpc.call("subscribe", "runs")
            run = rpc.call("run.start", {"force": True})["run"]
            while (n := rpc.next_notification())[0] != "run.finished":
                pass
            self.assertEqual(n[1][0]["state"], "done")
            self.assertEqual(rpc.call("run.publish", run)["run"], run)
            self.assertEqual(self.sql(self.database, "SELECT who FROM peernet.audit WHERE run = %s", (run,)),
                             [("loopback",)])

    def test_unmigrated_database_is_named_as_the_reason_until_it_is_filled(self):
        conninfo = self.cluster.conninfo(self.cluster.create())
        with Daemon(conninfo, *FAST, ready="port") as daemon, daemon.rpc() as rpc:
            error = wait_until(lambda: rpc.call("status")["snapshot"]["error"], "the reason")
            self.assertIn("peernet db init", error)
            self.run("peernet", "db", "init", "--db", conninfo)
            wait_until(lambda: rpc.call("status")["ready"], "the first load")
            self.assertIsNone(rpc.call("status")["snapshot"]["error"])
            self.assertEqual(rpc.call("network.list")["networks"], [])

    def test_password_is_in_no_log_and_no_answer(self):
        where = f"host={self.cluster.socket} port=1 user=postgres dbname=x password=hunter22"
        with Daemon(where.replace(" password=hunter22", ""), *FAST, "--log-level", "debug", ready="port",
                    env={"PGPASSWORD": "hunter22"}) as daemon, daemon.rpc() as rpc:
            wait_until(lambda: rpc.call("status")["database"]["error"], "the reason")
            self.assertNotIn("hunter22", daemon.log() + str(rpc.call("status")))
        with self.assertRaises(AssertionError) as refused:
            Daemon(where, ready="port").start()
        self.assertIn("a password does not belong in a flag", str(refused.exception))
        self.assertNotIn("hunter22", str(refused.exception))
        done = self.run("peernetd", "--check", env={"PEERNET_DATABASE": where + " pass word=hunter22"}, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertNotIn("hunter22", done.stderr)


if __name__ == "__main__":
    peernet_test.main()
