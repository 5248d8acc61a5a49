"""What the database guards by itself: rights of the roles, runs that never change, publishing, versions."""

import threading

import psycopg2
from psycopg2 import errors

from peernet_test import PeernetTest, main, make_prepared, wait_until

RUN = ("INSERT INTO peernet.runs (run, programme, base_run, inputs_version, inputs_digest, settings, seed, effort, "
       "as_of, versions, figures, started_at) VALUES (%s, %s, %s, 1, repeat('a', 32), '{}', 1, 1, '2025-01-01', '{}', "
       "'{}', now())")
NETWORK = "INSERT INTO peernet.networks VALUES (%s, %s, 1, 'sv', 'en', 'sv', 'en', 1, 0.5, '[]')"
MEMBER = "INSERT INTO peernet.members VALUES (%s, '2120000019', 1, 0.5, '{}', NULL, NULL, 'sv', 'en')"
UNMATCHED = "INSERT INTO peernet.unmatched VALUES (%s, '2120000027', 'no_fit', 'sv', 'en')"
WAITING = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


class Rules(PeernetTest):
    database = None  # one for most tests of this file: making one takes longer than they do

    def emptied(self):
        """conninfo of a database with the example and nothing else."""
        if Rules.database is None:
            Rules.database = make_prepared(self.cluster, example=True)
        conninfo = self.cluster.conninfo(Rules.database)
        self.sql(conninfo, "SET LOCAL peernet.retention = 'on'; ALTER TABLE peernet.audit DISABLE TRIGGER audit_stays; "
                           "UPDATE peernet.programmes SET published_run = NULL, published_at = NULL; "
                           "DELETE FROM peernet.members; DELETE FROM peernet.networks; DELETE FROM peernet.unmatched; "
                           "DELETE FROM peernet.runs; DELETE FROM peernet.programmes WHERE name <> 'default'; "
                           "DELETE FROM peernet.audit; UPDATE peernet.state SET audit_entries = 0, audit_hash = ''; "
                           "ALTER TABLE peernet.audit ENABLE TRIGGER audit_stays")
        return conninfo

    def connect(self, conninfo, role=None):
        connection = psycopg2.connect(conninfo, **({"options": f"-c role={role}"} if role else {}))
        self.addCleanup(connection.close)
        connection.autocommit = True
        return connection

    def run_sql(self, connection, query, params=None):
        with connection.cursor() as cursor:
            cursor.execute(query, params)
            return cursor.fetchall() if cursor.description else []

    def write_run(self, conninfo, run, base=None, programme="default", role=None):
        """A run with one member, in one transaction as the worker does it."""
        connection = self.connect(conninfo, role)
        connection.autocommit = False
        with connection, connection.cursor() as cursor:
            cursor.execute(RUN, (run, programme, base))
            cursor.execute(NETWORK, (run, 1))
            cursor.execute(MEMBER, (run,))
            cursor.execute(UNMATCHED, (run,))

    def versions(self, conninfo):
        return self.sql(conninfo, "SELECT inputs_version, results_version FROM peernet.state")[0]


