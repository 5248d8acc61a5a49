"""What people decide about networks: moves by hand, names, notes, locks; obeyed by later runs, undone, in the trail."""

import json
import random
import threading

import psycopg2

import peernet_test
from peernet_test import Daemon, RpcError

slow = True

EFFORT = """UPDATE peernet.programmes SET settings = '{"effort": 20000}'"""


class Hands(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, EFFORT)
        self.regroup(self.database, "--publish")
        self.daemon = Daemon(self.database).start()
        self.addCleanup(self.daemon.close)
        self.rpc = self.daemon.rpc()
        self.addCleanup(self.rpc.close)
        self.published = self.rpc.call("network.list")["run"]

    def networks(self):
        rows = self.sql(self.database, "SELECT m.network, m.organizer FROM peernet.members m JOIN peernet.programmes p "
                                       "ON p.published_run = m.run ORDER BY 1, 2")
        networks = {}
        for network, organizer in rows:
            networks.setdefault(network, []).append(organizer)
        return networks

    def refused(self, *call, rpc=None):
        with self.assertRaises(RpcError) as caught:
            (rpc or self.rpc).call(*call)
        return caught.exception

    def run_again(self, settings=None):
        if settings:
            self.sql(self.database, "UPDATE peernet.programmes SET settings = %s", (json.dumps({"effort": 20000, **settings}),))
        self.regroup(self.database, "--publish", "--force")

    def network(self, number):
        return self.rpc.call("network.get", number)["network"]

    def two(self):
        """An organizer and a network that it is not in and that has room."""
        networks = self.networks()
        numbers = sorted(networks, key=lambda n: len(networks[n]))
        to, source = numbers[0], numbers[-1]
        return networks[source][0], source, to


