"""peernet-regroup solve with several threads: the same bytes as with one, also under ThreadSanitizer."""

import json
import pathlib
import random
import subprocess
import tempfile
import unittest

from peernet_test import check_crash, main, program_environment, program_path, slow_test


def write_reports(path, organizers, seed):
    """Reports of organizers that lean to one of forty themes each."""
    draw = random.Random(seed)
    themes = [[draw.randrange(90) for _ in range(7)] for _ in range(40)]
    with open(path, "w", encoding="utf-8") as file:
        file.write("organizer,challenge,severity\n")
        for organizer in range(organizers):
            challenges = set(draw.sample(draw.choice(themes), 5)) | {draw.randrange(90)}
            for challenge in sorted(challenges):
                file.write(f"o{organizer:05},c{challenge},{draw.randint(1, 5)}\n")


class Threads(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.reports = pathlib.Path(folder.name) / "reports.csv"
        write_reports(self.reports, 1700, 5)

    def solve(self, *flags):
        command = [program_path("peernet-regroup"), "solve", "--profiles", str(self.reports), "-o", "-", *map(str, flags)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=280,
                              env=program_environment())
        check_crash("solve", done.returncode, done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)
        figures = json.loads(done.stderr)
        del figures["seconds"]
        return done.stdout, figures

    def test_change_nothing(self):
        one = self.solve("--effort", 20000)
        for threads in (2, 3, 8):
            with self.subTest(threads=threads):
                self.assertEqual(self.solve("--effort", 20000, "--threads", threads), one)

    @slow_test
    def test_effort_of_a_timed_search_brings_it_back(self):
        for threads in (1, 2):
            groups, figures = self.solve("--seconds", 0.1, "--threads", threads)
            for again in (1, 2):
                with self.subTest(threads=threads, again=again):
                    self.assertEqual(self.solve("--effort", figures["effort"], "--threads", again), (groups, figures))


if __name__ == "__main__":
    main()
