"""The trail: what leaves a row in it, that it is a chain, and that whoever tampers with it is found."""

import hashlib
import json
import threading

import psycopg2
from psycopg2 import errors

import peernet_test
from peernet_test import Daemon, RpcError

slow = True

CONTENT = ("SELECT entry, to_jsonb(entry)::text, to_jsonb((extract(epoch FROM at) * 1000000)::bigint)::text, "
           "to_jsonb(who)::text, to_jsonb(origin)::text, to_jsonb(session)::text, to_jsonb(action)::text, to_jsonb(programme)::text, "
           "to_jsonb(run)::text, detail::text, before::text, after::text, hash FROM peernet.audit ORDER BY entry")


class Trail(peernet_test.PeernetTest):
    def verify(self, conninfo):
        """(fault, kind) as the database finds them."""
        return self.sql(conninfo, "SELECT fault, kind FROM peernet.verify_audit(0, '', 1000000)")[0]

    def tamper(self, conninfo, statement):
        """As somebody with all rights would."""
        self.sql(conninfo, f"SET LOCAL session_replication_role = replica; {statement}")

    def actions(self, conninfo):
        return [a for a, in self.sql(conninfo, "SELECT action FROM peernet.audit ORDER BY entry")]

    def make_entries(self, conninfo, n=5):
        for i in range(n):
            self.sql(conninfo, "SELECT peernet.create_token(%s, 'reader', sha256(%s), NULL, 'ada', 'here')",
                     (f"t{i}", f"t{i}".encode()))