class Moves(Hands):
    def test_a_move_is_priced_shown_and_made_by_the_next_run(self):
        organizer, source, to = self.two()
        tried = self.rpc.call("network.move", {"organizer": organizer, "network": to, "dry_run": True})
        self.assertEqual((tried["from"]["number"], tried["to"]["number"], tried["pin"]), (source, to, None))
        self.assertIn(organizer, [m["organizer"]["id"] for m in tried["moves"]])
        self.assertEqual(self.rpc.call("pin.list")["pins"], [])
        made = self.rpc.call("network.move", {"organizer": organizer, "network": to, "why": "neighbours",
                                              "run": self.published})
        self.assertEqual(made["cost"], tried["cost"])
        for number in (source, to):
            moves = self.network(number)["moves"]
            self.assertEqual([(m["organizer"]["id"], m["from"], m["to"], m["pin"]) for m in moves],
                             [(organizer, source, to, made["pin"])])
        # Runs never change: what is published stays until another run is.
        self.assertIn(organizer, self.networks()[source])
        self.assertEqual(self.rpc.call("network.of", organizer)["network"]["number"], source)
        self.run_again()
        self.assertIn(organizer, self.networks()[to])
        peernet_test.wait_until(lambda: self.rpc.call("network.of", organizer)["network"]["number"] == to, "the run")
        self.assertEqual(self.network(to)["moves"], [])
        # And by the one after, also where the past is ignored and everything is searched anew.
        self.run_again({"stability": 0})
        self.assertIn(organizer, self.networks()[to])

    def test_a_move_is_undone_by_removing_its_pin_and_replaced_by_the_next(self):
        organizer, source, to = self.two()
        other = next(n for n in self.networks() if n not in (source, to))
        first = self.rpc.call("network.move", {"organizer": organizer, "network": to})["pin"]
        second = self.rpc.call("network.move", {"organizer": organizer, "network": other})["pin"]
        self.assertEqual([(p["pin"], p["network"]) for p in self.rpc.call("pin.list")["pins"]], [(second, other)])
        self.assertEqual(self.refused("pin.remove", first).code, "E_NOT_FOUND")
        self.rpc.call("pin.remove", second)
        self.assertEqual(self.network(other)["moves"], [])
        self.run_again({"stability": 1})
        self.assertIn(organizer, self.networks()[source])
        self.assertTrue(self.rpc.call("audit.verify")["intact"])
        actions = [e["action"] for e in self.rpc.call("audit.list", {"action": "pins"})["entries"]]
        self.assertEqual(actions, ["pins.remove", "pins.add", "pins.remove", "pins.add"])

    def test_what_no_run_could_make_is_refused(self):
        organizer, source, to = self.two()
        silent, = self.sql(self.database, "SELECT organizer FROM peernet.unmatched WHERE reason = 'nothing_reported' LIMIT 1")[0]
        peer = self.networks()[to][0]
        name = self.rpc.call("organizer.get", organizer)["organizer"]["name"]
        for params, code, words in (
                ({"organizer": organizer, "network": source}, "E_ARGUMENT", f"{name} is in network {source} already"),
                ({"organizer": organizer, "network": 99999}, "E_NOT_FOUND", "no network 99999 in its published run"),
                ({"organizer": "x", "network": to}, "E_NOT_FOUND", "no organizer has the id 'x'"),
                ({"organizer": silent, "network": to}, "E_ARGUMENT", "reports nothing that counts; no run places it"),
                ({"organizer": organizer, "network": to, "run": self.published + 1}, "E_STALE",
                 f"this rests on run {self.published + 1}, but run {self.published} is published now")):
            error = self.refused("network.move", params)
            self.assertEqual(error.code, code, params)
            self.assertIn(words, error.message)
        self.rpc.call("pin.add", {"rule": "keep", "organizers": [peer]})
        self.rpc.call("pin.add", {"rule": "apart", "organizers": [organizer, peer]})
        error = self.refused("network.move", {"organizer": organizer, "network": to})
        self.assertRegex(error.message, rf"these rules cannot be met together: 'pin 1 .*', 'pin 2 .*', 'the new pin \(keep in "
                                        rf"network {to}: .*\)'; who is to be apart is kept in one network")

    def test_limits_of_the_settings_forbid_a_move(self):
        self.sql(self.database, """UPDATE peernet.programmes SET settings = '{"effort": 20000, "not_alone": ["county"]}'""")
        peernet_test.wait_until(lambda: self.rpc.call("status")["snapshot"]["inputs_version"] ==
                                self.sql(self.database, "SELECT inputs_version FROM peernet.state")[0][0], "the settings")
        county = dict(self.sql(self.database, "SELECT id, county FROM peernet.organizers"))
        networks = self.networks()
        for number, members in networks.items():
            counties = {county[m] for m in members}
            stranger = next((o for n, other in networks.items() for o in other if n != number and county[o] not in counties), None)
            if stranger is None:
                continue
            error = self.refused("network.move", {"organizer": stranger, "network": number})
            self.assertEqual(error.code, "E_ARGUMENT")
            self.assertIn("within sizes (5 to 12), the rules that people set and 'not_alone: county'", error.message)
            return
        self.fail("every network has all counties")

    def test_a_network_that_is_gone_holds_nobody(self):
        organizer, source, to = self.two()
        self.rpc.call("network.move", {"organizer": organizer, "network": to})
        self.sql(self.database, "UPDATE peernet.pins SET network = 99999")
        self.run_again()
        warnings = self.sql(self.database, "SELECT figures->'warnings' FROM peernet.runs ORDER BY run DESC LIMIT 1")[0][0]
        self.assertEqual(len(warnings), 1)
        self.assertIn("is free, network 99999 is not published any more", warnings[0])


