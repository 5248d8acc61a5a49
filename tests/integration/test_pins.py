"""Rules that people set: refused when they contradict each other, priced, obeyed by later runs, in the trail."""

import json
import random
import threading
import time

import peernet_test
from peernet_test import Daemon, RpcError, wait_until

slow = True

EFFORT = """UPDATE peernet.programmes SET settings = '{"effort": 20000}'"""


class Pins(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, EFFORT)
        self.regroup(self.database, "--publish")
        self.daemon, self.rpc = self.start()

    def start(self):
        daemon = Daemon(self.database).start()
        self.addCleanup(daemon.close)
        rpc = daemon.rpc()
        self.addCleanup(rpc.close)
        return daemon, rpc

    def networks(self):
        """Members' ids by number of network, as they are published."""
        rows = self.sql(self.database, "SELECT m.network, m.organizer FROM peernet.members m JOIN peernet.programmes p "
                                       "ON p.published_run = m.run ORDER BY 1, 2")
        networks = {}
        for network, organizer in rows:
            networks.setdefault(network, []).append(organizer)
        return networks

    def network_of(self, organizer):
        return next((n for n, members in self.networks().items() if organizer in members), None)

    def run_again(self):
        self.regroup(self.database, "--publish", "--force")

    def refused(self, *call, rpc=None):
        with self.assertRaises(RpcError) as caught:
            (rpc or self.rpc).call(*call)
        return caught.exception

    def add(self, rule, *organizers, rpc=None, **more):
        return (rpc or self.rpc).call("pin.add", {"rule": rule, "organizers": list(organizers), **more})


