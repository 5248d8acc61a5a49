"""What clients ask of the database waits in a short queue, whoever asks, however often, and whether they are still there."""

import msgpack

import peernet_test
from peernet_test import Daemon, wait_until

slow = True

QUICK = """UPDATE peernet.programmes SET settings = settings || '{"effort": 1000}'"""


class Queues(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, QUICK)
        self.regroup(self.database, "--publish")
        self.regroup(self.database, "--force", "--set", "target_size=6")
        self.before, self.after = (r for r, in self.sql(self.database, "SELECT run FROM peernet.runs ORDER BY run"))

    def queue(self, rpc, name):
        return next(q for q in rpc.call("status")["queues"] if q["name"] == name)

    def send_at_once(self, rpc, n, method, *params):
        rpc.send(b"".join(msgpack.packb([0, i, method, list(params)]) for i in range(n)))

    def test_diffs_of_those_who_left_are_not_made_and_keep_nobody_waiting(self):
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            for _ in range(10):
                with daemon.rpc() as one:
                    self.send_at_once(one, 1000, "run.diff", self.before, self.after)
                    one.read_message()
            self.assertTrue(rpc.call("ping")["pong"])
            told = self.queue(rpc, "reads")
            self.assertLessEqual(told["waiting"], 32)
            self.assertEqual(rpc.call("run.publish", self.after)["run"], self.after)
            wait_until(lambda: self.queue(rpc, "reads")["running"] == 0, "the last of them")
            told = self.queue(rpc, "reads")
            self.assertLess(told["taken"], 500)  # of 10,000
            self.assertGreater(told["refused"], 0)  # those that were read before their connection had gone
            self.assertEqual((told["waiting"], self.queue(rpc, "changes")["taken"]), (0, 1))
            self.assertGreater(rpc.call("run.diff", self.before, self.after)["total"], 0)

    def test_many_that_verify_the_trail_share_a_walk(self):
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            self.send_at_once(rpc, 20, "audit.verify")
            answers = [rpc.response(i) for i in range(20)]
            self.assertTrue(answers[0]["intact"])
            self.assertEqual(answers, [answers[0]] * 20)
            self.assertLess(self.queue(rpc, "reads")["taken"], 5)

    def test_one_too_many_is_told_the_option(self):
        with Daemon(self.database, "--ask-queue", 1) as daemon, daemon.rpc() as rpc:
            for method, params in (("run.diff", [self.before, self.after]), ("audit.list", [])):
                self.send_at_once(rpc, 20, method, *params)
                answers = []
                for i in range(20):
                    try:
                        answers.append(rpc.response(i) and "")
                    except peernet_test.RpcError as error:
                        self.assertEqual(error.code, "E_BUSY")
                        answers.append(error.message)
                self.assertEqual(answers[0], "")
                self.assertIn("1 questions to the database wait; the limit is 1 (ask-queue)", answers)
            self.send_at_once(rpc, 20, "network.rename", 1, "Norra")
            busy = 0
            for i in range(20):
                try:
                    rpc.response(i)
                except peernet_test.RpcError as error:
                    busy += "the limit is 1 (ask-queue)" in error.message
            told = self.queue(rpc, "changes")
            self.assertGreater(busy, 0)
            self.assertEqual((told["taken"] + told["refused"], told["refused"]), (20, busy))

    def test_whoever_floods_leaves_others_their_turn(self):
        for seed in (3, 4, 5, 6):
            self.regroup(self.database, "--publish", "--force", "--seed", seed)
        runs = [str(run) for run, in self.sql(self.database, "SELECT DISTINCT run FROM peernet.audit WHERE action = 'publish'")]
        with Daemon(self.database, "--past-runs", 1) as daemon, daemon.rpc() as flooding, daemon.rpc() as rpc:
            for _ in range(10):
                flooding.send(b"".join(msgpack.packb([0, i, "network.list", [{"as_of": runs[i % len(runs)], "limit": 1}]])
                                       for i in range(100)))
                self.assertEqual(len(rpc.call("audit.list", {"limit": 1})["entries"]), 1)
            told = self.queue(rpc, "reads")
            self.assertGreater(told["refused"], 0)


if __name__ == "__main__":
    peernet_test.main()
