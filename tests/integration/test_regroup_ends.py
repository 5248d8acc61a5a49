"""The worker among others: busy, superseded, cancelled, killed, its database gone; pins obeyed and refused.

Whatever happens, the published networks are whole: those from before or those of the new run.
"""

import random
import signal
import subprocess
import sys
import time

import psycopg2

from peernet_test import EXAMPLE, PeernetTest, main, program_environment, program_path, wait_until
from pg import PrivateCluster
from regroup_worker import A_WHILE, AWAY, BUSY, CANCELLED, DONE, FAST, LONG, SETTINGS, SUPERSEDED, Worker, networks_of

slow = True

CONSISTENT = """
SELECT r.run FROM peernet.runs r WHERE (r.figures->>'matched')::int <> (SELECT count(*) FROM peernet.members m WHERE m.run = r.run)
   OR (r.figures->>'networks')::int <> (SELECT count(*) FROM peernet.networks n WHERE n.run = r.run)
   OR (SELECT count(*) FROM peernet.organizers) <> (SELECT count(*) FROM peernet.members m WHERE m.run = r.run)
                                               + (SELECT count(*) FROM peernet.unmatched u WHERE u.run = r.run)"""


class Ends(PeernetTest):
    def published(self, db):
        return self.sql(db, "SELECT published_run FROM peernet.programmes")[0][0]

    def runs(self, db):
        return self.sql(db, "SELECT count(*) FROM peernet.runs")[0][0]

    def check_whole(self, db):
        self.assertEqual(self.sql(db, CONSISTENT), [])

    def locks(self, db):
        return self.sql(db, """SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database =
            (SELECT oid FROM pg_database WHERE datname = current_database())""")[0][0]


class Others(Ends):
    def test_a_second_worker_of_the_programme_is_told_that_it_is_busy(self):
        db = self.prepare()
        with Worker(db, *LONG) as first:
            first.until("networks")
            done = self.regroup(db, *FAST, check=False)
            self.assertEqual(done.returncode, BUSY)
            self.assertIn("another regrouping is under way", done.stderr)
            self.sql(db, "INSERT INTO peernet.programmes VALUES ('other', 'Annat', 'Other')")
            self.regroup(db, "--programme", "other", *FAST)
            first.signal(signal.SIGKILL)
            first.process.wait()
        wait_until(lambda: self.locks(db) == 0, "the lock of the killed worker to go")
        self.regroup(db, *FAST)

    def test_a_run_that_others_overtook_is_kept_as_a_proposal(self):
        db = self.prepare()
        self.regroup(db, "--publish", *FAST)
        self.regroup(db, "--force", *FAST)
        with Worker(db, "--publish", "--force", *A_WHILE) as worker:
            worker.until("networks")
            worker.pause()
            self.sql(db, "SELECT peernet.publish_run(2, 'Anna')")
            worker.go_on()
            self.assertEqual(worker.wait(), SUPERSEDED, worker.errors())
            self.assertIn("kept as a proposal", worker.errors())
            self.assertEqual(worker.rest_of_lines()[-1]["run"], 3)
        self.assertEqual((self.published(db), self.runs(db)), (2, 3))
        self.check_whole(db)

    def test_an_organizer_deleted_meanwhile_leaves_nothing_behind(self):
        db = self.prepare()
        with Worker(db, "--publish", *A_WHILE) as worker:
            worker.until("networks")
            worker.pause()
            self.sql(db, "DELETE FROM peernet.reports WHERE organizer = '2120000019'")
            self.sql(db, "DELETE FROM peernet.organizers WHERE id = '2120000019'")
            worker.go_on()
            self.assertEqual(worker.wait(), SUPERSEDED, worker.errors())
            self.assertIn("the inputs changed", worker.errors())
        self.assertEqual((self.published(db), self.runs(db)), (None, 0))

    def test_two_workers_at_once_give_one_run(self):
        db = self.prepare()
        workers = [Worker(db, "--publish", "--set", "effort=50000") for _ in range(4)]
        codes = sorted(w.wait() for w in workers)
        for w in workers:
            w.__exit__()
        self.assertEqual(codes.count(DONE), 1, codes)
        self.assertTrue(set(codes) <= {DONE, BUSY, 11}, codes)
        self.assertEqual(self.runs(db), 1)


