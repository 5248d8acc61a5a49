"""Insight: counts that are those of the database, and none that is about few or gives one away."""

import itertools
import json
import time

import peernet_test
from peernet_test import Daemon, RpcError

EFFORT = """UPDATE peernet.programmes SET settings = '{"effort": 20000}'"""
COUNTS = """WITH latest AS (SELECT DISTINCT ON (organizer, challenge) * FROM peernet.reports ORDER BY organizer, challenge, reported_on DESC)
SELECT o.%s::text, l.challenge, l.organizer, l.severity FROM latest l JOIN peernet.organizers o ON o.id = l.organizer
WHERE l.reported_on >= (now() AT TIME ZONE 'UTC')::date - 1095"""


def nothing_small(value, path="", threshold=5):
    """Every count of organizers anywhere in an answer is nil or of enough."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("organizers", "members") or path.endswith("states"):
                assert inner is None or inner >= threshold, (path, key, inner)
            nothing_small(inner, f"{path}.{key}" if key != "states" else "states", threshold)
    elif isinstance(value, list):
        for inner in value:
            nothing_small(inner, path, threshold)


class Insight(peernet_test.PeernetTest):
    @classmethod
    def setUpClass(cls):
        cluster = peernet_test.shared_cluster()
        name = peernet_test.make_prepared(cluster, True)
        cluster.execute(EFFORT, name)
        cls.database = cluster.conninfo(name)
        for seed in ("1", "2"):
            peernet_test.run_program("peernet-regroup", "run", "--db", cls.database, "--publish", "--seed", seed, "--force")
        cls.daemon = Daemon(cls.database).start()
        cls.addClassCleanup(cls.daemon.close)

    def setUp(self):
        self.rpc = self.daemon.rpc()
        self.addCleanup(self.rpc.close)

    def truth(self, column):
        """By group and challenge: organizers and the sum of severities; by group: organizers that report."""
        cells, base = {}, {}
        for group, challenge, organizer, severity in self.sql(self.database, COUNTS % column):
            count, total = cells.get((group, challenge), (0, 0))
            cells[group, challenge] = count + 1, total + severity
            base.setdefault(group, set()).add(organizer)
        return cells, {group: len(members) for group, members in base.items()}

    def check_challenges(self, by, column):
        cells, base = self.truth(column)
        answer = self.rpc.call("insight.challenges", by)
        nothing_small(answer)
        self.assertEqual(answer["organizers"], sum(base.values()))
        self.assertEqual([g["group"] for g in answer["groups"]], sorted(base, key=[g["group"] for g in answer["groups"]].index))
        told = 0
        for row in answer["challenges"]:
            everybody = sum(count for (_, c), (count, _) in cells.items() if c == row["challenge"])
            self.assertIn(row["organizers"], (None, everybody))
            hidden = [0, 0]
            for group, cell in zip(answer["groups"], row["groups"]):
                count, severity = cells.get((group["group"], row["challenge"]), (0, 0))
                if cell["organizers"] is None:
                    self.assertEqual((cell["share"], cell["severity"]), (None, None))
                    hidden = [hidden[0] + 1, hidden[1] + count]
                    continue
                told += 1
                self.assertEqual(cell["organizers"], count)
                self.assertGreaterEqual(base[group["group"]] - count, 5)
                self.assertAlmostEqual(cell["share"], count / base[group["group"]], places=4)
                self.assertAlmostEqual(cell["severity"], severity / count, places=3)
            if row["organizers"] is not None and hidden[0] > 0:  # what is left of the sum is no single count, nor small
                self.assertGreater(hidden[0], 1, row)
                self.assertGreaterEqual(hidden[1], 5, row)
        return told

    def test_challenges_are_counted_as_in_the_database(self):
        self.assertGreater(self.check_challenges("kind", "kind"), 4)  # one kind reports little in the example
        self.assertGreater(self.check_challenges("county", "county"), 20)

    def test_what_is_withheld_of_all_is_so_in_every_table(self):
        hidden = [{row["challenge"] for row in self.rpc.call("insight.challenges", by)["challenges"] if row["organizers"] is None}
                  for by in ("all", "kind", "county", "size", "round")]
        for other in hidden[1:]:
            self.assertEqual(hidden[0] & other, hidden[0])
            self.assertEqual({c for c in other if c not in hidden[0]}, set())

    def test_pairs_are_counted_as_in_the_database(self):
        reports = {}
        for _, challenge, organizer, _ in self.sql(self.database, COUNTS % "kind"):
            reports.setdefault(organizer, set()).add(challenge)
        pairs = self.rpc.call("insight.challenges", {"pairs": 500})["pairs"]
        self.assertGreater(len(pairs), 3)
        self.assertEqual([p["lift"] for p in pairs], sorted((p["lift"] for p in pairs), reverse=True))
        for pair in pairs:
            a, b = pair["challenge"], pair["other"]
            both = sum(1 for r in reports.values() if a in r and b in r)
            n_a, n_b = (sum(1 for r in reports.values() if c in r) for c in (a, b))
            self.assertEqual(pair["organizers"], both)
            self.assertGreaterEqual(min(both, n_a - both, n_b - both), 5)
            self.assertAlmostEqual(pair["lift"], both * len(reports) / (n_a * n_b), places=3)
        self.assertEqual(len(self.rpc.call("insight.challenges", {"pairs": 2})["pairs"]), 2)

    def test_coverage_is_that_of_the_published_run(self):
        for by in ("all", "kind", "county", "size"):
            answer = self.rpc.call("insight.coverage", by)
            nothing_small(answer)
            [(everybody, members, silent)] = self.sql(self.database, """SELECT (SELECT count(*) FROM peernet.organizers),
                (SELECT count(*) FROM peernet.members m JOIN peernet.programmes p ON p.published_run = m.run),
                (SELECT count(*) FROM peernet.organizers o WHERE NOT EXISTS (SELECT FROM peernet.reports r WHERE r.organizer = o.id))""")
            self.assertEqual(answer["organizers"], everybody)
            self.assertIn(answer["states"]["in_network"], (members, None))
            self.assertIn(answer["states"].get("never_reported"), (silent, None))
            for group, state in itertools.product(answer["groups"], answer["states"]):
                self.assertIn(state, group["states"])

    def test_quality_tells_of_fit_its_bound_and_churn(self):
        answer = self.rpc.call("insight.quality")
        [(run, figures, before)] = self.sql(self.database, """SELECT r.run, r.figures, r.base_run FROM peernet.runs r
            JOIN peernet.programmes p ON p.published_run = r.run""")
        self.assertEqual((answer["run"], answer["members"]), (run, figures["matched"]))
        self.assertAlmostEqual(answer["mean_fit"], figures["mean_fit"], places=3)
        self.assertGreaterEqual(answer["bound"], answer["mean_fit"])
        self.assertAlmostEqual(answer["attained"], answer["mean_fit"] / answer["bound"], places=3)
        self.assertLessEqual(answer["fits"]["tenth"], answer["fits"]["half"])
        latest = answer["runs"][0]
        self.assertEqual((latest["run"], latest["state"], latest["churn"]["base"]), (run, "published", before))
        self.assertEqual([r["was_published"] for r in answer["runs"]],
                         [r["was_published"] for r in self.rpc.call("run.list", {"limit": len(answer["runs"])})["runs"]])
        self.assertIn("was in force", self.say("quality"))
        for key in ("stayed", "moved", "joined", "left"):
            told, count = latest["churn"][key], figures["base"][key]
            self.assertIn(told, (count, None))
            self.assertTrue(told is None or told == 0 or told >= 5)
        self.assertIsNone(answer["runs"][-1]["churn"])
        self.assertEqual(len(self.rpc.call("insight.quality", 1)["runs"]), 1)

    def test_what_is_asked_for_is_checked(self):
        for method, by, told in (("insight.challenges", "age", "by: 'age' came; allowed are all, kind, county, size and round"),
                                 ("insight.coverage", "round", "by: 'round' came; allowed are all, kind, county and size")):
            with self.assertRaises(RpcError) as caught:
                self.rpc.call(method, by)
            self.assertEqual((caught.exception.code, caught.exception.message), ("E_ARGUMENT", told))
        with self.assertRaises(RpcError) as caught:
            self.rpc.call("insight.quality", {"programme": "nope"})
        self.assertEqual(caught.exception.code, "E_NOT_FOUND")

    def test_a_higher_threshold_is_a_setting_of_the_daemon(self):
        daemon = Daemon(self.database, "--insight-threshold", "30").start()
        self.addCleanup(daemon.close)
        with daemon.rpc() as rpc:
            answer = rpc.call("insight.challenges", "kind")
            self.assertEqual(answer["threshold"], 30)
            nothing_small(answer, threshold=30)
            self.assertGreater(answer["withheld"], self.rpc.call("insight.challenges", "kind")["withheld"])
        self.assertIn("insight-threshold", self.run("peernetd", "--check", "--insight-threshold", "2", check=False).stderr)

    def test_others_are_answered_while_figures_are_reckoned(self):
        for method in ("insight.quality", "insight.challenges", "insight.coverage"):
            self.assertTrue(self.rpc.answered_first((method,), ("ping",)), method)

    def say(self, *args):
        return peernet_test.run_program("peernet", "insight", *args, env={"PEERNET_ADDRESS": self.daemon.address}).stdout

    def test_the_commands_print_tables(self):
        said = self.say("challenges", "--by", "kind")
        self.assertRegex(said, r"^Of \d+ organizers that report anything\n\nCHALLENGE +ALL +SEVERITY +municipal +independent")
        self.assertRegex(said, r"\n\S.* +\d+% +\d\.\d +\d+% ")
        self.assertNotIn("REPORTED TOGETHER", said)
        self.assertRegex(self.say("challenges"), r"\nREPORTED TOGETHER +WITH +ORGANIZERS +LIFT\n")
        self.assertIn("· is not told: fewer than 5 organizers", said)
        self.assertRegex(self.say("challenges", "--by", "county", "--lang", "sv"), r"GRUPP +HUVUDMÄN +VANLIGAST\n(.*\n)*Stockholms län +\d+ +\S+")
        self.assertRegex(self.say("challenges", "--by", "round"), r"CHALLENGE +ALL +SEVERITY +20\d\d/\d\d")
        self.assertRegex(self.say("coverage"), r"^GROUP +ORGANIZERS +IN A NETWORK +NEVER REPORTED(.*\n)+municipal +\S+ +\S+ +\S+(.*\n)+all +576 +330")
        said = self.say("quality")
        self.assertRegex(said, r"^Mean fit +0\.\d{3}\nPossible at most +0\.\d{3}\nOf that attained +\d+%\n")
        self.assertRegex(said, r"RUN +STATE +AS OF +FIT +MEMBERS +STAYED +MOVED +JOINED +LEFT +UNMATCHED\n +\d+ +published ")
        answer = json.loads(self.say("coverage", "--by", "size", "--json"))
        self.assertEqual(answer["by"], "size")

    def test_fields_picks_from_json(self):
        answer = json.loads(self.say("coverage", "--by", "size", "--json"))
        self.assertEqual(json.loads(self.say("coverage", "--by", "size", "--json", "--fields", "group,states.in_network,nope")),
                         [{"group": g["group"], "states.in_network": g["states"]["in_network"], "nope": None} for g in answer["groups"]])
        self.assertEqual(json.loads(self.say("quality", "--json", "--fields=bound,fits.half")).keys(), {"bound", "fits.half"})
        self.assertEqual(json.loads(self.say("quality", "--runs", "0", "--json", "--fields", "churn")), [])
        done = peernet_test.run_program("peernet", "insight", "coverage", "--json", "--fields", "size", check=False,
                                        env={"PEERNET_ADDRESS": self.daemon.address})
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("--fields: there is no 'size'; there are group, label, organizers, states", done.stderr)


class AfterOneReport(peernet_test.PeernetTest):
    def test_coverage_withholds_no_total_but_who_is_alone(self):
        database = self.prepare()
        self.sql(database, EFFORT)
        self.regroup(database, "--publish")
        silent = self.sql(database, "SELECT o.id FROM peernet.organizers o WHERE NOT EXISTS (SELECT FROM peernet.reports r "
                                    "WHERE r.organizer = o.id) ORDER BY 1 LIMIT 1")[0][0]
        with Daemon(database) as daemon, daemon.rpc() as rpc:
            before = rpc.call("insight.coverage", "kind")
            self.assertEqual(set(before["states"]), {"in_network", "never_reported"})
            rpc.call("report.submit", [{"organizer": silent, "challenge": "staff.qualified", "severity": 4,
                                        "reported_on": time.strftime("%Y-%m-%d", time.gmtime())}])
            after = peernet_test.wait_until(
                lambda: (lambda told: told if "other" in told["states"] else None)(rpc.call("insight.coverage", "kind")), "the report")
            self.assertEqual(after["withheld"], 0)
            self.assertEqual(after["states"], {"in_network": before["states"]["in_network"], "other": before["states"]["never_reported"]})
            for was, now in zip(before["groups"], after["groups"]):
                self.assertEqual(now["states"]["other"], was["states"]["never_reported"])
            nothing_small(after)
            said = self.run("peernet", "insight", "coverage", "--address", daemon.address, "--lang", "sv").stdout
            self.assertIn("ANNARS UTANFÖR", said)
            self.assertIn("Annars utanför: flera skäl tillsammans", said)


if __name__ == "__main__":
    peernet_test.main()