class Rights(Rules):
    def refused(self, connection, statement):
        with self.assertRaises(errors.InsufficientPrivilege, msg=statement):
            self.run_sql(connection, statement)

    def test_the_daemon_reads_all_writes_runs_and_publishes(self):
        conninfo = self.emptied()
        self.write_run(conninfo, 1, role="peernet_daemon")
        daemon = self.connect(conninfo, "peernet_daemon")
        self.run_sql(daemon, "SELECT nextval('peernet.run_numbers')")
        self.assertEqual(self.run_sql(daemon, "SELECT run, programme FROM peernet.publish_current(1, 'daemon', 'all')"),
                         [(1, "default")])
        for table in ("organizers", "challenges", "reports", "programmes", "runs", "networks", "members", "unmatched",
                      "pins", "audit", "state", "migrations", "tokens", "intake_keys", "activities", "plans",
                      "contacts"):
            self.run_sql(daemon, f"SELECT count(*) FROM peernet.{table}")

    def test_the_daemon_can_do_nothing_else(self):
        conninfo = self.emptied()
        daemon = self.connect(conninfo, "peernet_daemon")
        for table in ("organizers", "challenges", "reports", "programmes", "runs", "networks", "members", "unmatched",
                      "pins", "audit", "state", "migrations", "tokens", "intake_keys", "activities", "plans",
                      "contacts"):
            self.refused(daemon, f"DELETE FROM peernet.{table}")
            self.refused(daemon, f"TRUNCATE peernet.{table} CASCADE")
            self.refused(daemon, f"DROP TABLE peernet.{table}")
        for table, column in (("organizers", "name"), ("reports", "note"), ("programmes", "title_en"),
                              ("runs", "programme"), ("audit", "who"), ("state", "inputs_version"), ("tokens", "hash"), ("tokens", "role"),
                              ("tokens", "revoked_at")):
            self.refused(daemon, f"UPDATE peernet.{table} SET {column} = NULL")
        self.refused(daemon, "INSERT INTO peernet.challenges VALUES ('x', 'x', 'x', 'x')")
        self.refused(daemon, "INSERT INTO peernet.audit (who, action) VALUES ('x', 'x')")
        self.refused(daemon, "INSERT INTO peernet.tokens (name, role, hash, created_by) VALUES "
                             "('x', 'admin', sha256('x'), 'x')")
        self.refused(daemon, "SELECT peernet.intake_begin('report.submit', 'x', 'k', '[]', NULL)")
        self.refused(daemon, "SELECT peernet.inputs_changed()")
        self.refused(daemon, "SELECT peernet.publish_run(1, 'x')")  # would pass over rejections and policies
        self.refused(daemon, "SELECT peernet.rules_unchanged('default', 1)")
        self.refused(daemon, "CREATE TABLE peernet.mine ()")

    def test_the_reader_reads_all_but_the_audit_and_writes_nothing(self):
        conninfo = self.emptied()
        reader = self.connect(conninfo, "peernet_reader")
        tables = ("organizers", "challenges", "reports", "programmes", "runs", "networks", "members", "unmatched",
                  "pins", "state", "migrations", "activities", "plans", "contacts")
        for table in tables:
            self.run_sql(reader, f"SELECT count(*) FROM peernet.{table}")
            self.refused(reader, f"DELETE FROM peernet.{table}")
            self.refused(reader, f"INSERT INTO peernet.{table} DEFAULT VALUES")
        self.refused(reader, "SELECT * FROM peernet.audit")
        self.refused(reader, "SELECT * FROM peernet.tokens")
        self.refused(reader, "SELECT peernet.create_token('x', 'admin', sha256('x'), NULL, 'x')")
        self.refused(reader, "SELECT peernet.revoke_token('x', 'x')")
        self.refused(reader, "SELECT * FROM peernet.intake_keys")
        self.refused(reader, "SELECT peernet.submit_reports('[]', 'x', NULL, '1 day')")
        self.refused(reader, "SELECT peernet.upsert_organizers('[]', 'x', NULL, '1 day')")
        self.refused(reader, "SELECT peernet.note_login(1)")
        self.refused(reader, "SELECT * FROM peernet.publish_run(1, 'reader')")
        self.refused(reader, "SELECT nextval('peernet.run_numbers')")

    def test_anybody_else_can_do_nothing(self):
        conninfo = self.emptied()
        # pg_monitor stands for a role that has nothing to do with peernet.
        other = self.connect(conninfo, "pg_monitor")
        for statement in ("SELECT * FROM peernet.organizers", "SELECT * FROM peernet.publish_run(1, 'x')",
                          "SELECT * FROM peernet.state"):
            self.refused(other, statement)