class Signals(Ends):
    def cancelled_at(self, db, step):
        with Worker(db, "--publish", *LONG) as worker:
            worker.until(step)
            began = time.monotonic()
            worker.signal(signal.SIGTERM)
            self.assertEqual(worker.wait(20), CANCELLED, worker.errors())
            self.assertIn("stopped by a signal; nothing was written", worker.errors())
            return time.monotonic() - began

    def test_sigterm_stops_the_search_within_a_second(self):
        db = self.prepare()
        self.assertLess(self.cancelled_at(db, "networks"), 3)
        self.assertEqual(self.runs(db), 0)

    def test_sigterm_while_reading_or_connecting_stops_too(self):
        db = self.prepare()
        for pause in (0, 0.002, 0.005, 0.01, 0.02, 0.03):
            with Worker(db, "--publish", *LONG) as worker:
                worker.until("read")
                time.sleep(pause)
                worker.signal(signal.SIGTERM)
                self.assertEqual(worker.wait(20), CANCELLED, worker.errors())
        self.assertEqual(self.runs(db), 0)

    def test_sigterm_cancels_a_query_that_waits_for_others(self):
        db = self.prepare()
        other = psycopg2.connect(db)
        other.cursor().execute("LOCK TABLE peernet.networks IN ACCESS EXCLUSIVE MODE")
        with Worker(db, "--publish", "--set", "effort=0") as worker:
            worker.until("write")
            wait_until(lambda: self.sql(db, "SELECT 1 FROM pg_locks WHERE NOT granted"), "the worker to wait")
            worker.signal(signal.SIGTERM)
            self.assertEqual(worker.wait(10), CANCELLED, worker.errors())
            self.assertEqual(worker.rest_of_lines()[-1]["outcome"], "cancelled")
        other.close()
        self.assertEqual(self.runs(db), 0)
        self.regroup(db, "--publish", *FAST)

    def test_goes_when_its_parent_goes(self):
        db = self.prepare()
        script = ("import os, subprocess, sys; r, w = os.pipe(); "
                  "p = subprocess.Popen(sys.argv[1:] + ['--progress-fd', str(w)], pass_fds=(w,)); os.close(w); "
                  "print(p.pid, flush=True); "
                  "[print('on', flush=True) for line in os.fdopen(r) if '\"networks\"' in line]")
        parent = subprocess.Popen([sys.executable, "-c", script, program_path("peernet-regroup"), "run", "--db", db, *LONG],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=program_environment())
        pid = int(parent.stdout.readline())
        parent.stdout.readline()
        parent.kill()
        parent.wait()
        parent.stdout.close()

        def gone():
            try:
                with open(f"/proc/{pid}/stat") as stat:
                    return stat.read().rsplit(")", 1)[1].split()[0] == "Z"
            except FileNotFoundError:
                return True
        wait_until(gone, "the worker to follow its parent")
        self.assertEqual(self.runs(db), 0)

    def test_is_the_first_to_go_when_memory_runs_out(self):
        with Worker(self.prepare(), *LONG) as worker:
            worker.until("networks")
            with open(f"/proc/{worker.process.pid}/oom_score_adj") as score:
                self.assertGreaterEqual(int(score.read()), 500)


class Kills(Ends):
    def test_kill_9_at_any_moment_leaves_whole_networks(self):
        db = self.prepare()
        self.regroup(db, "--publish", *FAST)
        chance, hits, tries = random.Random(1), 0, 0
        began = time.monotonic()
        self.regroup(db, "--publish", "--force", *FAST)
        usual = time.monotonic() - began
        # How often a kill meets a worker that still runs is the machine's to say: on until fifteen have.
        while hits < 15 and tries < 100:
            tries += 1
            published = self.published(db)
            with Worker(db, "--publish", "--force", *FAST) as worker:
                time.sleep(chance.uniform(0, usual * 1.05))
                worker.signal(signal.SIGKILL)
                hits += worker.process.wait() == -signal.SIGKILL
            wait_until(lambda: self.locks(db) == 0, "the session of the killed worker to end")
            self.check_whole(db)
            now = self.published(db)
            self.assertTrue(now == published or self.sql(db, "SELECT base_run FROM peernet.runs WHERE run = %s", (now,))
                            == [(published,)], (published, now))
        self.assertEqual(hits, 15, f"of {tries} kills")
        self.regroup(db, "--publish", "--force", *FAST)

    def test_kill_9_in_the_middle_of_writing_leaves_no_trace(self):
        db = self.prepare()
        other = psycopg2.connect(db)
        other.cursor().execute("LOCK TABLE peernet.unmatched IN ACCESS EXCLUSIVE MODE")
        with Worker(db, "--publish", "--set", "effort=0") as worker:
            worker.until("write")
            wait_until(lambda: self.sql(db, "SELECT 1 FROM pg_locks WHERE NOT granted"), "the worker to wait")
            worker.signal(signal.SIGKILL)
            worker.process.wait()
        other.close()
        wait_until(lambda: self.locks(db) == 0, "the session of the killed worker to end")
        self.assertEqual((self.runs(db), self.published(db)), (0, None))
        self.assertEqual(self.sql(db, "SELECT (SELECT count(*) FROM peernet.members) + (SELECT count(*) FROM peernet.networks)"),
                         [(0,)])


