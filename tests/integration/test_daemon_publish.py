"""What is published reaches every daemon of the database, whoever published it, and at once."""


import peernet_test
from peernet_test import Daemon, RpcError, wait_until

slow = True

EFFORT = """UPDATE peernet.programmes SET settings = '{"effort": 1000}'"""


class Publish(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, EFFORT)

    def propose(self, seed, publish=False):
        """A run of the worker; its number."""
        flags = ["--publish"] if publish else []
        self.regroup(self.database, "--seed", seed, "--force", *flags)
        return self.sql(self.database, "SELECT max(run) FROM peernet.runs")[0][0]

    def answers(self, rpc):
        """All networks with their members, and the unmatched, as that daemon has them."""
        networks = rpc.call("network.list", {"limit": 1000})["networks"]
        whole = [rpc.call("network.get", n["number"]) for n in networks]
        unmatched = rpc.call("network.list", {"limit": 1000, "unmatched": True})["unmatched"]
        for answer in whole:
            del answer["age_s"]
        return whole, unmatched

    def test_two_daemons_answer_alike_as_soon_as_one_is_published(self):
        # They are told: neither looks by itself within the hour.
        told = ("--refresh-interval", "1h")
        with Daemon(self.database, *told) as one, Daemon(self.database, *told) as two, one.rpc() as a, two.rpc() as b:
            b.call("subscribe", "networks")
            first = self.propose(1)
            wait_until(lambda: a.call("run.list")["runs"], "the proposal")
            self.assertIsNone(a.call("network.of", "2120000019")["network"])
            published = a.call("run.publish", first)
            self.assertEqual((published["run"], published["programme"]), (first, "default"))
            self.assertRegex(published["published_at"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
            # Whoever published reads its own write with the next request.
            self.assertEqual(a.call("network.of", "2120000019")["run"], first)
            self.assertEqual(b.next_notification(), ("networks.published", [{"run": first, "programme": "default"}]))
            self.assertEqual(b.call("network.of", "2120000019")["run"], first)
            self.assertEqual(self.answers(a), self.answers(b))
            # A worker started by hand publishes as well.
            second = self.propose(2, publish=True)
            self.assertEqual(b.next_notification()[1][0]["run"], second)
            wait_until(lambda: a.call("network.list")["run"] == second, "the second publication")
            self.assertEqual(self.answers(a), self.answers(b))

    def test_answers_are_what_the_database_holds(self):
        self.propose(1, publish=True)
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            rows = self.sql(self.database, "SELECT organizer, network, fit FROM peernet.members")
            self.assertGreater(len(rows), 300)
            for organizer, network, fit in rows:
                answer = rpc.call("network.of", organizer)
                self.assertEqual((answer["matched"], answer["network"]["number"]), (True, network), organizer)
                self.assertAlmostEqual(answer["fit"], fit, places=3)
                peers = {p["organizer"]["id"] for p in answer["peers"]}
                self.assertEqual(peers, {o for o, n, _ in rows if n == network and o != organizer})
                short = rpc.call("network.peers", organizer)
                self.assertEqual((short["network"], short["label"], short["fit"], set(short["peers"]), short["run"]),
                                 (network, answer["network"]["label"], answer["fit"], peers, answer["run"]))
            for organizer, reason in self.sql(self.database, "SELECT organizer, reason_sv FROM peernet.unmatched"):
                answer = rpc.call("network.of", organizer)
                self.assertEqual((answer["matched"], answer["network"], answer["reason"]), (False, None, reason))
                short = rpc.call("network.peers", organizer)
                self.assertEqual((short["network"], short["label"], short["fit"], short["peers"]), (None, None, None, []))
            with self.assertRaises(RpcError) as refused:
                rpc.call("network.of", "0000000000")
            self.assertEqual(refused.exception.code, "E_NOT_FOUND")

    def test_refusals_of_publish_say_why(self):
        first, second = self.propose(1), self.propose(2)
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            for run, code in ((second, None), (first, "E_STALE"), (second, None), (999999, "E_NOT_FOUND")):
                if code is None:
                    self.assertEqual(rpc.call("run.publish", run)["run"], run)
                    continue
                with self.assertRaises(RpcError) as refused:
                    rpc.call("run.publish", run)
                self.assertEqual(refused.exception.code, code)
                self.assertIn(str(run), refused.exception.message)
            states = {r["run"]: r["state"] for r in rpc.call("run.list")["runs"]}
            self.assertEqual(states, {first: "stale", second: "published"})

    def test_burst_of_changes_is_gathered_into_few_loads(self):
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            before = daemon.log().count('msg="loaded"')
            connection = peernet_test.psycopg2.connect(self.database)
            connection.autocommit = True
            with connection.cursor() as cursor:
                for i in range(300):
                    cursor.execute("UPDATE peernet.organizers SET name = %s WHERE id = '2120000019'", (f"Namn {i}",))
            connection.close()
            wait_until(lambda: rpc.call("organizer.get", "2120000019")["organizer"]["name"] == "Namn 299",
                       "the last name", 5)
            self.assertLess(daemon.log().count('msg="loaded"') - before, 150)

    def test_newest_runs_are_kept_and_the_published_one_always(self):
        first = self.propose(1, publish=True)
        newer = [self.propose(n) for n in (2, 3, 4)]
        with Daemon(self.database, "--runs-kept", 2) as daemon, daemon.rpc() as rpc:
            answer = rpc.call("run.list")
            self.assertEqual(answer["total"], 4)
            self.assertEqual([r["run"] for r in answer["runs"]], [newer[2], newer[1], first])
            self.assertEqual(rpc.call("run.get", first)["run"]["state"], "published")


if __name__ == "__main__":
    peernet_test.main()
