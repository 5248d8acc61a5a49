"""What people decide about runs: stale proposals are refused with what changed, rejected ones too; rollback, cancel."""

import threading
import time

import peernet_test
from peernet_test import Daemon, RpcError, wait_for_worker, wait_until
from test_cli_terminal import Terminal

slow = True

QUICK = """UPDATE peernet.programmes SET settings = settings || '{"effort": 1000}'"""
ENDLESS = """UPDATE peernet.programmes SET settings = settings || '{"effort": 1000000000000}'"""
REPORT = """INSERT INTO peernet.reports (organizer, challenge, reported_on, severity)
    SELECT '2120000050', min(code), current_date, 3 FROM peernet.challenges"""
PIN = """INSERT INTO peernet.pins (programme, rule, organizers, made_by) VALUES
    ('default', 'apart', ARRAY['2120000019', '2120000027'], 'Anna')"""

LOCK = "INSERT INTO peernet.network_notes (programme, network, locked, changed_by) VALUES ('default', 1, true, 'Anna')"


class Decisions(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, QUICK)

    def propose(self, *flags):
        self.regroup(self.database, "--force", *flags)
        return self.sql(self.database, "SELECT max(run) FROM peernet.runs")[0][0]

    def published(self):
        return self.sql(self.database, "SELECT published_run FROM peernet.programmes WHERE name = 'default'")[0][0]

    def trail(self, *actions):
        return self.sql(self.database, "SELECT who, action, run, detail FROM peernet.audit WHERE action = ANY (%s) "
                                       "ORDER BY entry", (list(actions),))

    def refused(self, code, call, *params):
        with self.assertRaises(RpcError) as refused:
            call(*params)
        self.assertEqual(refused.exception.code, code, refused.exception.message)
        return refused.exception.message

    def state(self, rpc, run):
        return rpc.call("run.get", run)["run"]["state"]


