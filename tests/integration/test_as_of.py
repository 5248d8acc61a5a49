"""Reads at any published run: what an earlier run said, by its number or by a day, and what is refused."""

import peernet_test
from peernet_test import Daemon, RpcError
from pg import PrivateCluster

slow = True

QUICK = """UPDATE peernet.programmes SET settings = settings || '{"effort": 20000, "stability": 0.1}'"""


def two_published(test, database):
    """Runs 1 and 2, published one after the other, and 3, a proposal."""
    test.sql(database, QUICK)
    test.regroup(database, "--publish")
    test.sql(database, """UPDATE peernet.programmes SET settings = settings || '{"target_size": 7}'""")
    test.regroup(database, "--publish", "--seed", 5)
    test.regroup(database, "--seed", 6, "--force")


class AsOf(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        two_published(self, self.database)

    def members(self, run):
        return self.sql(self.database, "SELECT network, organizer, fit FROM peernet.members "
                                       "WHERE run = %s ORDER BY network, organizer COLLATE \"C\"", (run,))

    def refused(self, rpc, code, words, method, *params):
        with self.assertRaises(RpcError) as failed:
            rpc.call(method, *params)
        self.assertEqual(failed.exception.code, code, failed.exception)
        self.assertIn(words, failed.exception.message)

    def published_on(self, run, day):
        """As if it had been published then. Of a test's own making: the trail would find it out."""
        self.sql(self.database, "ALTER TABLE peernet.audit DISABLE TRIGGER USER")
        self.sql(self.database, "UPDATE peernet.audit SET at = %s WHERE run = %s AND action = 'publish'", (day, run))
        self.sql(self.database, "ALTER TABLE peernet.audit ENABLE TRIGGER USER")

    def test_an_earlier_run_is_read_as_the_tables_have_it(self):
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            rpc.call("hello", {"language": "en"})
            page = rpc.call("network.list", {"as_of": "1", "limit": 1000})
            self.assertEqual(page["run"], 1)
            self.assertEqual({n["number"] for n in page["networks"]}, {n for n, *_ in self.members(1)})
            found = []
            for number in sorted(n["number"] for n in page["networks"]):
                network = rpc.call("network.get", {"network": number, "as_of": "1"})
                self.assertEqual(network["run"], 1)
                found += sorted((number, m["organizer"]["id"], m["reason"]) for m in network["members"])
            self.assertEqual([row[:2] for row in found], [(n, o) for n, o, _ in self.members(1)])
            left = rpc.call("network.list", {"as_of": "1", "unmatched": True, "limit": 1000})
            self.assertEqual([u["organizer"]["id"] for u in left["unmatched"]],
                             [o for o, in self.sql(self.database, "SELECT organizer FROM peernet.unmatched WHERE run = 1 "
                                                                  "ORDER BY organizer COLLATE \"C\"")])
            self.assertEqual(rpc.call("network.list")["run"], 2)
            present, again = rpc.call("network.list"), rpc.call("network.list", {"as_of": "2"})
            self.assertEqual(again | {"age_s": 0}, present | {"age_s": 0})
            # In force again it is told in the same words.
            rpc.call("run.rollback", 1)
            for _, organizer, reason in found:
                self.assertEqual(rpc.call("network.of", organizer)["reason"], reason, organizer)

    def test_a_run_that_was_written_with_sentences_keeps_them(self):
        """As runs were before members' rows held facts (migration 020)."""
        def read(rpc, **then):
            numbers = [n["number"] for n in rpc.call("network.list", {"limit": 1000, **then})["networks"]]
            return {m["organizer"]["id"]: m for number in numbers for m in rpc.call("network.get", {"network": number, **then})["members"]}
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            now, then = read(rpc), read(rpc, as_of="1")
        self.sql(self.database, """SET LOCAL session_replication_role = replica;
            UPDATE peernet.members AS m SET shared = s.shared, shared_at = NULL, told = NULL, next_figure = NULL,
                reason_sv = format('%s i körning %s', m.organizer, m.run), reason_en = format('%s in run %s', m.organizer, m.run)
            FROM peernet.member_shares AS s WHERE (s.run, s.organizer) = (m.run, m.organizer)""")
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            for language, word in (("sv", "i körning"), ("en", "in run")):
                rpc.call("hello", {"language": language})
                for run, before, after in ((2, now, read(rpc)), (1, then, read(rpc, as_of="1"))):
                    self.assertEqual({o: m["reason"] for o, m in after.items()}, {o: f"{o} {word} {run}" for o in before})
                    self.assertEqual([[c["challenge"] for c in m["shared"]] for m in after.values()],
                                     [[c["challenge"] for c in m["shared"]] for m in before.values()])
            for move in rpc.call("run.diff", 1, 2)["moves"]:
                if move["after"]["network"]:
                    self.assertEqual(move["reason"], f'{move["organizer"]["id"]} in run 2')

    def test_peers_of_then_and_what_is_not_known_of_them(self):
        number, organizer = self.members(1)[0][:2]
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            of = rpc.call("network.of", organizer, "default", "1")
            peers = rpc.call("network.peers", organizer, "default", "1")
            self.assertEqual((of["run"], of["network"]["number"], peers["run"]), (1, number, 1))
            others = {o for n, o, *_ in self.members(1) if n == number} - {organizer}
            self.assertEqual({p["organizer"]["id"] for p in of["peers"]}, others)
            self.assertEqual(set(peers["peers"]), others)
            self.assertEqual({p["similarity"] for p in of["peers"]}, {None})
            codes = dict(self.sql(self.database, "SELECT organizer, shared FROM peernet.member_shares WHERE run = 1"))
            for peer in of["peers"]:
                both = set(codes[organizer]) & set(codes[peer["organizer"]["id"]])
                self.assertEqual({c["challenge"] for c in peer["shared"]}, both)
            # Who came later was in none then, and gets no place among them now.
            self.sql(self.database, "INSERT INTO peernet.organizers (id, name, kind) VALUES ('9', 'Ny', 'independent')")
            new = peernet_test.wait_until(lambda: self.newcomer(rpc), "the newcomer")
            self.assertEqual((new["matched"], new["provisional"], new["run"]), (False, None, 1))

    def test_an_organizer_of_then_has_its_network_of_then_and_no_reports(self):
        number, organizer = self.members(1)[0][:2]
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            now = rpc.call("organizer.get", organizer)
            self.assertEqual(rpc.call("organizer.get", organizer, "default") | {"age_s": 0}, now | {"age_s": 0})
            for as_of, run in (("1", 1), ("2", 2)):
                then = rpc.call("organizer.get", {"organizer": organizer, "as_of": as_of})
                self.assertEqual((then["organizer"], then["reports"]), (now["organizer"], []))
                self.assertEqual([(n["programme"], n["run"]) for n in then["networks"]], [("default", run)])
            self.assertEqual(rpc.call("organizer.get", organizer, "default", "1")["networks"][0]["number"], number)
            self.refused(rpc, "E_NOT_FOUND", "no programme is called", "organizer.get", organizer, "nothing")
            self.refused(rpc, "E_NOT_FOUND", "no run has the number 99", "organizer.get", {"organizer": organizer, "as_of": "99"})

    def newcomer(self, rpc, as_of="1"):
        """What is said of it, once it is known there; a run that was read before is read again after a while."""
        try:
            return rpc.call("network.of", "9", "default", as_of)
        except RpcError as e:
            self.assertEqual(e.code, "E_NOT_FOUND")

    def test_the_command_line_takes_a_run_or_a_day(self):
        number, organizer = self.members(1)[0][:2]
        with Daemon(self.database) as daemon:
            def peernet(*args):
                return self.run("peernet", *args, "--address", daemon.address).stdout

            self.assertEqual(len(peernet("networks", "--as-of", 1).splitlines()),
                             len({n for n, *_ in self.members(1)}) + 4)
            for args in (("networks",), ("unmatched",), ("network", number), ("of", organizer)):
                self.assertRegex(peernet(*args, "--as-of", 1), "(?m)^run 1 ")
                self.assertRegex(peernet(*args), "(?m)^run 2 ")
            then, now = peernet("of", organizer, "--as-of", 1), peernet("of", organizer)
            self.assertIn("is known of the networks in force only", then)
            self.assertNotIn("SIMILARITY", then)
            self.assertIn("SIMILARITY", now)
            self.assertNotIn("is known of the networks in force only", now)
            then = peernet("organizer", organizer, "--as-of", 1)
            self.assertRegex(then, rf"(?m)^Network {number}, .* · run 1$")
            self.assertIn("What it reports is shown without --as-of", then)
            for args in (("network", number), ("of", organizer), ("organizer", organizer)):
                done = self.run("peernet", *args, "--as-of", 99, "--address", daemon.address, check=False)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn("there is no run 99", done.stderr)

    def test_by_a_day_it_is_what_was_in_force_at_its_end(self):
        self.published_on(1, "2026-03-01 10:00+00")
        self.published_on(2, "2026-03-20 23:59:59+00")
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            for day, run in (("2026-03-01", 1), ("2026-03-19", 1), ("2026-03-20", 2), ("2030-01-01", 2)):
                self.assertEqual(rpc.call("network.list", {"as_of": day})["run"], run, day)
            self.refused(rpc, "E_NOT_FOUND", "had no published networks on 2026-02-28", "network.list",
                         {"as_of": "2026-02-28"})

    def test_on_a_day_when_it_had_been_taken_back_there_was_none(self):
        self.published_on(1, "2026-03-01 10:00+00")
        self.published_on(2, "2026-03-20 10:00+00")
        self.sql(self.database, "UPDATE peernet.programmes SET published_run = NULL, published_at = NULL")
        self.sql(self.database, "ALTER TABLE peernet.audit DISABLE TRIGGER USER; "
                                "UPDATE peernet.audit SET at = '2026-03-25 10:00+00' WHERE action = 'unpublish'; "
                                "ALTER TABLE peernet.audit ENABLE TRIGGER USER")
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            self.assertEqual(rpc.call("network.list", {"as_of": "2026-03-24"})["run"], 2)
            self.refused(rpc, "E_NOT_FOUND", "had no published networks on 2026-03-25", "network.list", {"as_of": "2026-03-25"})
            self.assertEqual(rpc.call("network.list", {"as_of": "2"})["run"], 2)

    def test_of_the_run_in_force_all_is_known_that_the_present_knows(self):
        organizer = self.members(2)[0][1]
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            self.sql(self.database, "INSERT INTO peernet.organizers (id, name, kind) VALUES ('9', 'Ny', 'independent')")
            peernet_test.wait_until(lambda: self.newcomer(rpc, "2"), "the newcomer")
            for method, who in (("network.of", organizer), ("network.peers", organizer), ("network.of", "9")):
                now = rpc.call(method, who)
                for as_of in ("2", "2030-01-01"):
                    self.assertEqual(rpc.call(method, who, "default", as_of) | {"age_s": 0}, now | {"age_s": 0})
            self.assertNotIn(None, {p["similarity"] for p in rpc.call("network.of", organizer, "default", "2")["peers"]})

    def test_what_is_refused_says_why(self):
        self.sql(self.database, "INSERT INTO peernet.programmes (name, title_sv, title_en) VALUES ('other', 'A', 'O')")
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            self.refused(rpc, "E_ARGUMENT", "run 3 was never published", "network.list", {"as_of": "3"})
            self.refused(rpc, "E_NOT_FOUND", "no run has the number 99", "network.get", {"network": 1, "as_of": "99"})
            self.refused(rpc, "E_ARGUMENT", "run 1 is of programme default", "network.list",
                         {"programme": "other", "as_of": "1"})
            self.refused(rpc, "E_NOT_FOUND", "no programme is called 'nothing'", "network.list",
                         {"programme": "nothing", "as_of": "1"})
            for nonsense in ("yesterday", "0", "2026-02-30", "-1", "1 "):
                self.refused(rpc, "E_ARGUMENT", "allowed is the number of a run", "network.list", {"as_of": nonsense})
            self.refused(rpc, "E_NOT_FOUND", "no organizer has the id 'x'", "network.of", "x", "default", "1")

    def test_a_run_that_was_removed_is_told_from_one_that_never_was(self):
        self.published_on(1, "2026-03-01 10:00+00")
        self.sql(self.database, "SET LOCAL peernet.retention = 'on'; DELETE FROM peernet.members WHERE run = 1; "
                                "DELETE FROM peernet.unmatched WHERE run = 1; DELETE FROM peernet.networks WHERE run = 1; "
                                "DELETE FROM peernet.runs WHERE run = 1")
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            self.refused(rpc, "E_NOT_FOUND", "run 1, which was published then, has been removed", "network.list",
                         {"as_of": "2026-03-01"})

    def test_few_are_kept_and_none_where_that_is_set(self):
        with Daemon(self.database, "--past-runs", 1) as daemon, daemon.rpc() as rpc:
            for _ in range(3):
                self.assertEqual(rpc.call("network.list", {"as_of": "1"})["run"], 1)
                self.assertEqual(rpc.call("network.list", {"as_of": "2"})["run"], 2)
        with Daemon(self.database, "--past-runs", 0) as daemon, daemon.rpc() as rpc:
            self.assertEqual(rpc.call("network.list", {"as_of": "2"})["run"], 2)
            self.refused(rpc, "E_LIMIT", "past-runs is 0", "network.list", {"as_of": "1"})

    def test_many_at_once_and_some_that_leave(self):
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            leaving = daemon.rpc()
            for _ in range(10):
                leaving.request("network.list", {"as_of": "1"})
            asked = [rpc.request("network.list", {"as_of": "1"}) for _ in range(10)]
            leaving.close()
            self.assertEqual({rpc.response(a)["run"] for a in asked}, {1})


class DatabaseAway(peernet_test.PeernetTest):
    @property
    def cluster(self):
        return self.own

    def test_what_was_read_stays_and_the_rest_waits(self):
        self.own = PrivateCluster()
        self.addCleanup(self.own.close)
        database = self.own.conninfo(self.own.create(peernet_test.prepared_template(self.own, True)))
        two_published(self, database)
        with Daemon(database) as daemon, daemon.rpc() as rpc:
            self.assertEqual(rpc.call("network.list", {"as_of": "1"})["run"], 1)
            self.own.stop()
            peernet_test.wait_until(lambda: not rpc.call("status")["database"]["connected"], "the loss")
            self.assertEqual(rpc.call("network.list", {"as_of": "1"})["run"], 1)
            self.assertEqual(rpc.call("network.list", {"as_of": "2"})["run"], 2)
            for as_of in ("3", "2026-03-01"):
                with self.assertRaises(RpcError) as failed:
                    rpc.call("network.list", {"as_of": as_of})
                self.assertEqual(failed.exception.code, "E_UNAVAILABLE")


if __name__ == "__main__":
    peernet_test.main()
