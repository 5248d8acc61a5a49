"""What the scripts of this folder share: the built programs, populations, one ruler for groupings of any origin."""
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

from peernet_test import Daemon, Rpc  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
AS_OF = "2025-10-31"  # the day after the generator's last
SLOWEST = 900         # seconds that a load may take
EXAMPLE = SOURCE / "tools" / "example" / "sweden"


def require(*modules):
    """Ends with what to install where a Python module is missing."""
    for module, package in modules:
        try:
            __import__(module)
        except ImportError:
            sys.exit(f"{pathlib.Path(sys.argv[0]).name}: Python's {module} is missing: apt-get install {package} "
                     f"(and run it with Debian's /usr/bin/python3)")


class Programs:
    def __init__(self, build):
        self.build = pathlib.Path(build)
        self.generator = self.build / "tools/generate/peernet-generate"
        self.worker = self.build / "service/regroup/peernet-regroup"
        for program in (self.generator, self.worker):
            if not program.exists():
                sys.exit(f"{program} is missing: tools/build release, or name a build with --build")

    def generate(self, folder, *flags):
        subprocess.run([self.generator, "--to", folder, *map(str, flags)], check=True)
        return pathlib.Path(folder)

    def solve_command(self, folder, *flags):
        return [self.worker, "solve", "--profiles", f"{folder}/reports.csv", "--challenges", f"{folder}/challenges.csv",
                *map(str, flags)]

    def solve(self, folder, output, *flags):
        """The figures that solve tells."""
        done = subprocess.run([*self.solve_command(folder, *flags), "-o", output], stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(done.stderr)
        return json.loads(done.stderr)


def timed(command):
    """(wall, CPU) seconds of a whole process and its children, and its standard output and error."""
    begun = time.perf_counter()
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=HERE)
    out, err = process.stdout.read(), process.stderr.read()  # a line or two each
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[0]}: {err.decode()}")
    return (time.perf_counter() - begun, usage.ru_utime + usage.ru_stime), out.decode(), err.decode()


def read_groups(path):
    with open(path) as file:
        return dict(line.rstrip("\n").rsplit("\t", 1) for line in file)


class Ruler:
    """Measures any grouping of a population's organizers on the profiles of peer_model."""

    def __init__(self, folder):
        from peer_model import profiles
        self.ids, self.matrix = profiles(folder)

    def mean_fit(self, group_of):
        from peer_model import mean_fit
        groups = {}
        for row, organizer in enumerate(self.ids):
            groups.setdefault(group_of[organizer], []).append(row)
        return mean_fit(self.matrix, list(groups.values()))


def database_of(programs, cluster, size):
    """Connects to a new database of so many organizers with their networks in force; with 0, an empty one."""
    conninfo = cluster.conninfo(cluster.create())

    def run(*command):
        subprocess.run([*map(str, command)], check=True, stdout=subprocess.DEVNULL)

    run(programs.build / "tools/peernet/peernet", "db", "init", "--db", conninfo)
    if size > 0:
        run(programs.generator, "--db", conninfo, "--organizers", size)
        cluster.execute("VACUUM ANALYZE", conninfo.rsplit("=", 1)[1])  # as autovacuum would, which tests' clusters do without
        run(programs.worker, "run", "--db", conninfo, "--as-of", AS_OF, "--set", "effort=0", "--threads", 2, "--publish")
        cluster.execute("VACUUM ANALYZE", conninfo.rsplit("=", 1)[1])
    return conninfo


def ids_of(cluster, conninfo, most=2000):
    """Organizers from all over the population."""
    rows = cluster.execute(f"SELECT id FROM peernet.organizers ORDER BY hashtext(id) LIMIT {most}", conninfo.rsplit("=", 1)[1])
    return [row[0] for row in rows]


def processor_seconds(pid):
    tasks = pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


class Patient(Daemon):
    """A daemon whose load may take long."""

    def _wait(self, condition, what):
        begun = time.perf_counter()
        while not condition():
            if self.process.poll() is not None or time.perf_counter() - begun > SLOWEST:
                raise AssertionError(f"peernetd: {what}\n{self.log()}")
            time.sleep(0.01)
        return condition()


def start_daemon(conninfo, *flags):
    """A daemon that answers, and what it took until then."""
    begun = time.perf_counter()
    daemon = Patient(conninfo, "--address-connections", 0, *flags).start()
    seconds = time.perf_counter() - begun
    with Rpc(daemon.port) as rpc:
        told = rpc.call("status")["snapshot"]
    time.sleep(1)  # what was needed for the load alone is given back
    return daemon, {"seconds": seconds, "load": told["load_ms"] / 1000, "cpu": processor_seconds(daemon.pid),
                    "memory": resident_bytes(daemon.pid)}
