"""Plans: who is invited when, checked by a program that knows nothing of how they are made."""

import collections
import csv
import io
import json
import math
import time

import peernet_test
from peernet_test import Daemon, PeernetTest, RpcError, make_prepared, shared_cluster

OFFICES = [{"name": "Stockholm", "lat": 59.33, "lon": 18.07, "capacity": 25},
           {"name": "Göteborg", "lat": 57.71, "lon": 11.97, "capacity": 25},
           {"name": "Lund", "lat": 55.70, "lon": 13.19, "capacity": 25},
           {"name": "Umeå", "lat": 63.83, "lon": 20.26, "capacity": 25}]
ORGANIZERS = 2800
EFFORT = """UPDATE peernet.programmes SET settings = '{"effort": 20000}'"""


def capacity(office, term):
    places = office["capacity"]
    return places if isinstance(places, int) else places[min(term, len(places)) - 1]


def distance(a, b):
    (lat, lon), (lat2, lon2) = ((math.radians(x) for x in place) for place in (a, b))
    h = math.sin((lat2 - lat) / 2) ** 2 + math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
    return 6371.0 * 2 * math.asin(math.sqrt(h))


class Checker:
    """What must hold of any plan, from the plan, the offices and the database alone."""

    def __init__(self, test, database):
        self.test = test
        self.organizers = {i: (kind, lat, lon) for i, kind, lat, lon in
                           test.sql(database, "SELECT id, kind, lat, lon FROM peernet.organizers")}
        self.networks = collections.defaultdict(set)
        for number, organizer in test.sql(database, "SELECT m.network, m.organizer FROM peernet.members m JOIN "
                                                    "peernet.programmes p ON p.published_run = m.run WHERE p.name = 'default'"):
            self.networks[number].add(organizer)

    def check(self, plan, offices, accept, unit="organizers"):
        by_name = {o["name"]: o for o in offices}
        parties = plan["invitations"] + plan["waiting"]
        self.everybody_once(parties)
        asked = collections.defaultdict(lambda: collections.defaultdict(list))
        for party in parties:
            if party["term"] is not None:
                asked[party["term"], party["office"]][party["round"]].append(party)
                self.km(party, by_name[party["office"]])
        for (term, office), rounds in asked.items():
            self.places(rounds, capacity(by_name[office], term), accept, unit, (term, office))
        self.figures(plan, asked)

    def everybody_once(self, parties):
        seen = collections.Counter(o for p in parties for o in p["organizers"])
        self.test.assertEqual(set(seen.values()), {1})
        self.test.assertEqual(set(seen), set(self.organizers))
        for party in parties:
            if party["network"] is None:
                self.test.assertEqual(len(party["organizers"]), 1)
            else:
                self.test.assertEqual(set(party["organizers"]), self.networks[party["network"]])

    def places(self, rounds, free, accept, unit, where):
        for number in range(1, max(rounds) + 1):
            parties = rounds[number]  # no round is left out
            self.test.assertTrue(parties, where)
            taken = sum(len(p["organizers"]) if unit == "organizers" else 1 for p in parties)
            self.test.assertLessEqual(taken, free + 1e-6, where)
            for party in parties:
                come = [accept[self.organizers[o][0]] for o in party["organizers"]]
                free -= sum(come) if unit == "organizers" else 1 - math.prod(1 - x for x in come)
        self.test.assertGreaterEqual(free, -1e-6, where)

    def km(self, party, office):
        known = [self.organizers[o][1:] for o in party["organizers"] if self.organizers[o][1] is not None]
        if known:
            mean = sum(distance(place, (office["lat"], office["lon"])) for place in known) / len(known)
            self.test.assertAlmostEqual(party["km"], mean, delta=0.2)

    def figures(self, plan, asked):
        reached = 0
        for term in plan["terms"]:
            for one in term["offices"]:
                rounds = asked[term["term"], one["office"]]
                self.test.assertEqual(one["invited"], sum(len(p["organizers"]) for p in rounds[1]))
                self.test.assertEqual(one["in_line"], sum(len(p["organizers"]) for r in rounds if r > 1 for p in rounds[r]))
            for key in ("capacity", "invited", "in_line", "dialogues"):
                self.test.assertEqual(term[key], sum(o[key] for o in term["offices"]))
            reached += term["invited"] + term["in_line"]
            self.test.assertEqual(sum(term["kinds"].values()), term["invited"] + term["in_line"])
            self.test.assertAlmostEqual(term["reach"], reached / len(self.organizers), places=4)
        self.test.assertEqual(reached + plan["never"], len(self.organizers))
        if plan["never"] == 0:
            self.test.assertEqual(plan["terms_to_all"], len(plan["terms"]))
            self.test.assertEqual(plan["years_to_all"], len(plan["terms"]) / plan["terms_per_year"])


