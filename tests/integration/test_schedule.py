"""Programmes that are run by themselves: which moments a schedule means, who is given what is due, and what a daemon makes of it."""

import re
import time
import urllib.request

import psycopg2

import peernet_test
from peernet_test import Daemon, RpcError, wait_until

slow = True

# schedule, after, the next moment (UTC)
MOMENTS = [
    ("Mon..Fri 02:30 Europe/Stockholm", "2026-03-24 12:00", "2026-03-25 01:30"),
    ("Mon..Fri 02:30 Europe/Stockholm", "2026-03-27 12:00", "2026-03-30 00:30"),  # over a weekend and into summer time
    ("daily 02:30", "2026-03-28 12:00", "2026-03-29 01:30"),  # 02:30 is left out that night: 03:30
    ("daily 02:30", "2026-03-29 01:30", "2026-03-30 00:30"),
    ("02:30", "2026-10-24 12:00", "2026-10-25 01:30"),  # comes twice that night: once, the second
    ("02:30", "2026-10-25 01:30", "2026-10-26 01:30"),
    ("daily 02:30,03:30", "2026-03-28 12:00", "2026-03-29 01:30"),  # both are one moment that night
    ("daily 02:30,03:30", "2026-03-29 01:30", "2026-03-30 00:30"),
    ("Sat,Sun 09:00 UTC", "2026-03-29 09:00", "2026-04-04 09:00"),
    ("Fri..Mon 00:00 Pacific/Auckland", "2026-03-25 12:00", "2026-03-26 11:00"),
    ("*-08..12-01 03:00 UTC", "2026-12-01 03:00", "2027-08-01 03:00"),
    ("*-*-1,15 23:59 America/New_York", "2026-05-02 03:59", "2026-05-16 03:59"),
    ("*-02-29 00:00 UTC", "2026-03-01 00:00", "2028-02-29 00:00"),
    ("fri *-*-13 13:00 UTC", "2026-03-13 13:00", "2026-11-13 13:00"),
]
REFUSED = [
    ("sometimes", "'sometimes' is no day"), ("daily", "nothing is no time of day"), ("daily 25:00", "'25:00' is no time of day"),
    ("daily 2:30", "'2:30' is no time"), ("daily 02:30 Europe/Nowhere", "'Europe/Nowhere' is no time zone"),
    ("daily 02:30 XYZ3", "'XYZ3' is no time zone"), ("Mon..Foo 02:30", "'Mon..Foo' is no day"), ("1..5 02:30", "'1..5' is no day"),
    ("*-13-01 02:30", "'*-13-01' is no date"), ("*-01 02:30", "'*-01' is no date"), ("*-02-30 02:30", "'*-02-30' never comes"), ("02:30 UTC daily", "'daily' stands behind the zone"), (" ", "'' is no day"),
    ("*-4-2..1 02:30", "'*-4-2..1' is no date"), ("02:30:15", "is no time of day"),
]