class Notes(Hands):
    def test_name_note_and_lock_are_shown_kept_from_run_to_run_and_undone(self):
        number = min(self.networks())
        self.assertEqual([self.network(number)[k] for k in ("name", "note", "locked", "version")], [None, None, False, 0])
        self.assertEqual(self.rpc.call("network.rename", number, "Mälardalen"),
                         {"network": number, "programme": "default", "version": 1})
        self.assertEqual(self.rpc.call("network.note", number, "Meets in March")["version"], 2)
        self.assertEqual(self.rpc.call("network.lock", number)["version"], 3)
        self.assertEqual(self.rpc.call("network.lock", number)["version"], 3)  # it was already
        self.assertEqual([self.network(number)[k] for k in ("name", "note", "locked", "version")],
                         ["Mälardalen", "Meets in March", True, 3])
        listed = self.rpc.call("network.list")["networks"][0]
        self.assertEqual((listed["number"], listed["name"], listed["locked"]), (number, "Mälardalen", True))
        self.run_again()
        run = self.sql(self.database, "SELECT published_run FROM peernet.programmes")[0][0]
        peernet_test.wait_until(lambda: self.rpc.call("network.list")["run"] == run, "the run")
        self.assertEqual(self.network(number)["name"], "Mälardalen")
        self.rpc.call("network.rename", number, "")
        self.rpc.call("network.note", number, "")
        self.rpc.call("network.lock", number, False)
        self.assertEqual([self.network(number)[k] for k in ("name", "note", "locked", "version")], [None, None, False, 6])
        entries = self.rpc.call("audit.list", {"action": "network_notes"})["entries"]
        self.assertEqual([e["action"] for e in entries], ["network_notes.change"] * 5 + ["network_notes.add"])
        self.assertEqual([e["after"][0]["remark"] for e in entries], ["", "", "Meets in March", "Meets in March", "Meets in March", ""])
        self.assertEqual({(e["who"], e["programme"]) for e in entries}, {("loopback", "default")})
        self.assertTrue(self.rpc.call("audit.verify")["intact"])

    def test_the_second_of_two_is_told_what_changed(self):
        number = min(self.networks())
        self.rpc.call("network.rename", number, "North", "default", 0)
        error = self.refused("network.rename", number, "South", "default", 0)
        self.assertEqual(error.code, "E_STALE")
        self.assertRegex(error.message, rf'^this rests on version 0 of network {number}, but loopback changed it at 20\S+: its '
                                        r'name is "North", its note "", it is not locked')
        self.assertIn("that is version 1", error.message)
        self.assertEqual(self.network(number)["name"], "North")
        self.assertEqual(self.rpc.call("network.rename", number, "South", "default", 1)["version"], 2)

    def test_what_is_wrong_is_refused_by_name(self):
        number = min(self.networks())
        self.assertEqual(self.refused("network.rename", 99999, "x").code, "E_NOT_FOUND")
        self.assertEqual(self.refused("network.note", 99999, "x").code, "E_NOT_FOUND")
        self.assertEqual(self.refused("network.lock", 99999).code, "E_NOT_FOUND")
        for name in (" x", "x ", "a\nb", "\x7f"):
            error = self.refused("network.rename", number, name)
            self.assertIn("allowed is text without control characters or outer blanks", error.message)
        self.assertEqual(self.refused("network.rename", number, "x" * 101).code, "E_ARGUMENT")
        self.assertEqual(self.refused("network.note", number, "x" * 2001).code, "E_ARGUMENT")
        self.assertEqual(self.rpc.call("network.note", number, "å" * 2000)["version"], 1)

    def test_a_locked_network_stays_as_it_is(self):
        networks = self.networks()
        locked = sorted(networks)[:3]
        for number in locked:
            self.rpc.call("network.lock", number)
        # Reports of others change a lot, and everything is searched anew.
        self.sql(self.database, "DELETE FROM peernet.reports WHERE organizer IN (SELECT organizer FROM (SELECT organizer, "
                                "row_number() OVER (ORDER BY organizer) AS n FROM (SELECT DISTINCT organizer FROM peernet.reports "
                                "WHERE organizer <> ALL (%s)) AS o) AS p WHERE n %% 5 = 0)", (sum((networks[n] for n in locked), []),))
        for settings in ({"stability": 0}, {"stability": 0, "min_fit": 0.5}):
            self.run_again(settings)
            now = self.networks()
            for number in locked:
                self.assertEqual(now.get(number), networks[number], (number, settings))
        self.assertNotEqual(now, networks)

    def test_locks_and_rules_contradict_each_other_in_words(self):
        networks = self.networks()
        locked, other, *_ = sorted(networks)
        a, b = networks[locked][:2]
        c = networks[other][0]
        self.rpc.call("network.lock", locked)
        # Who named it since has not locked it.
        self.sql(self.database, "SELECT peernet.set_network('default', %s, 'Bo says so', NULL, NULL, NULL, NULL, 'bo', '')", (locked,))
        peernet_test.wait_until(lambda: self.network(locked)["name"], "the name")
        error = self.refused("network.move", {"organizer": a, "network": other})
        self.assertRegex(error.message, rf"'network {locked} is locked by loopback', 'the new pin \(keep in network {other}: ")
        error = self.refused("network.move", {"organizer": c, "network": locked})
        self.assertIn("; that network is locked: nobody else may join it", error.message)
        error = self.refused("pin.add", {"rule": "apart", "organizers": [a, b]})
        self.assertIn("who is to be apart is kept in one network", error.message)
        self.rpc.call("network.lock", locked, False)
        pin = self.rpc.call("pin.add", {"rule": "apart", "organizers": [a, b]})["pin"]
        error = self.refused("network.lock", locked)
        self.assertIn(f"'pin {pin} (apart: ", error.message)
        self.assertFalse(self.network(locked)["locked"])

    def test_of_a_lock_and_a_move_that_clash_one_is_refused(self):
        """Both are looked at by daemons that know of neither, and wait for the database side by side."""
        networks = self.networks()
        locked, source, *_ = sorted(networks, key=lambda n: len(networks[n]))
        mover = networks[source][0]
        other = Daemon(self.database).start()
        self.addCleanup(other.close)
        holder = psycopg2.connect(self.database)
        self.addCleanup(holder.close)

        def waiting(n):
            peernet_test.wait_until(lambda: self.sql(
                self.database, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "
                               "current_database()")[0][0] == n, "the wait", pause=0.005)
        with other.rpc() as rpc:
            calls = [(self.rpc, ("network.lock", locked)), (rpc, ("network.move", {"organizer": mover, "network": locked}))]
            for order in (calls, calls[::-1]):
                with holder.cursor() as cursor:
                    cursor.execute("SELECT FROM peernet.state FOR NO KEY UPDATE")
                sent = []
                for n, (client, call) in enumerate(order, 1):
                    sent.append((client, client.request(*call)))
                    waiting(n)
                holder.rollback()
                answer = sent[0][0].response(sent[0][1])
                with self.assertRaises(RpcError) as caught:
                    sent[1][0].response(sent[1][1])
                self.assertEqual(caught.exception.code, "E_STALE")
                self.assertRegex(caught.exception.message, r"^meanwhile loopback (changed network|set pin) \d+")
                if "pin" in answer:
                    self.rpc.call("pin.remove", answer["pin"])
                else:
                    self.rpc.call("network.lock", locked, False)
                for client, _ in order:
                    peernet_test.wait_until(lambda: client.call("status")["snapshot"]["inputs_version"] == self.sql(
                        self.database, "SELECT inputs_version FROM peernet.state")[0][0], "the snapshot")

    def test_many_administrators_at_once(self):
        """Each says on which version it rests: no update is lost, and nobody waits for ever."""
        numbers = sorted(self.networks())[:3]
        other = Daemon(self.database).start()
        self.addCleanup(other.close)
        done, failures, lock = {n: 0 for n in numbers}, [], threading.Lock()

        def work(seed):
            chance = random.Random(seed)
            mine = 0
            with (other if seed % 2 else self.daemon).rpc() as rpc:
                for i in range(5000):  # how many are stale depends on how fast the daemons are told of each other's
                    if i >= 250 and mine >= 70:
                        break
                    number = chance.choice(numbers)
                    try:
                        version = rpc.call("network.get", number)["network"]["version"]
                        method, value = chance.choice((("network.rename", f"{seed} {i}"), ("network.note", f"{seed} {i}")))
                        rpc.call(method, number, value, "default", version)
                        mine += 1
                        with lock:
                            done[number] += 1
                    except RpcError as e:
                        if e.code != "E_STALE":
                            failures.append(e)
        threads = [threading.Thread(target=work, args=(s,)) for s in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        rows = dict(self.sql(self.database, "SELECT network, version FROM peernet.network_notes"))
        self.assertEqual(rows, {n: v for n, v in done.items() if v})
        self.assertGreaterEqual(sum(done.values()), 4 * 70)
        self.assertTrue(self.rpc.call("audit.verify")["intact"])


class Rights(Hands):
    def test_the_daemons_own_role_is_enough(self):
        """The daemon has the rights of peernet_daemon and no more."""
        networks = self.networks()
        number, other, *_ = sorted(networks)
        with Daemon(self.database + " options='-c role=peernet_daemon'") as daemon, daemon.rpc() as rpc:
            pin = rpc.call("pin.add", {"rule": "keep", "organizers": [networks[number][0]]})["pin"]
            self.assertEqual(rpc.call("pin.remove", pin)["pin"], pin)
            self.assertGreater(rpc.call("network.move", networks[number][0], other)["pin"], pin)
            self.assertEqual(rpc.call("network.rename", number, "North")["version"], 1)
            self.assertEqual(rpc.call("network.lock", other + 1)["version"], 1)
            self.assertEqual(rpc.call("audit.list", {"limit": 1})["entries"][0]["action"], "network_notes.add")
            self.assertTrue(rpc.call("audit.verify")["intact"])
            self.assertEqual(self.refused("pin.remove", pin, rpc=rpc).code, "E_NOT_FOUND")


class Commands(Hands):
    def peernet(self, *args, code=0):
        done = self.run("peernet", *args, "--address", self.daemon.address, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout if code == 0 else done.stderr

    def test_hands_at_the_command_line(self):
        organizer, source, to = self.two()
        name = self.rpc.call("organizer.get", organizer)["organizer"]["name"]
        told = self.peernet("network", "move", name, to, "--dry-run")
        self.assertRegex(told, r"^It (costs|brings) (nothing|0\.\d{3}) ?of mean fit\.\nThe nearest way:\n")
        self.assertIn(f"  {name}: from network {source} to network {to}\n", told)
        self.assertIn("Nothing was changed (--dry-run).", told)
        told = self.peernet("network", "move", organizer, to)
        self.assertRegex(told, r"It moves with the next run \(pin (\d+)\)\. Undo: peernet pin remove \1")
        self.assertEqual(self.peernet("network", "rename", to, "Mälardalen"), f"Network {to} is called Mälardalen now.\n")
        self.assertEqual(self.peernet("network", "note", to, "Meets in March"), f"The note about network {to} is written.\n")
        self.assertIn(f"'network {source} is locked'", self.peernet("network", "lock", source, code=1))  # its member is to move
        other = next(n for n in sorted(self.networks()) if n not in (source, to))
        self.assertEqual(self.peernet("network", "lock", other), f"Network {other} is locked. Undo: peernet network unlock {other}\n")
        told = self.peernet("networks")
        self.assertRegex(told, rf"(?m)^ *{to} .* Mälardalen$")
        self.assertRegex(told, rf"(?m)^ *{other} .* \(locked\)$")
        told = self.peernet("network", to)
        self.assertIn(f"Network {to}: Mälardalen\n", told)
        self.assertIn("Meets in March\n", told)
        self.assertIn(f"With the next run\n  {name}: from network {source} to network {to}\n", told)
        self.assertIn("Locked: runs leave its members as they are.", self.peernet("network", other))
        self.assertRegex(self.peernet("pin", "list"), rf"keep +{name} \(in network {to}\)")
        error = self.peernet("network", "rename", to, "x", "--if-version", 1, code=1)
        self.assertIn("this rests on version 1 of network", error)
        self.assertEqual(self.peernet("network", "unlock", other), f"Network {other} is not locked any more.\n")
        self.assertEqual(self.peernet("network", "rename", to, ""), f"Network {to} has no name any more.\n")
        self.assertEqual(self.peernet("network", "note", to, ""), f"Network {to} has no note any more.\n")
        self.assertIn("network_notes.change", self.peernet("audit", "list"))
        self.assertTrue(json.loads(self.peernet("audit", "verify", "--json"))["intact"])


if __name__ == "__main__":
    peernet_test.main()
