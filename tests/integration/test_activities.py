"""What an agency offers: the catalogue, what it covers of each network's shared need, and what is missing."""

import collections
import csv
import io
import json

import peernet_test
from peernet_test import Daemon, PeernetTest, RpcError

slow = True

EFFORT = """UPDATE peernet.programmes SET settings = '{"effort": 20000, "half_life_days": 36500}'"""


class Activities(PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, EFFORT)
        self.regroup(self.database, "--publish")
        self.daemon = Daemon(self.database).start()
        self.addCleanup(self.daemon.close)
        self.rpc = self.daemon.rpc()
        self.addCleanup(self.rpc.close)
        self.challenges = [c["challenge"] for c in self.rpc.call("challenge.list")["challenges"]]

    def peernet(self, *args, code=0):
        done = self.run("peernet", *args, check=False, env={"PEERNET_ADDRESS": self.daemon.address})
        self.assertEqual(done.returncode, code, (args, done.stdout, done.stderr))
        return done.stdout if code == 0 else done.stderr

    def set_some(self):
        """Seven activities over all but the last five challenges; a challenge may have two."""
        answers = {f"lift{i}": sorted({c for k, c in enumerate(self.challenges[:-5]) if k % 7 == i or k % 5 == i})
                   for i in range(7)}
        for code, codes in answers.items():
            self.assertEqual(self.rpc.call("activity.set", code, f"Lyft {code}", f"Lift {code}", codes),
                             {"activity": code, "challenges": codes})
        return answers

    def refused(self, *call):
        with self.assertRaises(RpcError) as caught:
            self.rpc.call(*call)
        return caught.exception

    def test_the_catalogue_changes_and_leaves_its_trail(self):
        state = "SELECT inputs_version FROM peernet.state"
        before = self.sql(self.database, state)
        a, b, *_ = self.challenges
        self.rpc.call("activity.set", "read", "Läslyftet", "Reading lift", [b, a, a])
        self.rpc.call("activity.set", "read", "Läslyftet", "Reading lift", [a, b])  # the same again
        self.rpc.call("activity.set", "read", "Läslyftet 2", "Reading lift", [a])
        activity, = self.rpc.call("activity.list")["activities"]  # at once
        self.assertEqual((activity["activity"], activity["title"], activity["title_en"]), ("read", "Läslyftet 2", "Reading lift"))
        self.assertEqual([c["challenge"] for c in activity["challenges"]], [a])
        self.rpc.call("activity.remove", "read")
        self.assertEqual(self.rpc.call("activity.list")["activities"], [])
        entries = self.rpc.call("audit.list", {"action": "activities"})["entries"]
        self.assertEqual([(e["action"], e["who"]) for e in entries],
                         [("activities.remove", "loopback"), ("activities.change", "loopback"), ("activities.add", "loopback")])
        self.assertEqual(entries[2]["after"][0]["challenges"], sorted([a, b]))
        self.assertEqual(entries[1]["before"], entries[2]["after"])
        self.assertTrue(self.rpc.call("audit.verify")["intact"])
        self.assertEqual(self.sql(self.database, state), before)  # no run rests on it, so none goes stale
        self.sql(self.database, "INSERT INTO peernet.activities VALUES ('x', 'x', 'x', ARRAY['gone'])")
        peernet_test.wait_until(lambda: self.rpc.call("activity.list")["activities"], "a change by hand to be seen")
        self.assertEqual(self.rpc.call("activity.list")["activities"][0]["challenges"], [])

    def test_what_is_wrong_is_refused_by_name(self):
        a = self.challenges[0]
        for params, words in ((("x", "x", "x", []), "challenges: 0 came; 1 to 1000 are allowed"),
                              (("x", "x", "x", [a, "no"]), "challenges[1]: 'no' is not in the catalogue"),
                              (("x", "x", "x", [3]), "challenges[0]: an integer came; a str"),
                              (("", "x", "x", [a]), "activity: ")):
            error = self.refused("activity.set", *params)
            self.assertEqual(error.code, "E_ARGUMENT")
            self.assertIn(words, error.message)
        self.assertEqual(self.refused("activity.set", " x", "x", "x", [a]).code, "E_ARGUMENT")
        self.assertEqual(self.refused("activity.remove", "no").code, "E_NOT_FOUND")
        self.assertEqual(self.refused("activity.cover", {"network": 4000000}).code, "E_NOT_FOUND")

    def needs(self):
        """Shared need by network and challenge, from the database alone; ages weigh next to nothing here."""
        rows = self.sql(self.database, """
            SELECT m.network, r.challenge, count(*), sum(r.severity / 5.0 * power(2, -(current_date - r.reported_on) / 36500.0))
            FROM peernet.members m JOIN peernet.programmes p ON p.published_run = m.run AND p.name = 'default'
            JOIN (SELECT DISTINCT ON (organizer, challenge) * FROM peernet.reports ORDER BY organizer, challenge, reported_on DESC) r
            ON r.organizer = m.organizer WHERE current_date - r.reported_on <= 1095 GROUP BY 1, 2 HAVING count(*) > 1""")
        needs = collections.defaultdict(dict)
        for network, challenge, _, need in rows:
            needs[network][challenge] = float(need)
        return needs

    def test_few_activities_cover_most_of_what_each_network_shares(self):
        answers, needs = self.set_some(), self.needs()
        told = self.rpc.call("activity.cover", {"enough": 90, "limit": 1000})
        self.assertEqual({n["network"]["number"] for n in told["networks"]}, set(needs))
        self.assertEqual(told["total"], len(needs))
        for network in told["networks"]:
            left = dict(needs[network["network"]["number"]])
            need = sum(left.values())
            self.assertAlmostEqual(network["need"], need, delta=0.01)
            covered = 0
            for choice in network["activities"]:
                best = max(sum(left.get(c, 0) for c in codes) for codes in answers.values())
                adds = sum(left.pop(c, 0) for c in answers[choice["activity"]])
                self.assertAlmostEqual(adds, best, delta=0.01)
                self.assertAlmostEqual(choice["share"], adds / need, delta=0.002)
                self.assertLess(covered, 0.9)
                covered += adds / need
            self.assertAlmostEqual(network["covered"], covered, delta=0.005)
            self.assertLessEqual(len(network["activities"]), 3)
        one = self.rpc.call("activity.cover", {"network": 1, "most": 1})["networks"]
        self.assertEqual([(n["network"]["number"], len(n["activities"])) for n in one], [(1, 1)])
        self.assertEqual(self.rpc.call("activity.cover", {"offset": 1, "limit": 2, "enough": 90})["networks"], told["networks"][1:3])

    def test_what_many_report_and_nothing_answers_is_missing(self):
        self.set_some()
        told = self.rpc.call("activity.cover", {"widely": 0})
        reporters = {c["challenge"]: c["organizers"] for c in self.rpc.call("challenge.list")["challenges"]}
        unanswered = {c: reporters[c] for c in self.challenges[-5:] if reporters[c] > 0}
        self.assertEqual({m["challenge"]: m["organizers"] for m in told["missing"]}, unanswered)
        counts = [m["organizers"] for m in told["missing"]]
        self.assertEqual(counts, sorted(counts, reverse=True))
        self.assertAlmostEqual(told["answered"], 1 - sum(unanswered.values()) / sum(reporters.values()), places=3)
        few = self.rpc.call("activity.cover", {"widely": 100})
        self.assertEqual([m for m in few["missing"] if m["share"] < 1], [])

    def test_commands(self):
        a, b, *_ = self.challenges
        self.assertEqual(self.peernet("activity", "list"), "No activities are in the catalogue.\n")
        self.assertIn("Activity read is in the catalogue.", self.peernet("activity", "set", "read", "Läslyftet", "Reading lift", a, b))
        self.assertRegex(self.peernet("activity", "list"), r"(?m)^read +Reading lift ")
        self.assertIn("Läslyftet", self.peernet("activity", "list", "--lang", "sv"))
        told = json.loads(self.peernet("activity", "cover", "--json"))
        rows = list(csv.DictReader(io.StringIO(self.peernet("activity", "cover", "--csv"))))
        self.assertEqual([(int(r["network"]), r["activity"]) for r in rows],
                         [(n["network"]["number"], a["activity"]) for n in told["networks"] for a in n["activities"] or [{"activity": ""}]])
        said = self.peernet("activity", "cover")
        self.assertRegex(said, r"(?m)^NETWORK +LABEL +COVERED +ACTIVITIES$")
        self.assertRegex(said, r"(?m)^REPORTED BY +SHARE +NOTHING ANSWERS$")
        for missing in told["missing"]:
            self.assertIn(missing["label"], said)
        self.assertIn("of all that is reported is answered by some activity", said)
        self.assertIn("there is no challenge 'no'", self.peernet("activity", "set", "x", "X", "X", "no", code=1))
        self.assertIn("Activity read was removed.", self.peernet("activity", "remove", "read"))


if __name__ == "__main__":
    peernet_test.main()
