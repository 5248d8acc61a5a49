"""What threads work on is bounded, whoever asks, however often, and whether they are still there; others are answered meanwhile."""

import collections
import re
import urllib.request

import msgpack

import peernet_test
from peernet_test import Daemon, RpcError, wait_until

OFFICES = [{"name": "Lund", "lat": 55.7, "lon": 13.2, "capacity": 25}]
CALLS = (("plan.make", [OFFICES]), ("insight.challenges", []), ("insight.coverage", []), ("insight.quality", []),
         ("pin.add", [{"rule": "keep", "organizers": ["2120000019"], "dry_run": True}]))
ALL = "4 requests for a thread wait; the limit is 4 (thread-queue), besides 1 at a time (thread-jobs)"
OWN = ("2 requests for a thread of this connection wait; the limit is 2 for one connection, half of 4 (thread-queue), "
       "besides 1 at a time (thread-jobs)")


class Threads(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, """UPDATE peernet.programmes SET settings = settings || '{"effort": 1000}'""")
        self.regroup(self.database, "--publish")

    def threads(self, rpc):
        return next(q for q in rpc.call("status")["queues"] if q["name"] == "threads")

    def flood(self, rpc, n):
        calls = [CALLS[i % len(CALLS)] for i in range(n)]
        rpc.send(b"".join(msgpack.packb([0, i, method, params]) for i, (method, params) in enumerate(calls)))

    def outcome(self, rpc, msgid):
        try:
            return bool(rpc.response(msgid)) and "answered"
        except RpcError as error:
            return f"{error.code}: {error.message}"

    def test_a_flood_is_answered_or_refused_and_leaves_nothing_behind(self):
        flags = ("--thread-jobs", 1, "--thread-queue", 4, "--http", "127.0.0.1:0")
        with Daemon(self.database, *flags) as daemon, daemon.rpc() as rpc:
            crowd = [daemon.rpc() for _ in range(8)]
            for one in crowd:
                self.flood(one, 500)
                self.assertTrue(rpc.call("ping")["pong"])
            for one in crowd[:4]:  # who leaves is neither waited for nor answered
                one.close()
            outcomes = collections.Counter()
            for one in crowd[4:]:
                outcomes.update(self.outcome(one, msgid) for msgid in range(500))
                one.close()
            # Where the thread is slow, those who left have had all its places.
            refused = sum(outcomes[f"E_BUSY: {why}"] for why in (ALL, OWN))
            self.assertEqual(outcomes["answered"] + refused, 4 * 500, outcomes)
            wait_until(lambda: self.threads(rpc)["running"] == 0, "the last of them")
            told = self.threads(rpc)
            self.assertEqual((told["waiting"], told["running_limit"], told["waiting_limit"]), (0, 1, 4))
            self.assertGreaterEqual(told["taken"], max(1, outcomes["answered"]))
            self.assertGreaterEqual(told["refused"], refused)
            limits = {limit["option"]: limit for limit in rpc.call("status")["limits"]}
            self.assertEqual(limits["thread-queue"], {"option": "thread-queue", "value": 4.0, "unit": "requests",
                                                      "reached": told["refused"]})
            self.assertGreaterEqual(limits["thread-jobs"]["reached"], told["refused"])
            self.assertEqual(self.sql(self.database, "SELECT count(*) FROM peernet.pins"), [(0,)])
            port = re.search(r"metrics and health.* port=(\d+)", daemon.log()).group(1)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
                metrics = answer.read().decode()
            for line in ('peernet_queue_running_limit{queue="threads"} 1', 'peernet_queue_waiting_limit{queue="threads"} 4',
                         f'peernet_queue_refused_total{{queue="threads"}} {told["refused"]}',
                         f'peernet_limit_reached_total{{name="thread-queue"}} {told["refused"]}'):
                self.assertIn(line, metrics.splitlines())
            self.assertEqual(self.outcome(rpc, rpc.request("insight.quality")), "answered")

    def test_whoever_floods_leaves_others_their_turn(self):
        with Daemon(self.database) as daemon, daemon.rpc() as flooding, daemon.rpc() as rpc:
            for _ in range(30):
                flooding.send(b"".join(msgpack.packb([0, i, "insight.challenges", []]) for i in range(100)))
                self.assertIn("pin", rpc.call("pin.add", {"rule": "keep", "organizers": ["2120000019"], "dry_run": True}))
            told = {self.outcome(flooding, i) for i in range(100)}
            self.assertTrue(all(one == "answered" or "limit is 8 for one connection" in one for one in told), told)


if __name__ == "__main__":
    peernet_test.main()
