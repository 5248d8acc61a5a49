"""Every method of methods.def: it succeeds, and refuses by the right error what its parameters do not allow, what is not there,
what rests on something else than there is, and what cannot be had while the database is away. A new method needs its lines here.

That each method is for its role alone (E_DENIED) unit/test_net_roles.c tries; limits and queues (E_LIMIT, E_BUSY) are tried where
they are: test_daemon_limits, test_daemon_queues, test_daemon_busy."""

import re

import peernet_test
from pg import PrivateCluster
from peernet_test import Daemon, RpcError, wait_until

slow = True

A, B, C, SILENT = "2120000019", "2120000027", "2120000035", "2120000050"
OFFICE = {"name": "Lund", "lat": 55.7, "lon": 13.19, "capacity": 40}

# Calls that succeed, in an order in which each finds what it needs: run 1 is published, run 2 a proposal.
CALLS = [
    ("hello", {}), ("ping", {}), ("status", {}), ("methods", {}), ("organizer.get", {"organizer": A}),
    ("organizer.search", {"text": "lund"}), ("organizer.similar", {"organizer": A}), ("organizer.explain", {"organizer": A, "other": B}),
    ("organizer.match", {"organizer": A}), ("challenge.list", {}), ("network.of", {"organizer": A}), ("network.peers", {"organizer": A}),
    ("network.get", {"network": 1}), ("network.list", {}), ("run.get", {"run": 1}), ("run.list", {}), ("run.diff", {"base": 1, "run": 2}),
    ("network.propose", {"organizers": [A, B, C], "settings": {"min_size": 2, "effort": 10}}), ("cancel", {"msgid": 1}),
    ("programme.create", {"programme": "reading"}), ("programme.list", {}), ("programme.get", {"programme": "reading"}),
    ("programme.set", {"programme": "reading", "changes": {"purpose": "p"}}), ("programme.history", {"programme": "reading"}),
    ("programme.archive", {"programme": "reading"}), ("run.reject", {"run": 2, "why": "no"}), ("run.replay", {"run": 1}),
    ("run.publish", {"run": 2, "force": True}), ("run.rollback", {"run": 1}), ("subscribe", {"topic": "networks"}),
    ("unsubscribe", {"topic": "networks"}), ("token.create", {"name": "t"}), ("token.list", {}), ("token.revoke", {"name": "t"}),
    ("pin.add", {"rule": "together", "organizers": [A, B]}), ("pin.list", {}), ("pin.remove", {"pin": 1}),
    ("network.move", {"organizer": A, "network": 2, "dry_run": True}), ("network.rename", {"network": 1, "name": "N"}),
    ("network.note", {"network": 1, "note": "n"}), ("network.lock", {"network": 1}), ("insight.challenges", {}),
    ("insight.coverage", {}), ("insight.quality", {}), ("plan.make", {"offices": [OFFICE], "save": "p"}), ("plan.list", {}),
    ("plan.get", {"plan": 1}), ("plan.adopt", {"plan": 1}), ("plan.record", {"outcome": "met", "organizers": [A]}),
    ("activity.set", {"activity": "m", "title_sv": "M", "title_en": "M", "challenges": ["subject.art"]}), ("activity.list", {}),
    ("activity.cover", {}), ("activity.remove", {"activity": "m"}),
    ("report.submit", {"reports": [{"organizer": A, "challenge": "subject.art", "severity": 3, "reported_on": "2026-03-14"}]}),
    ("organizer.upsert", {"organizers": [{"id": "9", "name": "N", "kind": "state"}]}), ("audit.list", {}), ("audit.verify", {}),
    ("run.start", {"programme": "maths"}), ("run.cancel", {"run": 3}),
]

# What is not there: parameters that name a thing, with a name that nothing has.
NAMES = {"organizer": "none", "other": "none", "programme": "none", "network": 99999, "run": 99999, "base": 99999, "plan": 99999,
         "pin": 99999, "activity": "none", "name": "none"}
# Where such a parameter is what is made, or a filter that finds nothing, or a word.
NO_NAMES = {("programme.create", "programme"), ("token.create", "name"), ("network.rename", "name"), ("activity.set", "activity"),
            ("audit.list", "programme"), ("audit.list", "run"), ("network.move", "run")}
