"""What the Dockerfile and tools/compose say is true of the programs: the libraries of the image, the way to a database."""

import os
import pathlib
import re
import subprocess

import peernet_test
from peernet_test import SOURCE, Daemon, program_path, run_program
from pg import PrivateCluster

slow = True

COMPOSE = SOURCE / "tools" / "compose"


class Image(peernet_test.PeernetTest):
    def packages_of(self, *programs):
        """Debian's packages with the libraries that the programs name."""
        told = subprocess.run(["readelf", "-d", *map(program_path, programs)], capture_output=True, text=True, check=True).stdout
        patterns = {f"*-linux-gnu/{library}" for library in re.findall(r"\(NEEDED\).*\[(.*)\]", told)}
        found = subprocess.run(["dpkg", "-S", *patterns], capture_output=True, text=True).stdout
        return {line.split(":")[0] for line in found.splitlines()}

    def test_the_image_has_the_libraries_that_the_programs_need(self):
        if os.environ.get("PEERNET_SANITIZE"):
            self.skipTest("sanitizers need others")
        installed = set(re.search(r"install .*\n +(lib.*) \\", (SOURCE / "Dockerfile").read_text().split("\nFROM ")[2]).group(1).split())
        needed = self.packages_of("peernetd", "peernet", "peernet-regroup")
        self.assertEqual(needed - installed - {"libc6", "libgcc-s1", "libstdc++6"}, set())
        self.assertEqual(installed - needed, set())

    def test_files_that_are_named_are_there(self):
        text = (COMPOSE / "compose.yaml").read_text()
        for path in re.findall(r"- (\.[^:]*):", text):
            self.assertTrue((COMPOSE / path).is_file(), path)
        for path in re.findall(r"^COPY (?!--from)(\S+)", (SOURCE / "Dockerfile").read_text(), re.M):
            self.assertTrue((SOURCE / path).exists(), path)

    def test_the_daemon_works_with_the_rights_that_compose_gives_it(self):
        with PrivateCluster() as cluster:
            for file in (SOURCE / "sql" / "roles.sql", COMPOSE / "login.sql"):
                cluster.execute(pathlib.Path(file).read_text())
            conninfo = cluster.new_database()
            run_program("peernet", "db", "init", "--db", conninfo)
            run_program("peernet", "db", "import", *(a for f in ("organizers", "challenges", "reports")
                                                     for a in (f"--{f}", peernet_test.EXAMPLE / f"{f}.csv")), "--db", conninfo)
            self.sql(conninfo, """UPDATE peernet.programmes SET settings = '{"effort": 1000}'""")
            with Daemon(conninfo.replace("user=postgres", "user=peernetd")) as daemon:
                address = f"127.0.0.1:{daemon.port}"
                self.run("peernet", "regroup", "--wait", "--publish", "--address", address)
                self.assertIn("ready", self.run("peernet", "status", "--address", address, "--json").stdout)
                with daemon.rpc() as rpc:
                    self.assertTrue(rpc.call("network.of", "2120000019")["matched"])
                    self.assertTrue(rpc.call("token.create", {"name": "t"})["token"])


if __name__ == "__main__":
    peernet_test.main()
