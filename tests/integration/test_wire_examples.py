"""The programs that PROTOCOL.md shows under Examples run as they stand there, but for the port."""

import re
import subprocess

from client_programs import go_program, node_environment, require
from peernet_test import SOURCE, Daemon, PeernetTest, main

slow = True

SUFFIXES = {"python": "py", "javascript": "js", "go": "go"}
ORGANIZERS = {True: "2120000019", False: "1"}  # whether the daemon knows it


def example(language):
    """The one program in that language under Examples."""
    text = (SOURCE / "proto" / "PROTOCOL.md").read_text()
    section = re.search(r"^## Examples\n(.*?)^## ", text, re.S | re.M).group(1)
    (program,) = re.findall(rf"^```{language}\n(.*?)^```$", section, re.S | re.M)
    return program


class Examples(PeernetTest):
    def setUp(self):
        conninfo = self.prepare()
        self.regroup(conninfo, "--publish", "--set", "effort=1000")
        self.daemon = Daemon(conninfo).start()
        self.addCleanup(self.daemon.close)

    def program(self, language, known):
        """The path of the example, asking the test's daemon for an organizer that it knows or does not."""
        text = example(language)
        for old, new in (("7400", str(self.daemon.port)), (ORGANIZERS[True], ORGANIZERS[known])):
            self.assertEqual(text.count(old), 1, old)
            text = text.replace(old, new)
        path = self.temp_folder() / f"example.{SUFFIXES[language]}"
        path.write_text(text)
        return path

    def check(self, language, command, env=None):
        """command(path) makes what to run of the program's path."""
        done = self.start(command(self.program(language, True)), env)
        with self.daemon.rpc() as rpc:
            answer = rpc.call("network.of", ORGANIZERS[True])
        lines = [answer["network"]["label"], *(peer["organizer"]["name"] for peer in answer["peers"])]
        self.assertGreater(len(lines), 4)
        self.assertEqual((done.stdout.splitlines(), done.stderr), (lines, ""))
        done = self.start(command(self.program(language, False)), env)
        self.assertEqual(done.stdout, "")
        self.assertIn("E_NOT_FOUND: no organizer has the id '1'", done.stderr)

    def start(self, command, env):
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=env, timeout=60)

    def test_python(self):
        self.check("python", lambda path: ["/usr/bin/python3", path])

    def test_javascript(self):
        env = node_environment(self)
        self.check("javascript", lambda path: [require(self, "node"), path], env)

    def test_go(self):
        self.check("go", lambda path: [go_program(self, path)])


if __name__ == "__main__":
    main()
