"""peernet-regroup replay: a run computed again comes out the same, and what stands against that is told."""

import json
import threading

import psycopg2

import peernet_test
from peernet_test import Daemon, RpcError, wait_until

slow = True


class Replay(peernet_test.PeernetTest):
    def setUp(self):
        self.database = self.prepare()
        self.sql(self.database, """UPDATE peernet.programmes SET settings = '{"effort": 5000, "stability": 0.5}'""")

    def replay(self, run, *flags, code=0):
        done = self.run("peernet-regroup", "replay", "--db", self.database, "--run", run, *flags, check=False)
        self.assertEqual(done.returncode, code, (done.stdout, done.stderr))
        return done.stdout if code == 0 else done.stderr

    def newest(self):
        return self.sql(self.database, "SELECT max(run) FROM peernet.runs")[0][0]

    def test_a_run_and_the_one_that_rests_on_it_come_out_the_same(self):
        self.regroup(self.database, "--publish", "--seed", 7)
        first = self.newest()
        self.regroup(self.database, "--publish", "--force", "--seed", 8, "--set", "target_size=7", "--as-of", "2026-01-31")
        second = self.newest()
        self.regroup(self.database, "--publish", "--force", "--seed", 9)
        rows = self.sql(self.database, "SELECT count(*) FROM peernet.runs"), self.sql(self.database, "TABLE peernet.programmes")
        for run, flags in ((first, []), (second, []), (second, ["--threads", "3"])):
            said = self.replay(run, *flags)
            self.assertRegex(said, rf"^run {run} comes out the same: 330 organizers "
                                   rf"in \d+ networks, mean fit 0\.\d{{4}}\n$")
        self.assertEqual((self.sql(self.database, "SELECT count(*) FROM peernet.runs"),
                          self.sql(self.database, "TABLE peernet.programmes")), rows)

    def forget(self, run):
        self.sql(self.database, "DELETE FROM peernet.run_inputs WHERE run = %s", (run,))

    def test_it_comes_out_the_same_whatever_has_changed_since(self):
        self.sql(self.database, "INSERT INTO peernet.pins (programme, rule, organizers, why, made_by) VALUES "
                                "('default', 'together', '{2120002775,2120000696}', 'w', 'b')")
        self.regroup(self.database, "--publish", "--seed", 3)
        first = self.newest()
        self.sql(self.database, "INSERT INTO peernet.network_notes (programme, network, locked, version, changed_by) "
                                "SELECT 'default', min(network), true, 1, 'b' FROM peernet.networks")
        self.regroup(self.database, "--publish", "--force", "--set", "target_size=7")
        second = self.newest()
        # Nobody and nothing is as it was, and the run that the second rested on is gone.
        self.sql(self.database, "DELETE FROM peernet.pins; DELETE FROM peernet.network_notes; "
                                "UPDATE peernet.organizers SET name = 'X' || name, lat = NULL, lon = NULL; "
                                "DELETE FROM peernet.reports WHERE severity > 2; "
                                """UPDATE peernet.programmes SET settings = '{"max_size": 10}'""")
        self.assertIn(f"run {first} comes out the same: ", self.replay(first))
        self.sql(self.database, f"""SET LOCAL peernet.retention = 'on'; DELETE FROM peernet.members WHERE run = {first};
            DELETE FROM peernet.networks WHERE run = {first}; DELETE FROM peernet.unmatched WHERE run = {first};
            DELETE FROM peernet.runs WHERE run = {first}""")
        self.assertIn(f"run {second} comes out the same: ", self.replay(second, "--threads", 2))
        self.assertEqual(self.sql(self.database, "SELECT DISTINCT run FROM peernet.run_inputs"), [(second,)])

    def test_inputs_are_kept_of_the_newest_runs_and_of_the_published_one(self):
        self.regroup(self.database, "--publish")
        published = self.newest()
        for seed in (2, 3, 4):
            self.regroup(self.database, "--force", "--seed", seed, "--keep-inputs", 2)
        kept = [r for r, in self.sql(self.database, "SELECT DISTINCT run FROM peernet.run_inputs ORDER BY run")]
        self.assertEqual(kept, [published, self.newest() - 1, self.newest()])
        self.regroup(self.database, "--force", "--seed", 5, "--keep-inputs", 0)
        self.assertEqual(self.sql(self.database, "SELECT DISTINCT run FROM peernet.run_inputs"), [(published,)])

    def test_what_was_kept_is_not_changed_and_found_out_where_it_was(self):
        self.regroup(self.database, "--publish")
        run = self.newest()
        for change in ("UPDATE peernet.run_inputs SET part = 98", "INSERT INTO peernet.run_inputs VALUES (%d, 99, '')" % run):
            with self.assertRaises(psycopg2.errors.InsufficientPrivilege):
                self.sql(self.database, change)
        self.sql(self.database, "ALTER TABLE peernet.run_inputs DISABLE TRIGGER USER")
        self.sql(self.database, "UPDATE peernet.run_inputs SET bytes = set_byte(bytes, position('Marks kommun' IN bytes) - 1, 78) "
                                "WHERE position('Marks kommun' IN bytes) > 0")
        self.assertIn("what was kept of its inputs is not what its digest says", self.replay(run, code=16))
        self.sql(self.database, "DELETE FROM peernet.run_inputs WHERE part > 1; "
                                "UPDATE peernet.run_inputs SET bytes = substr(bytes, 1, octet_length(bytes) / 2)")
        self.assertIn("are not whole", self.replay(run, code=1))

    def test_what_was_kept_otherwise_than_this_program_keeps_it_is_not_taken_for_it(self):
        self.regroup(self.database, "--publish")
        run = self.newest()
        [[kept]] = self.sql(self.database, "SELECT string_agg(bytes, '' ORDER BY part) FROM peernet.run_inputs")
        kept = bytes(kept)
        self.sql(self.database, "ALTER TABLE peernet.run_inputs DISABLE TRIGGER USER; DELETE FROM peernet.run_inputs WHERE part > 1")
        organizers = kept.index(b"o\x01\x09") + 1
        one_field = b"\x01\x01\x0a\0\0\0" + b"2120000019\0" + b"\0"  # a row that is whole in itself, and the part's end
        for changed, told, code in ((kept[:organizers] + one_field, "are not whole", 1),
                                    (b"\x02" + kept[1:], f"run {run} cannot be computed again by this program: its inputs were kept by another", 16)):
            self.sql(self.database, "UPDATE peernet.run_inputs SET bytes = %s", (psycopg2.Binary(changed),))
            self.assertIn(told, self.replay(run, code=code))

    def test_changed_inputs_are_named_where_none_were_kept(self):
        self.regroup(self.database, "--publish")
        run = self.newest()
        self.forget(run)
        self.sql(self.database, "UPDATE peernet.organizers SET name = name || '!' WHERE id = '2120000019'")
        self.sql(self.database, "DELETE FROM peernet.reports WHERE organizer = '2120000019'")
        self.assertIn(f"run {run} cannot be computed again: its inputs were not kept, and have changed since: organizers, reports",
                      self.replay(run, code=16))
        # Settings of today are none of its business.
        self.regroup(self.database, "--publish", "--keep-inputs", 0)
        self.sql(self.database, """UPDATE peernet.programmes SET settings = settings || '{"max_size": 10}'""")
        self.assertIn("comes out the same, from inputs that are still the same: ", self.replay(self.newest()))

    def test_a_run_that_was_tampered_with_comes_out_differently(self):
        self.regroup(self.database, "--publish")
        run = self.newest()
        self.sql(self.database, "SET LOCAL session_replication_role = replica; UPDATE peernet.members SET fit = fit + 0.001 "
                                "WHERE organizer = '2120000019'")
        self.assertIn("comes out differently for 1 organizers, the first 2120000019", self.replay(run, code=16))

    def test_facts_that_were_changed_are_found_and_sentences_of_before_compared(self):
        self.regroup(self.database, "--publish")
        run = self.newest()
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            words = {o: rpc.call("network.of", o)["reason"] for o, in self.sql(self.database, "SELECT organizer FROM peernet.members")}
        self.sql(self.database, "CREATE TABLE members_kept AS SELECT * FROM peernet.members")
        for change in ("told = told # 1", "shared_at = shared_at || '\\x0000'", "shared_at = NULL", "reason_sv = 'annat', reason_en = 'else'",
                       "next_network = next_network % 41 + 1", "next_network = NULL, next_fit = NULL, next_why = NULL", "next_fit = next_fit / 2",
                       "next_why = CASE next_why WHEN 'full' THEN 'pinned' ELSE 'full' END", "next_figure = 0.5", "next_pin = 7",
                       "next_with = '2120000027'", "closest = NULL, closest_similarity = NULL", "closest = '2120000019'"):
            with self.subTest(change=change):
                self.sql(self.database, f"SET LOCAL session_replication_role = replica; UPDATE peernet.members SET {change} "
                                        "WHERE organizer = '2120000019'")
                self.assertIn("comes out differently for 1 organizers, the first 2120000019", self.replay(run, code=16))
            self.sql(self.database, "SET LOCAL session_replication_role = replica; DELETE FROM peernet.members; "
                                    "INSERT INTO peernet.members SELECT * FROM members_kept")
        # As runs were written before members' rows held facts.
        self.sql(self.database, """SET LOCAL session_replication_role = replica; UPDATE peernet.members AS m
            SET shared = s.shared, shared_at = NULL, told = NULL, reason_sv = w.value, reason_en = ''
            FROM peernet.member_shares AS s, jsonb_each_text(%s) AS w WHERE s.organizer = m.organizer AND w.key = m.organizer""",
                 (json.dumps(words),))
        self.assertIn("comes out the same", self.replay(run))

    def test_another_engine_is_told_and_hides_no_changed_inputs(self):
        self.regroup(self.database, "--publish")
        run = self.newest()
        [[engine]] = self.sql(self.database, "SELECT versions->'engine' FROM peernet.runs")
        self.assertIn(f", engine {engine}, ", self.run("peernet-regroup", "--version").stdout)
        self.sql(self.database, "SET LOCAL session_replication_role = replica; "
                                "UPDATE peernet.runs SET versions = versions - 'engine'")  # as in the time of the first
        self.assertIn(f"run {run} comes out the same, by another engine ({engine}; it was 1): 330 organizers", self.replay(run))
        self.sql(self.database, "SET LOCAL session_replication_role = replica; UPDATE peernet.members SET fit = fit + 0.001 "
                                "WHERE organizer = '2120000019'")
        self.assertIn(f"run {run} comes out differently, by another engine ({engine}; it was 1) for 1 organizers, the first 2120000019; "
                      "engines may place organizers otherwise, so this alone is no sign of damage", self.replay(run, code=16))
        with Daemon(self.database) as daemon:
            said = self.run("peernet", "--address", daemon.address, "run", "replay", run, "--lang", "sv", check=False).stdout
            self.assertIn(f"körning {run} blir annorlunda, av en annan motor ({engine}; det var 1) för 1 huvudmän", said)
        self.sql(self.database, "ALTER TABLE peernet.run_inputs DISABLE TRIGGER USER")
        self.sql(self.database, "UPDATE peernet.run_inputs SET bytes = set_byte(bytes, position('Marks kommun' IN bytes) - 1, 78) "
                                "WHERE position('Marks kommun' IN bytes) > 0")
        self.assertIn("what was kept of its inputs is not what its digest says", self.replay(run, code=16))

    def test_a_run_that_was_written_of_others_is_told_by_their_numbers(self):
        self.regroup(self.database, "--publish")
        run = self.newest()
        self.sql(self.database, "SET LOCAL session_replication_role = replica; DELETE FROM peernet.members "
                                "WHERE organizer = '2120000019'")
        self.assertIn(f"run {run} comes out differently: it was written of 575 organizers, its inputs hold 576",
                      self.replay(run, code=16))

    def test_it_is_in_no_regroupings_way_nor_in_that_of_another_replay(self):
        self.sql(self.database, "INSERT INTO peernet.programmes (name, title_sv, title_en, settings) "
                                "SELECT 'replay', 'R', 'R', settings FROM peernet.programmes")
        self.regroup(self.database, "--programme", "replay", "--publish")
        run = self.newest()
        regrouping = peernet_test.psycopg2.connect(self.database)  # of the programme of that name
        self.addCleanup(regrouping.close)
        with regrouping.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended('peernet.regroup replay', 0))")
        self.replay(run)
        said = []
        threads = [threading.Thread(target=lambda: said.append(self.replay(run))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(said), 2)

    def test_a_base_that_is_gone_and_flags_that_make_no_sense_are_told(self):
        self.regroup(self.database, "--publish")
        first = self.newest()
        self.regroup(self.database, "--publish", "--force", "--seed", 2)
        self.forget(self.newest())
        self.sql(self.database, f"""SET LOCAL peernet.retention = 'on'; DELETE FROM peernet.members WHERE run = {first};
            DELETE FROM peernet.networks WHERE run = {first}; DELETE FROM peernet.unmatched WHERE run = {first};
            DELETE FROM peernet.runs WHERE run = {first}""")
        self.assertIn("the run that it rested on is removed", self.replay(self.newest(), code=16))
        self.assertIn("there is no run 99", self.replay(99, code=2))
        self.assertIn("as it was", self.replay(first, "--force", code=2))
        done = self.run("peernet-regroup", "replay", check=False)
        self.assertEqual((done.returncode, "--run N is needed" in done.stderr), (2, True))

    def test_by_the_daemon(self):
        self.regroup(self.database, "--publish")
        run = self.newest()
        with Daemon(self.database) as daemon, daemon.rpc() as rpc:
            rpc.call("subscribe", "runs")
            answer = rpc.call("run.replay", run, timeout=60)
            self.assertEqual((answer["run"], answer["programme"], answer["identical"]), (run, "default", True))
            self.assertIn(f"run {run} comes out the same: 330 organizers", answer["text"])
            self.assertEqual(rpc.call("run.get", run)["run"]["state"], "published")
            said = self.run("peernet", "--address", daemon.address, "run", "replay", run).stdout
            self.assertEqual(said, answer["text"] + "\n")
            said = self.run("peernet", "--address", daemon.address, "run", "replay", run, "--lang", "sv").stdout
            self.assertRegex(said, rf"^körning {run} blir densamma: \d+ huvudmän i \d+ nätverk, medelpassning 0\.\d+\n$")
            self.sql(self.database, "DELETE FROM peernet.reports WHERE organizer = '2120000019'")
            self.assertTrue(rpc.call("run.replay", run, timeout=60)["identical"])
            self.forget(run)
            answer = rpc.call("run.replay", run, timeout=60)
            self.assertEqual((answer["identical"], "have changed since: reports" in answer["text"]), (False, True), answer)
            done = self.run("peernet", "--address", daemon.address, "run", "replay", run, check=False)
            self.assertEqual((done.returncode, done.stdout), (1, answer["text"] + "\n"))
            with self.assertRaises(RpcError) as refused:
                rpc.call("run.replay", 99)
            self.assertEqual(refused.exception.code, "E_NOT_FOUND")
            self.assertEqual(list(rpc.notifications), [])

    def test_a_replay_takes_a_place_and_ends_with_the_daemon(self):
        self.regroup(self.database, "--publish")
        run = self.newest()
        deaf = self.temp_folder() / "worker"
        deaf.write_text("#!/bin/sh\nexec sleep 60\n")
        deaf.chmod(0o755)
        with Daemon(self.database, "--regroup-program", deaf) as daemon, daemon.rpc() as rpc, daemon.rpc() as other:
            msgid = rpc.request("run.replay", run)
            wait_until(lambda: other.call("status")["worker"]["running"], "the worker")
            with self.assertRaises(RpcError) as refused:
                other.call("run.start", {"force": True})
            self.assertEqual(refused.exception.code, "E_BUSY")
            self.assertEqual(refused.exception.message, f"programme default: a replay of run {run} is under way")
            self.assertEqual([r["state"] for r in other.call("run.list")["runs"]], ["published"])
            self.assertEqual(other.call("run.cancel", run), {"run": run, "programme": "default", "state": "cancelled"})
            with self.assertRaises(RpcError) as refused:
                rpc.response(msgid)
            self.assertEqual((refused.exception.code, refused.exception.message),
                             ("E_CANCELLED", f"the replay of run {run} was cancelled"))
            self.assertEqual(self.sql(self.database, "SELECT FROM peernet.audit WHERE action = 'cancel'"), [])
            with self.assertRaises(RpcError) as refused:
                other.call("run.cancel", run)
            self.assertEqual(refused.exception.code, "E_ARGUMENT")
            msgid = rpc.request("run.replay", run)
            wait_until(lambda: other.call("status")["worker"]["running"], "the worker")
            self.assertEqual(daemon.stop(), 0)
            with self.assertRaises(RpcError) as refused:
                rpc.response(msgid)
            self.assertEqual(refused.exception.code, "E_CANCELLED")


if __name__ == "__main__":
    peernet_test.main()
