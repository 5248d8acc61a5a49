"""A real PostgreSQL for tests: the one of the ctest run, or one of the test's own. tests/lib/pg_cluster manages both."""

import atexit
import contextlib
import fcntl
import itertools
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import threading

import psycopg2

PG_CLUSTER = pathlib.Path(__file__).resolve().parent / "pg_cluster"


def alive(connection):
    """Whether the server of an idle connection is still there: one that ended has closed its side, or said why."""
    return not connection.closed and not select.select([connection], [], [], 0)[0]


def connect(conninfo):
    connection = psycopg2.connect(conninfo)
    connection.autocommit = True
    return connection


def rows(connection, statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


class Cluster:
    """A running PostgreSQL that tests/lib/pg_cluster manages."""

    _numbers = itertools.count(1)

    def __init__(self, folder):
        self.folder = str(folder)
        self._manager, self._managing = None, threading.Lock()

    @property
    def socket(self):
        return (pathlib.Path(self.folder) / "socket").read_text().strip()

    def command(self, name, *args):
        subprocess.run([PG_CLUSTER, name, self.folder, *args], check=True, stdin=subprocess.DEVNULL)

    def conninfo(self, database="postgres"):
        return f"host={self.socket} user=postgres dbname={database}"

    def execute(self, statement, database="postgres"):
        """Rows of a statement outside a transaction; [] for one that gives none."""
        with contextlib.closing(connect(self.conninfo(database))) as connection:
            return rows(connection, statement)

    def manage(self, statement):
        """Rows of a statement about databases (makes one, drops one), on a connection that stays: a server process each would take
        a third of the time."""
        with self._managing:
            if self._manager is None or not alive(self._manager):
                self._manager = connect(self.conninfo())
            return rows(self._manager, statement)

    def create(self, template="template0"):
        """A fresh database; its name."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        # By files: half the time of going through the log, which is for servers that must not checkpoint.
        self.manage(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def drop(self, name):
        self.manage(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    @contextlib.contextmanager
    def alone(self):
        """Roles belong to the whole cluster: tests that run side by side take turns where they make them."""
        with open(os.path.join(self.folder, "lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


_shared = None


def shared_cluster():
    """The cluster of this ctest run; without one (a test started by hand) a cluster of this process."""
    global _shared
    if _shared is None:
        folder = os.environ.get("PEERNET_TEST_PG")
        if folder:
            _shared = Cluster(folder)
        else:
            _shared = PrivateCluster()
            atexit.register(_shared.close)
    return _shared


class PrivateCluster(Cluster):
    """A PostgreSQL of one test that stops or kills it. Use `with`, or close() at the end."""

    def __init__(self):
        super().__init__(tempfile.mkdtemp(prefix="peernet-test-"))
        self.command("start")

    def new_database(self):
        """conninfo of a fresh, empty database."""
        return self.conninfo(self.create())

    def start(self):
        self.command("up")

    def stop(self):
        self.command("down", "immediate")

    def kill9(self):
        self.command("kill")

    def restart(self):
        self.command("down")
        self.command("up")

    def close(self):
        self.command("stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
