"""What README.md tells newcomers to type works as it stands there."""

import os
import re
import subprocess
import sys

from peernet_test import SOURCE, Daemon, PeernetTest, main


def blocks(file, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", (SOURCE / file).read_text(), re.S | re.M)


class Readme(PeernetTest):
    def test_the_five_lines_of_python_print_peers(self):
        (program,) = blocks("README.md", "python")
        self.assertEqual(len(program.splitlines()), 5)
        conninfo = self.prepare()
        self.regroup(conninfo, "--publish", "--set", "effort=1000")
        with Daemon(conninfo) as daemon:
            program = program.replace("7400", str(daemon.port))
            done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.stderr, "")
        self.assertTrue(done.stdout.startswith("['"), done.stdout)
        self.assertGreaterEqual(len(done.stdout.split("', '")), 4)

    def test_a_port_that_is_none_is_told_before_anything_is_begun(self):
        for port in ("abc", "0", "08", "65536", "9" * 30):
            done = subprocess.run([SOURCE / "tools/run"], capture_output=True, text=True, timeout=30,
                                  env={**os.environ, "PEERNET_PORT": port})
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (1, "", f'tools/run: PEERNET_PORT is "{port}"; a port is a number from 1 to 65535\n'))

    def test_links_lead_somewhere(self):
        for file in SOURCE.glob("**/README.md"):
            if {"build", "var"} & set(file.relative_to(SOURCE).parts):
                continue
            for target in re.findall(r"\]\(([^)#:]+)\)", file.read_text()):
                self.assertTrue((file.parent / target).exists(), f"{file.relative_to(SOURCE)}: {target}")


if __name__ == "__main__":
    main()