class DatabaseGone(Ends):
    def test_kill_9_of_postgresql_leaves_the_published_networks_as_they_were(self):
        with PrivateCluster() as cluster:
            db = cluster.new_database()
            self.run("peernet", "db", "init", "--db", db)
            files = [a for f in ("organizers", "challenges", "reports") for a in (f"--{f}", EXAMPLE / f"{f}.csv")]
            self.run("peernet", "db", "import", *files, "--db", db)
            self.regroup(db, "--publish", *FAST)
            before = networks_of(self, db)
            # While it writes or publishes, somebody else's lock makes it wait where the test wants it.
            for step, lock in (("read", None), ("networks", None), ("write", "LOCK TABLE peernet.networks IN SHARE MODE"),
                               ("publish", "SELECT FROM peernet.programmes FOR NO KEY UPDATE")):
                with self.subTest(step), Worker(db, "--publish", "--force", *A_WHILE) as worker:
                    other = psycopg2.connect(db)
                    if lock:
                        other.cursor().execute(lock)
                    worker.until(step)
                    if lock:
                        wait_until(lambda: self.sql(db, "SELECT 1 FROM pg_locks WHERE NOT granted"), "the worker to wait")
                    worker.pause()
                    cluster.kill9()
                    worker.go_on()
                    self.assertEqual(worker.wait(), AWAY, worker.errors())
                    cluster.start()
                    self.check_whole(db)
                    self.assertEqual((self.published(db), self.runs(db)), (1, 1))
                    self.assertEqual(networks_of(self, db), before)
            self.regroup(db, "--publish", "--force", *FAST)
            self.assertEqual(self.published(db), self.sql(db, "SELECT max(run) FROM peernet.runs")[0][0])


class Pins(Ends):
    def pin(self, db, rule, *organizers, until=None):
        self.sql(db, "INSERT INTO peernet.pins (programme, rule, organizers, why, made_by, until) "
                     "VALUES ('default', %s, %s, 'they asked', 'Anna', %s)", (rule, list(organizers), until))

    def network(self, db, organizer, run):
        rows = self.sql(db, "SELECT network FROM peernet.members WHERE organizer = %s AND run = %s", (organizer, run))
        return rows[0][0] if rows else None

    def test_together_apart_and_keep_are_obeyed(self):
        db = self.prepare()
        self.regroup(db, "--publish", *FAST)
        rows = self.sql(db, "SELECT network, array_agg(organizer ORDER BY organizer) FROM peernet.members GROUP BY 1 ORDER BY 1")
        (_, a), (_, b), (number, c) = rows[0], rows[-1], rows[10]
        self.pin(db, "together", a[0], b[0])
        self.pin(db, "apart", a[1], a[2])
        self.pin(db, "keep", *c)
        self.sql(db, "DELETE FROM peernet.reports WHERE organizer = ANY(%s) AND challenge LIKE 'subject.%%'", (c[:2],))
        self.regroup(db, "--publish", "--set", "stability=0", *FAST)
        self.assertEqual(self.network(db, a[0], 2), self.network(db, b[0], 2))
        self.assertNotEqual(self.network(db, a[1], 2), self.network(db, a[2], 2))
        still = self.sql(db, "SELECT DISTINCT organizer FROM peernet.reports WHERE organizer = ANY(%s)", (c,))
        self.assertEqual({self.network(db, o, 2) for o, in still}, {number})

    def test_a_pin_that_has_run_out_no_longer_counts(self):
        db = self.prepare()
        self.regroup(db, "--publish", *FAST)
        rows = self.sql(db, "SELECT array_agg(organizer ORDER BY organizer) FROM peernet.members GROUP BY network ORDER BY network")
        self.pin(db, "together", rows[0][0][0], rows[-1][0][0], until="2020-01-01")
        done = self.regroup(db, *FAST, check=False)
        self.assertIn("nothing has changed", done.stdout)

    def test_pins_that_clash_are_named(self):
        db = self.prepare()
        self.pin(db, "together", "2120000019", "2120000027")
        self.pin(db, "apart", "2120000019", "2120000027")
        done = self.regroup(db, *FAST, check=False)
        self.assertEqual(done.returncode, SETTINGS)
        for words in ("pin 1 (together: Upplands Väsby kommun, Vallentuna kommun), set by Anna: they asked",
                      "pin 2 (apart: Upplands Väsby kommun, Vallentuna kommun), set by Anna: they asked"):
            self.assertIn(words, done.stderr)
        self.assertEqual(self.runs(db), 0)

    def test_pins_of_organizers_that_reported_nothing_are_warned_of(self):
        db = self.prepare()
        silent, = self.sql(db, "SELECT id FROM peernet.organizers WHERE id NOT IN (SELECT organizer FROM peernet.reports) LIMIT 1")[0]
        self.pin(db, "together", silent, "2120000019")
        done = self.regroup(db, *FAST)
        self.assertIn("warning: pin 1 (together)", done.stdout)
        self.assertEqual(self.sql(db, "SELECT jsonb_array_length(figures->'warnings') FROM peernet.runs"), [(1,)])


if __name__ == "__main__":
    main()