class Stale(Decisions):
    def test_each_kind_of_change_makes_a_proposal_stale_and_is_named(self):
        changes = {"reports": REPORT, "pins": PIN + ";" + LOCK,
                   "settings": """UPDATE peernet.programmes SET settings = settings || '{"max_size": 11}'""",
                   "organizers": "UPDATE peernet.organizers SET name = 'Nytt namn' WHERE id = '2120000019'",
                   "challenges": "UPDATE peernet.challenges SET label_en = label_en || '.'"}
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            for kind, change in changes.items():
                run = self.propose()
                wait_until(lambda: run in [r["run"] for r in rpc.call("run.list")["runs"]], "the run")
                self.assertEqual(self.state(rpc, run), "proposal")
                self.sql(self.database, change)
                told = self.refused("E_STALE", rpc.call, "run.publish", run)
                self.assertRegex(told, rf"run {run} of programme default rests on what is no longer current: {kind} "
                                       r"\(changed \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\); run the programme again, or")
                wait_until(lambda: self.state(rpc, run) == "stale", "the state")
                self.assertEqual([c["input"] for c in rpc.call("run.get", run)["run"]["changed"]], [kind])
        self.assertIsNone(self.published())

    def test_what_changed_and_changed_back_is_current_again_once_a_run_has_looked(self):
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            run = self.propose()
            self.sql(self.database, REPORT)
            self.sql(self.database, "DELETE FROM peernet.reports WHERE organizer = '2120000050'")
            wait_until(lambda: rpc.call("run.list")["runs"] and self.state(rpc, run) == "stale", "the changes")
            self.refused("E_STALE", rpc.call, "run.publish", run)
            done = self.regroup(self.database, check=False)
            self.assertEqual((done.returncode, f"nothing has changed since run {run}" in done.stdout), (11, True), done.stdout)
            wait_until(lambda: self.state(rpc, run) == "proposal", "that it is current")
            self.assertEqual(rpc.call("run.publish", run)["replaced"], None)
            self.assertEqual(rpc.call("run.publish", run)["replaced"], run)  # no deed, and said so
            said = self.run("peernet", "--address", daemon.address, "publish", run).stdout
            self.assertIn("were in force already", said)
            self.assertEqual(len(self.trail("publish")), 1)
            said = self.run("peernet", "--address", daemon.address, "run", "rollback", run, "--yes", "--lang", "sv").stdout
            self.assertIn("gällde redan", said)

    def test_so_it_is_where_the_run_would_publish_and_may_not(self):
        self.sql(self.database, "UPDATE peernet.programmes SET publishing = 'person'")
        run = self.propose()
        self.sql(self.database, REPORT)
        self.sql(self.database, "DELETE FROM peernet.reports WHERE organizer = '2120000050'")
        changed = "SELECT input FROM peernet.changed_since('default', peernet.run_version(%s))"
        self.assertEqual(self.sql(self.database, changed, (run,)), [("reports",)])
        done = self.regroup(self.database, "--publish", check=False)
        self.assertEqual((done.returncode, "is kept as a proposal" in done.stdout), (11, True), done.stdout)
        self.assertEqual(self.sql(self.database, changed, (run,)), [])

    def test_nobody_has_found_it_the_same_at_a_version_that_is_still_to_come(self):
        run = self.propose()
        self.sql(self.database, REPORT)
        self.sql(self.database, "SELECT peernet.confirm_run(%s, 1000000)", (run,))
        self.assertEqual(self.sql(self.database, "SELECT peernet.run_version(%s) = inputs_version FROM peernet.state", (run,)), [(True,)])
        self.sql(self.database, "DELETE FROM peernet.reports WHERE organizer = '2120000050'")
        self.assertEqual(self.sql(self.database, "SELECT input FROM peernet.changed_since('default', peernet.run_version(%s))", (run,)), [("reports",)])

    def test_what_touches_other_programmes_or_only_words_leaves_it_current(self):
        run = self.propose()
        for change in ("INSERT INTO peernet.programmes (name, title_sv, title_en) VALUES ('b', 'B', 'B')",
                       """UPDATE peernet.programmes SET settings = '{"max_size": 20}' WHERE name = 'b'""",
                       PIN.replace("'default'", "'b'"), "UPDATE peernet.programmes SET title_en = 'Everything'",
                       "UPDATE peernet.network_notes SET remark = 'x'", LOCK.replace("'default'", "'b'"),
                       LOCK.replace("true", "false"), "UPDATE peernet.network_notes SET name = 'N'",
                       "DELETE FROM peernet.pins", "UPDATE peernet.organizers SET name = name"):
            self.sql(self.database, change)
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            self.assertEqual(self.state(rpc, run), "proposal")
            self.assertEqual(rpc.call("run.publish", run)["run"], run)
            self.assertEqual(self.state(rpc, run), "published")
            self.sql(self.database, "UPDATE peernet.network_notes SET locked = true")
            wait_until(lambda: rpc.call("run.get", run)["run"]["changed"], "the lock")
            self.sql(self.database, "TRUNCATE peernet.pins")  # tells no rows, so it concerns all
            wait_until(lambda: rpc.call("run.get", run)["run"]["changed"], "the change")
            self.assertEqual(rpc.call("run.get", run)["run"]["changed"][0]["input"], "pins")
            self.assertEqual(self.state(rpc, run), "published")

    def test_running_again_makes_it_current_and_force_publishes_all_the_same(self):
        first = self.propose()
        self.sql(self.database, REPORT)
        second = self.propose()
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            self.refused("E_STALE", rpc.call, "run.publish", first)
            self.assertEqual(rpc.call("run.publish", first, True)["run"], first)
            self.assertEqual(self.trail("publish.force"), [("loopback", "publish.force", first, {"changed": ["reports"]})])
            # What rests on other networks is stale whatever one says: that would undo what somebody else published.
            self.assertIn("rests on nothing published", self.refused("E_STALE", rpc.call, "run.publish", second, True))
        self.assertEqual(self.published(), first)

    def test_worker_publishes_though_reports_come_in_but_passes_over_no_pin(self):
        self.regroup(self.database, "--publish")
        for change, published in ((REPORT, True), (PIN, False)):
            before = self.published()
            gate = peernet_test.psycopg2.connect(self.database)
            with gate.cursor() as cursor:  # it waits for this row when it writes
                cursor.execute("SELECT FROM peernet.state FOR UPDATE")
            done = []
            thread = threading.Thread(target=lambda: done.append(
                self.regroup(self.database, "--force", "--publish", check=False)))
            thread.start()
            wait_until(lambda: self.sql(self.database, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = "
                                                       "'Lock' AND datname = current_database()")[0][0], "the worker")
            with gate.cursor() as cursor:
                cursor.execute(change)
            gate.commit()
            gate.close()
            thread.join()
            self.assertEqual(done[0].returncode, 0 if published else 12, done[0].stderr)
            self.assertEqual(self.published() != before, published)
            if not published:
                self.assertIn("no longer current: pins", done[0].stderr)

    def test_of_two_that_decide_at_once_none_waits_for_ever_and_none_is_lost(self):
        runs = [self.propose("--seed", n) for n in (1, 2, 3)]
        faults, told = [], []

        def decide(n):
            connection = peernet_test.psycopg2.connect(self.database)
            connection.autocommit = True
            for i in range(25):
                run = runs[(n + i) % 3]
                statements = ("SELECT peernet.publish_current(%s, 'a', 'none')", "SELECT peernet.reject_run(%s, 'b', 'no')",
                              "SELECT peernet.rollback_run(%s, 'c', 'back', NULL)", "SELECT peernet.publish_current(%s, 'd', 'all')",
                              "UPDATE peernet.programmes SET settings = settings || jsonb_build_object('min_fit', 0.01 * (%s %% 7))")
                try:
                    with connection.cursor() as cursor:
                        cursor.execute(statements[(n * 7 + i) % len(statements)], (run,))
                    told.append(run)
                except peernet_test.psycopg2.Error as e:
                    if e.pgcode not in ("PN001", "22023"):
                        faults.append(str(e))
            connection.close()
        threads = [threading.Thread(target=decide, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(faults, [])
        moves = [row[2] for row in self.trail("publish", "rollback")]
        self.assertEqual(moves[-1], self.published())
        self.assertGreater(len(told), 20)


    def test_what_may_have_changed_is_said_in_words_that_are_known(self):
        run = self.propose()
        self.sql(self.database, REPORT)
        for accepting in (None, "", "everything", "ALL"):
            with self.assertRaises(peernet_test.psycopg2.Error) as caught:
                self.sql(self.database, "SELECT peernet.publish_current(%s, 'a', %s)", (run, accepting))
            self.assertEqual(caught.exception.pgcode, "22023")
            self.assertIn("allowed are none, inputs, checked and all", str(caught.exception))
        self.assertIsNone(self.published())


class Rejected(Decisions):
    def test_a_rejected_proposal_is_not_published_unless_forced(self):
        run, other = self.propose(), self.propose("--seed", 2)
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            answer = rpc.call("run.reject", run, "Två som hör ihop skiljs åt.")
            self.assertEqual((answer["run"], answer["programme"]), (run, "default"))
            self.assertEqual(list(answer), ["run", "programme", "rejected_at"])
            shown = rpc.call("run.get", run)["run"]
            self.assertEqual((shown["state"], shown["rejected"]["who"], shown["rejected"]["why"]),
                             ("rejected", "loopback", "Två som hör ihop skiljs åt."))
            self.assertRegex(self.refused("E_STALE", rpc.call, "run.publish", run),
                             r"was rejected by loopback on \d{4}-\d\d-\d\d: Två som hör ihop")
            self.assertEqual(rpc.call("run.reject", run, "again")["rejected_at"], answer["rejected_at"])
            self.assertEqual(self.trail("reject"), [("loopback", "reject", run, {"why": "Två som hör ihop skiljs åt."})])
            rpc.call("run.publish", run, True)
            self.assertEqual(self.trail("publish.force")[0][3], {"rejected_by": "loopback"})
            self.assertIn("is published", self.refused("E_ARGUMENT", rpc.call, "run.reject", run, "too late"))
            self.refused("E_NOT_FOUND", rpc.call, "run.reject", 999, "x")
            self.assertEqual(self.state(rpc, other), "stale")

    def test_the_nightly_run_does_not_publish_what_was_rejected(self):
        self.regroup(self.database)
        [[run]] = self.sql(self.database, "SELECT max(run) FROM peernet.runs")
        self.sql(self.database, "SELECT peernet.reject_run(%s, 'Anna', 'no')", (run,))
        done = self.regroup(self.database, "--publish", check=False)
        self.assertEqual(done.returncode, 11, done.stderr)
        self.assertIn(f"nothing has changed since run {run}, which Anna rejected", done.stdout)
        self.assertIsNone(self.published())
        self.regroup(self.database, "--publish", "--force")
        self.assertEqual(self.published(), run + 1)

    def test_the_nightly_run_does_not_undo_a_rollback(self):
        runs = []
        for i in range(3):
            self.sql(self.database, "UPDATE peernet.organizers SET pupils = %s WHERE id = '2120000019'", (i,))
            self.regroup(self.database, "--publish", "--force")
            runs.append(self.published())
        for back in runs[1], runs[0]:
            self.sql(self.database, "SELECT peernet.rollback_run(%s, 'Anna', 'no', NULL)", (back,))
            done = self.regroup(self.database, "--publish", check=False)
            self.assertEqual(done.returncode, 11, done.stderr)
            self.assertIn(f"nothing has changed since run {runs[2]}, which was in force until Anna put run {back} in force again",
                          done.stdout)
            self.assertEqual(self.published(), back)
        self.sql(self.database, "SELECT peernet.rollback_run(%s, 'Anna', 'no', NULL)", (runs[1],))
        for pupils in 99, 2:  # changed, and back again
            self.sql(self.database, "UPDATE peernet.organizers SET pupils = %s WHERE id = '2120000019'", (pupils,))
        self.assertIn("until Anna put run", self.regroup(self.database, "--publish", check=False).stdout)
        self.assertEqual(self.published(), runs[1])
        self.sql(self.database, "UPDATE peernet.reports SET severity = 6 - severity WHERE organizer = '2120000019'")
        self.regroup(self.database, "--publish")
        self.assertNotIn(self.published(), runs)


class RolledBack(Decisions):
    def test_an_earlier_run_is_published_again(self):
        first = self.propose("--publish")
        second = self.propose("--seed", 2, "--publish")
        never = self.propose("--seed", 3)
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            rpc.call("subscribe", "networks")
            self.assertIn("was never published", self.refused("E_ARGUMENT", rpc.call, "run.rollback", never))
            self.assertIn(f"run {first} is no longer what is published",
                          self.refused("E_STALE", rpc.call, "run.rollback", {"run": first, "expected": first}))
            answer = rpc.call("run.rollback", {"run": first, "why": "För stora.", "expected": second})
            self.assertEqual(list(answer), ["run", "programme", "replaced", "published_at"])
            self.assertEqual((answer["run"], answer["replaced"]), (first, second))
            self.assertEqual(rpc.call("network.list")["run"], first)
            self.assertEqual(rpc.next_notification()[1][0]["run"], first)
            self.assertEqual(self.trail("rollback"),
                             [("loopback", "rollback", first, {"replaced": second, "why": "För stora."})])
            last = self.sql(self.database, "SELECT action, run, before, after FROM peernet.audit ORDER BY entry DESC LIMIT 2")
            self.assertEqual(last, [("rollback", first, {"run": second}, {"run": first}),
                                    ("publish", second, {"run": first}, {"run": second})])
            # It stands as it is: a second time changes nothing; and forward again is the same way.
            self.assertEqual(rpc.call("run.rollback", first)["published_at"], answer["published_at"])
            self.assertEqual(len(self.trail("rollback")), 1)
            self.assertEqual(self.state(rpc, never), "stale")
            self.assertEqual(rpc.call("run.rollback", second)["replaced"], first)
            self.assertEqual(self.state(rpc, never), "proposal")
            self.assertEqual([(action, run) for _, action, run, _ in self.trail("publish", "rollback", "publish.force")],
                             [("publish", first), ("publish", second), ("rollback", first), ("rollback", second)])

    def test_a_rejection_is_not_passed_over(self):
        first = self.propose("--publish")
        second = self.propose("--seed", 2, "--publish")
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            rpc.call("run.reject", first, "Två som hör ihop skiljs åt.")
            self.assertRegex(self.refused("E_STALE", rpc.call, "run.rollback", first),
                             rf"^run {first} was rejected by loopback on \d{{4}}-\d\d-\d\d: Två som hör ihop skiljs åt\.")
            self.assertEqual(self.published(), second)
        # Published all the same: that was the last word.
        third = self.propose("--seed", 3)
        self.sql(self.database, "SELECT peernet.reject_run(%s, 'Anna', 'no')", (third,))
        self.sql(self.database, "SELECT peernet.publish_current(%s, 'Bo', 'all')", (third,))
        self.sql(self.database, "SELECT peernet.rollback_run(%s, 'Bo', NULL, NULL)", (second,))
        self.sql(self.database, "SELECT peernet.rollback_run(%s, 'Bo', NULL, NULL)", (third,))
        self.assertEqual(self.published(), third)
        self.assertEqual(self.trail("rollback")[-1], ("Bo", "rollback", third, {"replaced": second}))

    def test_what_to_type_is_what_is_not_refused(self):
        first = self.propose("--publish")
        self.propose("--seed", 2, "--publish")
        never = self.propose("--seed", 3)
        self.propose("--seed", 4, "--publish")
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            rollback = f"peernet run rollback {first}"
            def shown(*args):
                return Terminal(120, "--address", daemon.address, "--lang", "en", *args).end()[1]
            def said(run, *flags):
                done = self.run("peernet", "--address", daemon.address, *flags, "publish", str(run), check=False)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                return done.stderr
            self.assertIn(rollback, shown("run", str(first)))
            self.assertIn(f"To put its networks in force again: {rollback}", said(first))
            self.assertIn(f"För att låta dess nätverk gälla igen: {rollback}", said(first, "--lang", "sv"))
            self.assertNotIn("rollback", said(first, "--json"))
            self.assertNotIn("rollback", said(never))
            rpc.call("run.reject", first, "no")
            self.assertNotIn("rollback", shown("run", str(first)))
            self.assertNotIn("rollback", said(first))

    def test_people_are_asked_and_scripts_say_yes(self):
        first = self.propose("--publish")
        second = self.propose("--seed", 2, "--publish")
        with Daemon(self.database) as daemon:
            def peernet(*args, check=True):
                return self.run("peernet", "--address", daemon.address, *args, check=check)
            done = peernet("run", "rollback", str(first), check=False)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(f"Put the networks of run {first} in force again", done.stderr)
            self.assertIn("--yes", done.stderr)
            self.assertEqual(self.published(), second)
            said = peernet("run", "rollback", str(first), "--yes", "--why", "too large").stdout
            self.assertEqual(said, f"The networks of run {first} are in force again, in the place of those of run {second} "
                                   "(programme default), until a run of changed reports, organizers or rules is published.\n")
            over = peernet("run", "cancel", str(first), check=False)  # is refused, and not asked about before
            self.assertEqual((over.returncode, over.stdout), (1, ""))
            self.assertNotIn("--yes", over.stderr)
            self.assertRegex(peernet("runs").stdout, rf"(?m)^ *{second} +was in force ")
            self.assertTrue(peernet("run", str(second)).stdout.startswith(f"Run {second}: was in force\n"))
            third = self.propose("--seed", 3)
            wait_until(lambda: f"Run {third}: proposal" in peernet("run", str(third), check=False).stdout, "the proposal")
            self.assertEqual(peernet("run", "reject", str(third), "not", check=True).stdout,
                             f"Run {third} is rejected (programme default).\n")
            self.assertRegex(peernet("run", str(third)).stdout, r"Rejected by +loopback, just now: not\n")
            self.sql(self.database, REPORT)
            fourth_stale = peernet("publish", str(third), check=False)
            self.assertEqual(fourth_stale.returncode, 1)
            self.assertIn("put it in force all the same with --force", fourth_stale.stderr)
            self.assertIn(f"The networks of run {third} are in force now", peernet("publish", str(third), "--force").stdout)
            wait_until(lambda: "Changed since" in peernet("run", str(third)).stdout, "the change")
            self.assertRegex(peernet("run", str(third)).stdout, r"Changed since +reports \(.*\)\n")


class Origins(Decisions):
    def test_the_trail_says_from_where_whatever_the_daemon_or_its_worker_does(self):
        first = self.propose("--publish")
        other = self.propose("--seed", 2)
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            entry = self.sql(self.database, "SELECT max(entry) FROM peernet.audit")[0][0]
            rpc.call("subscribe", "runs")
            run = rpc.call("run.start", {"publish": True, "force": True})["run"]
            wait_until(lambda: self.published() == run, "the run")
            wait_for_worker(rpc)
            rpc.call("run.reject", other, "no")
            rpc.call("run.rollback", first)
            rpc.call("programme.set", "default", {"settings": {"effort": 1000000000000}})
            wait_until(lambda: rpc.call("programme.get", "default")["settings"]["effort"] > 1000, "the settings")
            endless = rpc.call("run.start", {"force": True})["run"]
            wait_until(lambda: rpc.call("run.get", endless)["run"]["stage"] == "networks", "the search")
            rpc.call("run.cancel", endless)
            wait_until(lambda: self.trail("cancel"), "its row, for which the answer does not wait")
            told = self.sql(self.database, "SELECT action, who, origin FROM peernet.audit WHERE entry > %s", (entry,))
            origin = "127.0.0.1:%d" % rpc.sock.getsockname()[1]
            self.assertEqual({(w, o) for _, w, o in told}, {("loopback", origin)}, told)
            self.assertLessEqual({"publish", "reject", "rollback", "cancel"}, {a for a, _, _ in told})
            self.assertTrue([a for a, _, _ in told if a.startswith("programme")], told)


class Cancelled(Decisions):
    def test_a_run_that_goes_on_is_ended_and_says_by_whom(self):
        self.sql(self.database, ENDLESS)
        with Daemon(self.database) as daemon, daemon.rpc() as rpc, daemon.rpc() as other:
            rpc.call("subscribe", "runs")
            run = rpc.call("run.start")["run"]
            wait_until(lambda: rpc.call("run.get", run)["run"]["stage"] == "networks", "the search")
            self.assertEqual(other.call("run.cancel", run), {"run": run, "programme": "default", "state": "cancelled"})
            shown = rpc.call("run.get", run)["run"]
            self.assertEqual((shown["state"], shown["error"]), ("cancelled", "loopback cancelled it"))
            while True:
                name, (fields,) = rpc.next_notification()
                if name == "run.finished":
                    break
            self.assertEqual((fields["run"], fields["state"]), (run, "cancelled"))
            self.assertEqual(wait_until(lambda: self.trail("cancel"), "the row"), [("loopback", "cancel", run, {})])
            self.assertEqual(self.sql(self.database, "SELECT count(*) FROM peernet.runs"), [(0,)])
            self.assertIn(f"no run {run} is under way", self.refused("E_NOT_FOUND", rpc.call, "run.cancel", run))

    def test_who_cancelled_is_in_the_trail_also_when_others_hold_it(self):
        self.sql(self.database, ENDLESS)
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            run = rpc.call("run.start")["run"]
            wait_until(lambda: rpc.call("run.get", run)["run"]["stage"] == "networks", "the search")
            holder = peernet_test.psycopg2.connect(self.database)
            self.addCleanup(holder.close)
            with holder.cursor() as cursor:
                cursor.execute("SELECT FROM peernet.state FOR NO KEY UPDATE")
            self.assertEqual(rpc.call("run.cancel", run)["state"], "cancelled")
            time.sleep(1.5)  # longer than one try takes
            self.assertEqual(self.trail("cancel"), [])
            holder.rollback()
            wait_until(lambda: self.trail("cancel"), "the row")
            self.assertEqual(self.trail("cancel"), [("loopback", "cancel", run, {})])

    def test_what_is_written_or_ending_cannot_be_cancelled(self):
        written = self.propose()
        folder = self.temp_folder()
        deaf, listening = folder / "worker", folder / "deaf"
        deaf.write_text(f"#!/bin/sh\ntrap '' TERM\n: > '{listening}'\nwhile :; do sleep 0.1; done\n")
        deaf.chmod(0o755)
        with Daemon(self.database, "--regroup-program", deaf, "--regroup-kill-after", "5s") as daemon, \
                daemon.rpc() as rpc, daemon.rpc() as other:
            self.assertIn("run.reject", self.refused("E_ARGUMENT", rpc.call, "run.cancel", written))
            run = rpc.call("run.start")["run"]
            wait_until(listening.exists, "the shell to set its trap")
            first = rpc.request("run.cancel", run)
            rpc.call("ping")  # is answered after that was read
            self.assertIn("ending already", self.refused("E_BUSY", other.call, "run.cancel", run))
            self.assertEqual(rpc.response(first)["state"], "cancelled")

    def test_the_command_asks_first(self):
        self.sql(self.database, ENDLESS)
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            run = rpc.call("run.start")["run"]
            done = self.run("peernet", "--address", daemon.address, "run", "cancel", run, check=False)
            self.assertEqual(done.returncode, 2)
            done = self.run("peernet", "--address", daemon.address, "run", "cancel", run, "--yes")
            self.assertEqual(done.stdout, f"Run {run} is cancelled (programme default).\n")


del Decisions

if __name__ == "__main__":
    peernet_test.main()
