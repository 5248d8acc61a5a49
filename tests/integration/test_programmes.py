"""Programmes: made, changed with revisions, tried dry, put away; what they let runs publish; several side by side."""

import json
import random
import threading

import peernet_test
from peernet_test import Daemon, RpcError, wait_until

slow = True

EFFORT = {"effort": 1000}


class Programmes(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, """UPDATE peernet.programmes SET settings = '{"effort": 1000}'""")

    def refused(self, code, call, *params):
        with self.assertRaises(RpcError) as refused:
            call(*params)
        self.assertEqual(refused.exception.code, code, refused.exception.message)
        return refused.exception.message

    def published(self, programme="default"):
        return self.sql(self.database, "SELECT published_run FROM peernet.programmes WHERE name = %s", (programme,))[0][0]

    def audit_holds(self):
        self.assertEqual(self.sql(self.database, "SELECT fault, kind FROM peernet.verify_audit(0, '', 1000000)"), [(None, None)])


class Kept(Programmes):
    def test_two_live_side_by_side_with_settings_and_networks_of_their_own(self):
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            made = rpc.call("programme.create", "municipal", {
                "title_sv": "Kommunala", "purpose": "Bara kommuner.",
                "settings": {**EFFORT, "target_size": 6, "scope": {"kind": ["municipal"]}}})["programme"]
            self.assertEqual((made["name"], made["title_sv"], made["title_en"], made["revision"], made["publishing"]),
                             ("municipal", "Kommunala", "Kommunala", 2, "always"))
            self.assertIn("'peernet regroup --programme municipal --wait --publish'",
                          self.run("peernet", "--address", daemon.address, "networks", "--programme", "municipal").stdout)
            self.assertEqual([p["name"] for p in rpc.call("programme.list")["programmes"]], ["default", "municipal"])
            got = rpc.call("programme.get", "municipal")
            self.assertEqual((got["programme"], got["settings_fault"]), (made, None))
            self.assertEqual((got["settings"]["target_size"], got["settings"]["max_size"]), (6, 12))
            self.regroup(self.database, "--publish")
            self.regroup(self.database, "--publish", "--programme", "municipal")
            wait_until(lambda: rpc.call("programme.get", "municipal")["programme"]["run"], "the publication")
            member = self.sql(self.database, "SELECT organizer FROM peernet.members JOIN peernet.programmes ON run = "
                                             "published_run WHERE name = 'municipal' LIMIT 1")[0][0]
            runs = {p: rpc.call("network.of", member, p)["run"] for p in ("default", "municipal")}
            self.assertEqual(runs, {p: self.published(p) for p in runs})
            self.assertNotEqual(*runs.values())
            self.assertIn("already", self.refused("E_ARGUMENT", rpc.call, "programme.create", "municipal"))
        self.audit_holds()

    def test_a_dry_run_shows_what_would_change_and_changes_nothing(self):
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            before = rpc.call("programme.get", "default")["programme"]
            params = {"programme": "default", "changes": {"purpose": "Alla.", "settings": {"max_size": 11, "effort": None}}}
            tried = rpc.call("programme.set", {**params, "dry_run": True})
            self.assertEqual(tried["changes"], [{"name": "purpose", "before": "", "after": "Alla."},
                                                {"name": "settings.effort", "before": 1000, "after": None},
                                                {"name": "settings.max_size", "before": None, "after": 11}])
            self.assertTrue(tried["dry_run"])
            self.assertEqual(rpc.call("programme.get", "default")["programme"], before)
            done = rpc.call("programme.set", params)
            self.assertEqual((done["changes"], done["programme"]["revision"]), (tried["changes"], before["revision"] + 1))
            self.assertEqual(rpc.call("programme.get", "default")["settings"]["max_size"], 11)
            self.assertEqual(rpc.call("programme.set", params)["changes"], [])
            self.assertEqual(rpc.call("programme.get", "default")["programme"]["revision"], before["revision"] + 1)

    def test_the_second_administrator_is_told_what_changed(self):
        with Daemon(self.database) as daemon, daemon.rpc() as one, daemon.rpc() as two:
            seen = one.call("programme.get", "default")["programme"]["revision"]
            one.call("programme.set", {"programme": "default", "changes": {"settings": {"min_size": 4}}, "revision": seen})
            told = self.refused("E_STALE", two.call, "programme.set",
                                {"programme": "default", "changes": {"settings": {"min_size": 3}}, "revision": seen})
            self.assertIn(f"programme default is at revision {seen + 1} now, not {seen}: revision {seen + 1} by loopback: "
                          "settings.min_size is 4, was unset; look at it", told)
            self.assertEqual(two.call("programme.get", "default")["settings"]["min_size"], 4)
            two.call("programme.set", {"programme": "default", "changes": {"settings": {"min_size": 3}}, "revision": seen + 1})
            self.assertIn("that one never was", self.refused("E_STALE", two.call, "programme.set",
                          {"programme": "default", "changes": {"purpose": "x"}, "revision": 99}))

    def test_history_has_who_and_what_also_of_changes_by_hand(self):
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            rpc.call("programme.set", "default", {"settings": {"min_size": 4}})
            self.sql(self.database, """UPDATE peernet.programmes SET title_en = 'Everything', published_at = NULL""")
            self.sql(self.database, "UPDATE peernet.programmes SET title_en = title_en")
            history = rpc.call("programme.history", "default")["revisions"]
            self.assertEqual([(h["revision"], h["who"]) for h in history],
                             [(4, "role postgres"), (3, "loopback"), (2, "role postgres"), (1, "peernet db migrate")])
            self.assertEqual([h["changes"] for h in history][:2],
                             [[{"name": "title_en", "before": "All challenges", "after": "Everything"}],
                              [{"name": "settings.min_size", "before": None, "after": 4}]])
            self.assertEqual(len(rpc.call("programme.history", "default", 1)["revisions"]), 1)
            self.refused("E_NOT_FOUND", rpc.call, "programme.history", "nobody")

    def test_what_is_archived_is_not_run_nor_decided_about_and_comes_back(self):
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            rpc.call("programme.create", "b", {"settings": EFFORT})
            self.regroup(self.database, "--programme", "b")
            [[run]] = self.sql(self.database, "SELECT max(run) FROM peernet.runs")
            self.assertIsNotNone(rpc.call("programme.archive", "b")["programme"]["archived_at"])
            self.assertEqual([p["name"] for p in rpc.call("programme.list")["programmes"]], ["default"])
            self.assertEqual(len(rpc.call("programme.list", True)["programmes"]), 2)
            self.assertIn("archived", self.refused("E_ARGUMENT", rpc.call, "run.start", {"programme": "b"}))
            self.assertIn("archived", self.refused("E_ARGUMENT", rpc.call, "run.publish", run))
            done = self.regroup(self.database, "--programme", "b", "--force", check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn("programme b is archived", done.stderr)
            self.assertIn("always there", self.refused("E_ARGUMENT", rpc.call, "programme.archive", "default"))
            self.refused("E_NOT_FOUND", rpc.call, "programme.archive", "nobody")
            self.assertIsNone(rpc.call("programme.archive", "b", True)["programme"]["archived_at"])
            self.assertEqual(rpc.call("run.publish", run)["run"], run)

    def test_only_administrators_change_programmes(self):
        with Daemon(self.database, "--loopback-role", "operator") as daemon, daemon.rpc() as rpc:
            rpc.call("programme.get", "default")
            for method, *params in (("create", "b"), ("set", "default", {"purpose": "x"}), ("archive", "b")):
                self.refused("E_DENIED", rpc.call, f"programme.{method}", *params)


class Publishing(Programmes):
    def set(self, **columns):
        for column, value in columns.items():
            self.sql(self.database, f"UPDATE peernet.programmes SET {column} = %s", (value,))

    def test_a_programme_of_people_is_published_by_none_but_them(self):
        self.set(publishing="person")
        for again in (False, True):
            done = self.regroup(self.database, "--publish", check=False)
            self.assertEqual(done.returncode, 11 if again else 0, done.stderr)
            self.assertIn("kept as a proposal: programme default is published by people only", done.stdout)
        self.assertIsNone(self.published())
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            rpc.call("subscribe", "runs")
            run = rpc.call("run.start", {"publish": True, "force": True})["run"]
            while True:
                name, (fields,) = rpc.next_notification(60)
                if name == "run.finished":
                    break
            self.assertEqual((fields["state"], fields["published"]), ("done", False))
            self.assertEqual(rpc.call("run.publish", run)["run"], run)
            done = self.run("peernet", "--address", daemon.address, "regroup", "--publish", "--wait", "--force")
            self.assertIn("is done: a proposal", done.stdout)
        self.assertEqual(self.published(), run)

    def test_what_is_forbidden_while_a_run_waits_to_publish_itself_is_obeyed(self):
        self.regroup(self.database)
        [[proposal]] = self.sql(self.database, "SELECT max(run) FROM peernet.runs")
        changes = (("UPDATE peernet.programmes SET publishing = 'person'", "programme default is published by people only"),
                   ("UPDATE peernet.programmes SET publishing = 'always', archived_at = now()", "programme default is archived"))
        for flags, code, said in (((), 11, f"nothing has changed since run {proposal}, which is kept as a proposal: "),
                                  (("--force",), 0, "is kept as a proposal: ")):
            for change, words in changes:
                gate = peernet_test.psycopg2.connect(self.database)
                self.addCleanup(gate.close)
                with gate.cursor() as cursor:
                    cursor.execute("SELECT FROM peernet.state FOR UPDATE")
                done = []
                thread = threading.Thread(target=lambda: done.append(
                    self.regroup(self.database, "--publish", *flags, check=False)))
                thread.start()
                wait_until(lambda: self.sql(self.database, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = "
                                                           "'Lock' AND datname = current_database()")[0][0], "the worker")
                with gate.cursor() as cursor:
                    cursor.execute(change)
                gate.commit()
                thread.join()
                self.assertEqual(done[0].returncode, code, done[0].stderr)
                self.assertIn(said + words, done[0].stdout)
                self.assertIsNone(self.published())
                self.sql(self.database, "UPDATE peernet.programmes SET publishing = 'always', archived_at = NULL")
        self.assertEqual(self.sql(self.database, "SELECT count(*) FROM peernet.runs"), [(3,)])

    def test_bounds_let_through_what_is_within_them(self):
        self.set(churn_most=0.2, publishing="bounds")
        self.regroup(self.database, "--publish")  # the first moves nobody
        first = self.published()
        self.assertIsNotNone(first)
        self.sql(self.database, """UPDATE peernet.programmes SET settings = settings || '{"target_size": 6, "stability": 0}'""")
        done = self.regroup(self.database, "--publish", "--json")
        base = json.loads(done.stdout)["figures"]["base"]
        share = (base["moved"] + base["left"]) / (base["stayed"] + base["moved"] + base["left"])
        self.assertGreater(share, 0.2)
        self.assertIn(f"{100 * share:.1f} % of the members would move or leave, more than 20.0 %", json.loads(done.stdout)["text"])
        self.assertEqual(self.published(), first)
        self.set(churn_most=1, fit_least=0.99)
        done = self.regroup(self.database, "--publish", "--force")
        self.assertRegex(done.stdout, r"kept as a proposal: the mean fit is 0\.\d+, below 0\.99")
        self.set(fit_least=0.1)
        self.regroup(self.database, "--publish", "--force")
        self.assertNotEqual(self.published(), first)

    def test_why_a_run_was_not_published_is_told_to_who_waits_for_it(self):
        self.set(fit_least=0.99, publishing="bounds")
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            rpc.call("subscribe", "runs")
            rpc.call("run.start", {"publish": True})
            name = None
            while name != "run.finished":
                name, (fields,) = rpc.next_notification(60)
            self.assertEqual((fields["state"], fields["published"]), ("done", False))
            self.assertRegex(fields["error"], r"kept as a proposal: the mean fit is 0\.\d+, below 0\.99")
            for lang, words in (("en", r"is kept as a proposal: the mean fit is 0\.\d+, below 0\.99"),
                                ("sv", r"är kvar som förslag: medelpassningen är 0.\d+, under 0.99")):
                told = self.run("peernet", "--address", f"127.0.0.1:{daemon.port}", "--lang", lang, "regroup", "--force",
                                "--publish", "--wait").stdout
                self.assertRegex(told, words)

    def test_bounds_need_one(self):
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            self.assertIn("churn_most or fit_least", self.refused(
                "E_ARGUMENT", rpc.call, "programme.set", "default", {"publishing": "bounds"}))
            rpc.call("programme.set", "default", {"publishing": "bounds", "churn_most": 0.25})
            self.assertIn("churn_most or fit_least", self.refused(
                "E_ARGUMENT", rpc.call, "programme.set", "default", {"churn_most": None}))


class Together(Programmes):
    def setUp(self):
        self.database = self.prepare(example=False)  # each change is a load

    def test_of_a_thousand_changes_by_two_administrators_none_is_lost_and_none_hangs(self):
        names = [f"k{i}" for i in range(4)]
        with Daemon(self.database) as one, Daemon(self.database) as two:
            with one.rpc() as rpc:
                for name in names[1:]:
                    rpc.call("programme.create", name)
            with two.rpc() as rpc:
                wait_until(lambda: len(rpc.call("programme.list")["programmes"]) == len(names), "the programmes")
            faults, taken, lock = [], [], threading.Lock()

            def change(daemon, seed):
                chance = random.Random(seed)
                mine = 0
                with daemon.rpc() as rpc:
                    for i in range(5000):  # how many are stale depends on how fast the daemons are told of each other's
                        if i >= 250 and mine >= 80:
                            break
                        name = chance.choice(["default", *names[1:]])
                        size = chance.randrange(12, 60)
                        try:
                            revision = rpc.call("programme.get", name)["programme"]["revision"]
                            done = rpc.call("programme.set", {"programme": name, "revision": revision, "changes": {
                                "settings": {"max_size": size}, "purpose": f"{seed} {size}"}})
                            if done["changes"]:
                                mine += 1
                                with lock:
                                    taken.append((name, done["programme"]["revision"], size, f"{seed} {size}"))
                        except RpcError as e:
                            if e.code != "E_STALE" or "by loopback" not in e.message:
                                faults.append(str(e))
            threads = [threading.Thread(target=change, args=(daemon, seed)) for seed, daemon in
                       enumerate((one, two, one, two))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(faults, [])
        self.assertEqual(len({(name, revision) for name, revision, *_ in taken}), len(taken))
        for name, revision, size, purpose in taken:
            document = self.sql(self.database, "SELECT document FROM peernet.programme_revisions WHERE programme = %s AND "
                                               "revision = %s", (name, revision))[0][0]
            self.assertEqual((document["settings"]["max_size"], document["purpose"]), (size, purpose))
        self.assertGreaterEqual(len(taken), 4 * 80)
        self.audit_holds()


class Commands(Programmes):
    def test_a_programme_by_command(self):
        with Daemon(self.database) as daemon:
            def peernet(*args, code=0):
                done = self.run("peernet", "--address", daemon.address, *args, check=False)
                self.assertEqual(done.returncode, code, (args, done.stdout, done.stderr))
                return done.stdout if code == 0 else done.stderr
            self.assertEqual(peernet("programme", "create", "reading", "title_sv=Läsning", "title_en=Reading", "min_size=4",
                                     'scope={"kind": ["municipal"]}', "purpose=12"),
                             "Programme reading is made. Form its networks with: peernet regroup --programme reading --wait\n")
            said = peernet("programme", "list")
            self.assertRegex(said, r"(?m)^reading +Reading +every run +2 +not yet *$")
            self.assertIn("Läsning", peernet("programme", "list", "--lang", "sv"))
            said = peernet("programme", "get", "reading")
            self.assertRegex(said, r"^reading: Reading\nPurpose +12\n")
            self.assertRegex(said, r"(?m)^min_size +4 +yes$")
            self.assertRegex(said, r"(?m)^max_size +12 *$")
            said = peernet("programme", "set", "reading", "min_size=", "publishing=person", "--dry-run")
            self.assertRegex(said, r"(?m)^publishing +always +person$")
            self.assertRegex(said, r"(?m)^settings\.min_size +4 +5 \(default\)$")
            self.assertRegex(said, r"(?m)^Networks +\d+ +\d+$")
            self.assertNotIn("would be in another network", said)  # none is published
            self.assertTrue(said.endswith("Nothing is changed: programme reading stays at revision 2.\n"))
            self.assertTrue(peernet("programme", "set", "reading", "min_size=", "--revision", "2").endswith(
                "Programme reading is at revision 3 now.\n"))
            told = peernet("programme", "set", "reading", "max_size=9", "--revision", "2", code=1)
            self.assertIn("programme reading is at revision 3 now, not 2", told)
            self.assertIn("revision 3 by loopback: settings.min_size", told)
            self.assertIn("min_sise", peernet("programme", "set", "reading", "min_sise=4", code=1))
            self.assertIn("a change is KEY=VALUE, not 'nothing'", peernet("programme", "set", "reading", "nothing", code=2))
            self.assertEqual(peernet("programme", "set", "reading", "publishing=always"),
                             "Programme reading is like that already (revision 3).\n")
            said = peernet("programme", "history", "reading", "--limit", "1")
            self.assertRegex(said, r"^Revision 3, loopback, \d{4}-.*\nWHAT +BEFORE +AFTER\nsettings\.min_size +4 +5 \(default\)\n$")
            self.assertIn("Put programme reading away?", peernet("programme", "archive", "reading", code=2))
            self.assertEqual(peernet("programme", "archive", "reading", "--yes"),
                             "Programme reading is put away (revision 4).\n")
            self.assertNotIn("reading", peernet("programme", "list"))
            self.assertIn("reading (archived)", peernet("programme", "list", "--archived"))
            self.assertEqual(peernet("programme", "archive", "reading", "--undo"), "Programme reading is back (revision 5).\n")
            self.assertEqual(json.loads(peernet("programme", "get", "reading", "--json"))["programme"]["revision"], 5)


del Programmes

if __name__ == "__main__":
    peernet_test.main()
