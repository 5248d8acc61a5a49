"""peernet db export: what is written comes back unchanged, and no file is lost."""

import csv
import json
import os

import psycopg2

from peernet_test import PeernetTest, main

FILES = ("organizers.csv", "challenges.csv", "reports.csv", "programmes.csv", "pins.csv", "activities.csv", "plans.csv",
         "contacts.csv", "networks.csv", "unmatched.csv")


class Export(PeernetTest):
    def export(self, conninfo, folder, *flags, check=True):
        return self.run("peernet", "db", "export", folder, *flags, "--db", conninfo, check=check)

    def load(self, conninfo, folder):
        flags = [a for t in ("organizers", "challenges", "reports") for a in (f"--{t}", folder / f"{t}.csv")]
        return json.loads(self.run("peernet", "db", "import", *flags, "--json", "--db", conninfo).stdout)

    def contents(self, conninfo):
        return [self.sql(conninfo, f"SELECT * FROM peernet.{t} ORDER BY 1, 2, 3")
                for t in ("organizers", "challenges", "reports")]

    def rows(self, path):
        with open(path, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def test_what_is_exported_and_imported_again_changes_nothing(self):
        conninfo, folder = self.prepare(), self.temp_folder()
        self.export(conninfo, folder / "out")
        before = self.contents(conninfo), self.sql(conninfo, "SELECT inputs_version FROM peernet.state")
        told = self.load(conninfo, folder / "out")
        self.assertEqual({t: (c["added"], c["changed"]) for t, c in told.items()},
                         {t: (0, 0) for t in ("organizers", "challenges", "reports")})
        self.assertEqual((self.contents(conninfo), self.sql(conninfo, "SELECT inputs_version FROM peernet.state")),
                         before)

    def test_hostile_contents_come_back_the_same_in_another_database(self):
        first, second, folder = self.prepare(example=False), self.prepare(example=False), self.temp_folder()
        connection = psycopg2.connect(first)
        self.addCleanup(connection.close)
        with connection, connection.cursor() as cursor:
            for i, name in enumerate(['a,"b"', "' OR 1=1 --", "\\N", "\\.", "=1+1", "NULL", "å\u202eö\U0001f600", "\ufeffx"]):
                cursor.execute("INSERT INTO peernet.organizers VALUES (%s, %s, 'state', %s, '', %s, %s, NULL, %s)",
                               (f"0{i}", name, name, 0.1 + 1e-17 * i if i else 1e-7, -1 / 3,
                                json.dumps({name: name, "list": [name], "lists": [name, "b", " c "]})))
            cursor.execute("INSERT INTO peernet.challenges VALUES ('\\.', 'x', 'y', 'z')")
            cursor.execute("INSERT INTO peernet.reports SELECT id, '\\.', '2025-01-01', 1, %s FROM peernet.organizers",
                           ("line\n\"two\"\r\n\ttab, \\N \\.\n\\.\n",))
        self.export(first, folder / "out")
        self.load(second, folder / "out")
        self.assertEqual(self.contents(second), self.contents(first))

    def test_published_networks_are_written_with_their_names(self):
        conninfo, folder = self.prepare(), self.temp_folder()
        self.sql(conninfo, """
            INSERT INTO peernet.runs VALUES (1, 'default', NULL, 1, repeat('a', 32), '{}', 1, 1, '2025-01-01', '{}', '{}', now());
            INSERT INTO peernet.networks VALUES (1, 4, 1, 'Läsning', 'Reading, mostly', '', '', 2, 0.5, '[]');
            INSERT INTO peernet.members VALUES (1, '2120000019', 4, 0.25, '{}', NULL, NULL, '', ''),
                                               (1, '2120000027', 4, 0.1, '{}', NULL, NULL, '', '');
            INSERT INTO peernet.unmatched VALUES (1, '2120000035', 'nothing_reported', 'Inget', 'Nothing, so far');
            SELECT peernet.publish_run(1, 'test')""")
        told = json.loads(self.export(conninfo, folder / "out", "--json").stdout)
        self.assertEqual(told["files"], {"organizers.csv": 576, "challenges.csv": 25, "reports.csv": 2572, "programmes.csv": 1,
                                         "pins.csv": 0, "activities.csv": 0, "plans.csv": 0, "contacts.csv": 0,
                                         "networks.csv": 2, "unmatched.csv": 1})
        self.assertEqual(self.rows(folder / "out" / "networks.csv")[0], {
            "programme": "default", "run": "1", "network": "4", "label_sv": "Läsning", "label_en": "Reading, mostly",
            "organizer": "2120000019", "name": "Upplands Väsby kommun", "fit": "0.25"})
        self.assertEqual(self.rows(folder / "out" / "unmatched.csv")[0]["reason_en"], "Nothing, so far")

    WORK = {"programmes": "name, title_sv, title_en, purpose, publishing, churn_most, fit_least, schedule, settings, archived_at",
            "pins": "programme, rule, organizers, why, until, cost, made_by, made_at",
            "activities": "code, title_sv, title_en, challenges",
            "plans": "programme, name, document, made_by, made_at, adopted_by, adopted_at",
            "contacts": "programme, organizer, outcome, happened, who, at, (SELECT p.name FROM peernet.plans AS p WHERE "
                        "p.plan = contacts.plan)"}

    def work(self, conninfo):
        return {table: self.sql(conninfo, f"SELECT {columns} FROM peernet.{table} ORDER BY 1, 2, 3")
                for table, columns in self.WORK.items()}

    def make_work(self, conninfo):
        self.sql(conninfo, """
            UPDATE peernet.programmes SET settings = '{"min_size": 4}', purpose = 'a, "b"\n' WHERE name = 'default';
            INSERT INTO peernet.programmes (name, title_sv, title_en, publishing, fit_least, schedule, archived_at) VALUES
                ('reading', 'Läsning', 'Reading', 'bounds', 0.5, 'daily 02:30', NULL),
                ('old', 'Förr', 'Before', 'person', NULL, NULL, '2026-01-01 00:00:00.123456+00');
            INSERT INTO peernet.pins (programme, rule, organizers, why, made_by, until, network, cost) VALUES
                ('reading', 'apart', '{2120000019,"21 20,0"}', 'they, quarrel', 'ada', '2030-01-01', NULL, 0.012),
                ('default', 'keep', '{2120000027}', '', 'ada', NULL, NULL, NULL),
                ('default', 'keep', '{2120000035}', 'moved', 'ada', NULL, 7, NULL);
            INSERT INTO peernet.activities VALUES ('lift', 'Läslyft', 'Reading lift', '{subject.ma,subject.swe}');
            INSERT INTO peernet.plans (programme, name, run, document, made_by, adopted_by, adopted_at) VALUES
                ('default', 'first', 4, '{"terms": [1, 2]}', 'ada', NULL, NULL), ('default', 'second', NULL, '{}', 'bo', 'bo', now());
            INSERT INTO peernet.contacts (programme, organizer, outcome, happened, plan, who) VALUES
                ('default', '2120000019', 'invited', '2026-02-01', (SELECT plan FROM peernet.plans WHERE name = 'second'), 'bo'),
                ('default', '2120000027', 'declined', '2026-02-01', NULL, 'bo')""")

    def test_what_people_made_of_it_comes_along_to_another_database(self):
        first, second, folder = self.prepare(), self.prepare(example=False), self.temp_folder() / "out"
        self.make_work(first)
        self.sql(second, "INSERT INTO peernet.plans (programme, name, document, made_by) VALUES ('default', 'mine', '{}', 'cy')")
        self.export(first, folder)
        said = self.run("peernet", "db", "import", folder, "--db", second).stdout
        self.assertRegex(said, r"(?m)^plans +2 added, 0 changed, 0 unchanged$")
        self.sql(second, "DELETE FROM peernet.plans WHERE name = 'mine'")
        expected = self.work(first)
        self.assertEqual(len(expected["pins"]), 3)
        expected["pins"] = [pin for pin in expected["pins"] if pin[3] != "moved"]  # network 7 is another elsewhere
        self.assertEqual(self.work(second), expected)
        self.assertEqual(self.contents(second), self.contents(first))
        for database in (first, second):  # the same again changes nothing, wherever it came from
            told = json.loads(self.run("peernet", "db", "import", folder, "--json", "--db", database).stdout)
            self.assertEqual({(table, c["added"], c["changed"]) for table, c in told.items() if c["added"] or c["changed"]}, set())
        self.sql(first, "UPDATE peernet.activities SET title_en = 'Lift'; UPDATE peernet.plans SET adopted_by = 'ada', adopted_at = now()")
        self.export(first, folder, "--force")
        told = json.loads(self.run("peernet", "db", "import", folder, "--json", "--db", second).stdout)
        self.assertEqual((told["activities"]["changed"], told["plans"]["changed"], told["contacts"]["unchanged"]), (1, 2, 2))
        self.assertEqual(self.work(second)["plans"], self.work(first)["plans"])

    def test_a_row_that_is_not_allowed_refuses_all_of_it(self):
        database, folder = self.prepare(), self.temp_folder()
        self.export(database, folder / "out")
        (folder / "out" / "activities.csv").write_text("code,title_sv,title_en,challenges\nx,,X,{}\n")
        (folder / "out" / "organizers.csv").write_text("id,name,kind,municipality,county,lat,lon,pupils\n1,New,state,,,,,\n")
        failed = self.run("peernet", "db", "import", folder / "out", "--db", database, check=False)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("activities.csv: ", failed.stderr)
        self.assertEqual(self.sql(database, "SELECT count(*) FROM peernet.organizers WHERE id = '1'"), [(0,)])
        nothing = self.run("peernet", "db", "import", folder, "--db", database, check=False)
        self.assertEqual(nothing.returncode, 1)
        self.assertIn("there is no file of an export", nothing.stderr)

    def test_settings_of_programmes_are_held_to_what_is_allowed(self):
        database, folder = self.prepare(example=False), self.temp_folder()
        head = "name,title_sv,title_en,purpose,publishing,churn_most,fit_least,schedule,settings,archived_at\n"
        (folder / "programmes.csv").write_text(
            head + 'good,G,G,"",person,,,,{},\nbad,B,B,"",person,,,,"{""min_size"":99,""bogus"":1}",\n')
        failed = self.run("peernet", "db", "import", folder, "--db", database, check=False)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("programmes.csv: the settings of programme bad: ", failed.stderr)
        for what in ("min_size", "bogus"):
            self.assertIn(what, failed.stderr)
        self.assertEqual(self.sql(database, "SELECT name FROM peernet.programmes"), [("default",)])

    def test_plans_of_the_same_name_and_moment_are_told_apart(self):
        first, second, folder = self.prepare(), self.prepare(example=False), self.temp_folder() / "out"
        self.sql(first, """
            INSERT INTO peernet.plans (programme, name, document, made_by, made_at)
            SELECT 'default', 'spring', document::jsonb, 'ada', '2026-01-01' FROM unnest(ARRAY['{"terms": 1}', '{"terms": 2}', '{}', '{}'])
                AS document;
            INSERT INTO peernet.contacts (programme, organizer, outcome, happened, plan, who)
            SELECT 'default', '2120000019', 'invited', '2026-02-01', plan, 'bo' FROM peernet.plans""")
        self.export(first, folder)
        for added in (4, 0):
            told = json.loads(self.run("peernet", "db", "import", folder, "--json", "--db", second).stdout)
            self.assertEqual([told[t]["added"] for t in ("plans", "contacts")], [added, added])
        documents = "SELECT p.document FROM peernet.contacts AS c JOIN peernet.plans AS p USING (plan) ORDER BY contact"
        self.assertEqual(sorted(map(str, self.sql(second, documents))), sorted(map(str, self.sql(first, documents))))

    def test_files_that_are_there_are_kept_unless_forced(self):
        conninfo, folder = self.prepare(example=False), self.temp_folder()
        (folder / "reports.csv").write_text("mine")
        refused = self.export(conninfo, folder, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(f"{folder}/reports.csv exists already; --force writes over it", refused.stderr)
        self.assertEqual(sorted(os.listdir(folder)), ["reports.csv"])
        self.assertEqual((folder / "reports.csv").read_text(), "mine")
        self.export(conninfo, folder, "--force")
        self.assertEqual(sorted(os.listdir(folder)), sorted(FILES))

    def test_a_failure_leaves_the_folder_as_it_was(self):
        conninfo, folder = self.prepare(example=False), self.temp_folder()
        self.sql(conninfo, "DROP TABLE peernet.unmatched")
        failed = self.export(conninfo, folder, check=False)
        self.assertEqual(failed.returncode, 1)
        self.assertEqual(os.listdir(folder), [])

    def test_what_it_says_is_said_in_swedish_too(self):
        conninfo, folder = self.prepare(), self.temp_folder()
        self.assertRegex(self.export(conninfo, folder / "out", "--lang", "sv").stdout, r"(?m)^organizers\.csv +576 rader$")
        said = self.run("peernet", "--lang", "sv", "db", "import", folder / "out", "--db", conninfo).stdout
        self.assertRegex(said, r"(?m)^reports +0 nya, 0 ändrade, 2572 oförändrade$")
        (folder / "r.csv").write_text("organizer,challenge,severity,reported_on,note\nx,subject.art,9,2025-01-01,\n")
        failed = self.run("peernet", "db", "import", "--reports", folder / "r.csv", "--db", conninfo, "--lang", "sv", check=False)
        self.assertIn("är inte ett heltal från 1 till 5", failed.stderr)
        self.assertIn("fel i filerna; inget importerades", failed.stderr)
        for args in (("db", "help", "--lang", "sv"), ("help", "db", "--lang", "sv"), ("db", "check", "--help", "--lang", "sv")):
            self.assertIn("kontroller", self.run("peernet", *args).stdout.lower(), args)

    def test_a_folder_that_cannot_be_made_is_named(self):
        conninfo = self.prepare(example=False)
        failed = self.export(conninfo, "/proc/nowhere", check=False)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("/proc/nowhere: ", failed.stderr)


if __name__ == "__main__":
    main()