class Immutable(Rules):
    def test_a_written_run_cannot_be_changed_or_removed_even_by_the_owner(self):
        conninfo = self.emptied()
        self.write_run(conninfo, 1)
        owner = self.connect(conninfo, "peernet_owner")
        for table, column in (("runs", "seed = 2"), ("networks", "size = 9"), ("members", "fit = 1"),
                              ("unmatched", "reason = 'constraint'")):
            for statement in (f"UPDATE peernet.{table} SET {column}", f"DELETE FROM peernet.{table}",
                              f"TRUNCATE peernet.{table} CASCADE"):
                with self.assertRaisesRegex(errors.InsufficientPrivilege, "never changed", msg=statement):
                    self.run_sql(owner, statement)

    def test_nothing_is_added_to_a_written_run(self):
        conninfo = self.emptied()
        self.write_run(conninfo, 1)
        connection = self.connect(conninfo, "peernet_daemon")
        for statement, params in ((NETWORK, (1, 2)), (MEMBER.replace("019", "035"), (1,)),
                                  (UNMATCHED.replace("027", "043"), (1,))):
            with self.assertRaisesRegex(errors.InsufficientPrivilege, "run 1 is written already"):
                self.run_sql(connection, statement, params)

    def test_a_run_names_what_there_is(self):
        conninfo = self.emptied()
        for statement, params, words in ((NETWORK, (2, 1), "there is no run 2"), (MEMBER, (2,), "there is no run 2"),
                                         (MEMBER.replace("2120000019", "nobody"), (1,), "there is no organizer nobody"),
                                         (MEMBER.replace("', 1, ", "', 7, "), (1,), "there is no network 7 of run 1"),
                                         (UNMATCHED.replace("2120000027", "nobody"), (1,), "there is no organizer nobody")):
            connection = self.connect(conninfo, "peernet_daemon")
            connection.autocommit = False
            self.run_sql(connection, RUN, (1, "default", None))
            self.run_sql(connection, NETWORK, (1, 1))
            with self.assertRaisesRegex(errors.ForeignKeyViolation, words):
                self.run_sql(connection, statement, params)

    def test_what_a_run_names_stays(self):
        conninfo = self.emptied()
        self.write_run(conninfo, 1)
        owner = self.connect(conninfo, "peernet_owner")
        for organizer in ("2120000019", "2120000027"):
            for statement in ("DELETE FROM peernet.organizers WHERE id = %s",
                              "UPDATE peernet.organizers SET id = 'another' WHERE id = %s"):
                with self.assertRaisesRegex(errors.ForeignKeyViolation, f"a run names organizer {organizer}"):
                    self.run_sql(owner, f"DELETE FROM peernet.reports WHERE organizer = '{organizer}'; {statement}", (organizer,))
        with self.assertRaisesRegex(errors.ForeignKeyViolation, "a run names organizer"):
            self.run_sql(owner, "TRUNCATE peernet.organizers, peernet.reports, peernet.contacts")
        for statement, words in (("DELETE FROM peernet.networks", "network 1 of run 1 has members"),
                                 ("DELETE FROM peernet.runs", "run 1 has networks or organizers")):
            with self.assertRaisesRegex(errors.ForeignKeyViolation, words):
                self.run_sql(owner, f"SET LOCAL peernet.retention = 'on'; {statement}")
        self.run_sql(owner, "DELETE FROM peernet.reports WHERE organizer = '2120000035'; "
                            "DELETE FROM peernet.organizers WHERE id = '2120000035'")
        Rules.database = None  # somebody is missing

    def test_the_owner_removes_old_runs_when_it_says_so(self):
        conninfo = self.emptied()
        self.write_run(conninfo, 1)
        statement = ("SET LOCAL peernet.retention = 'on'; DELETE FROM peernet.members WHERE run = 1; DELETE FROM "
                     "peernet.networks WHERE run = 1; DELETE FROM peernet.unmatched WHERE run = 1; DELETE FROM "
                     "peernet.runs WHERE run = 1")
        with self.assertRaises(errors.InsufficientPrivilege):
            self.run_sql(self.connect(conninfo, "peernet_daemon"), statement)
        self.run_sql(self.connect(conninfo, "peernet_owner"), statement)
        self.assertEqual(self.sql(conninfo, "SELECT count(*) FROM peernet.runs"), [(0,)])

    def test_a_published_run_cannot_be_removed_at_all(self):
        conninfo = self.emptied()
        self.write_run(conninfo, 1)
        self.sql(conninfo, "SELECT peernet.publish_run(1, 'test')")
        with self.assertRaises(errors.ForeignKeyViolation):
            self.sql(conninfo, "SET LOCAL peernet.retention = 'on'; DELETE FROM peernet.members; "
                               "DELETE FROM peernet.networks; DELETE FROM peernet.unmatched; DELETE FROM peernet.runs")