# Of memory, which goes on with the database away; every other method says E_UNAVAILABLE then.
FROM_MEMORY = {
    "hello", "ping", "status", "methods", "organizer.get", "organizer.search", "organizer.similar", "organizer.explain",
    "organizer.match", "challenge.list", "network.of", "network.peers", "network.get", "network.list", "network.propose", "cancel",
    "run.get", "run.list", "programme.list", "programme.get", "subscribe", "unsubscribe", "token.list", "pin.list", "insight.challenges",
    "insight.coverage", "insight.quality", "activity.list", "activity.cover"}
# Of those, which a dry run or nothing to keep makes: {method: what makes it need the database}.
NEEDS = {"network.move": {"dry_run": False}}


class Prepared(peernet_test.PeernetTest):
    def make(self, database):
        quick = """'{"effort": 1000}'"""
        self.sql(database, f"UPDATE peernet.programmes SET settings = {quick}; INSERT INTO peernet.programmes (name, title_sv, "
                           """title_en, settings) VALUES ('maths', 'M', 'M', '{"effort": 1000000000000}')""")
        self.regroup(database, "--publish")
        self.regroup(database, "--force", "--seed", 2)

    def setUp(self):
        self.database = self.prepare()
        self.make(self.database)
        self.daemon = Daemon(self.database).start()
        self.addCleanup(self.daemon.close)
        self.rpc = self.daemon.rpc()
        self.addCleanup(self.rpc.close)
        self.methods = {m["name"]: m for m in self.rpc.call("methods")["methods"]}

    def refused(self, code, method, params, rpc=None):
        with self.assertRaises(RpcError, msg=(method, params)) as refused:
            (rpc or self.rpc).call(method, *([params] if isinstance(params, dict) else params))
        self.assertEqual(refused.exception.code, code, (method, params, refused.exception.message))
        return refused.exception.message


