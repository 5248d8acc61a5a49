"""Proposals on demand: what a run would form, limited, cancelled, and harmless however their workers end."""

import json
import os
import pathlib
import signal

import peernet_test
from peernet_test import Daemon, RpcError, wait_until

slow = True

QUICK = {"effort": 20000}
ENDLESS = {"effort": 1000000000000}
MUNICIPAL = {"scope": {"kind": "municipal"}}


class Near(float):
    """A number that the database has kept with six digits, so that its fourth decimal may be another."""

    def __eq__(self, other):
        return abs(float(self) - float(other)) < 2e-4

    __hash__ = float.__hash__


def rounded(value):
    if isinstance(value, float):
        return Near(value)
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return [rounded(v) for v in value] if isinstance(value, list) else value


class Propose(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()

    def worker(self, body):
        """A stand-in for the worker: a shell script."""
        script = self.temp_folder() / "worker"
        script.write_text("#!/bin/sh\n" + body)
        script.chmod(0o755)
        return str(script)

    def workers(self, daemon):
        children = pathlib.Path(f"/proc/{daemon.pid}/task/{daemon.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def assert_refused(self, code, call, *args):
        with self.assertRaises(RpcError) as refused:
            call(*args)
        self.assertEqual(refused.exception.code, code, refused.exception.message)
        return refused.exception.message

    def municipal(self):
        return [row[0] for row in self.sql(
            self.database, "SELECT id FROM peernet.organizers WHERE kind = 'municipal' ORDER BY id")]

    def assert_as_published(self, rpc, proposal):
        """The proposal is what is published now, network by network, in every word and number."""
        listed = rpc.call("network.list", {"limit": 1000})["networks"]
        self.assertEqual([n["number"] for n in proposal["networks"]], [n["number"] for n in listed])
        for network in proposal["networks"]:
            published = rpc.call("network.get", network["number"])
            self.assertEqual(rounded(network.pop("members")), rounded(published["members"]))
            said = {"name", "note", "locked", "version", "moves"}  # by people, of networks that are published
            self.assertEqual(rounded(network), rounded({k: v for k, v in published["network"].items() if k not in said}))
        left_out = rpc.call("network.list", {"unmatched": True, "limit": 1000})["unmatched"]
        self.assertEqual(rounded(proposal["unmatched"]), rounded(left_out))

    def regroup_to_published(self, *flags):
        self.regroup(self.database, "--publish", *flags)

    def test_is_what_a_run_of_the_same_forms(self):
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            settings = {**QUICK, **MUNICIPAL}
            proposal = rpc.call("network.propose", {"settings": settings, "seed": 7})
            again = rpc.call("network.propose", {"settings": settings, "seed": 7})
            named = rpc.call("network.propose", {"organizers": self.municipal(), "settings": QUICK, "seed": 7})
            for answer in (proposal, again, named):
                answer.pop("age_s")
            self.assertEqual(again, proposal)
            self.assertEqual((named["networks"], named["unmatched"]), (proposal["networks"], proposal["unmatched"]))
            self.assertEqual((proposal["seed"], proposal["settings"]["effort"]), (7, 20000))
            self.assertEqual(rpc.call("run.list")["total"], 0)
            self.regroup_to_published("--seed", "7", "--set", "effort=20000", "--set", 'scope={"kind": "municipal"}')
            wait_until(lambda: rpc.call("network.list")["run"], "the published run")
            self.assertGreater(len(proposal["networks"]), 5)
            self.assert_as_published(rpc, proposal)

    def test_obeys_pins_and_keeps_what_is_published(self):
        self.regroup_to_published("--set", "effort=20000", "--set", 'scope={"kind": "municipal"}')
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            one, two = rpc.call("network.list", {"limit": 2})["networks"]
            first, second = (rpc.call("network.get", n["number"])["members"] for n in (one, two))
            a, b, c, d = (m["organizer"]["id"] for m in (first[0], first[1], second[0], second[1]))
            proposal = rpc.call("network.propose", {
                "settings": {**QUICK, **MUNICIPAL}, "pins": [{"rule": "keep", "organizers": [a]},
                                                              {"rule": "apart", "organizers": [a, b]},
                                                              {"rule": "together", "organizers": [c, d]}]})
            at = {m["organizer"]["id"]: n["number"] for n in proposal["networks"] for m in n["members"]}
            self.assertEqual(at[a], one["number"])
            self.assertNotEqual(at[b], at[a])
            self.assertEqual(at[c], at[d])
            said = self.assert_refused("E_ARGUMENT", rpc.call, "network.propose", {
                "settings": {**QUICK, **MUNICIPAL}, "pins": [{"rule": "together", "organizers": [a, b]},
                                                              {"rule": "apart", "organizers": [b, a]}]})
            self.assertIn("pin 1 (together", said)
            self.assertIn("pin 2 (apart", said)

    def test_the_groups_of_thousands_are_those_of_a_run_byte_for_byte(self):
        """Far more than a part, and more than the search takes as one region."""
        database = self.prepare(False)
        self.run("peernet-generate", "--organizers", "2000", "--db", database)
        with Daemon(database) as daemon, daemon.rpc() as rpc:
            proposal = rpc.call("network.propose", {"settings": {"effort": 50000}, "seed": 11}, timeout=60)
        self.regroup(database, "--publish", "--seed", "11", "--set", "effort=50000")
        groups = sorted([n["number"], sorted(m["organizer"]["id"] for m in n["members"])] for n in proposal["networks"])
        run = self.sql(database, "SELECT network, array_agg(organizer ORDER BY organizer) FROM peernet.members GROUP BY 1 ORDER BY 1")
        self.assertEqual(json.dumps(groups), json.dumps([list(row) for row in run]))
        left_out = sorted(u["organizer"]["id"] for u in proposal["unmatched"])
        self.assertEqual(left_out, [row[0] for row in self.sql(database, "SELECT organizer FROM peernet.unmatched ORDER BY 1")])
        self.assertGreater(len(groups), 100)
        with Daemon(database) as daemon, daemon.rpc() as rpc:
            for network in proposal["networks"][:30]:
                published = rpc.call("network.get", network["number"])
                self.assertEqual(published["members"], network["members"])
                self.assertEqual(published["network"]["reason"], network["reason"])

    def test_speaks_the_connections_language(self):
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            swedish = rpc.call("network.propose", {"settings": {**QUICK, **MUNICIPAL}})["networks"][0]
            rpc.call("hello", {"language": "en"})
            english = rpc.call("network.propose", {"settings": {**QUICK, **MUNICIPAL}})["networks"][0]
            self.assertNotEqual(swedish["reason"], english["reason"])
            self.assertEqual(swedish["members"][0]["fit"], english["members"][0]["fit"])

    def test_what_is_wrong_is_refused_before_a_worker_starts(self):
        with Daemon(self.database, "--regroup-program", self.worker("exit 99\n"),
                    "--propose-organizers", 20) as daemon, daemon.rpc() as rpc:
            known = self.municipal()[:3]
            for expected, words, params in (
                    ("E_ARGUMENT", "min_size", {"settings": {"min_size": 1}}),
                    ("E_ARGUMENT", "did you mean", {"settings": {"max_siz": 9}}),
                    ("E_ARGUMENT", "kind of organizer", {"settings": {"scope": {"kind": "church"}}}),
                    ("E_NOT_FOUND", "nobody", {"organizers": ["nobody"]}),
                    ("E_ARGUMENT", "ids of organizers", {"organizers": [7]}),
                    ("E_ARGUMENT", "outside the scope",
                     {"organizers": known, "settings": {"scope": {"kind": "independent"}}}),
                    ("E_ARGUMENT", "takes part", {"organizers": []}),
                    ("E_LIMIT", "20 (propose-organizers)", {}),
                    ("E_NOT_FOUND", "programme", {"programme": "none"}),
                    ("E_ARGUMENT", "pins, the 1.", {"organizers": known, "pins": [{"rule": "near"}]}),
                    ("E_ARGUMENT", "does not take part",
                     {"organizers": known[:2], "pins": [{"rule": "together", "organizers": known[1:]}]})):
                self.assertIn(words, self.assert_refused(expected, rpc.call, "network.propose", params))

    def test_others_are_answered_while_proposals_run_and_the_queue_is_limited(self):
        with Daemon(self.database, "--propose-jobs", 1, "--propose-queue", 1) as daemon, \
                daemon.rpc() as rpc, daemon.rpc() as other:
            running = rpc.request("network.propose", {"settings": ENDLESS})
            waiting = rpc.request("network.propose", {"settings": ENDLESS})
            wait_until(lambda: self.workers(daemon), "the worker")
            wait_until(lambda: rpc.call("status")["proposals"]["running"] == 1, "it to be running")
            self.assertEqual(rpc.call("status")["proposals"], {
                "running": 1, "running_limit": 1, "waiting": 1, "waiting_limit": 1, "organizers_limit": 5000,
                "time_limit_s": 60.0, "done": 0, "failed": 0, "cancelled": 0, "refused": 0})
            said = self.assert_refused("E_BUSY", other.call, "network.propose", {"settings": ENDLESS})
            self.assertIn("1 (propose-queue)", said)
            for _ in range(200):
                other.call("organizer.search", "lund")
            self.assertTrue(rpc.call("ping")["pong"])
            self.assertEqual(rpc.responses, {})
            self.assertEqual(len(self.workers(daemon)), 1)
            for msgid in (waiting, running):
                self.assertEqual(rpc.call("cancel", msgid), {"cancelled": True})
                self.assert_refused("E_CANCELLED", rpc.response, msgid)
            self.assertEqual(rpc.call("cancel", running), {"cancelled": False})
            told = rpc.call("status")["proposals"]
            self.assertEqual((told["cancelled"], told["refused"], told["waiting"]), (2, 1, 0))
            wait_until(lambda: not self.workers(daemon), "the worker's end")
            self.assertTrue(rpc.call("network.propose", {"settings": {**QUICK, **MUNICIPAL}})["networks"])

    def test_whoever_asks_for_many_at_once_leaves_room_for_others(self):
        with Daemon(self.database, "--propose-jobs", 1, "--propose-queue", 4) as daemon, \
                daemon.rpc() as rpc, daemon.rpc() as other:
            asked = [rpc.request("network.propose", {"settings": ENDLESS}) for _ in range(4)]
            said = self.assert_refused("E_BUSY", rpc.response, asked.pop())  # also while none is written yet
            self.assertEqual(said, "2 proposals of this connection wait; the limit is 2 for one connection, half of 4 "
                                   "(propose-queue), besides 1 at a time (propose-jobs)")
            others = other.request("network.propose", {"settings": {**QUICK, **MUNICIPAL}})
            wait_until(lambda: rpc.call("status")["proposals"]["waiting"] == 3, "it to wait")
            self.assertEqual(rpc.call("cancel", asked[1]), {"cancelled": True})
            self.assert_refused("E_CANCELLED", rpc.response, asked.pop(1))
            self.assertEqual(rpc.call("cancel", asked[0]), {"cancelled": True})  # the one that is computed
            for msgid in asked[1:]:  # its second is first in the line, the other's in turn behind it
                wait_until(lambda: rpc.call("status")["proposals"]["waiting"] == 1, "its turn")
                self.assertEqual(rpc.call("cancel", msgid), {"cancelled": True})
            self.assertTrue(other.response(others)["networks"])
            self.assertEqual(rpc.call("status")["proposals"]["refused"], 1)

    def test_ends_with_its_connection(self):
        for leave in (lambda rpc: rpc.sock.close(), lambda rpc: rpc.sock.shutdown(1)):
            with Daemon(self.database) as daemon:
                rpc = daemon.rpc()
                rpc.request("network.propose", {"settings": ENDLESS})
                rpc.request("network.propose", {"settings": ENDLESS})
                wait_until(lambda: self.workers(daemon), "the worker")
                leave(rpc)
                wait_until(lambda: not self.workers(daemon), "the worker's end")
                with daemon.rpc() as other:
                    self.assertTrue(other.call("ping")["pong"])
                rpc.close()

    def test_a_worker_that_does_not_listen_is_killed(self):
        deaf = self.worker("trap '' TERM\nwhile :; do sleep 0.05; done\n")
        with Daemon(self.database, "--regroup-program", deaf, "--regroup-kill-after", "100ms") as daemon, \
                daemon.rpc() as rpc:
            msgid = rpc.request("network.propose")
            pid = wait_until(lambda: self.workers(daemon), "the worker")[0]
            rpc.call("cancel", msgid)
            self.assert_refused("E_CANCELLED", rpc.response, msgid)
            wait_until(lambda: pid not in self.workers(daemon), "the worker's end")

    def test_a_worker_that_fails_harms_nobody(self):
        cases = (("echo it broke >&2; exit 3\n", "E_INTERNAL", "it broke"),
                 ("kill -SEGV $$\n", "E_INTERNAL", "signal 11"),
                 ("cat >/dev/null; printf nonsense\n", "E_INTERNAL", "cannot be used"),
                 ("cat >/dev/null; printf '\\224\\001\\001\\300\\200'\n", "E_INTERNAL", "fields"),
                 ("cat >/dev/null; printf '\\224\\001\\000'\n", "E_INTERNAL", "cannot be used: it ends too soon"),
                 ("cat >/dev/null; printf '\\224\\001\\000\\300\\200\\200'; sleep 60\n", "E_INTERNAL", "something follows it"),
                 ("cat >/dev/null; printf '\\224\\001\\000\\300\\333\\000\\001\\206\\240'\n", "E_LIMIT", "output-limit"))
        for body, code, words in cases:
            with Daemon(self.database, "--regroup-program", self.worker(body), "--output-limit", "64KiB",
                        "--output-pause", "32KiB") as daemon, daemon.rpc() as rpc:
                self.assertIn(words, self.assert_refused(code, rpc.call, "network.propose"))
                self.assertTrue(rpc.call("ping")["pong"])
        with Daemon(self.database, "--regroup-program", "/bin/true") as daemon, daemon.rpc() as rpc:
            self.assertIn("exit code 0", self.assert_refused("E_INTERNAL", rpc.call, "network.propose"))

    def test_is_ended_by_the_limit_of_time_or_from_outside(self):
        with Daemon(self.database, "--propose-time-limit", "300ms") as daemon, daemon.rpc() as rpc:
            said = self.assert_refused("E_CANCELLED", rpc.call, "network.propose", {"settings": ENDLESS})
            self.assertIn("propose-time-limit", said)
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            msgid = rpc.request("network.propose", {"settings": ENDLESS})
            os.kill(wait_until(lambda: self.workers(daemon), "the worker")[0], signal.SIGKILL)
            self.assertIn("signal 9", self.assert_refused("E_INTERNAL", rpc.response, msgid))

    def test_a_draining_daemon_finishes_it_and_a_second_signal_ends_it(self):
        daemon = Daemon(self.database)
        with daemon, daemon.rpc() as rpc:
            msgid = rpc.request("network.propose", {"settings": {**QUICK, **MUNICIPAL}})
            wait_until(lambda: self.workers(daemon), "the worker")
            os.kill(daemon.pid, signal.SIGTERM)
            self.assertTrue(rpc.response(msgid)["networks"])
            rpc.wait_closed()
            daemon.process.wait(20)
        daemon = Daemon(self.database)
        with daemon, daemon.rpc() as rpc:
            rpc.request("network.propose", {"settings": ENDLESS})
            pid = wait_until(lambda: self.workers(daemon), "the worker")[0]
            os.kill(daemon.pid, signal.SIGTERM)
            os.kill(daemon.pid, signal.SIGTERM)
            rpc.wait_closed()
            daemon.process.wait(20)
            wait_until(lambda: not os.path.exists(f"/proc/{pid}"), "the worker's end")


if __name__ == "__main__":
    peernet_test.main()
