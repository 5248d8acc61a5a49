"""What a regrouping costs step by step, from database to database: for the benches that print that."""
import json
import os
import pathlib
import subprocess
import sys
import time


def cpu_clock(pid):
    """Seconds of a process; 0 when it is gone. The clock's number is that of clock_getcpuclockid(3)."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0


class Server:
    """CPU time of a cluster's processes, those that have ended included as they were last seen."""

    def __init__(self, cluster):
        self.postmaster = int(next(pathlib.Path(cluster.socket).rglob("postmaster.pid")).open().readline())
        self.seen = {}

    def cpu(self):
        children = pathlib.Path(f"/proc/{self.postmaster}/task/{self.postmaster}/children").read_text().split()
        for pid in map(int, children):
            self.seen[pid] = max(cpu_clock(pid), self.seen.get(pid, 0))
        return sum(self.seen.values())


def memory(pid):
    """MB that a process has now."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def snapshot(pid, server):
    return {"wall": time.perf_counter(), "cpu": cpu_clock(pid), "server": server.cpu(), "memory": memory(pid)}


def run_once(command, server):
    """The steps as (name, differences of snapshots), and the whole process with its figures."""
    reader, writer = os.pipe()
    begun, before = time.perf_counter(), server.cpu()
    worker = subprocess.Popen([*command, "--progress-fd", str(writer)], stdout=subprocess.PIPE, pass_fds=(writer,))
    os.close(writer)
    marks = []
    with os.fdopen(reader) as lines:
        for line in lines:
            name = json.loads(line)["step"]
            if not marks or marks[-1][0] != name:
                marks.append((name, snapshot(worker.pid, server)))
    told = worker.stdout.read()
    _, status, usage = os.wait4(worker.pid, 0)
    worker.returncode = os.waitstatus_to_exitcode(status)
    if worker.returncode != 0:
        sys.exit(told.decode())
    steps = [(name, {key: later[key] - (0 if key == "memory" else now[key]) for key in now})
             for (name, now), (_, later) in zip(marks, marks[1:])]
    whole = {"wall": time.perf_counter() - begun, "cpu": usage.ru_utime + usage.ru_stime,
             "server": server.cpu() - before, "memory": usage.ru_maxrss * 1024 / 1e6}
    return steps, whole, json.loads(told)["figures"]


def fill(programs, cluster, size):
    """A database of so many organizers; what it took."""
    conninfo = cluster.conninfo(cluster.create())
    begun = time.perf_counter()
    subprocess.run([programs.build / "tools/peernet/peernet", "db", "init", "--db", conninfo], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run([programs.generator, "--db", conninfo, "--organizers", str(size)], check=True)
    database = conninfo.rsplit("=", 1)[1]
    cluster.execute("VACUUM ANALYZE", database)  # as autovacuum would, which tests' clusters do without
    return conninfo, database, time.perf_counter() - begun


def print_steps(size, steps, figures, filled):
    print(f"\n{size} organizers, {figures['reports']} reports, {figures['networks']} networks; "
          f"database filled in {filled:.1f} s")
    print(f"{'step':12} {'wall s':>9} {'CPU s':>9} {'server s':>9} {'MB':>7}")
    for name, cost in steps:
        print(f"{name:12} {cost['wall']:9.3f} {cost['cpu']:9.3f} {cost['server']:9.3f} {cost['memory']:7.0f}")
    sys.stdout.flush()
