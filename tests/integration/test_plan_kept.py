"""Plans that are kept and followed, and what became of invitations, which later plans respect."""

import json

import peernet_test
from peernet_test import Daemon, PeernetTest, RpcError

slow = True

OFFICES = [{"name": "Stockholm", "lat": 59.33, "lon": 18.07, "capacity": 40},
           {"name": "Lund", "lat": 55.70, "lon": 13.19, "capacity": 40}]
EFFORT = """UPDATE peernet.programmes SET settings = '{"effort": 20000}'"""


class Kept(PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, EFFORT)
        self.regroup(self.database, "--publish")
        self.daemon = Daemon(self.database).start()
        self.addCleanup(self.daemon.close)
        self.rpc = self.daemon.rpc()
        self.addCleanup(self.rpc.close)

    def make(self, **params):
        return self.rpc.call("plan.make", {"offices": OFFICES, **params})

    def refused(self, *call):
        with self.assertRaises(RpcError) as caught:
            self.rpc.call(*call)
        return caught.exception

    def peernet(self, *args, code=0):
        done = self.run("peernet", *args, check=False, env={"PEERNET_ADDRESS": self.daemon.address})
        self.assertEqual(done.returncode, code, (args, done.stdout, done.stderr))
        return done.stdout if code == 0 else done.stderr

    def test_a_plan_is_kept_as_it_was_told_and_followed(self):
        self.assertIsNone(self.make()["plan"])
        self.assertEqual(self.rpc.call("plan.list")["plans"], [])
        made = self.make(save="spring")
        number = made["plan"]
        other = self.make(save="autumn", settings={"accept": 1})["plan"]
        kept = self.rpc.call("plan.get", number)
        self.assertEqual(kept["document"], made["plans"][0])
        self.assertEqual((kept["plan"]["name"], kept["plan"]["run"], kept["plan"]["made_by"], kept["plan"]["followed"]),
                         ("spring", 1, "loopback", False))
        for plan in (number, other, number):  # the last one counts, also when it was followed before
            self.assertEqual(self.rpc.call("plan.adopt", plan)["plan"], plan)
            listed = self.rpc.call("plan.list")["plans"]
            self.assertEqual([p["plan"] for p in listed], [other, number])
            self.assertEqual([p["plan"] for p in listed if p["followed"]], [plan])
        self.assertEqual(len(self.rpc.call("plan.list", "default", 1)["plans"]), 1)
        entries = self.rpc.call("audit.list", {"action": "plans"})["entries"]
        self.assertEqual([e["action"] for e in entries], ["plans.change"] * 3 + ["plans.add"] * 2)
        self.assertEqual(entries[-1]["after"][0]["name"], "spring")
        self.assertNotIn("document", entries[-1]["after"][0])
        self.assertTrue(self.rpc.call("audit.verify")["intact"])

    def test_later_plans_respect_what_was_noted(self):
        first = self.make(save="spring")
        plan = first["plan"]
        term = [p for p in first["plans"][0]["invitations"] if p["term"] == 1]
        invited = [o for p in term for o in p["organizers"]]
        met, declined = invited[:-2], invited[-2:]
        self.assertEqual(self.rpc.call("plan.record", "invited", invited, None, plan)["recorded"], len(invited))
        self.assertEqual(self.rpc.call("plan.record", "met", met, None, plan)["recorded"], len(met))
        self.assertEqual(self.rpc.call("plan.record", "declined", declined, None, plan)["recorded"], len(declined))
        again = self.rpc.call("plan.record", "declined", declined, None, plan)
        self.assertEqual((again["recorded"], again["known"]), (0, 2))
        self.assertEqual(self.rpc.call("plan.get", plan)["outcomes"], {"met": len(met), "declined": 2})
        later = self.make()
        everybody = {o for p in first["plans"][0]["invitations"] for o in p["organizers"]}
        self.assertEqual((later["before"], later["organizers"]), (len(invited), len(everybody) - len(invited)))
        self.assertEqual({o for p in later["plans"][0]["invitations"] for o in p["organizers"]}, everybody - set(invited))
        both = self.make(again=True)["plans"][0]["invitations"]
        self.assertEqual({o for p in both for o in p["organizers"]}, everybody)
        fresh = max(p["term"] for p in both if not set(p["organizers"]) & set(invited))
        self.assertGreaterEqual(min(p["term"] for p in both if set(p["organizers"]) <= set(invited)), fresh - 1)
        entries = self.rpc.call("audit.list", {"action": "contacts"})["entries"]
        self.assertEqual(len(entries), 3)
        self.assertEqual({r["outcome"] for r in entries[0]["after"]}, {"declined"})

    def test_what_is_wrong_is_refused_by_name(self):
        organizer, other = (o for (o,) in self.sql(self.database, "SELECT id FROM peernet.organizers ORDER BY id LIMIT 2"))
        for call, code, words in (
                (("plan.record", "lost", [organizer]), "E_ARGUMENT", "outcome: 'lost' came; allowed are invited, met, support"),
                (("plan.record", "met", []), "E_ARGUMENT", "organizers: 0 came; 1 to 10000 are allowed"),
                (("plan.record", "met", [other, organizer, other]), "E_ARGUMENT", f"organizers: {other} came twice"),
                (("plan.record", "met", ["no"]), "E_NOT_FOUND", "organizers[0]: no organizer has the id 'no'"),
                (("plan.record", "met", [3]), "E_ARGUMENT", "organizers[0]: an integer came"),
                (("plan.record", "met", [organizer], "2026-02-30"), "E_ARGUMENT", "on: '2026-02-30' came"),
                (("plan.record", "met", [organizer], "2999-01-01"), "E_ARGUMENT", "on: 2999-01-01 is still to come"),
                (("plan.record", "met", [organizer], None, 7), "E_NOT_FOUND", "programme default has no plan 7"),
                (("plan.record", "met", [organizer], None, None, "no"), "E_NOT_FOUND", "no programme is called 'no'"),
                (("plan.get", 7), "E_NOT_FOUND", "there is no plan 7"),
                (("plan.adopt", 7), "E_NOT_FOUND", "there is no plan 7"),
                (("plan.make", {"offices": OFFICES, "save": "x", "detail": False}), "E_ARGUMENT", "save: "),
                (("plan.make", {"offices": OFFICES, "save": "x", "scenarios": [{"name": "a"}, {"name": "b"}]}),
                 "E_ARGUMENT", "save: 2 scenarios came")):
            error = self.refused(*call)
            self.assertEqual(error.code, code, call)
            self.assertIn(words, error.message)
        self.assertEqual(self.rpc.call("plan.list")["plans"], [])

    def test_commands(self):
        self.assertEqual(self.peernet("plan", "list"), "No plan was kept.\n")
        typed = [f"{o['name']}={o['lat']},{o['lon']},{o['capacity']}" for o in OFFICES]
        said = self.peernet("plan", "make", *typed, "--save", "spring")
        self.assertIn("Kept as plan 1.", said)
        self.assertIn("Programme default follows plan 1 now.", self.peernet("plan", "adopt", "1"))
        self.assertRegex(self.peernet("plan", "list"), r"(?m)^ *1 +spring +loopback .* followed$")
        invited = json.loads(self.peernet("plan", "get", "1", "--json"))["document"]["invitations"][0]["organizers"]
        self.assertIn(f"{len(invited)} noted, 0 known before.", self.peernet("plan", "record", "met", *invited, "--plan", "1"))
        said = self.peernet("plan", "get", "1")
        self.assertIn(f"So far: 0 invited, {len(invited)} met, 0 went on to support, 0 declined.", said)
        self.assertIn(invited[0], said)
        self.assertIn(f"{len(invited)} were invited before.", self.peernet("plan", "make", *typed))


if __name__ == "__main__":
    peernet_test.main()
