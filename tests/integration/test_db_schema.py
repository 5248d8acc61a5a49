"""peernet db init, migrate and check: what they make, refuse and find."""

import json
import subprocess
import threading

import psycopg2

from peernet_test import SOURCE, PeernetTest, main, program_environment, program_path, wait_until
from pg import PrivateCluster

slow = True


class Schema(PeernetTest):
    def db(self, conninfo, *args, check=True, **more):
        return self.run("peernet", "db", *args, "--db", conninfo, check=check, **more)

    def init(self):
        conninfo = self.new_database()
        with self.cluster.alone():
            self.db(conninfo, "init")
        return conninfo

    def refused(self, conninfo, *args):
        done = self.db(conninfo, *args, check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_init_makes_the_schema_and_again_changes_nothing(self):
        conninfo = self.init()
        applied = self.sql(conninfo, "SELECT number, name, length(checksum) FROM peernet.migrations ORDER BY 1")
        self.assertEqual(applied[:3], [(1, "schema", 64), (2, "rules", 64), (3, "rights", 64)])
        before = self.sql(conninfo, "SELECT * FROM peernet.migrations ORDER BY 1")
        again = self.db(conninfo, "init")
        self.assertIn("nothing to do", again.stdout)
        self.assertEqual(self.sql(conninfo, "SELECT * FROM peernet.migrations ORDER BY 1"), before)
        self.assertIn("nothing to do", self.db(conninfo, "migrate").stdout)

    def test_init_tells_what_it_applied_as_json(self):
        conninfo = self.new_database()
        with self.cluster.alone():
            told = json.loads(self.db(conninfo, "init", "--json").stdout)
        self.assertEqual([a["number"] for a in told["applied"]], list(range(1, told["schema"] + 1)))
        self.assertEqual(json.loads(self.db(conninfo, "migrate", "--json").stdout)["applied"], [])

    def test_every_table_has_a_comment(self):
        conninfo = self.init()
        bare = self.sql(conninfo, "SELECT relname FROM pg_class WHERE relnamespace = 'peernet'::regnamespace "
                                  "AND relkind = 'r' AND obj_description(oid, 'pg_class') IS NULL")
        self.assertEqual(bare, [])

    def test_migrate_before_init_says_what_to_do(self):
        self.assertIn("run peernet db init", self.refused(self.new_database(), "migrate"))

    def test_an_edited_migration_is_refused(self):
        conninfo = self.init()
        self.sql(conninfo, "UPDATE peernet.migrations SET checksum = repeat('0', 64) WHERE number = 2")
        for command in (["migrate"], ["init"], ["export", str(self.temp_folder() / "out")], ["check"]):
            self.assertIn("migration 002_rules was edited", self.refused(conninfo, *command))

    def test_a_newer_schema_is_refused(self):
        conninfo = self.init()
        self.sql(conninfo, "INSERT INTO peernet.migrations (number, name, checksum, version) SELECT max(number) + 1, "
                           "'later', repeat('a', 64), '9.9' FROM peernet.migrations")
        told = self.refused(conninfo, "migrate")
        self.assertIn("_later of peernet 9.9", told)
        self.assertIn("install peernet 9.9 or newer", told)

    def test_a_gap_is_refused(self):
        conninfo = self.init()
        self.sql(conninfo, "DELETE FROM peernet.migrations WHERE number = 2")
        self.assertIn("number 2 is missing", self.refused(conninfo, "migrate"))

    def test_an_older_schema_is_refused_by_whoever_needs_the_newest(self):
        files = sorted((SOURCE / "sql").glob("0*.sql"))
        conninfo = self.applied_up_to(len(files) - 1)
        told = self.refused(conninfo, "export", str(self.temp_folder() / "out"))
        self.assertIn("run peernet db migrate", told)
        self.assertIn(f"applied {files[-1].stem}", self.db(conninfo, "migrate").stdout)

    def applied_up_to(self, last):
        """conninfo of a database as it was when that migration was the newest."""
        conninfo = self.init()
        files = sorted((SOURCE / "sql").glob("0*.sql"))
        self.sql(conninfo, "ALTER TABLE peernet.migrations SET SCHEMA public; DROP SCHEMA peernet CASCADE; "
                           "CREATE SCHEMA peernet AUTHORIZATION peernet_owner; SET ROLE peernet_owner;" +
                           "".join(f.read_text() for f in files[:last]) + "; RESET ROLE")
        self.sql(conninfo, "ALTER TABLE public.migrations SET SCHEMA peernet; DELETE FROM peernet.migrations WHERE number > %s", (last,))
        return conninfo

    def holder(self, conninfo, *tables):
        """A transaction that has read them, as that of a daemon's load."""
        connection = psycopg2.connect(conninfo)
        self.addCleanup(connection.close)
        for table in tables:
            self.read(connection, table)
        return connection

    def read(self, connection, table):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM peernet.{table}")

    def waiting(self, conninfo):
        return self.sql(conninfo, "SELECT l.pid FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) "
                                  "WHERE NOT l.granted AND a.datname = current_database()")

    def test_migrating_and_a_load_do_not_wait_for_each_other_for_ever(self):
        conninfo = self.applied_up_to(15)
        load = self.holder(conninfo, "runs", "organizers")
        command = [program_path("peernet"), "db", "migrate", "--db", conninfo]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=program_environment()) as migrate:
            wait_until(lambda: self.waiting(conninfo), "the migration")
            for table in ("networks", "members", "unmatched"):
                self.read(load, table)
            load.rollback()
            self.assertIn("applied 016_run_rows", migrate.communicate(timeout=60)[0])
        self.assertEqual(migrate.returncode, 0)

    def test_tables_that_are_held_are_tried_again_and_then_told_of(self):
        conninfo = self.applied_up_to(15)
        held = self.holder(conninfo, "members")
        told = self.refused(conninfo, "migrate")
        self.assertIn("migration 016_run_rows: ", told)
        self.assertIn("tables were held by others 10 times in a row", told)
        command = [program_path("peernet"), "db", "migrate", "--db", conninfo]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=program_environment()) as migrate:
            wait_until(lambda: self.waiting(conninfo), "a first time")
            wait_until(lambda: not self.waiting(conninfo), "that it gives up")
            wait_until(lambda: self.waiting(conninfo), "another time")
            held.rollback()
            self.assertIn("applied 016_run_rows", migrate.communicate(timeout=60)[0])

    def test_a_migration_that_fails_leaves_nothing_of_itself(self):
        conninfo = self.init()
        self.sql(conninfo, "DROP SCHEMA peernet CASCADE")
        self.sql(conninfo, "CREATE SCHEMA peernet AUTHORIZATION peernet_owner; "
                           "CREATE FUNCTION peernet.publish_run(bigint, text) RETURNS int LANGUAGE sql RETURN 1")
        self.assertIn("migration 002_rules: ", self.refused(conninfo, "init"))
        self.assertEqual(self.sql(conninfo, "SELECT number FROM peernet.migrations"), [(1,)])
        self.assertEqual(self.sql(conninfo, "SELECT to_regproc('peernet.inputs_changed')"), [(None,)])
        self.sql(conninfo, "DROP FUNCTION peernet.publish_run(bigint, text)")
        self.assertIn("applied 002_rules", self.db(conninfo, "migrate").stdout)

    def test_many_migrators_at_once_apply_each_migration_once(self):
        conninfo = self.init()
        self.sql(conninfo, "DROP SCHEMA peernet CASCADE")
        command = [program_path("peernet"), "db", "init", "--json", "--db", conninfo]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                    env=program_environment()) for _ in range(6)]
        outputs = [p.communicate(timeout=60)[0] for p in running]
        self.assertEqual([p.returncode for p in running], [0] * 6, outputs)
        applied = sorted(a["number"] for o in outputs for a in json.loads(o)["applied"])
        self.assertEqual(applied, list(range(1, json.loads(outputs[0])["schema"] + 1)))

    def test_inits_of_two_databases_at_once_share_the_roles(self):
        with PrivateCluster() as cluster:  # one where nobody has made the roles
            databases = [cluster.new_database() for _ in range(4)]
            outcomes = [None] * len(databases)

            def init(i):
                outcomes[i] = self.run("peernet", "db", "init", "--db", databases[i], check=False)
            threads = [threading.Thread(target=init, args=(i,)) for i in range(len(databases))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual([o.returncode for o in outcomes], [0] * 4, [o.stderr for o in outcomes])

    def test_a_role_without_the_right_is_told_what_an_administrator_does(self):
        with PrivateCluster() as cluster:
            cluster.execute("CREATE ROLE clerk LOGIN")
            name = cluster.create()
            clerk = cluster.conninfo(name).replace("user=postgres", "user=clerk")
            refused = self.db(clerk, "init", check=False)
            self.assertEqual(refused.returncode, 4, refused.stderr)
            self.assertIn("CREATE ROLE peernet_owner", refused.stderr)
            self.assertIn("GRANT peernet_owner TO clerk", refused.stderr)
            for role in ("owner", "daemon", "reader"):
                cluster.execute(f"CREATE ROLE peernet_{role}")
            cluster.execute("GRANT peernet_owner TO clerk")
            refused = self.db(clerk, "init", check=False)
            self.assertEqual(refused.returncode, 4, refused.stderr)
            self.assertIn(f'GRANT CREATE ON DATABASE "{name}" TO peernet_owner', refused.stderr)
            cluster.execute(f"GRANT CREATE ON DATABASE {name} TO peernet_owner")
            self.db(clerk, "init")
            self.db(clerk, "check")
            # What it may not do in a database of somebody else's role is told as such.
            self.sql(cluster.conninfo(name), "REVOKE peernet_owner FROM clerk")
            self.assertEqual(self.db(clerk, "check", check=False).returncode, 4)

    def test_a_database_that_is_not_there_is_exit_code_5(self):
        away = self.db("host=/nonexistent dbname=x", "check", check=False)
        self.assertEqual(away.returncode, 5)
        self.assertIn("/nonexistent", away.stderr)

    def test_the_connection_comes_from_libpqs_environment(self):
        conninfo = self.init()
        parts = dict(p.split("=", 1) for p in conninfo.split())
        env = {"PGHOST": parts["host"], "PGUSER": parts["user"], "PGDATABASE": parts["dbname"]}
        self.assertIn("nothing to do", self.run("peernet", "db", "migrate", env=env).stdout)
        folder = self.temp_folder()
        (folder / "services").write_text(f"[mine]\nhost={parts['host']}\nuser={parts['user']}\n"
                                         f"dbname={parts['dbname']}\n")
        env = {"PGSERVICEFILE": str(folder / "services"), "PGSERVICE": "mine"}
        self.assertIn("nothing to do", self.run("peernet", "db", "migrate", env=env).stdout)


class Check(PeernetTest):
    def check(self, conninfo):
        done = self.run("peernet", "db", "check", "--json", "--db", conninfo, check=False)
        told = json.loads(done.stdout)
        self.assertEqual(done.returncode, 1 if told["problems"] else 0, done.stdout)
        return told

    def problem(self, conninfo, statement):
        """The one problem after that statement, and the state is mended again by what it says when that is SQL."""
        self.sql(conninfo, statement)
        problems = self.check(conninfo)["problems"]
        self.assertEqual(len(problems), 1, problems)
        return problems[0]

    def mends(self, conninfo, statement, words):
        found = self.problem(conninfo, statement)
        self.assertIn(words, found["problem"])
        self.sql(conninfo, found["mend"])
        self.assertEqual(self.check(conninfo)["problems"], [])

    def test_a_sound_database_has_no_problems_and_its_rows_are_counted(self):
        told = self.check(self.prepare())
        self.assertEqual(told["problems"], [])
        self.assertEqual((told["rows"]["organizers"], told["rows"]["challenges"], told["rows"]["reports"]),
                         (576, 25, 2572))

    def test_check_says_it_in_words_too(self):
        conninfo = self.prepare()
        self.assertIn("Nothing is wrong.", self.run("peernet", "db", "check", "--db", conninfo).stdout)

    def test_an_empty_database_is_a_problem(self):
        self.assertIn("run peernet db init", self.check(self.new_database())["problems"][0]["problem"])

    def test_wrong_settings_are_found(self):
        conninfo = self.prepare(example=False)
        found = self.problem(conninfo, """UPDATE peernet.programmes SET settings = '{"min_size": 9, "max_size": 3}'""")
        self.assertIn("the settings of programme default", found["problem"])
        found = self.problem(conninfo, """UPDATE peernet.programmes SET settings = '{"no_such": 1}'""")
        self.assertIn("no_such", found["problem"])

    def test_rights_too_few_or_too_many_are_found_and_mended(self):
        conninfo = self.prepare(example=False)
        self.mends(conninfo, "REVOKE SELECT ON peernet.reports FROM peernet_daemon",
                   "peernet_daemon may not SELECT peernet.reports")
        self.mends(conninfo, "GRANT DELETE ON peernet.reports TO peernet_daemon",
                   "peernet_daemon may DELETE peernet.reports")
        self.mends(conninfo, "GRANT SELECT ON peernet.audit TO peernet_reader",
                   "peernet_reader may SELECT peernet.audit")
        self.mends(conninfo, "GRANT EXECUTE ON FUNCTION peernet.publish_run TO peernet_daemon",
                   "role peernet_daemon may call peernet.publish_run")
        self.mends(conninfo, "GRANT EXECUTE ON FUNCTION peernet.publish_run TO peernet_reader",
                   "role peernet_reader may call peernet.publish_run")
        self.mends(conninfo, "REVOKE EXECUTE ON FUNCTION peernet.publish_current FROM peernet_daemon",
                   "role peernet_daemon may not call peernet.publish_current")
        for role, function in (("daemon", "changed_since"), ("daemon", "programme_json"), ("reader", "programme_changes"),
                               ("daemon", "programme_changes_json"), ("reader", "programme_history"),
                               ("reader", "publishing_forbidden")):
            self.mends(conninfo, f"REVOKE EXECUTE ON FUNCTION peernet.{function} FROM peernet_{role}",
                       f"role peernet_{role} may not call peernet.{function}(")
        self.mends(conninfo, "REVOKE USAGE ON SCHEMA peernet FROM peernet_reader",
                   "role peernet_reader may not use schema peernet")
        self.mends(conninfo, "REVOKE USAGE ON SEQUENCE peernet.run_numbers FROM peernet_daemon",
                   "peernet_daemon may not take numbers for runs")

    def test_rules_that_are_switched_off_are_found_and_mended(self):
        conninfo = self.prepare(example=False)
        self.mends(conninfo, "ALTER TABLE peernet.runs DISABLE TRIGGER runs_stay", "trigger runs_stay")

    def test_orphaned_rows_are_found(self):
        conninfo = self.prepare()
        self.sql(conninfo, "SET session_replication_role = replica; "
                           "DELETE FROM peernet.challenges WHERE code = 'subject.art'")
        problems = self.check(conninfo)["problems"]
        self.assertEqual(len(problems), 1)
        self.assertRegex(problems[0]["problem"], r"^\d+ reports name challenge subject.art, which does not exist$")

    def test_a_missing_key_is_found(self):
        conninfo = self.prepare(example=False)
        found = self.problem(conninfo, "ALTER TABLE peernet.reports DROP CONSTRAINT reports_organizer_fkey")
        self.assertIn("table reports has no foreign keys", found["problem"])

    def test_a_rule_that_names_nobody_is_found(self):
        conninfo = self.prepare()
        found = self.problem(conninfo, "INSERT INTO peernet.pins (programme, rule, organizers, made_by) "
                                       "VALUES ('default', 'together', '{2120000019,nobody}', 'test')")
        self.assertIn("names organizer nobody", found["problem"])


class Usage(PeernetTest):
    def usage(self, *args):
        done = self.run("peernet", "db", *args, check=False)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        return done.stderr

    def test_every_command_has_help_with_an_example(self):
        listed = self.run("peernet", "db", "--help").stdout
        for command in ("init", "migrate", "import", "export", "check"):
            self.assertIn(f"  {command}", listed)
            told = self.run("peernet", "db", command, "--help").stdout
            self.assertIn(f"Example:\n  peernet db {command}", told)
            self.assertEqual(self.run("peernet", "db", "help", command).stdout, told)

    def test_a_mistyped_command_gets_the_nearest(self):
        self.assertIn("did you mean `peernet db import`?", self.usage("imprt"))
        self.assertIn("did you mean `peernet db migrate`?", self.usage("migarte"))
        self.assertIn("the commands are init, migrate", self.usage("xyzzy"))

    def test_a_mistyped_flag_gets_the_nearest(self):
        self.assertIn("did you mean --reports?", self.usage("import", "--report", "x"))
        self.assertIn("has no flag --force", self.usage("check", "--force"))

    def test_what_is_missing_or_too_much_is_said(self):
        self.usage()
        self.assertIn("at least one of --organizers", self.usage("import"))
        self.assertIn("needs a folder", self.usage("export"))
        self.assertIn('what is "extra"', self.usage("check", "extra"))
        self.assertIn("--db needs a value", self.usage("check", "--db"))
        self.assertIn("--json takes no value", self.usage("check", "--json=yes"))

    def test_what_a_terminal_would_obey_is_not_echoed(self):
        told = self.usage("\033[2Jx")
        self.assertNotIn("\033", told)


if __name__ == "__main__":
    main()