class Methods(Pins):
    def test_a_pin_from_its_setting_to_its_end(self):
        (a, *_), (b, *_) = list(self.networks().values())[:2]
        tried = self.add("together", a, b, dry_run=True)
        self.assertEqual((tried["pin"], tried["dry_run"]), (None, True))
        self.assertEqual(self.sql(self.database, "SELECT count(*) FROM peernet.pins"), [(0,)])
        made = self.add("together", a, b, why="share staff", until="2999-06-30")
        self.assertEqual((made["rule"], [o["id"] for o in made["organizers"]], made["why"], made["until"]),
                         ("together", [a, b], "share staff", "2999-06-30"))
        self.assertEqual((made["cost"], made["moves"]), (tried["cost"], tried["moves"]))
        pin, = self.rpc.call("pin.list")["pins"]  # at once: who set it reads its own write
        self.assertEqual((pin["pin"], pin["rule"], pin["made_by"], pin["until"], pin["ended"], pin["network"]),
                         (made["pin"], "together", "loopback", "2999-06-30", False, None))
        self.assertAlmostEqual(pin["cost"], made["cost"], places=5)
        self.assertEqual(self.rpc.call("pin.remove", made["pin"]),
                         {"pin": made["pin"], "programme": "default", "rule": "together", "organizers": [a, b]})
        self.assertEqual(self.rpc.call("pin.list")["pins"], [])
        entries = self.rpc.call("audit.list", {"action": "pins"})["entries"]
        self.assertEqual([(e["action"], e["who"], e["programme"]) for e in entries],
                         [("pins.remove", "loopback", "default"), ("pins.add", "loopback", "default")])
        self.assertEqual(entries[0]["before"], entries[1]["after"])
        self.assertEqual(entries[1]["after"][0]["organizers"], [a, b])
        self.assertRegex(entries[1]["origin"], r"^127\.0\.0\.1:\d+$")
        self.assertTrue(self.rpc.call("audit.verify")["intact"])

    def test_a_rule_that_stands_is_not_set_again(self):
        a, b, c, *_ = self.networks()[1]
        pin = self.add("together", a, b, until="2999-06-30")["pin"]
        for dry in (False, True):  # in whatever order
            error = self.refused("pin.add", {"rule": "together", "organizers": [b, a], "dry_run": dry})
            self.assertEqual((error.code, error.message),
                             ("E_ARGUMENT", f"the rule stands already, as pin {pin} (until 2999-06-30)"))
        self.add("together", a, b, c)  # others too: another rule
        self.add("keep", a)
        self.assertIn("the rule stands already, as pin ", self.refused("pin.add", {"rule": "keep", "organizers": [a]}).message)
        self.rpc.call("pin.remove", pin)
        self.add("together", b, a)

    def test_whoever_comes_second_is_told(self):
        a, b, *_ = self.networks()[1]
        pin = self.add("keep", a)["pin"]
        self.rpc.call("pin.remove", pin)
        error = self.refused("pin.remove", pin)
        self.assertEqual(error.code, "E_NOT_FOUND")
        self.assertRegex(error.message, rf"^pin {pin} was removed by loopback at 20\d\d-")
        self.assertEqual(self.refused("pin.remove", 999).message, "there is no pin 999")
        # Set by somebody whom the daemon that looked for contradictions had not heard of yet.
        with self.assertRaises(peernet_test.psycopg2.Error) as caught:
            seen, = self.sql(self.database, "SELECT inputs_version FROM peernet.state")[0]
            self.sql(self.database, "SELECT peernet.add_pin('default', 'keep', %s, NULL, '', NULL, NULL, %s, NULL, 'bo', '')",
                     ([a], seen))
            self.sql(self.database, "SELECT peernet.add_pin('default', 'apart', %s, NULL, '', NULL, NULL, %s, NULL, 'ada', '')",
                     ([a, b], seen))
        self.assertEqual(caught.exception.pgcode, "PN001")
        self.assertIn(f"meanwhile bo set pin {pin + 1} (keep: {a})", str(caught.exception))

    def test_what_it_rests_on_must_still_be_so(self):
        a, b, *_ = self.networks()[1]
        add = "SELECT peernet.add_pin('default', 'apart', %s, NULL, '', NULL, NULL, %s, %s, 'ada', '')"
        run = self.rpc.call("network.list")["run"]

        def refused(seen, base, words):
            with self.assertRaises(peernet_test.psycopg2.Error) as caught:
                self.sql(self.database, add, ([a, b], seen, base))
            self.assertEqual(caught.exception.pgcode, "PN001")
            self.assertIn(words, str(caught.exception))
        for change, words in (("UPDATE peernet.programmes SET settings = settings || '{\"max_size\": 11}'",
                               "meanwhile role postgres changed programme default"),
                              ("INSERT INTO peernet.network_notes (programme, network, locked, changed_by) VALUES "
                               "('default', 7, true, 'bo')", "meanwhile role postgres changed network 7")):
            seen, = self.sql(self.database, "SELECT inputs_version FROM peernet.state")[0]
            self.sql(self.database, change)
            refused(seen, run, words)
        pin = self.sql(self.database, add, ([a, b], None, run))[0][0]
        seen, = self.sql(self.database, "SELECT inputs_version FROM peernet.state")[0]
        self.rpc.call("pin.remove", pin)
        refused(seen, run, f"meanwhile loopback removed pin {pin}")
        seen, = self.sql(self.database, "SELECT inputs_version FROM peernet.state")[0]
        refused(seen, 0, f"this rests on nothing published, but run {run} is published now")
        # What no rule rests on may change.
        self.sql(self.database, "UPDATE peernet.challenges SET label_en = label_en || '.'")
        self.sql(self.database, add, ([a, b], seen, run))

    def test_what_is_archived_gets_no_rules(self):
        a, b, *_ = self.networks()[1]
        self.rpc.call("programme.create", "b")
        self.rpc.call("programme.archive", "b")
        error = self.refused("pin.add", {"rule": "apart", "organizers": [a, b], "programme": "b"})
        self.assertEqual((error.code, error.message), ("E_ARGUMENT", "programme b is archived"))
        for call in ("set_network('b', 1, 'x', NULL, NULL, NULL, NULL, 'ada', '')",
                     "set_network('b', 1, NULL, NULL, true, NULL, NULL, 'ada', '')"):
            with self.assertRaisesRegex(peernet_test.psycopg2.Error, "programme b is archived"):
                self.sql(self.database, f"SELECT peernet.{call}")

    def test_contradictions_are_refused_with_the_words_of_the_rules(self):
        a, b, c, *_ = self.networks()[1]
        names = {i: self.rpc.call("organizer.get", i)["organizer"]["name"] for i in (a, b, c)}
        first = self.add("together", a, b, why="share staff")["pin"]
        second = self.add("together", b, c)["pin"]
        error = self.refused("pin.add", {"rule": "apart", "organizers": [a, c]})
        self.assertEqual(error.code, "E_ARGUMENT")
        self.assertEqual(error.message,
                         f"these rules cannot be met together: 'pin {first} (together: {names[a]}, {names[b]}), set by "
                         f"loopback: share staff', 'pin {second} (together: {names[b]}, {names[c]}), set by loopback', 'the "
                         f"new pin (apart: {names[a]}, {names[c]})'; who is to be apart would be together")
        self.assertEqual(len(self.rpc.call("pin.list")["pins"]), 2)
        self.sql(self.database, "UPDATE peernet.pins SET until = '2020-01-01' WHERE pin = %s", (second,))
        wait_until(lambda: len(self.rpc.call("pin.list")["pins"]) == 1, "the pin's end to be seen")
        self.assertEqual(len(self.rpc.call("pin.list", {"ended": True})["pins"]), 2)
        self.add("apart", a, c)  # what is past its end binds nobody

    def test_what_is_no_rule_is_refused_by_name(self):
        a, b, *_ = self.networks()[1]
        for params, code, words in (
                ({"rule": "near", "organizers": [a, b]}, "E_ARGUMENT", "rule: 'near' came; allowed are together, apart and keep"),
                ({"rule": "together", "organizers": [a]}, "E_ARGUMENT", "organizers: 1 came; 2 to 1000 are allowed"),
                ({"rule": "keep", "organizers": []}, "E_ARGUMENT", "organizers: 0 came; 1 to 1000"),
                ({"rule": "apart", "organizers": [a, a]}, "E_ARGUMENT", f"organizers[1]: {a} came before, as organizers[0]"),
                ({"rule": "apart", "organizers": [a, 5]}, "E_ARGUMENT", "organizers[1]: an integer came; a str"),
                ({"rule": "apart", "organizers": [a, "x"]}, "E_NOT_FOUND", "organizers[1]: no organizer has the id 'x'"),
                ({"rule": "keep", "organizers": [a], "until": "2026-02-30"}, "E_ARGUMENT", "until: '2026-02-30' came"),
                ({"rule": "keep", "organizers": [a], "until": "2020-01-01"}, "E_ARGUMENT", "until: 2020-01-01 is over"),
                ({"rule": "keep", "organizers": [a], "programme": "no"}, "E_NOT_FOUND", "no programme is called 'no'")):
            error = self.refused("pin.add", params)
            self.assertEqual(error.code, code, params)
            self.assertIn(words, error.message)

    def test_a_programme_has_so_many_pins_and_they_come_in_pages(self):
        daemon = Daemon(self.database, "--programme-pins", 3).start()
        self.addCleanup(daemon.close)
        rpc = daemon.rpc()
        self.addCleanup(rpc.close)
        members = self.networks()[1]
        pins = [self.add("keep", o, rpc=rpc)["pin"] for o in members[:3]]
        error = self.refused("pin.add", {"rule": "keep", "organizers": [members[3]]}, rpc=rpc)
        self.assertEqual(error.code, "E_LIMIT")
        self.assertIn("programme default has 3 pins; the limit is 3 (programme-pins); pin.remove takes back", error.message)
        self.assertIsNone(self.add("keep", members[3], rpc=rpc, dry_run=True)["pin"])
        limits = {o["option"]: o["reached"] for o in rpc.call("status")["limits"]}
        self.assertEqual(limits["programme-pins"], 1)
        for offset, limit in ((0, 1), (1, 1), (1, 5), (3, 1)):
            page = rpc.call("pin.list", {"offset": offset, "limit": limit})
            self.assertEqual(([p["pin"] for p in page["pins"]], page["total"]), (pins[offset:offset + limit], 3))
        told = self.run("peernet", "--address", daemon.address, "pin", "list", "--limit", "2").stdout
        self.assertRegex(told, r"\n2 of 3\n$")
        rpc.call("pin.remove", pins[0])
        self.add("keep", members[3], rpc=rpc)

    def test_the_price_is_that_of_the_moves_it_names(self):
        networks = self.networks()
        where = {o: n for n, members in networks.items() for o in members}
        known = {}

        def similarity(x, y):
            key = (min(x, y), max(x, y))
            if key not in known:
                known[key] = self.rpc.call("organizer.explain", *key)["similarity"]
            return known[key]

        def fits(members):
            if len(members) < 2:
                return 0
            return sum(similarity(x, y) for x in members for y in members if x != y) / (len(members) - 1)

        chance = random.Random(1)
        numbers = sorted(networks)
        for _ in range(6):
            g, h = chance.sample(numbers, 2)
            for rule, organizers in (("together", [chance.choice(networks[g]), chance.choice(networks[h])]),
                                     ("apart", chance.sample(networks[g], 2))):
                told = self.add(rule, *organizers, dry_run=True)
                after = {n: list(members) for n, members in networks.items()}
                for move in told["moves"]:
                    after[move["from"]].remove(move["organizer"]["id"])
                    after[move["to"]].append(move["organizer"]["id"])
                place = {o: n for n, members in after.items() for o in members}
                self.assertEqual(place[organizers[0]] == place[organizers[1]], rule == "together", (organizers, where[organizers[0]], where[organizers[1]], told))
                touched = {m[k] for m in told["moves"] for k in ("from", "to")}
                for n in touched:
                    self.assertTrue(5 <= len(after[n]) <= 12)
                lost = sum(fits(networks[n]) - fits(after[n]) for n in touched) / len(where)
                self.assertAlmostEqual(told["cost"], lost, delta=2e-5)

    def test_many_hands_at_once_lose_nothing_and_wait_for_each_other_no_longer_than_they_must(self):
        members = sum(self.networks().values(), [])[:12]
        failures, codes = [], {}

        def work(seed):
            chance = random.Random(seed)
            rpc = self.start()[1] if seed % 2 else self.daemon.rpc()
            mine = []

            def add(*rule):  # who is told that others were faster looks again
                for attempt in range(20):
                    try:
                        mine.append(self.add(*rule, rpc=rpc)["pin"])
                        return
                    except RpcError as e:
                        if e.code != "E_STALE" or attempt == 19:
                            raise
                        time.sleep(0.02 * chance.random())

            for _ in range(50):
                try:
                    if mine and chance.random() < 0.4:
                        rpc.call("pin.remove", mine.pop())
                    elif chance.random() < 0.5:
                        add(chance.choice(["together", "apart"]), *chance.sample(members, 2))
                    else:
                        add("keep", chance.choice(members))
                except RpcError as e:
                    codes[e.code] = codes.get(e.code, 0) + 1
                    if e.code not in ("E_ARGUMENT", "E_STALE"):
                        failures.append(e)
            kept.extend(mine)
            rpc.close()
        kept = []
        threads = [threading.Thread(target=work, args=(s,)) for s in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual([p for p, in self.sql(self.database, "SELECT pin FROM peernet.pins ORDER BY pin")], sorted(kept))
        self.assertTrue(self.rpc.call("audit.verify")["intact"])
        # None of those that were let through contradicts another: the worker says so.
        self.run_again()
        added = self.sql(self.database, "SELECT count(*) FROM peernet.audit WHERE action = 'pins.add'")[0][0]
        self.assertGreater(added, 20, codes)


class Runs(Pins):
    def test_later_runs_obey(self):
        numbers = sorted(self.networks())
        networks = self.networks()
        together = [networks[numbers[0]][0], networks[numbers[1]][0]]
        apart = networks[numbers[2]][:2]
        kept = networks[numbers[3]][0]
        self.add("together", *together)
        self.add("apart", *apart)
        self.add("keep", kept)
        self.sql(self.database, "INSERT INTO peernet.pins (programme, rule, organizers, made_by, until) VALUES "
                                "('default', 'together', %s, 'x', '2020-01-01')", (apart,))
        self.run_again()
        self.assertEqual(self.network_of(together[0]), self.network_of(together[1]))
        self.assertNotEqual(self.network_of(apart[0]), self.network_of(apart[1]))
        self.assertEqual(self.network_of(kept), numbers[3])

    def test_a_removed_pin_binds_nobody(self):
        networks = self.networks()
        a, b = networks[1][0], networks[2][0]
        pin = self.add("together", a, b)["pin"]
        self.rpc.call("pin.remove", pin)
        self.run_again()
        warnings = self.sql(self.database, "SELECT figures->'warnings' FROM peernet.runs ORDER BY run DESC LIMIT 1")[0][0]
        self.assertEqual(warnings, [])
        self.assertNotEqual(self.network_of(a), self.network_of(b))


class Commands(Pins):
    def peernet(self, *args, code=0):
        done = self.run("peernet", *args, "--address", self.daemon.address, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout if code == 0 else done.stderr

    def test_pins_are_set_listed_and_removed_by_names(self):
        networks = self.networks()
        a, b = networks[1][0], networks[2][0]
        name = self.rpc.call("organizer.get", a)["organizer"]["name"]
        told = self.peernet("pin", "add", "together", name, b, "--dry-run")
        self.assertRegex(told, r"^It (costs|brings) (nothing|0\.\d{3}) ?of mean fit\.\n")
        self.assertRegex(told, r"The nearest way:\n  .+: from network \d+ to network \d+\n")
        self.assertIn("Nothing was changed (--dry-run).", told)
        self.assertIn("No rules", self.peernet("pin", "list"))
        told = self.peernet("pin", "add", "together", name, b, "--why", "share staff", "--until=2999-01-01")
        self.assertRegex(told, r"Pin (\d+) is set: later runs obey it\. Undo: peernet pin remove \1")
        number = self.rpc.call("pin.list")["pins"][0]["pin"]
        told = self.peernet("pin", "list")
        self.assertRegex(told, r"(?m)^PIN +RULE +ORGANIZERS +COST +UNTIL +BY +WHY")
        self.assertRegex(told, rf"(?m)^ *{number} +together +{name}, .+ 2999-01-01 +loopback +share staff")
        self.assertIn("ihop", self.peernet("pin", "list", "--lang", "sv"))
        told = self.peernet("pin", "add", "apart", a, b, code=1)
        self.assertIn("these rules cannot be met together", told)
        told = self.peernet("pin", "add", "apart", a, b, "--lang", "sv", code=1)
        self.assertIn("de här reglerna går inte ihop: 'regel ", told)
        self.assertEqual(json.loads(self.peernet("pin", "list", "--json"))["pins"][0]["why"], "share staff")
        self.assertEqual(self.peernet("pin", "remove", number), f"Pin {number} is removed: later runs are free of it.\n")
        self.assertIn("was removed by loopback", self.peernet("pin", "remove", number, code=1))
        self.assertIn("no organizer has the number or name 'Nobody at all'", self.peernet("pin", "add", "keep", "Nobody at all", code=1))


if __name__ == "__main__":
    peernet_test.main()