class Publish(Rules):
    def publish(self, conninfo, run, who="test"):
        return self.sql(conninfo, "SELECT run, programme, published_at FROM peernet.publish_run(%s, %s)", (run, who))[0]

    def fails(self, conninfo, run, state, words, who="test"):
        with self.assertRaises(psycopg2.Error) as failed:
            self.publish(conninfo, run, who)
        self.assertEqual(failed.exception.pgcode, state)
        self.assertIn(words, failed.exception.diag.message_primary)

    def published(self, conninfo, programme="default"):
        return self.sql(conninfo, "SELECT published_run FROM peernet.programmes WHERE name = %s", (programme,))[0][0]

    def test_publishing_moves_the_pointer_and_leaves_its_trace(self):
        conninfo = self.emptied()
        self.write_run(conninfo, 1)
        run, programme, at = self.publish(conninfo, 1, "anna")
        self.assertEqual((run, programme), (1, "default"))
        self.assertEqual(self.sql(conninfo, "SELECT published_run, published_at FROM peernet.programmes"), [(1, at)])
        self.assertEqual(self.sql(conninfo, "SELECT who, action, programme, run, detail FROM peernet.audit"),
                         [("anna", "publish", "default", 1, {"replaced": None})])

    def test_publishing_what_is_published_changes_nothing(self):
        conninfo = self.emptied()
        self.write_run(conninfo, 1)
        first = self.publish(conninfo, 1)
        before = self.versions(conninfo)
        self.assertEqual(self.publish(conninfo, 1, "another"), first)
        self.assertEqual(self.versions(conninfo), before)
        self.assertEqual(self.sql(conninfo, "SELECT count(*) FROM peernet.audit"), [(1,)])

    def test_a_run_that_rests_on_something_else_is_stale(self):
        conninfo = self.emptied()
        self.write_run(conninfo, 1)
        self.write_run(conninfo, 2)
        self.publish(conninfo, 1)
        self.fails(conninfo, 2, "PN001", "rests on nothing published, but run 1 is published now")
        self.write_run(conninfo, 3, base=1)
        self.publish(conninfo, 3)
        self.write_run(conninfo, 4, base=1)
        self.fails(conninfo, 4, "PN001", "rests on run 1, but run 3 is published now")
        self.fails(conninfo, 1, "PN001", "run 3 is published now")
        self.assertEqual(self.published(conninfo), 3)

    def test_a_run_that_does_not_exist_is_not_found(self):
        conninfo = self.emptied()
        self.fails(conninfo, 99, "PN003", "there is no run 99")

    def test_who_must_be_named(self):
        conninfo = self.emptied()
        self.write_run(conninfo, 1)
        self.fails(conninfo, 1, "22023", "must not be empty", who="")
        self.fails(conninfo, 1, "22023", "must not be empty", who=None)
        self.assertIsNone(self.published(conninfo))

    def test_programmes_publish_each_for_itself(self):
        conninfo = self.emptied()
        self.sql(conninfo, "INSERT INTO peernet.programmes (name, title_sv, title_en) VALUES ('small', 'Små', 'Small')")
        self.write_run(conninfo, 1)
        self.write_run(conninfo, 2, programme="small")
        self.publish(conninfo, 1)
        self.publish(conninfo, 2)
        self.assertEqual((self.published(conninfo), self.published(conninfo, "small")), (1, 2))
        with self.assertRaises(errors.ForeignKeyViolation):
            self.sql(conninfo, "UPDATE peernet.programmes SET published_run = 1 WHERE name = 'small'")

    def test_of_many_that_publish_at_once_one_wins_and_the_others_are_stale(self):
        conninfo = self.emptied()
        runs = range(1, 9)
        for run in runs:
            self.write_run(conninfo, run)
        outcomes, barrier = {}, threading.Barrier(len(runs))

        def publish(run):
            connection = self.connect(conninfo)
            barrier.wait()
            try:
                self.run_sql(connection, "SELECT peernet.publish_run(%s, 'test')", (run,))
                outcomes[run] = "published"
            except psycopg2.Error as e:
                outcomes[run] = e.pgcode
        threads = [threading.Thread(target=publish, args=(run,)) for run in runs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(outcomes.values()), ["PN001"] * 7 + ["published"])
        self.assertEqual(outcomes[self.published(conninfo)], "published")
        self.assertEqual(self.sql(conninfo, "SELECT count(*) FROM peernet.audit"), [(1,)])

    def during(self, conninfo, query):
        """What became of a query that somebody else sent while a run was being written that then published itself."""
        outcome = []

        def send():
            try:
                outcome.append(self.run_sql(self.connect(conninfo), query))
            except psycopg2.Error as refused:
                outcome.append(refused.pgcode)
        writer, other = self.connect(conninfo), threading.Thread(target=send)
        writer.autocommit = False
        with writer, writer.cursor() as cursor:
            cursor.execute(RUN, (2, "default", None))
            other.start()
            wait_until(lambda: self.sql(conninfo, WAITING), "the other to wait")
            cursor.execute(NETWORK, (2, 1))
            cursor.execute(MEMBER, (2,))
            cursor.execute("SELECT peernet.publish_run(2, 'worker')")
        other.join()
        self.assertEqual(self.published(conninfo), 2)
        return outcome[0]

    def test_a_run_that_publishes_itself_and_another_publication_take_turns(self):
        conninfo = self.emptied()
        self.write_run(conninfo, 1)
        self.assertEqual(self.during(conninfo, "SELECT peernet.publish_run(1, 'Anna')"), "PN001")

    def test_a_run_that_publishes_itself_and_a_change_of_settings_take_turns(self):
        conninfo = self.emptied()
        self.assertEqual(self.during(conninfo, "UPDATE peernet.programmes SET title_en = 'Everything'"), [])

    def test_a_publication_that_is_rolled_back_never_was(self):
        conninfo = self.emptied()
        self.write_run(conninfo, 1)
        before = self.versions(conninfo)
        connection = self.connect(conninfo)
        connection.autocommit = False
        self.run_sql(connection, "SELECT peernet.publish_run(1, 'test')")
        connection.rollback()
        self.assertIsNone(self.published(conninfo))
        self.assertEqual(self.versions(conninfo), before)
        self.assertEqual(self.sql(conninfo, "SELECT count(*) FROM peernet.audit"), [(0,)])


