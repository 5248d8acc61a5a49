"""What `peernet` says to mistakes of typing, and its help: none of it needs a daemon or a database."""

import json
import shutil
import subprocess
import tempfile
import unittest

import peernet_test
from peernet_test import run_program, slow_test

COMMANDS = ("networks", "network", "of", "unmatched", "organizer", "search", "similar", "explain", "challenges",
            "match", "regroup", "runs", "run", "run diff", "run reject", "run rollback", "run cancel", "publish",
            "pin add", "pin list", "pin remove", "programme list", "programme get", "programme create",
            "programme set", "programme history", "programme archive", "token create", "token list",
            "token revoke", "audit list", "audit verify", "network move", "network rename", "network note",
            "network lock", "network unlock", "status", "doctor", "methods", "call", "db", "help", "version", "completion",
            "submit", "upsert", "propose", "run replay", "insight challenges", "insight coverage",
            "insight quality", "plan make", "activity list", "activity set", "activity remove", "activity cover",
            "plan list", "plan get", "plan adopt", "plan record")
NOWHERE = {"PEERNET_ADDRESS": "127.0.0.1:1"}


class Typing(unittest.TestCase):
    def peernet(self, code, *args, env=None):
        done = run_program("peernet", *args, check=False, env={**NOWHERE, **(env or {})})
        self.assertEqual(done.returncode, code, (args, done.stdout, done.stderr))
        if code != 0:
            self.assertEqual(done.stdout, "", args)
        return done.stdout if code == 0 else done.stderr

    def wrong(self, *args, **more):
        return self.peernet(2, *args, **more)

    def test_a_mistyped_command_gets_the_nearest_right_one(self):
        self.assertEqual(self.wrong("netwroks"), "peernet: 'netwroks' is not a command. Did you mean 'networks'?\n")
        self.assertEqual(self.wrong("stauts", "--lang", "sv"), "peernet: 'stauts' är inget kommando. Menade du 'status'?\n")
        self.assertEqual(self.wrong("elephant"), "peernet: 'elephant' is not a command. See 'peernet help'.\n")
        self.assertIn("Did you mean 'similar'?", self.wrong("help", "similr"))
        for many, one in (("programmes", "programme list"), ("activities", "activity list"), ("pins", "pin list")):
            self.assertIn(f"Did you mean '{one}'?", self.wrong(many))

    def test_a_mistyped_flag_gets_the_nearest_right_one(self):
        self.assertEqual(self.wrong("networks", "--limt", "3"),
                         "peernet: '--limt' is not a flag of 'peernet networks'. Did you mean '--limit'?\n")
        self.assertIn("Menade du '--publish'?", self.wrong("regroup", "--pubish", "--lang=sv"))
        self.assertIn("'--jsn' is not a flag. Did you mean '--json'?", self.wrong("--jsn"))
        self.assertIn("'--seed' is not a flag of 'peernet networks'. See 'peernet help networks'.",
                      self.wrong("networks", "--seed", "3"))
        self.assertIn("'-x' is not a flag", self.wrong("status", "-x"))
        self.assertIn("'--unmatched' is not a flag", self.wrong("networks", "--unmatched"))

    def test_too_few_and_too_many_arguments_come_with_an_example(self):
        self.assertEqual(self.wrong("network"), "peernet: 'peernet network' needs N, for example: peernet network 7\n")
        self.assertEqual(self.wrong("of", "--lang", "sv"),
                         "peernet: 'peernet of' behöver ID, till exempel: peernet of 2120000019\n")
        self.assertIn("takes N and does not know what to do with '8'", self.wrong("network", "7", "8"))
        self.assertIn("takes no arguments and does not know what to do with 'now'", self.wrong("status", "now"))
        self.assertIn("takes ID and does not know what to do with '3'", self.wrong("of", "212000-0019", "3"))
        self.assertIn("needs METHOD [PARAMS]", self.wrong("call"))

    def test_a_mistyped_second_word_is_told_from_a_wrong_number(self):
        self.assertIn("'run dif' is not a command. Did you mean 'run diff'?", self.wrong("run", "dif", "2", "3"))
        self.assertIn("Did you mean 'network rename'?", self.wrong("network", "renam", "2", "x"))
        for typed, meant in (("run lst", "runs"), ("pin lst", "pin list"), ("plan mak", "plan make"), ("tokn", "token")):
            self.assertEqual(self.wrong(*typed.split()), f"peernet: '{typed}' is not a command. Did you mean '{meant}'?\n")
        self.assertIn("N is a whole number", self.wrong("run", "something"))

    def test_values_are_checked_before_anybody_is_called(self):
        self.assertIn("--limit takes a whole number from 1 to 1000, not '0'", self.wrong("networks", "--limit", "0"))
        self.assertIn("--limit takes a whole number from 1 to 200, not 'ten'", self.wrong("search", "x", "--limit=ten"))
        self.assertIn("N is a whole number from 1 to 4294967295, not '4294967296'", self.wrong("network", "4294967296"))
        self.assertIn("N är ett heltal från 1 till", self.wrong("run", "1.5", "--lang", "sv"))
        self.assertIn("--seed takes a whole number", self.wrong("regroup", "--seed", "-1"))
        self.assertIn("--limit needs a value: --limit N", self.wrong("networks", "--limit"))
        self.assertIn("--publish takes no value", self.wrong("regroup", "--publish=yes"))
        self.assertEqual(self.wrong("status", "--fields", "ready"),
                         "peernet: --fields says which fields of --json or --csv are wanted; give one of them too.\n")
        self.assertIn("two forms of the same", self.wrong("status", "--json", "--csv"))
        self.assertIn("--json is given twice", self.wrong("status", "--json", "--json"))
        self.assertIn("--lang takes sv or en, not 'fi'", self.wrong("status", "--lang", "fi"))
        self.assertIn("--timeout takes a number of seconds", self.wrong("status", "--timeout", "soon"))
        self.assertIn("--timeout takes a number of seconds", self.wrong("status", "--timeout", "nan"))
        self.assertIn("has no port from 1 to 65535", self.wrong("status", "--address", "host:99999"))
        self.assertIn("more arguments", self.wrong("search", *["x"] * 100))
        self.assertIn("UTF-8", self.wrong("search", b"\xff".decode("utf-8", "surrogateescape")))

    def test_what_was_typed_comes_back_harmless(self):
        for args in (["\033[31m"], ["status", "--\033[31m"], ["network", "\033[31m"], ["of", "1", "\033[31m"]):
            self.assertNotIn("\033", self.wrong(*args))

    def test_no_daemon_says_where_it_tried_and_how_to_start_one(self):
        for command in (["status"], ["networks"], ["of", "1"], ["regroup", "--wait"], ["call", "ping"], ["methods", "--json"]):
            told = self.peernet(5, *command)
            self.assertIn("no daemon answers at 127.0.0.1:1: Connection refused", told)
            self.assertIn("systemctl start peernetd", told)
        told = self.peernet(5, "status", "--address", "/nowhere/socket", "--lang", "sv")
        self.assertIn("ingen tjänst svarar på /nowhere/socket: filen eller mappen finns inte", told)
        self.assertIn("Starta den med", told)

    def test_help_lists_every_command_by_purpose(self):
        for args in (["help"], [], ["--help"], ["-h"]):
            said = self.peernet(0, *args)
            for command in COMMANDS:
                self.assertRegex(said, rf"(?m)^  {command}( \S.*)?(  +|\n {{4,}})\S", command)
            for group in ("Networks", "Organizers", "Regrouping", "Service", "Exit codes", "Environment"):
                self.assertIn(f"\n{group}\n", said)
            for code in (0, 1, 2, 4, 5, 130):
                self.assertRegex(said, rf"(?m)^  {code} +\S")
        self.assertIn("\nNätverk\n", self.peernet(0, "help", env={"LANG": "sv_SE.UTF-8"}))

    @slow_test
    def test_help_of_each_command_has_usage_and_example(self):
        for command in COMMANDS:
            if command == "db":
                continue
            for language, usage, example in (("en", "Usage", "Example"), ("sv", "Användning", "Exempel")):
                said = self.peernet(0, "help", *command.split(), "--lang", language)
                self.assertIn(f"\n{usage}: peernet {command}", said)
                self.assertRegex(said, rf"(?m)^{example}\n  peernet {command}")
                self.assertEqual(said, self.peernet(0, *command.split(), "--help", "--lang", language))
                self.assertLessEqual(max(map(len, said.splitlines())), 100)

    def completed(self, *words):
        """What bash offers behind these words."""
        script = """
            eval "$(peernet completion bash)"
            COMP_WORDS=(peernet "$@"); COMP_CWORD=$#; _peernet; printf '%s\\n' "${COMPREPLY[@]}" """
        done = run_program("/bin/bash", "-c", script, "bash", *words)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_a_shell_completes_commands_and_flags(self):
        self.assertEqual(self.completed("net"), ["networks", "network"])
        self.assertIn("pin", self.completed(""))
        self.assertEqual(self.completed("pin", ""), ["add", "list", "remove"])
        self.assertIn("diff", self.completed("run", ""))
        self.assertIn("--address", self.completed("run", "--"))
        self.assertEqual(self.completed("networks", "--li"), ["--limit"])
        self.assertEqual(self.completed("--json", "programme", "set", "reading", "--rev"), ["--revision"])
        self.assertEqual(self.completed("no-such-command", ""), [])
        self.assertIn("bash, zsh or fish, not for 'tcsh'", self.peernet(2, "completion", "tcsh"))

    def test_a_shell_completes_what_arguments_and_flags_take(self):
        for words, offered in ((("networks", "--lang", ""), ["sv", "en"]), (("--lang", "sv", "netw"), ["networks", "network"]),
                               (("insight", "coverage", "--by", "c"), ["county"]), (("token", "create", "x", "--role", "a"), ["admin"]),
                               (("pin", "add", "a"), ["apart"]), (("plan", "record", "m"), ["met"]), (("completion", "z"), ["zsh"]),
                               (("help", "unm"), ["unmatched"]), (("db", "ex"), ["export"]), (("db", "import", "--org"), ["--organizers"]),
                               (("networks", "--programme", ""), []), (("--address", "x", "run", "d"), ["diff"])):
            self.assertEqual(self.completed(*words), offered, words)

    def test_other_shells_take_their_scripts(self):
        for shell in ("zsh", "fish"):
            if shutil.which(shell) is None:
                self.skipTest(f"no {shell} here")
            script = self.peernet(0, "completion", shell)
            done = subprocess.run([shell, "-n", "/dev/stdin"], input=script, text=True, capture_output=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), shell)

    def test_help_tells_parameters_from_the_table_of_methods(self):
        said = self.peernet(0, "help", "similar")
        self.assertIn("The organizers most similar to one, from its reports now", said)
        self.assertRegex(said, r"--limit N +at most so many \(1\.\.200, default 10\)")
        self.assertRegex(said, r"--programme NAME +.*\n? *.*default default\)")
        self.assertIn("Method: organizer.similar", said)
        self.assertRegex(self.peernet(0, "help", "networks"), r"--limit N +at most so many \(1\.\.1000, default all\)")

    def test_help_reaches_the_commands_of_db(self):
        self.assertIn("import", self.peernet(0, "help", "db"))
        self.assertEqual(self.peernet(0, "help", "db"), self.peernet(0, "db", "--help"))
        self.assertIn("--organizers", self.peernet(0, "help", "db", "import"))

    def test_version_for_people_and_for_programs(self):
        self.assertRegex(self.peernet(0, "version"), r"^peernet \d+\.\d+\.\d+\n$")
        self.assertEqual(self.peernet(0, "version"), self.peernet(0, "--version"))
        self.assertEqual(json.loads(self.peernet(0, "version", "--json"))["name"], "peernet")
        self.assertEqual({c["name"] for c in json.loads(self.peernet(0, "help", "--json"))["commands"]}, set(COMMANDS))

    @unittest.skipUnless(shutil.which("man"), "no man here")
    def test_the_manual_page_is_sound_roff(self):
        page = self.peernet(0, "help", "--roff")
        for command in COMMANDS:
            self.assertIn(f".SS peernet {command} ", page)
        with tempfile.NamedTemporaryFile("w", suffix=".1") as file:
            file.write(page)
            file.flush()
            done = subprocess.run(["man", "--warnings", "-l", file.name], capture_output=True, text=True,
                                  env={"PATH": "/usr/bin:/bin", "MANWIDTH": "100", "LC_ALL": "C.UTF-8"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("peernet network N", done.stdout)

    def test_two_dashes_end_the_flags(self):
        told = self.peernet(5, "search", "--", "--limit")
        self.assertIn("no daemon answers", told)


if __name__ == "__main__":
    peernet_test.main()