def every(share):
    return dict.fromkeys(("municipal", "independent", "regional", "state"), share)


class Generated(PeernetTest):
    """2,800 organizers and four offices, from one population for all tests."""

    @classmethod
    def setUpClass(cls):
        cluster = shared_cluster()
        name = make_prepared(cluster, False)
        cls.database = cluster.conninfo(name)
        peernet_test.run_program("peernet-generate", "--db", cls.database, "--organizers", ORGANIZERS, "--seed", 7)
        cluster.execute(EFFORT, name)
        peernet_test.run_program("peernet-regroup", "run", "--db", cls.database, "--publish")
        cls.daemon = Daemon(cls.database).start()
        cls.addClassCleanup(cls.daemon.close)

    def setUp(self):
        self.rpc = self.daemon.rpc()
        self.addCleanup(self.rpc.close)
        self.checker = Checker(self, self.database)

    def make(self, **params):
        return self.rpc.call("plan.make", {"offices": OFFICES, **params})["plans"]

    def offices(self, total):
        return [{**o, "capacity": total // 4} for o in OFFICES]

    def test_a_hundred_a_term_against_250(self):
        self.assertEqual(len(self.checker.organizers), ORGANIZERS)
        self.assertGreater(len(self.checker.networks), 200)
        began = time.monotonic()
        slow, fast = self.make(scenarios=[{"name": "100", "capacity": 100},
                                          {"name": "250", "offices": [{**o, "capacity": c} for o, c in
                                                                      zip(OFFICES, (63, 62, 63, 62))]}],
                               settings={"accept": 1})
        took = time.monotonic() - began
        self.checker.check(slow, OFFICES, every(1))
        self.checker.check(fast, [{**o, "capacity": c} for o, c in zip(OFFICES, (63, 62, 63, 62))], every(1))
        print(f"\n2,800 organizers, 4 offices: all invited after {slow['terms_to_all']} terms at 100 a term, "
              f"{fast['terms_to_all']} at 250; both plans took {took:.2f} s")
        # No plan is shorter than places allow; whole networks leave some of them empty.
        self.assertTrue(28 <= slow["terms_to_all"] <= 32, slow["terms_to_all"])
        self.assertTrue(12 <= fast["terms_to_all"] <= 14, fast["terms_to_all"])

    def test_declined_places_go_to_the_next_in_line(self):
        accept = {**every(0.75), "municipal": 0.9}
        plan, = self.make(settings={"accept": {"municipal": 0.9, "independent": 0.75, "regional": 0.75, "state": 0.75}},
                          scenarios=[{"name": "falling", "offices": [{**o, "capacity": [50, 40, 30]} for o in OFFICES]}])
        self.checker.check(plan, [{**o, "capacity": [50, 40, 30]} for o in OFFICES], accept)
        self.assertGreater(plan["terms"][0]["in_line"], 0)
        self.assertEqual([t["capacity"] for t in plan["terms"][:4]], [200, 160, 120, 120])

    def test_dialogues_count_meetings(self):
        plan, = self.make(settings={"unit": "dialogues", "accept": 0.8})
        self.checker.check(plan, OFFICES, every(0.8), "dialogues")
        self.assertLess(plan["terms_to_all"], 12)

    def test_kinds_come_in_their_proportion(self):
        def worst(plan):
            """How far the share of municipal organizers among those asked strays from that of all, at its worst."""
            kinds = [k for k, _, _ in self.checker.organizers.values()]
            part, asked, of_kind, worst = kinds.count("municipal") / len(kinds), 0, 0, 0
            for term in plan["terms"][:-1]:
                asked += sum(term["kinds"].values())
                of_kind += term["kinds"]["municipal"]
                worst = max(worst, abs(of_kind / asked - part))
            return worst

        by_need, fair = self.make(scenarios=[{"name": "need", "settings": {"fairness": 0}},
                                             {"name": "fair", "settings": {"fairness": 2}}])
        self.assertLess(worst(fair), worst(by_need) / 2)
        self.assertLess(worst(fair), 0.03)

    def test_who_waits_is_told_its_expected_term(self):
        short, = self.make(terms=2)
        whole, = self.make()
        self.assertEqual({p["term"] for p in short["invitations"]}, {1, 2})
        self.assertEqual(min(p["term"] for p in short["waiting"]), 3)
        self.assertEqual(short["invitations"] + short["waiting"], whole["invitations"])
        self.assertEqual(whole["waiting"], [])
        brief, = self.make(detail=False)
        self.assertEqual((brief["invitations"], brief["waiting"], brief["terms"]), ([], [], whole["terms"]))

    def test_where_money_ends_the_rest_is_told(self):
        offices = [{**o, "capacity": [50, 25, 0]} for o in OFFICES]
        plan, = self.rpc.call("plan.make", offices)["plans"]
        self.checker.check(plan, offices, every(0.8))
        self.assertEqual((len(plan["terms"]), plan["terms_to_all"], plan["years_to_all"]), (2, None, None))
        self.assertGreater(plan["never"], 2000)
        self.assertEqual({p["term"] for p in plan["waiting"]}, {None})
        self.assertGreater(plan["terms"][-1]["need_left"], 0.5)

    def test_the_daemon_answers_others_meanwhile(self):
        scenarios = [{"name": str(n), "capacity": 40 + n} for n in range(8)]
        self.assertTrue(self.rpc.answered_first(("plan.make", {"offices": OFFICES, "scenarios": scenarios}), ("ping",)))

    def test_what_is_wrong_is_refused_by_name(self):
        office = OFFICES[0]
        for params, words in (
                ({"offices": []}, "offices: 0 came; 1 to 100 are allowed"),
                ({"offices": [3]}, "offices[0]: an integer came; a map of name, lat, lon and capacity is allowed"),
                ({"offices": [{**office, "lat": 91}]}, "offices[0].lat: 91 came; a number from -90 to 90 is allowed"),
                ({"offices": [{**office, "capacity": -1}]}, "offices[0].capacity: a negative integer came; a uint"),
                ({"offices": [{**office, "capacity": [1, 2000000]}]},
                 "offices[0].capacity[1]: 2000000 came; at most 1000000 is allowed"),
                ({"offices": [{**office, "capacity": []}]}, "offices[0].capacity: 0 terms came; 1 to 200 are allowed"),
                ({"offices": [office, office]}, "offices[1].name: Stockholm came before, as offices[0]"),
                ({"offices": [{**office, "seats": 1}]}, "offices[0]: 'seats' is not known"),
                ({"offices": [office], "settings": {"accept": 2}}, "settings.accept: 2 came; a number from 0 to 1"),
                ({"offices": [office], "settings": {"accept": {"other": 1}}}, "settings.accept: 'other' is not known"),
                ({"offices": [office], "settings": {"unit": "cars"}}, "settings.unit: organizers or dialogues is allowed"),
                ({"offices": [office], "scenarios": []}, "scenarios: 0 came; 1 to 8 are allowed"),
                ({"offices": [office], "scenarios": [{"capacity": 3}]}, "scenarios[0].name: nothing came"),
                ({"offices": [office], "scenarios": [{"name": "a"}, {"name": "a"}]},
                 "scenarios[1].name: a came before, as scenarios[0]"),
                ({"offices": [office], "scenarios": [{"name": "a", "settings": {"terms_per_year": 0}}]},
                 "scenarios[0].settings.terms_per_year: a uint of 1 to 12 is allowed")):
            with self.assertRaises(RpcError) as caught:
                self.rpc.call("plan.make", params)
            self.assertEqual(caught.exception.code, "E_ARGUMENT", params)
            self.assertIn(words, caught.exception.message)
        with self.assertRaises(RpcError) as caught:
            self.rpc.call("plan.make", {"offices": OFFICES, "programme": "no"})
        self.assertEqual(caught.exception.code, "E_NOT_FOUND")


class Command(PeernetTest):
    TYPED = [f"{o['name']}={o['lat']},{o['lon']},{o['capacity']}" for o in OFFICES]

    @classmethod
    def setUpClass(cls):
        cls.database = shared_cluster().conninfo(make_prepared(shared_cluster(), True))
        cls.daemon = Daemon(cls.database).start()
        cls.addClassCleanup(cls.daemon.close)

    def peernet(self, *args, code=0, **more):
        done = self.run("peernet", "plan", "make", *args, check=False, env={"PEERNET_ADDRESS": self.daemon.address}, **more)
        self.assertEqual(done.returncode, code, (args, done.stdout, done.stderr))
        return done.stdout if code == 0 else done.stderr

    def test_tables_and_json(self):
        told = json.loads(self.peernet(*self.TYPED, "--json", "--set", "accept.municipal=1", "--set", "fairness=2"))
        with self.daemon.rpc() as rpc:
            same = rpc.call("plan.make", OFFICES, None, {"accept": {"municipal": 1}, "fairness": 2})
        self.assertEqual({**told, "age_s": 0}, {**same, "age_s": 0})
        plan, = json.loads(self.peernet(*self.TYPED, "--json"))["plans"]
        said = self.peernet(*self.TYPED, "--terms", "1")
        self.assertRegex(said, r"(?m)^TERM +PLACES +INVITED +IN LINE +EXPECTED +REACH +NEED LEFT$")
        self.assertRegex(said, r"(?m)^TERM +OFFICE +NETWORK +INVITED +NEED +KM +ORGANIZERS$")
        self.assertIn(f"All have been invited after {plan['terms_to_all']} terms", said)
        party = plan["invitations"][0]
        self.assertIn(f"{party['names'][0]} ({party['organizers'][0]})", said)
        self.assertIn("KM is how far it is to the office", said)
        self.assertNotIn("more than 500 km", said)
        self.assertIn("Alla har bjudits in efter", self.peernet(*self.TYPED, "--lang", "sv"))

    def test_csv_has_a_row_for_each_who_is_invited(self):
        plan, = json.loads(self.peernet(*self.TYPED, "--json"))["plans"]
        rows = list(csv.DictReader(io.StringIO(self.peernet(*self.TYPED, "--csv"))))
        self.assertEqual([(int(r["term"]), r["office"], r["organizer"], r["name"]) for r in rows],
                         [(p["term"], p["office"], *who) for p in plan["invitations"] for who in zip(p["organizers"], p["names"])])

    def test_an_office_far_from_everybody_is_told(self):
        name, place = self.TYPED[0].split("=")
        lat, lon, places = place.split(",")
        self.assertIn(f"the office {name} is more than 500 km from every organizer",
                      self.peernet(f"{name}={lon},{lat},{places}"))

    def test_capacities_side_by_side(self):
        places = [o.rsplit(",", 1)[0] for o in self.TYPED]
        told = json.loads(self.peernet(*places, "--capacity", "100", "--capacity", "60,40,20", "--json"))["plans"]
        self.assertEqual([[t["capacity"] for t in p["terms"][:3]] for p in told], [[100] * 3, [60, 40, 20]])
        said = self.peernet(*places, "--capacity", "100", "--capacity", "60,40,20")
        for plan in told:
            self.assertRegex(said, rf"(?m)^{plan['name']} +{plan['terms_to_all']} ")

    def test_offices_from_a_file(self):
        path = self.temp_folder() / "plan.json"
        path.write_text(json.dumps({"offices": OFFICES, "settings": {"accept": 1}}))
        told = json.loads(self.peernet("--file", path, "--json"))
        self.assertEqual(told["plans"], json.loads(self.peernet(*self.TYPED, "--set", "accept=1", "--json"))["plans"])
        path.write_text('{"offices": [}')
        self.assertIn("plan.json:1:", self.peernet("--file", path, code=1))
        path.write_text("[]")
        self.assertIn("an object with offices", self.peernet("--file", path, code=1))
        self.assertIn("Lund=1,2,3", self.peernet("--file", path, "Lund=1,2,3", code=2))

    def test_what_is_typed_wrong(self):
        for args, words in ((("Lund",), "'Lund' is no office"), (("Lund=1",), "'Lund=1' is no office"),
                            (("Lund=1,2,x",), "is no office"), (("Lund=1,2,07",), "is no office"),
                            (("Lund=55,70,13,19,25",), "decimals take a point, as commas stand between the numbers: "
                                                       "Lund=55.70,13.19,25"),
                            (("Lund=55,70,13,19", "--capacity", "9"), "Lund=55.70,13.19 "),
                            (("Lund=1,2",), "has no places a term"),
                            ((), "at least one office is needed"),
                            (("Lund=1,2,3", "--capacity", "many"), "--capacity takes a whole number"),
                            (("Lund=1,2,3", "--set", "accept"), "NAME=VALUE is allowed")):
            self.assertIn(words, self.peernet(*args, code=2))
        self.assertIn("accept: 7 is not allowed", self.peernet("Lund=1,2,3", "--set", "accept=7", code=1))


if __name__ == "__main__":
    peernet_test.main()