class Versions(Rules):
    def test_each_kind_of_change_moves_its_version_and_is_heard(self):
        conninfo = self.prepare()
        listener = self.connect(conninfo)
        self.run_sql(listener, "LISTEN peernet")
        steps = (
            ("inputs", "UPDATE peernet.organizers SET name = 'Ny' WHERE id = '2120000019'"),
            ("inputs", "INSERT INTO peernet.challenges VALUES ('new', 'x', 'x', 'x')"),
            ("inputs", "DELETE FROM peernet.challenges WHERE code = 'new'"),
            ("inputs", "DELETE FROM peernet.reports WHERE organizer = '2120000019'"),
            ("inputs", """UPDATE peernet.programmes SET settings = '{"min_size": 4}'"""),
            ("inputs", "INSERT INTO peernet.pins (programme, rule, organizers, made_by) "
                       "VALUES ('default', 'keep', '{2120000019}', 'test')"),
            ("inputs", "TRUNCATE peernet.reports"),
            ("results", "write_run"),
            ("results", "SELECT peernet.publish_run(1, 'test')"))
        for kind, statement in steps:
            inputs, results = self.versions(conninfo)
            if statement == "write_run":
                self.write_run(conninfo, 1)
            else:
                self.sql(conninfo, statement)
            expected = (inputs + (kind == "inputs"), results + (kind == "results"))
            self.assertEqual(self.versions(conninfo), expected, statement)
            wait_until(lambda: (listener.poll(), listener.notifies)[1], f"word of: {statement}")
            heard = [n.payload for n in listener.notifies]
            self.assertEqual(heard, [f"{kind} {expected[0 if kind == 'inputs' else 1]}"], statement)
            listener.notifies.clear()

    def test_what_changes_nothing_moves_nothing(self):
        conninfo = self.prepare()
        before = self.versions(conninfo)
        for statement in ("UPDATE peernet.organizers SET name = name",
                          "UPDATE peernet.reports SET severity = 1 WHERE organizer = 'nobody'",
                          "DELETE FROM peernet.reports WHERE organizer = 'nobody'",
                          "INSERT INTO peernet.challenges SELECT * FROM peernet.challenges ON CONFLICT DO NOTHING",
                          "UPDATE peernet.programmes SET settings = settings",
                          "SELECT nextval('peernet.run_numbers')"):
            self.sql(conninfo, statement)
            self.assertEqual(self.versions(conninfo), before, statement)


if __name__ == "__main__":
    main()
