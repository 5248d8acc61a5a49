"""peernet db export: what is written comes back unchanged, and no file is lost."""

import csv
import json
import os

import psycopg2

from peernet_test import PeernetTest, main

FILES = ("organizers.csv", "challenges.csv", "reports.csv", "networks.csv", "unmatched.csv")


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
        self.assertEqual(told["files"], {"organizers.csv": 576, "challenges.csv": 25, "reports.csv": 2572,
                                         "networks.csv": 2, "unmatched.csv": 1})
        self.assertEqual(self.rows(folder / "out" / "networks.csv")[0], {
            "programme": "default", "run": "1", "network": "4", "label_sv": "Läsning", "label_en": "Reading, mostly",
            "organizer": "2120000019", "name": "Upplands Väsby kommun", "fit": "0.25"})
        self.assertEqual(self.rows(folder / "out" / "unmatched.csv")[0]["reason_en"], "Nothing, so far")

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

    def test_a_folder_that_cannot_be_made_is_named(self):
        conninfo = self.prepare(example=False)
        failed = self.export(conninfo, "/proc/nowhere", check=False)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("/proc/nowhere: ", failed.stderr)


if __name__ == "__main__":
    main()
