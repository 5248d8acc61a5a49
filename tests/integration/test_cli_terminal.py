"""`peernet` at a terminal: tables as wide as it, colours unless unwanted, a progress bar, Ctrl-C."""

import fcntl
import os
import pty
import re
import signal
import struct
import termios
import time
import unicodedata
import unittest

import peernet_test
from fake_server import FakeServer, notification, response
from peernet_test import check_crash, program_environment, program_path, slow_test

NAME = "Stiftelsen för den långa skolans vänner i Norrköping"
LABEL = "Låg måluppfyllelse årskurs 9: matematik"


def columns(line):
    line = re.sub(r"\033\[[0-9;]*[mK]", "", line)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


class Terminal:
    """A program on a pseudo terminal."""

    def __init__(self, width, *args, env=None):
        self.output = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            environment = program_environment({"TERM": "xterm-256color", **(env or {})})
            # The size is there before the program looks for it.
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
            os.execve(program_path("peernet"), ["peernet", *args], environment)

    def read_until(self, words, seconds=20):
        deadline = time.monotonic() + seconds
        while words is None or words.encode() not in self.output:
            if time.monotonic() > deadline:
                raise AssertionError(f"waited in vain for {words!r}: {self.output!r}")
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b""
            if not data:
                break
            self.output += data
        return self.output.decode().replace("\r\n", "\n")

    def type(self, keys):
        os.write(self.fd, keys)

    def end(self):
        said = self.read_until(None)
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)
        check_crash("peernet", code, said)
        return code, said


def answer(method, params, msgid):
    one = {"id": "8020000000", "name": NAME, "kind": "independent"}
    row = {"organizer": one, "fit": 0.71, "shared": [{"label": LABEL}, {"label": LABEL + " och fysik"}], "reason": "Skäl " * 30}
    if method == "network.get":
        network = {"number": 7, "label": LABEL, "reason": "Alla rapporterar " * 10, "size": 8, "cohesion": 0.6, "shared": []}
        return response(msgid, {"network": network, "members": [row] * 3, "run": 1, "age_s": 200.0})
    if method == "network.list":
        return response(msgid, {"networks": [], "unmatched": [row, row, {**row, "reason": "Annat"}], "total": 0, "unmatched_total": 3, "run": 1, "age_s": 1.0})
    return response(msgid, {})


class Watching(unittest.TestCase):
    def counting(self):
        """Each network.list has one network more, and a run.progress goes out before the second."""
        self.asked = 0

        def counted(method, params, msgid):
            if method != "network.list":
                return response(msgid, {})
            self.asked += 1
            networks = [{"number": n, "label": LABEL, "size": 5, "cohesion": 0.5} for n in range(1, self.asked + 1)]
            news = notification("run.progress", {"run": 1}) if self.asked < 3 else b""
            return response(msgid, {"networks": networks, "unmatched": [], "total": self.asked, "unmatched_total": 0, "run": 1,
                                    "age_s": 1.0}) + news
        return counted

    def test_it_is_drawn_anew_when_something_happens_until_ctrl_c(self):
        with FakeServer(self.counting()) as server:
            terminal = Terminal(80, "networks", "--watch", env={"PEERNET_ADDRESS": server.address})
            terminal.read_until("3 networks")
            terminal.type(b"\x03")
            code, said = terminal.end()
        self.assertEqual(code, 0, said)
        self.assertEqual(said.count("\033[2J"), 1)
        self.assertGreaterEqual(said.count("\033[H"), 3)
        self.assertIn("1 network\033[K", said)

    def test_a_daemon_that_goes_is_waited_for_and_whoever_does_not_read_is_not_watched(self):
        with FakeServer(self.counting()) as server:
            terminal = Terminal(80, "networks", "--watch", env={"PEERNET_ADDRESS": server.address})
            terminal.read_until("3 networks")
        terminal.read_until("no daemon answers")
        terminal.type(b"\x03")
        self.assertEqual(terminal.end()[0], 0)
        for args in (["publish", "3"], ["call", "ping"], ["version"], ["regroup"]):
            code, said = Terminal(80, *args, "--watch").end()
            self.assertEqual(code, 2, said)
            self.assertIn("cannot be watched", said)


