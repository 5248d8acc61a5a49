"""What changed between two runs: who moved and why, networks before and after; as the database has it."""

import json

import peernet_test
from peernet_test import Daemon, RpcError, wait_until

slow = True

QUICK = """UPDATE peernet.programmes SET settings = settings || '{"effort": 20000, "stability": 0.1}'"""


def networks_of(members, run):
    found = {}
    for number, organizer in members[run]:
        found.setdefault(number, set()).add(organizer)
    return found


class RunDiff(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, QUICK)

    def two_runs(self):
        """A published run and a later one behind changed reports and settings; one organizer came, one reports no more."""
        self.regroup(self.database, "--publish")
        self.sql(self.database, "DELETE FROM peernet.reports WHERE organizer = '2120000019'")
        self.sql(self.database, "INSERT INTO peernet.reports (organizer, challenge, reported_on, severity) "
                                "SELECT '2120000050', challenge, reported_on, 4 FROM peernet.reports "
                                "WHERE organizer = '2120000027'")
        self.sql(self.database, """UPDATE peernet.programmes SET settings = settings || '{"target_size": 7}'""")
        self.regroup(self.database, "--seed", 5)
        runs = [r for r, in self.sql(self.database, "SELECT run FROM peernet.runs ORDER BY run")]
        self.assertEqual(len(runs), 2)
        rows = self.sql(self.database, "SELECT run, network, organizer, fit FROM peernet.members")
        self.members = {run: [(n, o) for r, n, o, _ in rows if r == run] for run in runs}
        self.fits = {(r, o): fit for r, _, o, fit in rows}
        return runs

    def test_moves_are_those_of_the_tables(self):
        before, after = self.two_runs()
        was, now = ({o: n for n, o in self.members[r]} for r in (before, after))
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            rpc.call("hello", {"language": "en"})
            diff = rpc.call("run.diff", before, after, 0, 10000)
        self.assertEqual(diff["programme"], "default")
        moves = {m["organizer"]["id"]: m for m in diff["moves"]}
        self.assertEqual(len(moves), diff["total"])
        self.assertEqual(set(moves), {o for o in set(was) | set(now) if was.get(o) != now.get(o)})
        for id, move in moves.items():
            for run, side, where in ((before, "before", was), (after, "after", now)):
                number = move[side]["network"] and move[side]["network"]["number"]
                self.assertEqual(number, where.get(id), id)
                if number:
                    self.assertAlmostEqual(move[side]["fit"], self.fits[run, id], places=3)
            self.assertEqual(move["move"], "joined" if id not in was else "left" if id not in now else "moved")
        gone, came = moves["2120000019"], moves["2120000050"]
        self.assertEqual((gone["move"], gone["why"], gone["after"]["unmatched"]),
                         ("left", "nothing_reported", "nothing_reported"))
        self.assertEqual((came["move"], came["why"], came["before"]["unmatched"]), ("joined", "placed", "nothing_reported"))
        self.assert_reasons_are_those_of_the_run(after, diff)
        for move in moves.values():
            if move["move"] == "moved" and move["why"] in ("better", "others"):
                better = move["after"]["fit"] > move["before"]["fit"] + 0.0005
                self.assertEqual(move["why"], "better" if better else "others", move)

    def assert_reasons_are_those_of_the_run(self, run, diff):
        """As they are told of it once it is published."""
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            rpc.call("hello", {"language": "en"})
            rpc.call("run.publish", run)
            for move in diff["moves"]:
                self.assertEqual(rpc.call("network.of", move["organizer"]["id"])["reason"], move["reason"], move)

    def test_networks_counts_and_figures_add_up(self):
        before, after = self.two_runs()
        was, now = networks_of(self.members, before), networks_of(self.members, after)
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            diff = rpc.call("run.diff", before, after)
            back = rpc.call("run.diff", after, before)
            same = rpc.call("run.diff", after, after)
        shown = {n["number"]: n for n in diff["networks"]}
        self.assertEqual(set(shown), {n for n in set(was) | set(now) if was.get(n) != now.get(n)})
        for number, n in shown.items():
            old, new = was.get(number, set()), now.get(number, set())
            self.assertEqual((n["before"], n["after"], n["stayed"]), (len(old), len(new), len(old & new)))
            self.assertEqual(sum(p["members"] for p in n["came"]), len(new - old))
            self.assertEqual(sum(p["members"] for p in n["went"]), len(old - new))
            expected = ("new" if not old else "closed" if not new else "grew" if len(new) > len(old)
                        else "shrank" if len(new) < len(old) else "changed")
            self.assertEqual(n["change"], expected)
        counts = diff["counts"]
        everybody = {o for _, o in self.members[before] + self.members[after]}
        self.assertEqual(sum(counts[k] for k in ("stayed", "moved", "joined", "left")), len(everybody))
        kinds = ("same", "changed", "grew", "shrank", "new", "closed")
        self.assertEqual(sum(counts["networks"][k] for k in kinds), len(set(was) | set(now)))
        self.assertGreater(counts["networks"]["new"], 0)  # smaller networks are more networks
        self.assertEqual(diff["settings"], [{"name": "target_size", "before": 8, "after": 7}])
        self.assertEqual((diff["before"]["run"], diff["after"]["seed"]), (before, 5))
        self.assertEqual(diff["after"]["figures"]["matched"], len(self.members[after]))
        self.assertEqual((back["counts"]["joined"], back["counts"]["left"]), (counts["left"], counts["joined"]))
        self.assertEqual((same["total"], same["networks"], same["moves"], same["settings"]), (0, [], [], []))

    def test_who_moved_for_no_better_fit_is_shown_with_the_pin_that_names_it(self):
        before, after = self.two_runs()
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            moves = rpc.call("run.diff", before, after, 0, 10000)["moves"]
            self.assertEqual({m["pin"] for m in moves}, {None})
            others, better = (next(m["organizer"]["id"] for m in moves if m["why"] == why) for why in ("others", "better"))
            self.sql(self.database, "INSERT INTO peernet.pins (programme, rule, organizers, until, made_by) VALUES "
                                    "('default', 'keep', ARRAY[%s, %s], NULL, 'Anna'), "
                                    "('default', 'keep', ARRAY[%s], '2020-01-01', 'Anna')", (others, better, others))
            wait_until(lambda: rpc.call("pin.list")["pins"], "the pin")
            pin, = (p["pin"] for p in rpc.call("pin.list")["pins"])
            moves = rpc.call("run.diff", before, after, 0, 10000)["moves"]
            self.assertEqual({m["organizer"]["id"]: m["pin"] for m in moves if m["pin"] is not None}, {others: pin})
            self.assertRegex(self.run("peernet", "--address", daemon.address, "run", "diff", str(before), str(after)).stdout,
                             rf"(?m)\({others}\).* named by pin {pin}$")

    def test_moves_come_in_pages(self):
        before, after = self.two_runs()
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            whole = rpc.call("run.diff", before, after, 0, 10000)["moves"]
            pages = []
            for offset in range(0, len(whole) + 1, 7):
                page = rpc.call("run.diff", before, after, offset, 7)
                self.assertEqual(page["total"], len(whole))
                pages += page["moves"]
        self.assertEqual(pages, whole)

    def test_refusals_name_the_run(self):
        before, _ = self.two_runs()
        self.sql(self.database, "INSERT INTO peernet.programmes (name, title_sv, title_en, settings) "
                                "VALUES ('b', 'B', 'B', '{\"effort\": 1000}')")
        self.regroup(self.database, "--programme", "b")
        [[other]] = self.sql(self.database, "SELECT max(run) FROM peernet.runs")
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            for params, code, words in (([before, 99], "E_NOT_FOUND", "no run has the number 99"),
                                        ([98, before], "E_NOT_FOUND", "no run has the number 98"),
                                        ([before, other], "E_ARGUMENT", f"run {other} of programme b"),
                                        ([before, 0], "E_ARGUMENT", "run:")):
                with self.assertRaises(RpcError) as refused:
                    rpc.call("run.diff", *params)
                self.assertEqual(refused.exception.code, code)
                self.assertIn(words, refused.exception.message)

    def test_people_read_a_table(self):
        before, after = self.two_runs()
        with Daemon(self.database) as daemon:
            def say(*args):
                return self.run("peernet", "--address", daemon.address, "run", "diff", before_after[0], before_after[1], *args).stdout
            before_after = (str(before), str(after))
            said = say()
            self.assertIn(f"What changed from run {before} to run {after} (programme default)", said)
            self.assertRegex(said, r"(?m)^target_size +8 +7$")
            self.assertRegex(said, r"(?m)^Mean fit +0\.\d{3} +0\.\d{3}$")
            self.assertRegex(said, r"\d+ stayed in their network, \d+ moved, \d+ joined, \d+ left\.")
            self.assertRegex(said, r"(?m)^Ekerö kommun \(2120000050\) +none +\d+ +0\.\d{3} +found a place$")
            self.assertRegex(said, r"(?m)^Upplands Väsby kommun \(2120000019\) +\d+ +none +0\.\d{3} +nothing reported that counts$")
            self.assertRegex(say("--limit", "3"), r"\n3 of \d+\n$")
            self.assertIn("Vad som ändrades", say("--lang", "sv"))
            self.assertEqual(json.loads(say("--json", "--limit", "2"))["after"]["run"], after)
            self.assertIn("Nobody moved.", self.run("peernet", "--address", daemon.address, "run", "diff",
                                                    str(after), str(after)).stdout)
            self.assertRegex(self.run("peernet", "--address", daemon.address, "run", str(after)).stdout, rf"^Run {after}: ")


class ManyOrganizers(peernet_test.PeernetTest):
    def test_others_are_answered_while_2800_are_compared(self):
        database = self.prepare(example=False)
        self.run("peernet-generate", "--db", database, "--organizers", 2800)
        self.sql(database, """UPDATE peernet.programmes SET settings = '{"effort": 1000, "stability": 0}'""")
        self.regroup(database, "--publish")
        self.regroup(database, "--seed", 2, "--set", "target_size=6", "--set", "geography=0.9")
        before, after = (r for r, in self.sql(database, "SELECT run FROM peernet.runs ORDER BY run"))
        with Daemon(database) as daemon, daemon.rpc() as rpc:
            diff = rpc.call("run.diff", before, after, 0, 10000)
            self.assertGreater(diff["total"], 1000)
            self.assertEqual(len(diff["moves"]), diff["total"])
            self.assertTrue(rpc.answered_first(("run.diff", before, after, 0, 10000), ("ping",)))


if __name__ == "__main__":
    peernet_test.main()
