"""peernet db import: what comes in, what is refused and where exactly, and that it is all or nothing."""

import contextlib
import json
import os
import pty
import subprocess
import threading

import psycopg2

from peernet_test import (EXAMPLE, PeernetTest, main, make_prepared, program_environment,
                          program_path, slow_test, wait_until)
from pg import PrivateCluster

ORGANIZERS = "id,name,kind,municipality,county,lat,lon,pupils"
CHALLENGES = "code,category,label_sv,label_en"
REPORTS = "organizer,challenge,severity,reported_on,note"
TABLES = ("organizers", "challenges", "reports")


class ImportTest(PeernetTest):
    database = None  # one for all tests of this file, emptied before each: making one takes longer than most tests

    def setUp(self):
        self.folder = self.temp_folder()
        if ImportTest.database is None:
            ImportTest.database = make_prepared(self.cluster, example=False)
        self.conninfo = self.cluster.conninfo(ImportTest.database)
        self.sql(self.conninfo, "DELETE FROM peernet.reports; DELETE FROM peernet.organizers; "
                                "DELETE FROM peernet.challenges")

    def write(self, table, header, *rows, newline="\n"):
        """Writes a file of that table; a row may be bytes."""
        path = self.folder / f"{table}.csv"
        lines = [row if isinstance(row, bytes) else row.encode() for row in (header, *rows)]
        path.write_bytes(b"".join(line + newline.encode() for line in lines))
        return path

    def flags(self):
        return [a for t in TABLES if (self.folder / f"{t}.csv").exists() for a in (f"--{t}", self.folder / f"{t}.csv")]

    def load(self, check=True):
        """Imports the files that were written; the figures."""
        return json.loads(self.run("peernet", "db", "import", *self.flags(), "--json", "--db", self.conninfo,
                                   check=check).stdout)

    def counts(self, check=True):
        return {t: (c["added"], c["changed"], c["unchanged"]) for t, c in self.load(check).items()}

    def faults(self):
        """Where and what, as FILE:LINE:COLUMN: text; the database is as it was."""
        before = self.everything()
        done = self.run("peernet", "db", "import", *self.flags(), "--db", self.conninfo, check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(self.everything(), before)
        self.assertEqual(done.stdout, "")
        *lines, last = done.stderr.splitlines()
        self.assertRegex(last, r"^peernet: \d+ faults? in the files; nothing was imported$")
        return [line.replace(f"{self.folder}/", "") for line in lines]

    def everything(self):
        return [self.sql(self.conninfo, f"SELECT * FROM peernet.{t} ORDER BY 1, 2") for t in (*TABLES, "state")]

    def version(self):
        return self.sql(self.conninfo, "SELECT inputs_version FROM peernet.state")[0][0]

    def base(self):
        """One organizer and one challenge that reports can name."""
        self.write("organizers", ORGANIZERS, "1,Lund,municipal,1281,12,55.7,13.2,100")
        self.write("challenges", CHALLENGES, "art,arts,Bild,Art")
        self.load()
        for table in ("organizers", "challenges"):
            (self.folder / f"{table}.csv").unlink()


class Good(ImportTest):
    def test_the_example_comes_in_and_again_changes_nothing(self):
        for table in TABLES:
            (self.folder / f"{table}.csv").write_bytes((EXAMPLE / f"{table}.csv").read_bytes())
        self.assertEqual(self.counts(), {"organizers": (576, 0, 0), "challenges": (25, 0, 0), "reports": (2572, 0, 0)})
        before = self.everything()
        self.assertEqual(self.counts(), {"organizers": (0, 0, 576), "challenges": (0, 0, 25), "reports": (0, 0, 2572)})
        self.assertEqual(self.everything(), before)

    def test_columns_may_come_in_any_order_and_lines_end_in_crlf(self):
        self.write("organizers", "\ufeffpupils,lon,lat,county,municipality,kind,name,id",
                   "7,13.2,55.7,12,1281,state,\"Lund, norra\",0012", newline="\r\n")
        self.load()
        self.assertEqual(self.sql(self.conninfo, "SELECT * FROM peernet.organizers"),
                         [("0012", "Lund, norra", "state", "1281", "12", 55.7, 13.2, 7, {})])

    def test_empty_values_are_absent(self):
        self.write("organizers", ORGANIZERS, "1,Lund,municipal,,,,,")
        self.load()
        self.assertEqual(self.sql(self.conninfo, "SELECT municipality, county, lat, lon, pupils "
                                                 "FROM peernet.organizers"), [("", "", None, None, None)])

    def test_attributes_are_texts_or_lists(self):
        self.write("organizers", ORGANIZERS + ",attr.forms,attr.size,\"attr.a \"\"b\"\"\"",
                   "1,Lund,municipal,,,,,,preschool;compulsory,large,x", "2,Ystad,municipal,,,,,,preschool;,,")
        self.load()
        self.assertEqual(self.sql(self.conninfo, "SELECT id, attributes FROM peernet.organizers ORDER BY id"),
                         [("1", {"forms": ["preschool", "compulsory"], "size": "large", 'a "b"': "x"}),
                          ("2", {"forms": ["preschool"]})])

    def test_only_attributes_with_a_column_are_touched(self):
        self.write("organizers", ORGANIZERS + ",attr.a,attr.b", "1,Lund,municipal,,,,,,x,y")
        self.load()
        self.write("organizers", ORGANIZERS + ",attr.b,attr.c", "1,Lund,municipal,,,,,,,z")
        self.assertEqual(self.counts(), {"organizers": (0, 1, 0)})
        self.assertEqual(self.sql(self.conninfo, "SELECT attributes FROM peernet.organizers"), [({"a": "x", "c": "z"},)])

    def test_changed_rows_are_updated_and_others_left(self):
        self.base()
        self.write("reports", REPORTS, "1,art,3,2025-01-01,", "1,art,4,2025-02-01,\"long,\nnote\"")
        self.assertEqual(self.counts(), {"reports": (2, 0, 0)})
        self.write("reports", REPORTS, "1,art,5,2025-01-01,", "1,art,4,2025-03-01,")
        self.assertEqual(self.counts(), {"reports": (1, 1, 0)})
        self.assertEqual(self.sql(self.conninfo, "SELECT to_char(reported_on, 'MM'), severity, note "
                                                 "FROM peernet.reports ORDER BY 1"),
                         [("01", 5, ""), ("02", 4, "long,\nnote"), ("03", 4, "")])

    def test_inputs_version_moves_and_listeners_hear_only_when_rows_change(self):
        listener = psycopg2.connect(self.conninfo)
        self.addCleanup(listener.close)
        listener.autocommit = True
        with listener.cursor() as cursor:
            cursor.execute("LISTEN peernet")
        self.base()
        after = self.version()
        wait_until(lambda: listener.poll() or listener.notifies, "the notification")
        self.assertEqual(listener.notifies[-1].payload, f"inputs {after}")
        heard = len(listener.notifies)
        self.base()
        self.sql(self.conninfo, "NOTIFY peernet, 'the end'")
        wait_until(lambda: listener.poll() or listener.notifies[-1].payload == "the end", "the end")
        self.assertEqual((self.version(), len(listener.notifies)), (after, heard + 1))

    def test_many_new_reports_go_in_by_the_fast_way_with_all_keys_back(self):
        keys = ("SELECT conname, convalidated, pg_get_constraintdef(oid) FROM pg_constraint "
                "WHERE conrelid = 'peernet.reports'::regclass ORDER BY 1")
        indexes = "SELECT indexdef FROM pg_indexes WHERE tablename = 'reports' ORDER BY 1"
        before = self.sql(self.conninfo, keys), self.sql(self.conninfo, indexes)
        self.write("organizers", ORGANIZERS, *(f"{i},Org {i},municipal,,,,," for i in range(600)))
        self.write("challenges", CHALLENGES, *(f"c{i},x,Sv {i},En {i}" for i in range(100)))
        rows = [f"{o},c{c},{c % 5 + 1},2025-01-01," for o in range(600) for c in range(100)]
        self.write("reports", REPORTS, *rows)
        self.assertEqual(self.counts()["reports"], (60000, 0, 0))
        self.assertEqual((self.sql(self.conninfo, keys), self.sql(self.conninfo, indexes)), before)
        with self.assertRaises(psycopg2.errors.ForeignKeyViolation):
            self.sql(self.conninfo, "INSERT INTO peernet.reports VALUES ('nobody', 'c1', '2025-01-01', 1)")
        self.assertEqual(self.counts()["reports"], (0, 0, 60000))

    @slow_test
    def test_a_reader_of_the_tables_does_not_stop_a_large_import(self):
        self.write("organizers", ORGANIZERS, *(f"{i},Org {i},municipal,,,,," for i in range(510)))
        self.write("challenges", CHALLENGES, *(f"c{i},x,Sv {i},En {i}" for i in range(100)))
        self.write("reports", REPORTS, *(f"{o},c{c},1,2025-01-01," for o in range(510) for c in range(100)))
        reader = psycopg2.connect(self.conninfo)
        self.addCleanup(reader.close)
        with reader.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM peernet.reports")  # and the transaction stays open
            self.assertEqual(self.counts()["reports"], (51000, 0, 0))

    @slow_test
    def test_a_run_that_is_being_written_and_a_large_import_do_not_stop_each_other(self):
        self.conninfo = self.prepare(example=False)
        self.write("organizers", ORGANIZERS, *(f"{i},Org {i},municipal,,,,," for i in range(510)))
        self.write("challenges", CHALLENGES, *(f"c{i},x,Sv {i},En {i}" for i in range(100)))
        self.load()
        self.write("reports", REPORTS, *(f"{o},c{c},1,2025-01-01," for o in range(510) for c in range(100)))
        waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        writer, ended = psycopg2.connect(self.conninfo), []
        self.addCleanup(writer.close)
        load = threading.Thread(target=lambda: ended.append(self.run(
            "peernet", "db", "import", *self.flags(), "--db", self.conninfo, check=False)))
        with writer, writer.cursor() as cursor:
            cursor.execute("INSERT INTO peernet.runs VALUES (1, 'default', NULL, 1, repeat('a', 32), '{}', 1, 1, "
                           "'2025-01-01', '{}', '{}', now())")
            load.start()
            wait_until(lambda: self.sql(self.conninfo, waiting), "the import to wait for the run")
            cursor.execute("INSERT INTO peernet.networks VALUES (1, 1, 1, 'sv', 'en', 'sv', 'en', 1, 0.5, '[]')")
            cursor.execute("INSERT INTO peernet.members VALUES (1, '7', 1, 0.5, '{}', NULL, NULL, 'sv', 'en')")
        load.join()
        self.assertEqual(ended[0].returncode, 0, ended[0].stderr)
        self.assertEqual(self.sql(self.conninfo, "SELECT count(*) FROM peernet.reports"), [(51000,)])

    def test_a_change_of_settings_and_then_of_reports_and_an_import_do_not_stop_each_other(self):
        self.base()
        self.write("reports", REPORTS, "1,art,5,2025-02-01,")
        waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        person, ended = psycopg2.connect(self.conninfo), []
        self.addCleanup(person.close)
        load = threading.Thread(target=lambda: ended.append(self.run(
            "peernet", "db", "import", *self.flags(), "--db", self.conninfo, check=False)))
        with person, person.cursor() as cursor:
            cursor.execute("UPDATE peernet.programmes SET settings = '{}'")
            load.start()
            wait_until(lambda: self.sql(self.conninfo, waiting), "the import to wait for the change of settings")
            cursor.execute("UPDATE peernet.reports SET severity = 1")
        load.join()
        self.assertEqual(ended[0].returncode, 0, ended[0].stderr)
        self.assertEqual(self.sql(self.conninfo, "SELECT count(*) FROM peernet.reports"), [(1,)])

    def test_progress_is_drawn_on_a_terminal_and_cleared(self):
        self.base()
        self.write("reports", REPORTS, *(f"1,art,1,2024-{m:02}-{d:02}," for m in range(1, 13) for d in range(1, 29)))
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        command = [program_path("peernet"), "db", "import", *map(str, self.flags()), "--db", self.conninfo]
        subprocess.run(command, stderr=theirs, stdout=subprocess.DEVNULL, env=program_environment(), check=True)
        os.close(theirs)
        drawn = b""
        with contextlib.suppress(OSError):  # EIO: all is read
            while part := os.read(ours, 1 << 16):
                drawn += part
        drawn = drawn.decode()
        self.assertRegex(drawn, r"\r\x1b\[Kreading \[#+\.*\] +\d+ %")
        self.assertIn("writing", drawn)
        self.assertTrue(drawn.endswith("\r\x1b[K"), drawn)


class Bad(ImportTest):
    def test_every_fault_is_told_with_its_place(self):
        self.write("organizers", "name,id," + "kind,lat,lon,municipality,county,pupils,attr.x",
                   "A,0012,municipal,59.5,17,0114,01,100,y",
                   "B,0013,munisipal,59.5,,0114,01,1e5,a;;b",
                   "åäö,0012,state,\"59,5\",0x11,0114,01,-1,",
                   " C,0014,state,91,NaN,,,3.0,")
        self.write("challenges", CHALLENGES, "a,c,Å,B", "a,c,Å,B", ",c,Å,B")
        self.write("reports", REPORTS,
                   "0012,a,3,2025-01-01,", "0012,a,4,2025-01-01,again", "0099,zz,6,2025-02-29,",
                   "0012,a,0,2999-01-01,\"multi\nline\"", "0012,a,5,01/02/2025,")
        self.assertEqual([fault.split(": ")[0] for fault in self.faults()], [
            "organizers.csv:3:8", "organizers.csv:3:23", "organizers.csv:3:32", "organizers.csv:3:36",
            "organizers.csv:4:5", "organizers.csv:4:16", "organizers.csv:4:23", "organizers.csv:4:36",
            "organizers.csv:5:1", "organizers.csv:5:15", "organizers.csv:5:18", "organizers.csv:5:24",
            "challenges.csv:3:1", "challenges.csv:4:1",
            "reports.csv:3:1", "reports.csv:4:1", "reports.csv:4:6", "reports.csv:4:9", "reports.csv:4:11",
            "reports.csv:5:8", "and 2 more"])

    def test_a_fault_says_what_is_wrong_and_what_is_allowed(self):
        self.write("organizers", ORGANIZERS, "1,A,kommun,,,,,")
        self.assertEqual(self.faults(), ['organizers.csv:2:5: kind "kommun" is none of municipal, independent, '
                                         'regional, state'])

    def test_one_bad_row_at_the_end_and_nothing_changes(self):
        self.base()
        self.write("organizers", ORGANIZERS, "1,Lund,municipal,1281,12,55.7,13.2,200", "2,Ystad,municipal,,,,,")
        self.write("reports", REPORTS, *(f"2,art,3,2025-01-{d:02},".replace("-31,", "-32,") for d in range(1, 32)))
        self.assertEqual([f.split(": ")[0] for f in self.faults()], ["reports.csv:32:9"])

    def test_the_first_twenty_faults_in_file_order_then_a_count(self):
        self.base()
        self.write("reports", REPORTS, *("2,art,9,2025-01-01," for _ in range(300)))
        faults = self.faults()
        self.assertEqual(len(faults), 21)
        # Of each row: unknown organizer, severity; from the second row on also the duplicate.
        self.assertEqual([f.split(": ")[0] for f in faults[:5]],
                         ["reports.csv:2:1", "reports.csv:2:7", "reports.csv:3:1", "reports.csv:3:1",
                          "reports.csv:3:7"])
        self.assertEqual(faults[20], "and 879 more")

    def test_faults_come_as_json_too(self):
        self.write("challenges", CHALLENGES, "a,c,,B")
        told = self.load(check=False)
        self.assertEqual(told["fault_count"], 1)
        self.assertEqual({k: told["faults"][0][k] for k in ("line", "column")}, {"line": 2, "column": 5})

    def test_a_fault_with_long_names_is_cut_between_letters(self):
        for extra in range(2):
            organizer, challenge = "x" * extra + "å" * 60, "ö" * 128
            self.write("organizers", ORGANIZERS, f"{organizer},A,municipal,,,,,")
            self.write("challenges", CHALLENGES, f"{challenge},x,Sv,En")
            self.write("reports", REPORTS, *[f"{organizer},{challenge},1,2025-01-01,"] * 2)
            done = self.run("peernet", "db", "import", *self.flags(), "--json", "--db", self.conninfo, check=False)
            told = json.loads(done.stdout)
            self.assertEqual([f["line"] for f in told["faults"]], [3], told)
            self.assertIn(f"a report of organizer {organizer[:40]}, ", told["faults"][0]["text"])
            self.assertTrue(told["faults"][0]["text"].endswith("stands in line 2 already; one a day is allowed"))

    def test_headers_name_what_is_unknown_missing_or_twice(self):
        self.write("organizers", "id,name,Kind,id,attr.,attr.x,attr.x")
        faults = self.faults()
        allowed = "the columns are: id, name, kind, municipality, county, lat, lon, pupils and any attr.NAME"
        self.assertEqual(faults, [
            f"organizers.csv:1:1: missing in the header: kind, municipality, county, lat, lon, pupils; {allowed}",
            f'organizers.csv:1:9: unknown column "Kind"; {allowed}',
            'organizers.csv:1:14: column "id" stands twice; each stands once',
            "organizers.csv:1:17: attribute name is empty; it must be given",
            'organizers.csv:1:30: column "attr.x" stands twice; each stands once'])

    def test_attributes_are_for_organizers_only(self):
        self.write("reports", REPORTS + ",attr.x")
        self.assertRegex(self.faults()[0], r'^reports.csv:1:47: unknown column "attr.x"; the columns are: organizer, ')

    def test_an_empty_file_is_told(self):
        self.write("reports", "", newline="")
        self.assertIn("the file is empty; its first row must name the columns: organizer, challenge", self.faults()[0])

    def test_semicolons_between_columns_are_told(self):
        self.write("challenges", "code;category;label_sv;label_en", "a;b;c;d")
        self.assertEqual(self.faults(), ["challenges.csv:1:1: the columns are parted by semicolons; they must be "
                                         "parted by commas"])

    def test_what_is_no_csv_is_told_where(self):
        self.write("challenges", CHALLENGES, 'a,c,x"y,z', 'b,c,"x"y,z', "c,c,x", "d,c,x,y,z", b"e,c,\xe4,y",
                   b"f,c,x\x00,y", "g,c,x\ry,z", "h,c,ok,ok", 'i,c,"open,y')
        self.assertEqual([f.split(": ")[0] for f in self.faults()],
                         [f"challenges.csv:{line}:{column}" for line, column in
                          ((2, 6), (3, 8), (4, 6), (5, 9), (6, 5), (7, 6), (8, 6), (10, 5))])

    def test_a_field_without_end_is_bounded(self):
        self.write("challenges", CHALLENGES, "a,c," + "x" * (3 << 20) + ",y", "b,c,x," + '"' + "y" * (9 << 20))
        faults = self.faults()
        self.assertIn("challenges.csv:2:5: a field of more than 1048576 bytes", faults[0])
        self.assertIn("challenges.csv:3:7: ", faults[1])

    def test_rows_of_a_broken_file_cause_no_faults_elsewhere(self):
        self.write("organizers", ORGANIZERS, '1,Lu"nd,municipal,,,,,', "2,Ystad,municipal,,,,,")
        self.write("challenges", CHALLENGES, "art,arts,Bild,Art")
        self.write("reports", REPORTS, "1,art,3,2025-01-01,", "2,art,3,2025-01-01,")
        self.assertEqual([f.split(": ")[0] for f in self.faults()], ["organizers.csv:2:5"])

    def test_a_bad_organizer_is_still_known_to_its_reports(self):
        self.write("organizers", ORGANIZERS, "1,Lund,kommun,,,,,")
        self.write("challenges", CHALLENGES, "art,arts,Bild,Art")
        self.write("reports", REPORTS, "1,art,3,2025-01-01,")
        self.assertEqual([f.split(": ")[0] for f in self.faults()], ["organizers.csv:2:8"])

    def test_what_a_terminal_would_obey_is_not_echoed(self):
        self.write("organizers", ORGANIZERS, "1,Lund,\033[31mred\u202e,,,,,")
        fault = self.faults()[0]
        self.assertNotIn("\033", fault)
        self.assertNotIn("\u202e", fault)

    def test_a_file_that_cannot_be_read_is_named(self):
        for path, why in ((self.folder / "none.csv", "No such file"), (self.folder, "Is a directory")):
            done = self.run("peernet", "db", "import", "--reports", path, "--db", self.conninfo, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"{path}: ", done.stderr)
            self.assertIn(why, done.stderr)

    def test_a_role_that_may_not_write_is_exit_code_4(self):
        self.write("challenges", CHALLENGES, "a,c,x,y")
        env = {"PGOPTIONS": "-c role=peernet_reader"}
        done = self.run("peernet", "db", "import", *self.flags(), "--db", self.conninfo, check=False, env=env)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("permission denied", done.stderr)

    def test_two_imports_at_once_take_turns(self):
        self.base()
        self.write("reports", REPORTS, *(f"1,art,{d % 5 + 1},2024-{m:02}-{d:02}," for m in range(1, 13)
                                         for d in range(1, 29)))
        command = [program_path("peernet"), "db", "import", *map(str, self.flags()), "--json", "--db", self.conninfo]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                    env=program_environment()) for _ in range(4)]
        told = [p.communicate(timeout=60)[0] for p in running]
        self.assertEqual([p.returncode for p in running], [0] * 4, told)
        counts = [json.loads(t)["reports"] for t in told]
        self.assertEqual(sorted(c["added"] for c in counts), [0, 0, 0, 336])
        self.assertEqual([c["changed"] for c in counts], [0] * 4)

    @slow_test
    def test_a_database_that_dies_in_the_middle_is_exit_code_5_and_nothing_changed(self):
        with PrivateCluster() as cluster:
            conninfo = cluster.new_database()
            self.run("peernet", "db", "init", "--db", conninfo)
            self.write("challenges", CHALLENGES, "a,c,x,y")
            blocker = psycopg2.connect(conninfo)
            blocker.cursor().execute("LOCK TABLE peernet.challenges IN ACCESS EXCLUSIVE MODE")
            running = subprocess.Popen([program_path("peernet"), "db", "import", *map(str, self.flags()), "--db",
                                        conninfo], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                       env=program_environment())
            wait_until(lambda: cluster.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"),
                       "the import to wait")
            cluster.kill9()
            _, told = running.communicate(timeout=60)
            self.assertEqual(running.returncode, 5, told)
            cluster.start()
            self.assertEqual(self.sql(conninfo, "SELECT count(*) FROM peernet.challenges"), [(0,)])

    @slow_test
    def test_killed_in_the_middle_nothing_changed(self):
        self.base()
        self.write("reports", REPORTS, "1,art,3,2025-01-01,", "1,art,3,2025-01-02,")
        before = self.everything()
        blocker = psycopg2.connect(self.conninfo)
        self.addCleanup(blocker.close)
        with blocker.cursor() as cursor:
            cursor.execute("LOCK TABLE peernet.reports IN ACCESS EXCLUSIVE MODE")
            with self.assertRaises(Exception) as stopped:
                self.run("peernet", "db", "import", *self.flags(), "--db", self.conninfo, timeout=2)
        self.assertIn("timed out", str(stopped.exception))
        blocker.rollback()
        self.assertEqual(self.everything(), before)


if __name__ == "__main__":
    main()
