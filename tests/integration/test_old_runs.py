"""Old runs are removed by policy: never what is in force or was of late, nor what a plan rests on, and never half of one."""

import subprocess
import threading

import psycopg2

from peernet_test import Daemon, PeernetTest, main, program_environment, program_path, wait_until

slow = True

WAITING = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


class OldRuns(PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, """UPDATE peernet.programmes SET settings = '{"effort": 1000}'""")

    def runs(self):
        """Those that are there, each whole."""
        runs = self.sql(self.database, "SELECT run, (figures->>'matched')::int, (figures->>'networks')::int FROM peernet.runs "
                                       "ORDER BY run")
        for table, column in (("members", 1), ("networks", 2)):
            counts = self.sql(self.database, f"SELECT run, count(*) FROM peernet.{table} GROUP BY run ORDER BY run")
            self.assertEqual(counts, [(row[0], row[column]) for row in runs])
        self.assertEqual(self.sql(self.database, "SELECT DISTINCT run FROM peernet.unmatched ORDER BY run"), [(r[0],) for r in runs])
        return [run for run, *_ in runs]

    def another(self, *flags):
        self.seed = getattr(self, "seed", 0) + 1
        self.regroup(self.database, "--force", "--seed", self.seed, *flags)

    def test_all_are_kept_unless_it_is_asked_for(self):
        for _ in range(3):
            self.another()
        self.assertEqual(self.runs(), [1, 2, 3])

    def test_the_newest_stay_and_what_is_in_force_and_what_a_plan_rests_on(self):
        self.another("--publish")
        for _ in range(4):
            self.another()
        self.sql(self.database, "INSERT INTO peernet.plans (programme, name, run, document, made_by) "
                                "VALUES ('default', 'spring', 3, '{}', 'test')")
        self.sql(self.database, "SELECT peernet.create_programme('other', '{}', 'test', 'test')")
        self.regroup(self.database, "--programme", "other")
        self.assertEqual(self.runs(), [1, 2, 3, 4, 5, 6])
        self.another("--keep-runs", 2)  # two at a time
        self.assertEqual(self.runs(), [1, 3, 5, 6, 7])
        self.another("--keep-runs", 2, "--keep-published", 0)
        self.assertEqual(self.runs(), [1, 3, 6, 7, 8])
        self.assertEqual(self.sql(self.database, "SELECT count(*) FROM peernet.run_inputs WHERE run IN (2, 4, 5)"), [(0,)])

    def test_what_was_in_force_stays_as_long_as_it_was_said(self):
        self.another("--publish")
        self.another("--publish")
        self.another("--keep-runs", 1, "--keep-published", 30)
        self.assertEqual(self.runs(), [1, 2, 3])
        self.another("--keep-runs", 1, "--keep-published", 0)
        self.assertEqual(self.runs(), [2, 4])

    def test_a_run_that_is_put_in_force_meanwhile_stays(self):
        for _ in range(3):
            self.another()
        self.sql(self.database, "ALTER FUNCTION peernet.forget_run RESET lock_timeout")  # however long it takes here
        failed = []
        person, worker = psycopg2.connect(self.database), psycopg2.connect(self.database)
        self.addCleanup(person.close)
        self.addCleanup(worker.close)

        def forget():
            try:
                with worker, worker.cursor() as cursor:
                    cursor.execute("SELECT peernet.forget_run('default', 1, 0, 'test')")
            except psycopg2.Error as error:
                failed.append((error.pgcode, error.diag.message_primary))

        removing = threading.Thread(target=forget)
        with person, person.cursor() as cursor:
            cursor.execute("SELECT peernet.publish_current(1, 'test', 'all', 'test')")
            removing.start()
            wait_until(lambda: self.sql(self.database, WAITING), "the removal to wait")
        removing.join()
        self.assertEqual(failed, [("PN001", "run 1 is needed again")])
        self.assertEqual(self.runs(), [1, 2, 3])

    def test_a_run_that_somebody_holds_goes_another_time(self):
        self.another()
        person = psycopg2.connect(self.database)
        self.addCleanup(person.close)
        with person, person.cursor() as cursor:
            cursor.execute("SELECT FROM peernet.members WHERE run = 1 FOR UPDATE")
            self.seed += 1
            done = self.regroup(self.database, "--force", "--seed", self.seed, "--keep-runs", 1)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("run 2 is written as a proposal", done.stdout)
            self.assertEqual(self.runs(), [1, 2])
        with person, person.cursor() as cursor:
            cursor.execute("SELECT FROM peernet.state FOR NO KEY UPDATE")
            with self.assertRaises(psycopg2.errors.LockNotAvailable):
                self.sql(self.database, "SELECT peernet.forget_run('default', 1, 0, 'test')")
        self.assertEqual(self.runs(), [1, 2])
        self.another("--keep-runs", 1)
        self.assertEqual(self.runs(), [3])

    def test_what_is_to_be_said_of_the_run_is_said_before(self):
        self.another()
        self.sql(self.database, "ALTER FUNCTION peernet.forget_run RESET lock_timeout")
        person = psycopg2.connect(self.database)
        self.addCleanup(person.close)
        with person, person.cursor() as cursor:
            cursor.execute("SELECT FROM peernet.members WHERE run = 1 FOR UPDATE")
            worker = subprocess.Popen([program_path("peernet-regroup"), "run", "--db", self.database, "--force", "--seed", "99",
                                       "--keep-runs", "1"], stdout=subprocess.PIPE, text=True, env=program_environment())
            self.addCleanup(worker.stdout.close)
            self.assertIn("run 2 is written as a proposal", worker.stdout.readline())
            wait_until(lambda: self.sql(self.database, WAITING), "the removal to wait")
        self.assertEqual(worker.wait(60), 0)
        self.assertEqual(self.runs(), [2])

    def test_the_trail_has_it(self):
        for _ in range(2):
            self.another()
        digest = self.sql(self.database, "SELECT inputs_digest FROM peernet.runs WHERE run = 1")[0][0]
        self.another("--keep-runs", 2, "--keep-published", 9)
        entries = self.sql(self.database, "SELECT who, programme, run, detail, before ->> 'inputs_digest' FROM peernet.audit "
                                          "WHERE action = 'run.forget'")
        self.assertEqual(entries, [("peernet-regroup", "default", 1, {"newest": 2, "days": 9}, digest)])
        self.assertEqual(self.sql(self.database, "SELECT fault FROM peernet.verify_audit(0, '', 1000)"), [(None,)])
        with Daemon(self.database) as daemon:
            flags = ("--address", daemon.address, "audit", "list", "--action", "run.forget", "--lang")
            self.assertIn(f"digest of its inputs: {digest[:8]}", self.run("peernet", *flags, "en").stdout)
            self.assertIn(f"kontrollsumma för dess indata: {digest[:8]}", self.run("peernet", *flags, "sv").stdout)

    def test_what_was_in_force_until_nothing_was_stays_as_well(self):
        self.another("--publish")
        self.another()
        self.sql(self.database, "UPDATE peernet.programmes SET published_run = NULL, published_at = NULL")
        forgettable = "SELECT peernet.forgettable_runs('default', %s, %s)"
        self.assertEqual(self.sql(self.database, forgettable, (1, 1)), [])
        self.assertEqual(self.sql(self.database, forgettable, (1, 0)), [(1,)])

    def test_a_number_that_is_left_out_keeps_all(self):
        self.another("--publish")
        self.another("--publish")
        self.another()
        self.another()
        forgettable = "SELECT peernet.forgettable_runs('default', %s, %s)"
        self.assertEqual(self.sql(self.database, forgettable, (1, 0)), [(1,), (3,)])
        self.assertEqual(self.sql(self.database, forgettable, (1, None)), [(3,)])
        self.assertEqual(self.sql(self.database, forgettable, (None, 0)), [])

    def test_who_may_not_delete_runs_may_have_old_ones_removed(self):
        for _ in range(2):
            self.another()
        with self.assertRaises(psycopg2.errors.InsufficientPrivilege):
            self.sql(self.database, "SET LOCAL ROLE peernet_reader; SELECT peernet.forget_run('default', 1, 0, 'test')")
        with self.assertRaises(psycopg2.errors.InsufficientPrivilege):
            self.sql(self.database, "SET LOCAL ROLE peernet_daemon; SELECT peernet.forget_run('default', 1, 0, 'test'); "
                                    "DELETE FROM peernet.members")
        self.assertEqual(self.runs(), [1, 2])
        self.sql(self.database, "SET LOCAL ROLE peernet_daemon; SELECT peernet.forget_run('default', 1, 0, 'test')")
        self.assertEqual(self.runs(), [2])

    def test_by_the_daemon(self):
        self.another()
        with Daemon(self.database, "--regroup-keep-runs", 1, "--regroup-keep-published", "1d") as daemon, daemon.rpc() as rpc:
            rpc.call("subscribe", "runs")
            run = rpc.call("run.start", {"seed": 77, "force": True})["run"]
            while rpc.next_notification()[0] != "run.finished":
                pass
            wait_until(lambda: [r["run"] for r in rpc.call("run.list")["runs"]] == [run], "the daemon to see that it is gone")
        self.assertEqual(self.runs(), [run])


if __name__ == "__main__":
    main()
