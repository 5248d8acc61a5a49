"""A worker that a test can follow, pause and end at a chosen step: it reads the worker's lines of progress."""

import json
import os
import signal
import subprocess
import tempfile

from peernet_test import check_crash, program_environment, program_path

DONE, FAILED, USAGE, BUSY, NOTHING, SUPERSEDED, SETTINGS, AWAY, CANCELLED = 0, 1, 2, 10, 11, 12, 13, 14, 15
FAST = ("--set", "effort=100000")  # enough to be good, short enough for tests
A_WHILE = ("--set", "effort=4000000")  # long enough to be met at work, then it ends
LONG = ("--set", "effort=1000000000")  # longer than any test waits


def networks_of(test, conninfo):
    """All that a run's networks are, but for times and the run's number."""
    return [test.sql(conninfo, f"SELECT {columns} FROM peernet.{table} ORDER BY 1, 2") for table, columns in (
        ("networks", "network, community, label_sv, label_en, reason_sv, reason_en, size, cohesion, shared::text, link::text"),
        ("members", "organizer, network, fit, shared_at, told, next_network, next_fit, next_why, next_figure, next_pin, next_with, closest, "
         "closest_similarity"),
        ("unmatched", "organizer, reason, reason_sv, reason_en, next_network, next_fit, next_why, last_report::text, ahead"))]


class Worker:
    """peernet-regroup run with a pipe for its progress. Use `with`."""

    def __init__(self, conninfo, *flags):
        reader, writer = os.pipe()
        self.stderr = tempfile.TemporaryFile("w+")
        command = [program_path("peernet-regroup"), "run", "--db", conninfo, "--progress-fd", str(writer), *map(str, flags)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.stderr,
                                        pass_fds=(writer,), env=program_environment())
        os.close(writer)
        self.lines = os.fdopen(reader, "r")

    def until(self, step):
        """Reads lines until that step has begun; the line."""
        for line in self.lines:
            line = json.loads(line)
            if line["step"] == step:
                return line
        raise AssertionError(f"the worker ended before step {step}: {self.errors()}")

    def rest_of_lines(self):
        return [json.loads(line) for line in self.lines]

    def forget(self):
        """Nobody reads the lines any more."""
        self.lines.close()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def signal(self, number):
        self.process.send_signal(number)

    def errors(self):
        self.stderr.seek(0)
        return self.stderr.read()

    def wait(self, timeout=60):
        code = self.process.wait(timeout)
        check_crash("peernet-regroup", code, self.errors())
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.lines.close()
        self.stderr.close()