class Database(Trail):
    def test_every_change_of_inputs_leaves_its_row(self):
        conninfo = self.prepare(False)
        self.assertEqual(self.actions(conninfo), [])
        self.sql(conninfo, "INSERT INTO peernet.organizers (id, name, kind) VALUES ('1', 'Ett', 'municipal'); "
                           "INSERT INTO peernet.challenges VALUES ('a', 'c', 'l', 'l'); "
                           "INSERT INTO peernet.reports VALUES ('1', 'a', '2026-03-14', 3, 'what only they should read')")
        self.sql(conninfo, "UPDATE peernet.organizers SET name = 'One' WHERE id = '1'")
        self.sql(conninfo, "UPDATE peernet.organizers SET name = 'One' WHERE id = '1'")  # no change
        self.sql(conninfo, """UPDATE peernet.programmes SET settings = '{"min_size": 4}'""")
        self.sql(conninfo, "INSERT INTO peernet.pins (programme, rule, organizers, made_by) VALUES "
                           "('default', 'keep', '{1}', 'ada'); DELETE FROM peernet.pins")
        self.sql(conninfo, "DELETE FROM peernet.reports; TRUNCATE peernet.reports")
        self.assertEqual(self.actions(conninfo), [
            "organizers.add", "challenges.add", "reports.add", "organizers.change", "programmes.change", "pins.add",
            "pins.remove", "reports.remove", "reports.empty"])
        who, origin, detail, before, after = self.sql(
            conninfo, "SELECT who, origin, detail, before, after FROM peernet.audit WHERE action = 'organizers.change'")[0]
        self.assertEqual((who, origin, detail), ("role postgres", "role postgres, local", {"rows": 1}))
        self.assertEqual((before[0]["name"], after[0]["name"], len(after)), ("Ett", "One", 1))
        before, after = self.sql(conninfo, "SELECT before, after FROM peernet.audit WHERE action = 'programmes.change'")[0]
        self.assertEqual((before[0]["settings"], after[0]["settings"]), ({}, {"min_size": 4}))
        self.assertNotIn("only they", str(self.sql(conninfo, "SELECT * FROM peernet.audit")))
        self.assertEqual(self.verify(conninfo), (None, None))

    def test_many_rows_are_counted(self):
        conninfo = self.prepare()
        rows = self.sql(conninfo, "SELECT action, detail->'rows', before, after FROM peernet.audit ORDER BY entry")
        self.assertEqual(rows, [("organizers.add", 576, None, None), ("challenges.add", 25, None, None),
                                ("reports.add", 2572, None, None)])

    def test_large_rows_are_counted_too(self):
        conninfo = self.prepare(False)
        for letters, told in ((30000, True), (40000, False)):
            self.sql(conninfo, "UPDATE peernet.programmes SET title_en = repeat('a', %s)", (letters,))
            self.sql(conninfo, "UPDATE peernet.programmes SET title_en = repeat('b', %s)", (letters,))
            programme, detail, before, after = self.sql(conninfo, "SELECT programme, detail, before, after FROM peernet.audit "
                                                                  "ORDER BY entry DESC LIMIT 1")[0]
            self.assertEqual((detail, before is not None, after is not None), ({"rows": 1}, told, told))
        self.sql(conninfo, "INSERT INTO peernet.programmes (name, title_sv, title_en) SELECT 'p' || i, 'x', 'x' FROM "
                           "generate_series(1, 21) AS i")
        for n, told in ((20, 20), (21, None)):
            self.sql(conninfo, "UPDATE peernet.programmes SET title_sv = title_sv || '.' WHERE substr(name, 2) IN "
                               "(SELECT i::text FROM generate_series(1, %s) AS i)", (n,))
            after, = self.sql(conninfo, "SELECT jsonb_array_length(after) FROM peernet.audit ORDER BY entry DESC LIMIT 1")[0]
            self.assertEqual(after, told)

    def test_the_session_behind_is_told_whatever_it_says_of_itself(self):
        conninfo = self.prepare(False)
        self.cluster.execute("CREATE ROLE audit_forger LOGIN IN ROLE peernet_owner")
        self.addCleanup(self.cluster.execute, "DROP ROLE audit_forger")
        forger = psycopg2.connect(conninfo.replace("user=postgres", "user=audit_forger"))
        self.addCleanup(forger.close)
        with forger, forger.cursor() as cursor:
            cursor.execute("SET peernet.who = 'ada'; SET peernet.origin = '10.0.0.7:51234'; SET peernet.action = 'rollback'; "
                           "SET ROLE peernet_owner; UPDATE peernet.programmes SET title_en = 'x'; "
                           "INSERT INTO peernet.audit (who, action, origin, session) VALUES ('bo', 'x', 'there', 'role daemon')")
        self.assertEqual(self.sql(conninfo, "SELECT who, origin, session, action FROM peernet.audit ORDER BY entry"),
                         [("ada", "10.0.0.7:51234", "role audit_forger, local", "programmes.change"),
                          ("bo", "there", "role audit_forger, local", "x")])
        self.tamper(conninfo, "UPDATE peernet.audit SET session = 'role postgres, local' WHERE entry = 1")
        self.assertEqual(self.verify(conninfo), (1, "changed"))

    def test_a_long_trail_is_read_by_indexes(self):
        conninfo = self.prepare(False)
        self.tamper(conninfo, "INSERT INTO peernet.audit (entry, who, action, programme, run, before, hash) SELECT i, 'w' || i % 500, "
                              "CASE i % 10 WHEN 0 THEN 'pins.remove' ELSE 'publish' END, 'p' || i % 500, i, "
                              "jsonb_build_array(jsonb_build_object('pin', i)), sha256('') FROM generate_series(1, 30000) AS i")
        self.sql(conninfo, "ANALYZE peernet.audit")
        newest = "SELECT * FROM peernet.audit WHERE {} ORDER BY entry DESC LIMIT 51"
        for query, index in ((newest.format("run = 777"), "audit_run"), (newest.format("programme = 'p7'"), "audit_programme"),
                             (newest.format("who = 'w7'"), "audit_who"),
                             ("SELECT * FROM peernet.audit WHERE action = 'pins.remove' AND before @> '[{\"pin\": 770}]'",
                              "audit_removed_pins")):
            plan = "\n".join(row for row, in self.sql(conninfo, "EXPLAIN " + query))
            self.assertIn(index, plan)

    def test_a_change_that_is_rolled_back_leaves_nothing(self):
        conninfo = self.prepare(False)
        self.make_entries(conninfo, 2)
        connection = psycopg2.connect(conninfo)
        with connection.cursor() as cursor:
            cursor.execute("SELECT peernet.revoke_token('t0', 'ada')")
        connection.rollback()
        connection.close()
        self.make_entries(self.prepare(False), 1)
        self.sql(conninfo, "SELECT peernet.revoke_token('t1', 'ada')")
        self.assertEqual(self.actions(conninfo), ["token.create", "token.create", "token.revoke"])
        self.assertEqual([e for e, in self.sql(conninfo, "SELECT entry FROM peernet.audit ORDER BY entry")], [1, 2, 3])
        self.assertEqual(self.verify(conninfo), (None, None))

    def test_hashes_are_what_the_readme_says(self):
        """Computed here anew, from the rows alone."""
        conninfo = self.prepare(False)
        self.make_entries(conninfo, 3)
        self.sql(conninfo, """UPDATE peernet.programmes SET title_sv = 'Ännu "bättre" ☃'""")
        self.sql(conninfo, "SELECT peernet.revoke_token('t1', 'ada')")
        head = b""
        for entry, *columns, kept in self.sql(conninfo, CONTENT):
            text = "[" + ", ".join("null" if c is None else c for c in columns) + "]"
            head = hashlib.sha256(head + text.encode()).digest()
            self.assertEqual(bytes(kept), head, entry)
        self.assertEqual(self.sql(conninfo, "SELECT audit_entries, encode(audit_hash, 'hex') FROM peernet.state"),
                         [(5, head.hex())])

    def test_the_owner_cannot_change_it_by_accident(self):
        conninfo = self.prepare(False)
        self.make_entries(conninfo, 2)
        for statement in ("UPDATE peernet.audit SET who = 'x'", "DELETE FROM peernet.audit", "TRUNCATE peernet.audit"):
            with self.assertRaisesRegex(errors.InsufficientPrivilege, "never changed"):
                self.sql(conninfo, "SET LOCAL ROLE peernet_owner; " + statement)

    def test_whoever_tampers_is_found_at_the_first_bad_entry(self):
        rehash = ("UPDATE peernet.audit a SET hash = peernet.audit_hash((SELECT hash FROM peernet.audit b WHERE "
                  "b.entry = a.entry - 1), a) WHERE entry = {}")
        cases = (
            ("UPDATE peernet.audit SET who = 'eve' WHERE entry = 3", (3, "changed")),
            ("UPDATE peernet.audit SET at = at + interval '1 microsecond' WHERE entry = 1", (1, "changed")),
            ("UPDATE peernet.audit SET detail = '{}' WHERE entry = 5", (5, "changed")),
            ("UPDATE peernet.audit SET who = 'eve' WHERE entry = 3;" + rehash.format(3), (4, "changed")),
            ("UPDATE peernet.audit SET who = 'eve' WHERE entry = 5;" + rehash.format(5), (5, "changed")),
            ("DELETE FROM peernet.audit WHERE entry = 1", (1, "missing")),
            ("DELETE FROM peernet.audit WHERE entry = 3", (3, "missing")),
            ("DELETE FROM peernet.audit WHERE entry = 5", (5, "missing")),
            ("DELETE FROM peernet.audit WHERE entry > 2", (3, "missing")),
            ("DELETE FROM peernet.audit", (1, "missing")),
            ("UPDATE peernet.audit SET entry = 99 WHERE entry = 2; UPDATE peernet.audit SET entry = 2 WHERE entry = 4; "
             "UPDATE peernet.audit SET entry = 4 WHERE entry = 99", (2, "changed")),
            ("DELETE FROM peernet.audit WHERE entry = 2; UPDATE peernet.audit SET entry = entry - 1 WHERE entry > 2",
             (2, "changed")),
            ("INSERT INTO peernet.audit SELECT (jsonb_populate_record(a, '{\"entry\": 6}')).* FROM peernet.audit a WHERE "
             "entry = 5;" + rehash.format(6), (6, "added")),
        )
        conninfo = self.prepare(False)
        self.make_entries(conninfo, 5)
        self.sql(conninfo, "CREATE TABLE kept AS TABLE peernet.audit")
        for statement, found in cases:
            self.tamper(conninfo, statement)
            self.assertEqual(self.verify(conninfo), found, statement)
            self.tamper(conninfo, "DELETE FROM peernet.audit; INSERT INTO peernet.audit TABLE kept")
            self.assertEqual(self.verify(conninfo), (None, None))

    def test_slices_find_what_the_whole_finds(self):
        conninfo = self.prepare(False)
        self.make_entries(conninfo, 7)
        self.tamper(conninfo, "UPDATE peernet.audit SET who = 'eve' WHERE entry = 6")
        for most in (1, 2, 3, 7, 8):
            last, head, found = 0, b"", None
            while found is None:
                checked, last, head, found, kind = self.sql(
                    conninfo, "SELECT * FROM peernet.verify_audit(%s, %s, %s)", (last, head, most))[0]
                self.assertTrue(checked == most or found is not None)
            self.assertEqual((found, kind), (6, "changed"), most)

    def test_many_writers_at_once_make_one_chain(self):
        conninfo = self.prepare(False)

        def write(k):
            connection = psycopg2.connect(conninfo)
            connection.autocommit = True
            with connection.cursor() as cursor:
                for i in range(20):
                    if k % 2:
                        cursor.execute("SELECT peernet.create_token(%s, 'reader', sha256(%s), NULL, 'ada')",
                                       (f"{k} {i}", f"{k} {i}".encode()))
                    else:
                        cursor.execute("UPDATE peernet.programmes SET title_en = %s", (f"{k} {i}",))
            connection.close()
        threads = [threading.Thread(target=write, args=(k,)) for k in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.sql(conninfo, "SELECT count(*), min(entry), max(entry) FROM peernet.audit"), [(120, 1, 120)])
        self.assertEqual(self.verify(conninfo), (None, None))

    def test_rows_from_before_the_chain_are_chained(self):
        """The migration, on a trail with a gap in its numbers."""
        conninfo = self.new_database()
        self.run("peernet", "db", "init", "--db", conninfo)
        sql = peernet_test.SOURCE / "sql"
        before = "".join((sql / f).read_text() for f in sorted(p.name for p in sql.glob("0*.sql")) if f < "007")
        self.sql(conninfo, "ALTER TABLE peernet.migrations SET SCHEMA public; DROP SCHEMA peernet CASCADE; "
                           "CREATE SCHEMA peernet AUTHORIZATION peernet_owner; SET ROLE peernet_owner; " + before +
                           "; SELECT nextval('peernet.audit_entry_seq'); "
                           "INSERT INTO peernet.audit (who, action) VALUES ('ada', 'one'), ('bo', 'two'); RESET ROLE")
        self.sql(conninfo, "ALTER TABLE public.migrations SET SCHEMA peernet; "
                           "DELETE FROM peernet.migrations WHERE number >= 7")
        self.run("peernet", "db", "migrate", "--db", conninfo)
        self.make_entries(conninfo, 1)
        self.assertEqual(self.sql(conninfo, "SELECT entry, who FROM peernet.audit ORDER BY entry"),
                         [(1, "ada"), (2, "bo"), (3, "ada")])
        self.assertEqual(self.verify(conninfo), (None, None))


