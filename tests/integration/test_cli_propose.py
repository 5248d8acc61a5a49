"""peernet propose: who, by which settings and rules, as tables and as JSON, and what is told of mistakes."""

import json

import peernet_test
from peernet_test import Daemon, PeernetTest, make_prepared, shared_cluster
from test_cli_terminal import Terminal

slow = True

MUNICIPAL = 'scope={"kind": "municipal"}'


class Propose(PeernetTest):
    @classmethod
    def setUpClass(cls):
        cluster = shared_cluster()
        name = make_prepared(cluster, True)
        cluster.execute("""UPDATE peernet.programmes SET settings = '{"effort": 20000}'""", name)
        cls.database = cluster.conninfo(name)
        cls.daemon = Daemon(cls.database).start()
        cls.addClassCleanup(cls.daemon.close)

    def peernet(self, *args, code=0, **more):
        done = self.run("peernet", *args, check=False, env={"PEERNET_ADDRESS": self.daemon.address}, **more)
        self.assertEqual(done.returncode, code, (args, done.stdout, done.stderr))
        self.assertEqual(done.stderr if code == 0 else done.stdout, "")
        return done.stdout if code == 0 else done.stderr

    def json(self, *args, **more):
        return json.loads(self.peernet("propose", *args, "--json", **more))

    def call(self, **params):
        with self.daemon.rpc() as rpc:
            rpc.call("hello", {"language": "en"})
            return rpc.call("network.propose", params)

    def same(self, one, other):
        self.assertEqual({**one, "age_s": 0}, {**other, "age_s": 0})

    def test_settings_and_seed_are_passed_on_as_what_they_are(self):
        told = self.json("--set", MUNICIPAL, "--set", "min_size=4", "--set=geography=0.5", "--seed", 7)
        self.assertEqual((told["settings"]["min_size"], told["settings"]["geography"], told["seed"]), (4, 0.5, 7))
        self.same(told, self.call(settings={"scope": {"kind": "municipal"}, "min_size": 4, "geography": 0.5}, seed=7))

    def test_tables_for_people_in_both_languages(self):
        told = self.json("--set", MUNICIPAL)
        said = self.peernet("propose", "--set", MUNICIPAL)
        self.assertRegex(said, r"^Networks +%d networks of " % len(told["networks"]))
        self.assertRegex(said, r"(?m)^NETWORK  SIZE  COHESION  LABEL$")
        for network in told["networks"]:
            self.assertIn(network["label"], said)
        self.assertIn("This is a proposal: nothing is stored.", said)
        said = self.peernet("propose", "--set", MUNICIPAL, "--members", "--lang", "sv")
        self.assertIn("Det här är ett förslag: inget är sparat.", said)
        for network in told["networks"]:
            for member in network["members"]:
                self.assertIn(member["organizer"]["name"], said)
        with self.daemon.rpc() as rpc:
            self.assertEqual(rpc.call("run.list")["total"], 0)

    def test_organizers_by_number_by_name_and_from_a_file(self):
        ids = [row[0] for row in self.sql(self.database, "SELECT organizer FROM peernet.reports GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 20")]
        expected = self.call(organizers=ids)
        self.same(self.json(*ids), expected)
        file = self.temp_folder() / "ids"
        file.write_text("\n".join(ids[1:]) + "\n\n")
        name = self.sql(self.database, "SELECT name FROM peernet.organizers WHERE id = %s", (ids[0],))[0][0]
        self.same(self.json("--file", file, name), expected)
        self.same(self.json("--file", "-", input="\n".join(f"{i[:6]}-{i[6:]}" for i in ids)), expected)

    def test_rules_are_obeyed(self):
        members = self.json("--set", MUNICIPAL)["networks"]
        a, b = (m["organizer"]["id"] for m in members[0]["members"][:2])
        c, d = (n["members"][0]["organizer"]["id"] for n in members[1:3])
        told = self.json("--set", MUNICIPAL, "--apart", f"{a},{b}", "--together", f"{c}, {d}")
        at = {m["organizer"]["id"]: n["number"] for n in told["networks"] for m in n["members"]}
        self.assertNotEqual(at[a], at[b])
        self.assertEqual(at[c], at[d])
        told = self.peernet("propose", "--together", f"{a},{b}", "--apart", f"{a},{b}", code=1)
        self.assertIn("organizers in 41 networks of 5 to 12 cannot meet these rules together: 'pin 1 (together: ", told)

    def test_mistakes_are_told(self):
        self.assertIn("min_size", self.peernet("propose", "--set", "min_size=x", code=2))
        self.assertIn("did you mean", self.peernet("propose", "--set", "min_siz=4", code=2))
        self.assertIn("--set min_size: NAME=VALUE is allowed", self.peernet("propose", "--set", "min_size", code=2))
        self.assertIn("--seed is given twice", self.peernet("propose", "--seed", 1, "--seed", 2, code=2))
        self.assertIn("no organizer has the number or name 'nobody here'", self.peernet("propose", "nobody here", code=1))
        self.assertIn("there is no organizer '99'", self.peernet("propose", "99", code=1))
        self.assertIn("no organizer takes part", self.peernet("propose", "--file", "-", input="\n", code=1))

    def test_the_seconds_are_counted_at_a_terminal(self):
        terminal = Terminal(100, "propose", "--set", "effort=1000000000000", env={"PEERNET_ADDRESS": self.daemon.address})
        terminal.read_until("forming networks 1 s")
        terminal.type(b"\003")  # Ctrl-C
        terminal.read_until(None)
        with self.daemon.rpc() as rpc:
            peernet_test.wait_until(lambda: rpc.call("status")["proposals"]["cancelled"] >= 1, "the proposal's end")


if __name__ == "__main__":
    peernet_test.main()
