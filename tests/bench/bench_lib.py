"""What the scripts of this folder share: the built programs, populations, one ruler for groupings of any origin."""
import json
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
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