class Tables(unittest.TestCase):
    def show(self, width, *args, env=None):
        with FakeServer(answer) as server:
            terminal = Terminal(width, *args, env={"PEERNET_ADDRESS": server.address, **(env or {})})
            code, said = terminal.end()
        self.assertEqual(code, 0, said)
        return said

    def test_tables_and_words_stay_within_the_terminal(self):
        for width in (60, 80, 100, 132):
            for args in (["network", "7"], ["unmatched"], ["help"], ["help", "regroup"]):
                for line in self.show(width, *args).splitlines()[1 if args[0] == "network" else 0:]:
                    self.assertLessEqual(columns(line), width, (width, args, line))

    def test_names_are_cut_last_and_cuts_are_marked(self):
        said = self.show(110, "network", "7")
        self.assertEqual(said.count(NAME), 3)
        self.assertEqual(said.count("…"), 3)
        self.assertNotIn("…", self.show(200, "network", "7"))
        self.assertIn("Stiftelsen", self.show(60, "network", "7"))

    def test_nothing_is_cut_without_a_mark_however_narrow(self):
        self.assertEqual(self.show(48, "network", "7").count("…"), 6)

    def test_what_labels_begin_with_is_said_once(self):
        self.assertIn("årskurs 9: matematik, matematik och fysik", self.show(200, "network", "7"))

    def test_colours_only_where_wanted(self):
        self.assertIn("\033[1m", self.show(80, "network", "7"))
        for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": None}):
            self.assertNotIn("\033", self.show(80, "network", "7", env=env))

    def test_ages_are_for_people(self):
        self.assertIn("data as of 3 minutes ago", self.show(80, "network", "7"))
        self.assertIn("data hämtade för 3 minuter sedan", self.show(80, "network", "7", "--lang", "sv"))


class Progress(unittest.TestCase):
    def start(self, *args, env=None):
        def talk(method, params, msgid):
            if method == "run.start":
                return [response(msgid, {"run": 5, "programme": "default", "state": "running"}),
                        notification("run.progress", {"run": 5, "stage": "graph", "share": 0.25, "text": "x"})]
            if method == "run.get":
                return response(msgid, {"run": {"run": 5, "state": "running", "stage": "networks", "share": 0.6}})
            return response(msgid, {"topics": ["runs"]})
        server = FakeServer(talk)
        server.__enter__()
        self.addCleanup(server.__exit__)
        return server, Terminal(80, "regroup", "--wait", *args, env={"PEERNET_ADDRESS": server.address, **(env or {})})

    def test_a_bar_moves_and_is_wiped_at_the_end(self):
        server, terminal = self.start()
        terminal.read_until("25%  finding similar organizers")
        for share in (0.5, 0.4, 0.9):
            server.connection.sendall(notification("run.progress", {"run": 5, "stage": "networks", "share": share, "text": "x"}))
        terminal.read_until("90%  forming networks")
        server.connection.sendall(notification("run.finished", {"run": 5, "state": "unchanged"}))
        code, said = terminal.end()
        self.assertEqual(code, 0)
        self.assertNotIn("40%", said)
        self.assertIn("━", said)
        self.assertTrue(said.rsplit("\r\033[K", 1)[1].startswith("Nothing to do"), said)

    def test_a_bar_without_colours_has_no_colours(self):
        server, terminal = self.start("--lang", "sv", env={"NO_COLOR": "1"})
        terminal.read_until("söker liknande huvudmän")
        server.connection.sendall(notification("run.finished", {"run": 5, "state": "unchanged"}))
        code, said = terminal.end()
        self.assertEqual(code, 0)
        self.assertNotRegex(said, r"\033\[\d*m")

    @slow_test
    def test_after_a_silence_the_daemon_is_asked(self):
        server, terminal = self.start()
        terminal.read_until("60%  forming networks")
        terminal.type(b"\x03")
        self.assertEqual(terminal.end()[0], 130)

    def test_ctrl_c_stops_waiting_and_says_that_the_run_goes_on(self):
        server, terminal = self.start()
        terminal.read_until("25%")
        terminal.type(b"\x03")
        code, said = terminal.end()
        self.assertEqual(code, 130)
        self.assertIn("stopped waiting; run 5 goes on. See how far it is with: peernet run 5", said)

    def test_ctrl_c_elsewhere_ends_the_program(self):
        with FakeServer(lambda *_: None) as server:
            terminal = Terminal(80, "status", env={"PEERNET_ADDRESS": server.address})
            peernet_test.wait_until(lambda: len(server.requests) == 2, "the request")
            terminal.type(b"\x03")
            self.assertEqual(terminal.end()[0], -signal.SIGINT)


if __name__ == "__main__":
    peernet_test.main()