class Methods(Trail):
    def setUp(self):
        self.database = self.prepare()
        self.regroup(self.database)
        self.run_number = self.sql(self.database, "SELECT max(run) FROM peernet.runs")[0][0]
        self.daemon = Daemon(self.database).start()
        self.addCleanup(self.daemon.close)
        self.rpc = self.daemon.rpc()
        self.addCleanup(self.rpc.close)

    def peernet(self, *args, code=0):
        done = self.run("peernet", *args, "--address", self.daemon.address, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout if code == 0 else done.stderr

    def refused(self, *call):
        with self.assertRaises(RpcError) as caught:
            self.rpc.call(*call)
        return caught.exception

    def test_the_list_tells_who_from_where_before_and_after(self):
        self.rpc.call("run.publish", self.run_number)
        entry = self.rpc.call("audit.list", {"limit": 1})["entries"][0]
        port = self.rpc.sock.getsockname()[1]
        self.assertEqual((entry["who"], entry["origin"], entry["session"]),
                         ("loopback", f"127.0.0.1:{port}", "role postgres, local"))
        self.assertEqual((entry["action"], entry["programme"], entry["run"]), ("publish", "default", self.run_number))
        self.assertEqual((entry["before"], entry["after"]), ({"run": None}, {"run": self.run_number}))
        self.assertRegex(entry["at"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertRegex(entry["hash"], r"^[0-9a-f]{64}$")

    def test_the_list_comes_in_pages_and_by_what_is_asked(self):
        self.make_entries(self.database, 5)
        all_of_it = self.rpc.call("audit.list")
        self.assertEqual(all_of_it["next"], None)
        numbers = [e["entry"] for e in all_of_it["entries"]]
        self.assertEqual(numbers, sorted(numbers, reverse=True))
        paged, before = [], {}
        while True:
            page = self.rpc.call("audit.list", {"limit": 3, **before})
            paged += page["entries"]
            if page["next"] is None:
                break
            before = {"before": page["next"]}
        self.assertEqual(paged, all_of_it["entries"])
        self.assertEqual(len(self.rpc.call("audit.list", {"action": "token"})["entries"]), 5)
        self.assertEqual(len(self.rpc.call("audit.list", {"action": "token.create", "who": "ada"})["entries"]), 5)
        self.assertEqual(self.rpc.call("audit.list", {"action": "tok%"})["entries"], [])
        self.assertEqual(self.rpc.call("audit.list", {"who": "nobody"})["entries"], [])
        self.assertEqual(self.rpc.call("audit.list", {"programme": "default"})["entries"], [])
        day = all_of_it["entries"][0]["at"][:10]
        self.assertEqual(len(self.rpc.call("audit.list", {"from": day, "to": day})["entries"]), len(numbers))
        self.assertEqual(self.rpc.call("audit.list", {"to": "2020-01-01"})["entries"], [])
        self.assertEqual(self.rpc.call("audit.list", {"from": "2999-01-01"})["entries"], [])
        error = self.refused("audit.list", {"from": "2026-02-30"})
        self.assertEqual((error.code, error.message), ("E_ARGUMENT", "from: '2026-02-30' came; allowed is a day such as 2026-03-14"))

    def test_a_page_of_long_entries_ends_early_and_none_is_left_out(self):
        self.sql(self.database, "INSERT INTO peernet.audit (who, action, before) SELECT 'ada', 'long', "
                                "to_jsonb(repeat('x', 60000)) FROM generate_series(1, 40)")
        found, pages, before = [], 0, {}
        while True:
            page = self.rpc.call("audit.list", {"action": "long", "limit": 1000, **before})
            pages += 1
            self.assertLess(sum(len(e["before"]) for e in page["entries"]), 1 << 20)
            found += [e["entry"] for e in page["entries"]]
            if page["next"] is None:
                break
            before = {"before": page["next"]}
        self.assertEqual(len(set(found)), 40)
        self.assertEqual((found, pages), (sorted(found, reverse=True), 3))
        self.sql(self.database, "INSERT INTO peernet.audit (who, action, before) VALUES ('bo', 'longer', "
                                "to_jsonb(repeat('x', 2000000)))")
        self.assertEqual(len(self.rpc.call("audit.list", {"action": "longer"})["entries"]), 1)

    def test_entries_about_a_programme_are_found_by_it(self):
        self.rpc.call("programme.create", "b")
        self.rpc.call("programme.set", "b", {"purpose": "Other."})
        self.rpc.call("programme.set", "default", {"purpose": "All."})
        found = [(e["action"], e["programme"]) for e in self.rpc.call("audit.list", {"programme": "b"})["entries"]]
        self.assertEqual(found, [("programmes.change", "b"), ("programmes.add", "b")])

    def test_readers_do_not_see_it(self):
        with Daemon(self.database, "--loopback-role", "reporter") as daemon, daemon.rpc() as rpc:
            for method in ("audit.list", "audit.verify"):
                with self.assertRaises(RpcError) as caught:
                    rpc.call(method)
                self.assertEqual(caught.exception.code, "E_DENIED")

    def test_verify_names_the_first_bad_entry(self):
        self.make_entries(self.database, 4)
        head = self.sql(self.database, "SELECT encode(audit_hash, 'hex') FROM peernet.state")[0][0]
        entries = len(self.rpc.call("audit.list")["entries"])
        self.assertEqual(self.rpc.call("audit.verify"), {"intact": True, "entries": entries, "head": head, "fault": None})
        self.assertEqual(self.peernet("audit", "verify"), f"The trail is whole: {entries} entries.\nHead: {head}\n")
        self.tamper(self.database, "UPDATE peernet.audit SET who = 'eve' WHERE entry = 2")
        told = self.rpc.call("audit.verify")
        self.assertEqual((told["intact"], told["head"], told["fault"]), (False, None, {"entry": 2, "kind": "changed"}))
        self.assertEqual(self.peernet("audit", "verify", code=1),
                         "peernet: the trail is not whole: entry 2 is not what was written (changed, or put in the place "
                         "of another)\n")
        self.assertIn("post 2 är inte den som skrevs", self.peernet("audit", "verify", "--lang", "sv", code=1))
        done = self.run("peernet", "audit", "verify", "--json", "--address", self.daemon.address, check=False)
        self.assertEqual((done.returncode, json.loads(done.stdout)["fault"]["entry"]), (1, 2))
        self.tamper(self.database, "DELETE FROM peernet.audit WHERE entry = 1")
        self.assertIn("entry 1 is missing", self.peernet("audit", "verify", code=1))

    def test_the_command_lists_what_changed(self):
        self.rpc.call("run.publish", self.run_number)
        self.sql(self.database, "UPDATE peernet.programmes SET title_en = 'Everything'")
        told = self.peernet("audit", "list")
        self.assertRegex(told, r"(?m)^ENTRY +WHEN +BY +FROM +ACTION +PROGRAMME +RUN +CHANGE")
        self.assertRegex(told, rf"(?m)^ *4 +20\S+ .*loopback +127\.0\.0\.1:\d+ +publish +default +{self.run_number} +run: {self.run_number}")
        self.assertRegex(told, r"programmes\.change .*English title: All challenges → Everything")
        self.assertRegex(told, r"organizers\.add +576 rows")
        told = self.peernet("audit", "list", "--limit", "2")
        self.assertIn("\nThere are older ones: --before 4\n", told)
        self.assertEqual(self.peernet("audit", "list", "--who", "nobody"), "Nothing in the trail.\n")
        entries = json.loads(self.peernet("audit", "list", "--json", "--action", "publish"))["entries"]
        self.assertEqual([e["run"] for e in entries], [self.run_number])


if __name__ == "__main__":
    peernet_test.main()