class Moments(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare(example=False)

    def one(self, query, *params):
        return self.sql(self.database, query, params)[0][0]

    def test_each_schedule_means_these_moments(self):
        for schedule, after, expected in MOMENTS:
            for zone in ("UTC", "Asia/Tokyo"):  # of the session, which is nobody's business
                [[got]] = self.sql(self.database, f"SET LOCAL TimeZone = '{zone}'; SELECT to_char(peernet.next_due(%s, "
                                                  "%s::timestamp AT TIME ZONE 'UTC') AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')",
                                   (schedule, after))
                self.assertEqual(got, expected, (schedule, after, zone))

    def test_what_is_no_schedule_is_refused_in_words(self):
        for schedule, words in REFUSED:
            with self.assertRaises(psycopg2.errors.InvalidParameterValue) as refused:
                self.sql(self.database, "UPDATE peernet.programmes SET schedule = %s", (schedule,))
            self.assertIn(words, str(refused.exception), schedule)

    def test_many_that_were_missed_are_one_and_nothing_is_due_of_before_it_was_set(self):
        self.assertEqual(self.one("SELECT peernet.last_due('daily 02:30 UTC', '2026-01-01 00:00+00', '2026-03-01 12:00+00')::text"),
                         self.one("SELECT '2026-03-01 02:30+00'::timestamptz::text"))
        self.assertIsNone(self.one("SELECT peernet.last_due('daily 02:30 UTC', '2026-03-01 02:30+00', '2026-03-01 23:00+00')"))
        self.sql(self.database, "UPDATE peernet.programmes SET schedule = 'daily 00:00,06:00,12:00,18:00 UTC'")
        self.assertEqual(self.take(), [])

    def take(self, *mine, at="now"):
        """What is due now, and by which token; and which of `mine` are lost."""
        answer = self.one("SELECT peernet.take_due(%s::uuid[], %s::timestamptz)", list(mine), at)
        self.lost = answer["lost"]
        self.token = answer["taken"][0]["token"] if answer["taken"] else None
        return [t["programme"] for t in answer["taken"]]

    def end(self, token, said):
        self.sql(self.database, "SELECT peernet.end_due(%s, %s)", (token, said))

    def test_each_due_time_is_given_to_one_who_says_so_again_or_loses_it(self):
        self.sql(self.database, "UPDATE peernet.programmes SET schedule = '12:00 UTC'")
        self.sql(self.database, "UPDATE peernet.schedules SET done_until = '2026-03-01 00:00+00'")
        self.assertEqual(self.take(at="2026-03-01 11:59:59+00"), [])
        self.assertEqual(self.take(at="2026-03-01 12:00:00+00"), ["default"])
        first = self.token
        self.assertEqual(self.take(at="2026-03-01 12:01:00+00"), [])
        self.assertEqual((self.take(first, at="2026-03-01 12:01:30+00"), self.lost), ([], []))  # it sees to it still
        self.assertEqual(self.take(at="2026-03-01 12:03:00+00"), [])
        self.assertEqual(self.take(at="2026-03-01 12:04:00+00"), ["default"])  # it was lost
        second = self.token
        # Back again, it is told so, keeps nobody else from it and ends nothing.
        self.assertEqual((self.take(first, at="2026-03-01 12:05:30+00"), self.lost), ([], [first]))
        self.end(first, None)
        self.end(first, "done")
        self.assertEqual(self.take(at="2026-03-01 12:05:40+00"), [])
        self.assertEqual(self.take(first, second, at="2026-03-01 12:05:50+00"), [])
        self.assertEqual(self.lost, [first])
        self.end(second, None)
        self.assertEqual(self.take(at="2026-03-01 12:04:01+00"), ["default"])  # it was not come to
        self.end(self.token, "done")
        self.assertEqual(self.take(at="2026-03-02 11:59:00+00"), [])
        self.assertEqual(self.take(at="2026-03-05 13:00:00+00"), ["default"])
        self.assertEqual(self.sql(self.database, "SELECT last_due AT TIME ZONE 'UTC' = '2026-03-01 12:00', last_said FROM "
                                                 "peernet.schedules"), [(True, "done")])

    def test_of_many_at_once_one_is_given_it(self):
        self.sql(self.database, "UPDATE peernet.programmes SET schedule = '12:00 UTC'")
        self.sql(self.database, "UPDATE peernet.schedules SET done_until = '2026-03-01 00:00+00'")
        connections = [psycopg2.connect(self.database) for _ in range(5)]
        given = []
        for connection in connections:  # the first holds it until it commits
            with connection.cursor() as cursor:
                cursor.execute("SELECT peernet.take_due('{}')")
                given += cursor.fetchone()[0]["taken"]
        for connection in connections:
            connection.commit()
            connection.close()
        self.assertEqual(len(given), 1)

    def test_who_takes_one_whose_name_is_null_keeps_it(self):
        self.sql(self.database, "INSERT INTO peernet.programmes (name, title_sv, title_en, schedule) VALUES ('null', 'N', 'N', '12:00 UTC')")
        self.sql(self.database, "UPDATE peernet.schedules SET done_until = '2026-03-01 00:00+00'")
        self.assertEqual(self.take(at="2026-03-01 12:00:00+00"), ["null"])
        token = self.token
        self.assertEqual(self.take(token, at="2026-03-01 12:01:30+00"), [])
        self.assertEqual((self.take(token, at="2026-03-01 12:03:00+00"), self.lost), ([], []))

    def test_what_is_seen_to_is_due_no_more_and_another_schedule_takes_it_away(self):
        due = "SELECT to_char(peernet.programme_due(p) AT TIME ZONE 'UTC', 'MM-DD HH24:MI') FROM peernet.programmes AS p"
        self.sql(self.database, "UPDATE peernet.programmes SET schedule = '12:00 UTC'")
        self.sql(self.database, "UPDATE peernet.schedules SET done_until = '2026-03-01 00:00+00'")
        self.assertEqual(self.one(due), "03-01 12:00")
        before = self.one("SELECT results_version FROM peernet.state")
        self.take(at="2026-03-01 12:00:00+00")
        self.assertEqual(self.one(due), "03-02 12:00")
        self.assertEqual(self.one("SELECT results_version FROM peernet.state"), before + 1)  # so that daemons show it
        self.end(self.token, None)
        self.assertEqual(self.one(due), "03-01 12:00")
        self.take(at="2026-03-01 12:00:00+00")
        token = self.token
        self.sql(self.database, "UPDATE peernet.programmes SET schedule = '13:00 UTC'")
        self.assertEqual((self.take(token), self.lost), ([], [token]))
        self.end(token, "done")
        self.assertIsNone(self.one("SELECT last_said FROM peernet.schedules"))

    def test_programmes_with_a_schedule_are_told_in_a_parallel_query_too(self):
        self.sql(self.database, "UPDATE peernet.programmes SET schedule = '12:00 UTC'")
        [[newer]] = self.sql(self.database, "SELECT current_setting('server_version_num')::integer >= 160000")
        setting = "debug_parallel_query" if newer else "force_parallel_mode"
        [[told]] = self.sql(self.database, f"SET LOCAL {setting} = on; SELECT peernet.programme_json(p) FROM peernet.programmes AS p")
        self.assertEqual(told["schedule"], "12:00 UTC")

    def test_an_archived_programme_rests_and_starts_anew(self):
        self.sql(self.database, "INSERT INTO peernet.programmes (name, title_sv, title_en, schedule) VALUES ('r', 'R', 'R', '12:00 UTC')")
        self.sql(self.database, "UPDATE peernet.schedules SET done_until = now() - interval '3 days'")
        self.sql(self.database, "UPDATE peernet.programmes SET archived_at = now() WHERE name = 'r'")
        self.assertEqual(self.take(), [])
        self.sql(self.database, "UPDATE peernet.programmes SET archived_at = NULL WHERE name = 'r'")
        self.assertEqual(self.take(), [])
        self.sql(self.database, "UPDATE peernet.programmes SET schedule = NULL")
        self.assertEqual(self.sql(self.database, "TABLE peernet.schedules"), [])


class Nightly(peernet_test.PeernetTest):
    """By the daemon. Time goes by where how far a schedule is done with is put back."""

    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, """UPDATE peernet.programmes SET settings = '{"effort": 1000}'""")

    def miss(self, programme="default"):
        self.sql(self.database, "UPDATE peernet.schedules SET done_until = now() - interval '3 days' WHERE programme = %s", (programme,))
        self.sql(self.database, "SELECT peernet.results_changed()")  # daemons look when something changes, else twice a minute

    def runs(self):
        return self.sql(self.database, "SELECT programme FROM peernet.runs ORDER BY run")

    def said(self, rpc, programme="default"):
        return wait_until(lambda: rpc.call("programme.get", programme)["programme"]["last_said"], "the end of what was due")

    def test_of_two_daemons_one_runs_it_once(self):
        with Daemon(self.database) as one, Daemon(self.database, "--http", "127.0.0.1:0") as two, two.rpc() as rpc:
            self.run("peernet", "--address", one.address, "programme", "set", "default", "schedule=Mon..Sun 02:30 Europe/Stockholm")
            self.miss()
            self.assertEqual(self.said(rpc), "done")
            self.miss()  # the same inputs: it is done with, and there is nothing to do
            wait_until(lambda: rpc.call("programme.get", "default")["programme"]["last_said"] == "unchanged", "the second")
            self.assertEqual(self.runs(), [("default",)])
            logs = one.log() + two.log()
            self.assertEqual(logs.count("due by its schedule"), 2)
            programme = rpc.call("programme.get", "default")["programme"]
            self.assertGreater(programme["next_due"], programme["last_due"])
            self.assertEqual(rpc.call("status")["programmes"][0]["next_due"], programme["next_due"])
            port = re.search(r"metrics and health.* port=(\d+)", two.log()).group(1)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as metrics:
                due = re.search(r'peernet_schedule_due_timestamp_seconds\{programme="default"\} (\S+)', metrics.read().decode())
            self.assertEqual(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(float(due[1]))), programme["next_due"])
            [published] = rpc.call("audit.list", {"action": "publish"})["entries"]
            self.assertEqual((published["who"], published["origin"][:4]), ("schedule", "due "))
            told = self.run("peernet", "--address", two.address, "programme", "get", "default").stdout
            self.assertRegex(told, "Schedule +Mon..Sun 02:30 Europe/Stockholm\nNext run +2")
            self.assertRegex(self.run("peernet", "--address", two.address, "programme", "list").stdout, r"(?m)^default .* \d\d:30$")
            self.assertIn("Next run", self.run("peernet", "--address", two.address, "status").stdout)

    def test_what_was_missed_while_nobody_was_there_is_run_once_at_the_start(self):
        self.sql(self.database, "UPDATE peernet.programmes SET schedule = 'daily 00:00,12:00 UTC'")
        self.miss()
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            self.assertEqual(self.said(rpc), "done")
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            self.assertEqual(self.said(rpc), "done")
            self.assertNotIn("due by its schedule", daemon.log())
        self.assertEqual(self.runs(), [("default",)])

    def test_a_daemon_that_is_to_leave_it_does(self):
        self.sql(self.database, "UPDATE peernet.programmes SET schedule = 'daily 00:00,12:00 UTC'")
        self.miss()
        with Daemon(self.database, "--schedules=no") as daemon, daemon.rpc() as rpc:
            self.miss()
            rpc.call("run.start", {"publish": True})
            wait_until(self.runs, "a run")
            self.assertIsNone(rpc.call("programme.get", "default")["programme"]["last_said"])

    def test_what_a_person_started_is_not_in_its_way_for_long_and_policies_hold(self):
        self.sql(self.database, "UPDATE peernet.programmes SET schedule = 'daily 00:00,12:00 UTC', publishing = 'person'")
        slow = self.temp_folder() / "worker"
        gate = self.temp_folder() / "gate"
        slow.write_text(f"#!/bin/sh\nwhile [ ! -e {gate} ]; do sleep 0.05; done\n"
                        f'exec {peernet_test.program_path("peernet-regroup")} "$@"\n')
        slow.chmod(0o755)
        with Daemon(self.database, "--regroup-program", slow) as daemon, daemon.rpc() as rpc:
            rpc.call("run.start")
            self.miss()
            wait_until(lambda: "what is due waits" in daemon.log(), "the refusal")
            token = self.sql(self.database, "SELECT taken_by FROM peernet.schedules")
            for _ in range(3):  # it looks each time
                [[version]] = self.sql(self.database, "SELECT peernet.results_changed(); SELECT results_version FROM peernet.state")
                wait_until(lambda: rpc.call("status")["snapshot"]["results_version"] >= version, "the load")
            self.assertEqual(self.sql(self.database, "SELECT taken_by FROM peernet.schedules"), token)  # it is not given back
            gate.touch()
            self.assertEqual(self.said(rpc), "unchanged")  # the person's run came to the same
            self.assertEqual([r["state"] for r in rpc.call("run.list")["runs"]], ["proposal"])
            self.assertEqual([daemon.log().count(line) for line in ("due by its schedule", "what is due waits")], [1, 1])

    def look_until(self, condition, what):
        def met():
            self.sql(self.database, "SELECT peernet.results_changed()")
            return condition()
        return wait_until(met, what, seconds=60, pause=0.5)

    def test_a_regrouping_under_way_elsewhere_is_waited_for(self):
        self.sql(self.database, "UPDATE peernet.programmes SET schedule = 'daily 00:00,12:00 UTC'")
        elsewhere = psycopg2.connect(self.database)
        self.addCleanup(elsewhere.close)
        with elsewhere.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended('peernet.regroup default', 0))")
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            self.miss()
            wait_until(lambda: "regrouping ended" in daemon.log(), "the worker that found it so")
            wait_until(lambda: "what is due waits" in daemon.log(), "that it is waited for")
            self.assertIsNone(rpc.call("programme.get", "default")["programme"]["last_said"])
            elsewhere.close()
            self.assertEqual(self.look_until(lambda: rpc.call("programme.get", "default")["programme"]["last_said"], "the end"), "done")
            self.assertEqual(daemon.log().count("due by its schedule"), 1)
        self.assertEqual(self.runs(), [("default",)])

    def test_a_worker_that_lost_the_database_is_started_again(self):
        self.sql(self.database, "UPDATE peernet.programmes SET schedule = 'daily 00:00,12:00 UTC'")
        lost = self.temp_folder() / "lost"
        worker = self.temp_folder() / "worker"
        worker.write_text(f"#!/bin/sh\nif [ ! -e {lost} ]; then touch {lost}; exit 14; fi\n"
                          f'exec {peernet_test.program_path("peernet-regroup")} "$@"\n')
        worker.chmod(0o755)
        with Daemon(self.database, "--regroup-program", worker) as daemon, daemon.rpc() as rpc:
            self.miss()
            self.assertEqual(self.look_until(lambda: rpc.call("programme.get", "default")["programme"]["last_said"], "the end"), "done")
            self.assertEqual(daemon.log().count("what is due waits"), 1)

    def test_while_it_works_nobody_is_told_that_it_is_late(self):
        self.sql(self.database, "UPDATE peernet.programmes SET schedule = 'daily 00:00,12:00 UTC'")
        deaf = self.temp_folder() / "worker"
        deaf.write_text("#!/bin/sh\nexec sleep 60\n")
        deaf.chmod(0o755)
        with Daemon(self.database, "--schedules=no") as other, other.rpc() as rpc, Daemon(self.database, "--regroup-program", deaf) as daemon:
            self.miss()
            wait_until(lambda: "regrouping started" in daemon.log(), "the worker")
            # What the other shows before it has heard of either, and between the two, is another moment than the one asked about.
            [[version]] = self.sql(self.database, "SELECT results_version FROM peernet.state")
            wait_until(lambda: rpc.call("status")["snapshot"]["results_version"] >= version, "the load")
            self.assertGreater(rpc.call("status")["programmes"][0]["next_due"], time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
            told = self.run("peernet", "doctor", "--address", other.address, "--db", self.database, check=False).stdout
            self.assertNotIn("programme default", told)

    def test_what_it_is_given_while_it_ends_it_gives_back(self):
        self.sql(self.database, "ALTER FUNCTION peernet.take_due SET lock_timeout = '60s'")
        self.sql(self.database, "UPDATE peernet.programmes SET schedule = 'daily 00:00,12:00 UTC'")
        self.sql(self.database, """CREATE FUNCTION public.held() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NEW; END $$;
            CREATE TRIGGER held BEFORE UPDATE ON peernet.schedules FOR EACH ROW WHEN (NEW.taken_by IS NOT NULL) EXECUTE FUNCTION public.held()""")
        holder = psycopg2.connect(self.database)
        self.addCleanup(holder.close)
        with holder.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7)")
        with Daemon(self.database, "--drain-delay", "3s") as daemon:
            self.miss()
            [[version]] = self.sql(self.database, "SELECT results_version FROM peernet.state")
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            wait_until(lambda: self.sql(self.database, waiting) == [(1,)], "the question")
            daemon.process.terminate()
            wait_until(lambda: "told to end" in daemon.log(), "that it ends")
            holder.rollback()
            self.assertEqual(daemon.process.wait(timeout=30), 0)
            self.assertNotIn("due by its schedule", daemon.log())
        self.assertEqual(self.sql(self.database, "SELECT taken_by, last_said, results_version >= %s FROM peernet.schedules, peernet.state", (version + 2,)),
                         [(None, None, True)])

    def test_an_import_under_way_is_not_waited_for_and_the_end_told_again(self):
        self.regroup(self.database, "--publish")  # so that what is due writes nothing and has to wait for nobody
        self.sql(self.database, "UPDATE peernet.programmes SET schedule = 'daily 00:00,12:00 UTC'")
        self.sql(self.database, "UPDATE peernet.schedules SET done_until = now() - interval '3 days'")
        holder = psycopg2.connect(self.database)
        self.addCleanup(holder.close)
        with holder.cursor() as cursor:
            cursor.execute("SELECT FROM peernet.state FOR NO KEY UPDATE")
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            wait_until(lambda: "outcome=unchanged" in daemon.log(), "its end")
            wait_until(lambda: "schedules cannot be looked at" in daemon.log(), "that it cannot be told")
            holder.rollback()
            self.assertEqual(self.said(rpc), "unchanged")

    def test_a_daemon_that_ends_leaves_it_to_another(self):
        self.sql(self.database, "UPDATE peernet.programmes SET schedule = 'daily 00:00,12:00 UTC'")
        deaf = self.temp_folder() / "worker"
        deaf.write_text("#!/bin/sh\nexec sleep 60\n")
        deaf.chmod(0o755)
        with Daemon(self.database, "--regroup-program", deaf) as daemon:
            self.miss()
            wait_until(lambda: "regrouping started" in daemon.log(), "the worker")
            self.assertEqual(daemon.stop(), 0)
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            self.assertEqual(self.said(rpc), "done")
        self.assertEqual(self.runs(), [("default",)])

    def test_a_schedule_is_checked_kept_in_the_history_and_taken_away(self):
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            with self.assertRaises(RpcError) as refused:
                rpc.call("programme.set", {"programme": "default", "changes": {"schedule": "daily 02:30 Europe/Nowhere"}, "dry_run": True})
            self.assertEqual(refused.exception.code, "E_ARGUMENT")
            self.assertIn("'Europe/Nowhere' is no time zone", refused.exception.message)
            for wrong in ("", 5, "x" * 201):
                with self.assertRaises(RpcError) as refused:
                    rpc.call("programme.set", "default", {"schedule": wrong})
                self.assertEqual(refused.exception.code, "E_ARGUMENT")
            made = rpc.call("programme.create", "reading", {"schedule": "  Mon   02:30 "})["programme"]
            self.assertEqual(made["schedule"], "Mon 02:30")
            gone = rpc.call("programme.set", "reading", {"schedule": None})
            self.assertEqual(gone["changes"], [{"name": "schedule", "before": "Mon 02:30", "after": None}])
            self.assertIsNone(gone["programme"]["next_due"])


if __name__ == "__main__":
    peernet_test.main()