class Methods(Prepared):
    def test_each_succeeds_with_the_fields_that_it_promises(self):
        self.assertEqual(sorted(self.methods), sorted(name for name, _ in CALLS))
        for name, params in CALLS:
            result = self.rpc.call(name, params)
            self.assertEqual(set(result) & {f["name"] for f in self.methods[name]["result"] if not f["optional"]},
                             {f["name"] for f in self.methods[name]["result"] if not f["optional"]}, name)
        self.assertEqual(result["state"], "cancelled")

    def test_each_refuses_what_its_parameters_do_not_allow_and_names_the_parameter(self):
        wrong = {"str": 7, "uint": "x", "int": "x", "bool": "x", "float": "x", "list": 7, "map": 7}
        for name, params in CALLS:
            method = self.methods[name]
            for p in method["params"]:
                self.assertIn(p["name"], self.refused("E_ARGUMENT", name, {**params, p["name"]: wrong[p["type"]]}), name)
                bounds = re.search(r" of (\d+) to (\d+)", p["allowed"])
                if bounds and p["type"] == "uint":
                    self.assertIn(p["name"], self.refused("E_ARGUMENT", name, {**params, p["name"]: int(bounds[2]) + 1}), name)
                if bounds and p["type"] == "str":
                    self.assertIn(p["name"], self.refused("E_ARGUMENT", name, {**params, p["name"]: "x" * (int(bounds[2]) + 1)}), name)
                if not p["optional"]:
                    rest = {k: v for k, v in params.items() if k != p["name"]}
                    self.assertIn(p["name"], self.refused("E_ARGUMENT", name, rest), name)
            self.assertIn("nope", self.refused("E_ARGUMENT", name, {**params, "nope": 1}), name)
            self.refused("E_ARGUMENT", name, [None] * 9)

    def test_each_says_that_what_is_named_is_not_there(self):
        named = 0
        for name, params in CALLS:
            for p in self.methods[name]["params"]:
                if p["name"] not in NAMES or (name, p["name"]) in NO_NAMES or (p["name"] == "name" and name != "token.revoke"):
                    continue
                self.refused("E_NOT_FOUND", name, {**params, p["name"]: NAMES[p["name"]]})
                named += 1
        self.assertGreater(named, 45)

    def test_each_that_says_it_may_be_stale_is(self):
        self.sql(self.database, "UPDATE peernet.organizers SET name = name || '.' WHERE id = %s", (A,))
        self.rpc.call("network.rename", 1, "N")
        stale = {
            "run.publish": {"run": 2},
            "run.rollback": {"run": 1, "expected": 2},
            "programme.set": {"programme": "default", "changes": {"purpose": "p"}, "revision": 99},
            "network.move": {"organizer": A, "network": 2, "run": 2},
            "network.rename": {"network": 1, "name": "M", "version": 0},
            # "Version as for network.rename."
            "network.note": {"network": 1, "note": "M", "version": 0},
            "network.lock": {"network": 1, "version": 0},
            "programme.archive": {"programme": "maths", "revision": 99},
        }
        self.rpc.call("run.publish", 2, True)
        stale["run.rollback"] = {"run": 1, "expected": 1}
        self.sql(self.database, "SELECT peernet.rollback_run(1, 'test', NULL, NULL)")
        self.sql(self.database, "UPDATE peernet.organizers SET name = name || '.' WHERE id = %s", (B,))
        self.sql(self.database, "SELECT peernet.publish_current(2, 'test', 'all')")
        wait_until(lambda: self.rpc.call("network.list")["run"] == 2, "run 2")
        self.regroup(self.database, "--force", "--seed", 3)  # run 3 rests on run 2
        self.sql(self.database, "UPDATE peernet.organizers SET name = name || '.' WHERE id = %s", (A,))
        stale["run.publish"], stale["network.move"]["run"] = {"run": 3}, 1
        self.assertLessEqual({m["name"] for m in self.methods.values() if "E_STALE" in m["sentence"]}, set(stale))
        for name, params in stale.items():
            self.refused("E_STALE", name, params)
        for name, method in self.methods.items():  # all codes that sentences name are tried here
            self.assertLessEqual(set(re.findall(r"E_[A-Z]+", method["sentence"])), {"E_STALE", "E_CANCELLED"}, name)

    def test_what_is_cancelled_says_so(self):
        self.sql(self.database, """UPDATE peernet.programmes SET settings = '{"effort": 1000000000000}' WHERE name = 'default'""")
        asked = self.rpc.request("network.propose", {"settings": {"effort": 1000000000000}})
        self.assertTrue(self.rpc.call("cancel", asked)["cancelled"])
        with self.assertRaises(RpcError) as cancelled:
            self.rpc.response(asked)
        self.assertEqual(cancelled.exception.code, "E_CANCELLED")


class Away(Prepared):
    """With a cluster of its own, which is stopped."""

    def setUp(self):
        self.own = PrivateCluster()
        self.addCleanup(self.own.close)
        super().setUp()

    @property
    def cluster(self):
        return self.own

    def prepare(self):
        return self.own.conninfo(self.own.create(peernet_test.prepared_template(self.own, True)))  # goes with the cluster

    def test_each_goes_on_from_memory_or_says_that_the_database_is_away(self):
        self.assertLessEqual(FROM_MEMORY, set(self.methods))
        self.own.stop()
        wait_until(lambda: not self.rpc.call("status")["database"]["connected"], "the loss")
        for name, params in CALLS:
            params = {**params, **NEEDS.get(name, {})}
            if name in ("network.propose", "programme.set", "programme.history", "programme.archive", "run.cancel", "plan.make"):
                continue  # below
            if name in FROM_MEMORY:
                self.rpc.call(name, params if "programme" not in params else {**params, "programme": "default"})
            else:
                self.refused("E_UNAVAILABLE", name, params)
        self.rpc.call("network.propose", {"organizers": [A, B, C], "settings": {"min_size": 2, "effort": 10}})
        self.refused("E_UNAVAILABLE", "programme.set", {"programme": "default", "changes": {"purpose": "p"}})
        self.refused("E_UNAVAILABLE", "programme.history", {"programme": "default"})
        self.refused("E_UNAVAILABLE", "programme.archive", {"programme": "maths"})
        self.refused("E_UNAVAILABLE", "plan.make", {"offices": [OFFICE], "save": "p"})
        self.rpc.call("plan.make", {"offices": [OFFICE]})  # nothing is kept
        self.refused("E_NOT_FOUND", "run.cancel", {"run": 3})  # of this daemon's own


if __name__ == "__main__":
    peernet_test.main()
