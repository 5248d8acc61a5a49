"""tests/story: commands as people type them, with what they print, run from top to bottom.

A story is text; lines that begin with "$ " are commands, and what follows up to an empty line and the next command, or
to a line of prose ("# "), is what they print. "..." stands for anything. A command that ends with another code than 0
has a last line [exit N]. `test_story.py --print` shows what the commands print now."""

import re
import subprocess
import sys

import peernet_test
from peernet_test import SOURCE, Daemon, PeernetTest, check_crash, program_environment

slow = True
STORIES = SOURCE / "tests" / "story"


def steps(text):
    """(command, what it is to print) of each step."""
    found = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found and not line.startswith("# "):
            found[-1][1].append(line)
    return [(command, "\n".join(lines).strip("\n")) for command, lines in found]


def pattern(expected):
    parts = [re.escape(part) for part in expected.split("...")]
    return re.compile(r"(?s)" + ".*?".join(parts) + r"\Z")


class Story(PeernetTest):
    def run_step(self, command):
        done = subprocess.run(["/bin/sh", "-c", command], env=self.environment, cwd=self.folder, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        check_crash(command, done.returncode, done.stdout)
        printed = "\n".join(line.rstrip() for line in done.stdout.rstrip("\n").splitlines())
        return printed + (f"\n[exit {done.returncode}]" if done.returncode else "")

    def tell(self, name, show=None):
        self.database, self.folder = self.new_database(), self.temp_folder()
        with self.cluster.alone():
            self.run("peernet", "db", "init", "--db", self.database)
        with Daemon(self.database) as daemon:
            self.environment = program_environment({
                "PEERNET_ADDRESS": daemon.address, "COLUMNS": "120", "EXAMPLE": str(peernet_test.EXAMPLE),
                "DB": self.database, "PGAPPNAME": None})
            for command, expected in steps((STORIES / name).read_text()):
                printed = self.run_step(command)
                if show:
                    show(f"$ {command}\n{printed}\n")
                elif not pattern(expected).match(printed):
                    self.fail(f"$ {command}\n--- printed ---\n{printed}\n--- to be printed ---\n{expected}")

    def test_from_proposal_to_practice(self):
        self.tell("practice.txt")


if __name__ == "__main__":
    if sys.argv[1:] == ["--print"]:
        story = Story("test_from_proposal_to_practice")
        story.tell("practice.txt", print)
        story.doCleanups()
    else:
        peernet_test.main()
