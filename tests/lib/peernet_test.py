"""What the integration tests share: a database each, the built programs, a daemon, a client that speaks raw bytes.

ctest sets the surroundings (tests/integration/CMakeLists.txt). By hand, `python3 tests/integration/test_noun.py`
works as well once tests/lib is in PYTHONPATH: the release build and a PostgreSQL of its own are taken then.

  PEERNET_BIN      folders with the programs, ':' between     PEERNET_TEST_PG   folder of the running cluster
  PEERNET_SOURCE   the source's root                          PEERNET_MDGP      instances of the literature, if any
  PEERNET_SANITIZE what the programs were built with, if any  PEERNET_TEST_QUICK  leaves out what takes long
"""

import atexit
import collections
import contextlib
import fcntl
import itertools
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import msgpack
import psycopg2

from pg import alive, shared_cluster

SOURCE = pathlib.Path(os.environ.get("PEERNET_SOURCE") or pathlib.Path(__file__).resolve().parents[2])
EXAMPLE = SOURCE / "tools" / "example" / "sweden"
SUPPRESSIONS = SOURCE / "tests" / "lib"
SANITIZER_EXIT = 99
SKIPPED = 77  # what ctest takes for "skipped"


def program_folders():
    named = os.environ.get("PEERNET_BIN")
    if named:
        return named.split(":")
    build = SOURCE / "build" / "release"
    folders = ("service/daemon", "service/regroup", "tools/peernet", "tools/generate", "tests/bench")
    return [str(build / f) for f in folders]


def program_path(program):
    """The built program of that name; an absolute path is taken as it is."""
    for folder in program_folders():
        path = os.path.join(folder, program)
        if os.access(path, os.X_OK):
            return path
    raise FileNotFoundError(f"{program} is in none of {program_folders()}: build it, or set PEERNET_BIN")


def sanitizer_options():
    """Any finding ends the program with SANITIZER_EXIT. What the caller set goes last, so it wins."""
    ours = {
        "ASAN_OPTIONS": f"detect_leaks=1:halt_on_error=1:exitcode={SANITIZER_EXIT}:detect_stack_use_after_return=1",
        "LSAN_OPTIONS": f"exitcode={SANITIZER_EXIT}",
        "UBSAN_OPTIONS": f"halt_on_error=1:print_stacktrace=1:exitcode={SANITIZER_EXIT}",
        "TSAN_OPTIONS": f"halt_on_error=1:exitcode={SANITIZER_EXIT}",
    }
    for name in ours:
        file = SUPPRESSIONS / (name.split("_")[0].lower() + ".supp")
        if file.exists():
            ours[name] += f":suppressions={file}:print_suppressions=0"
        if os.environ.get(name):
            ours[name] += ":" + os.environ[name]
    return ours


def program_environment(extra=None):
    """What programs run with: nothing of the tester's own PG* and PEERNET_*, UTC, English."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "PEERNET_", "LC_", "LANG"))}
    env.update(sanitizer_options(), TZ="UTC", LANG="C.UTF-8", PGAPPNAME="peernet-test")
    env["PATH"] = os.pathsep.join(program_folders() + [env.get("PATH", "/usr/bin:/bin")])
    env.update(extra or {})
    return {k: v for k, v in env.items() if v is not None}


def check_crash(name, code, output):
    """A sanitizer's finding or a crash fails the test, also where the test expects the program to fail."""
    if code == SANITIZER_EXIT:
        raise AssertionError(f"{name}: a sanitizer found a fault\n{output}")
    if code is not None and -code in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL):
        raise AssertionError(f"{name}: crashed with {signal.Signals(-code).name}\n{output}")


def wait_until(condition, what, seconds=60.0, pause=0.02):
    """Waits for condition() to be true and returns what it gave; an AssertionError names `what` when it never is."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(pause)


def wait_for_worker(rpc):
    """A run is seen before its process has ended, and until then another one of its programme is refused."""
    wait_until(lambda: not rpc.call("status")["worker"]["running"], "the worker's end")


# One test of a script that takes long: tools/test --quick leaves it out.
slow_test = unittest.skipIf(os.environ.get("PEERNET_TEST_QUICK"), "takes long")


class RpcError(Exception):
    """An error that the daemon answered with: .error as it came, .code and .message taken apart."""

    def __init__(self, error):
        super().__init__(str(error))
        self.error = error
        if isinstance(error, dict):
            self.code, self.message = error.get("code"), error.get("message")
        else:
            self.code, _, self.message = str(error).partition(": ")


class Rpc:
    """A MessagePack-RPC client that hides nothing: what came is kept in order, bytes can be sent as they are.
    tls: an ssl context, to which the daemon has to be localhost."""

    def __init__(self, port, host="127.0.0.1", timeout=60.0, tls=None):
        if isinstance(port, str) and port.startswith("/"):
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(timeout)
            self.sock.connect(port)
        else:
            self.sock = socket.create_connection((host, port), timeout=timeout)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self.sock = tls.wrap_socket(self.sock, server_hostname="localhost")
        self.timeout = timeout
        self.unpacker = msgpack.Unpacker(raw=False, strict_map_key=False, max_buffer_size=256 << 20)
        self.notifications = collections.deque()
        self.responses = {}  # msgid -> [1, msgid, error, result]
        self.msgids = itertools.count(1)

    def send(self, data):
        """Sends raw bytes."""
        self.sock.sendall(data)

    def read_message(self, timeout=None):
        """The next message of any kind; EOFError when the daemon closed, TimeoutError when nothing came."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while True:
            for message in self.unpacker:
                return message
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("no message came in time")
            self.sock.settimeout(left)
            try:
                data = self.sock.recv(1 << 16)
            except socket.timeout:
                raise TimeoutError("no message came in time") from None
            finally:
                self.sock.settimeout(self.timeout)
            if not data:
                raise EOFError("the daemon closed the connection")
            self.unpacker.feed(data)

    def _sort(self, message):
        if not isinstance(message, list) or not message or message[0] not in (1, 2):
            raise AssertionError(f"neither a response nor a notification: {message!r}")
        if len(message) != (4 if message[0] == 1 else 3):
            raise AssertionError(f"wrong length: {message!r}")
        if message[0] == 2:
            self.notifications.append((message[1], message[2]))
        else:
            self.responses[message[1]] = message

    def request(self, method, *params, msgid=None):
        """Sends a request without waiting; its msgid."""
        msgid = next(self.msgids) if msgid is None else msgid
        self.send(msgpack.packb([0, msgid, method, list(params)], use_bin_type=True))
        return msgid

    def response(self, msgid, timeout=None):
        """The result of that request; RpcError when it is an error."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while msgid not in self.responses:
            self._sort(self.read_message(max(0.0, deadline - time.monotonic())))
        _, _, error, result = self.responses.pop(msgid)
        if error is not None:
            raise RpcError(error)
        return result

    def call(self, method, *params, timeout=None):
        return self.response(self.request(method, *params), timeout)

    def answered_first(self, slow, quick):
        """Sends both, (method, params), at once: whether the second, which does not wait for the first, is answered first."""
        numbers = [next(self.msgids) for _ in (slow, quick)]
        self.send(b"".join(msgpack.packb([0, n, method, list(params)], use_bin_type=True)
                           for n, (method, *params) in zip(numbers, (slow, quick))))
        self.response(numbers[1])
        came = numbers[0] not in self.responses
        self.response(numbers[0])
        return came

    def notify(self, method, *params):
        self.send(msgpack.packb([2, method, list(params)], use_bin_type=True))

    def next_notification(self, timeout=None):
        """(method, params) of the next notification."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while not self.notifications:
            self._sort(self.read_message(max(0.0, deadline - time.monotonic())))
        return self.notifications.popleft()

    def wait_closed(self, timeout=None):
        """Reads until the daemon closes; the messages that still came."""
        messages = []
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while True:
            try:
                messages.append(self.read_message(max(0.0, deadline - time.monotonic())))
            except (EOFError, ConnectionError):
                return messages

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def move_descriptors(fds, wanted):
    """In a child before exec: fds become those numbers and stay open; none is overwritten before it was moved."""
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 100) for fd in fds]
    for fd, number in zip(high, wanted):
        os.dup2(fd, number, inheritable=True)
        os.close(fd)


class Daemon:
    """peernetd on a free port of 127.0.0.1. `with` starts it, waits until it is ready and stops it with SIGTERM.

    ready: "database" waits until it answers from the database, "port" only until it listens (PostgreSQL may be away).
    sockets: (name, socket) that are handed over as systemd does.
    """

    def __init__(self, conninfo, *flags, ready="database", env=None, sockets=()):
        self.conninfo, self.flags, self.ready, self.env, self.sockets = conninfo, flags, ready, env, sockets
        self.folder = tempfile.mkdtemp(prefix="peernet-daemon-")
        self.port, self.process, self.exit_code = None, None, None

    def start(self):
        port_file = os.path.join(self.folder, "port")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(port_file)
        command = [program_path("peernetd"), "--listen", "127.0.0.1:0", "--port-file", port_file]
        command += ["--database", self.conninfo, *map(str, self.flags)]
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = self._popen(command, log)
        try:
            self.port = self._wait(lambda: self._read_port(port_file), "its port")
            if self.ready == "database":
                self._wait(self._is_ready, "the database")
        except BaseException:
            self.close()
            raise
        return self

    def _popen(self, command, log):
        env, more = program_environment(self.env), {}
        if self.sockets:
            fds = [s.fileno() for _, s in self.sockets]
            wanted = range(3, 3 + len(fds))
            env.update(LISTEN_FDS=str(len(fds)), LISTEN_FDNAMES=":".join(name for name, _ in self.sockets))
            command = ["/bin/sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh", *command]
            more = {"preexec_fn": lambda: move_descriptors(fds, wanted), "close_fds": False}
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, env=env, **more)

    def _read_port(self, file):
        with contextlib.suppress(FileNotFoundError):
            return int(pathlib.Path(file).read_text().strip() or 0)
        return 0

    def _is_ready(self):
        with Rpc(self.port) as rpc:
            return rpc.call("status")["ready"]

    def _wait(self, condition, what):
        def met():
            if self.process.poll() is not None:
                raise AssertionError(f"peernetd ended with {self.process.returncode}:\n{self.log()}")
            return condition()
        try:
            return wait_until(met, f"peernetd: {what}")
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.log()}") from None

    @property
    def pid(self):
        return self.process.pid

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def log(self):
        return pathlib.Path(self.folder, "log").read_text(errors="replace")

    def rpc(self):
        return Rpc(self.port)

    def _send_again(self, sig):
        """ThreadSanitizer keeps signals back until it thinks that it may hand them on, and now and then loses one: a daemon that has
        not said that it was told to end was not. Nowhere else is a signal sent twice."""
        if os.environ.get("PEERNET_SANITIZE") != "thread" or sig != signal.SIGTERM:
            return
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and self.process.poll() is None and "told to end" not in self.log():
            time.sleep(0.05)
        if self.process.poll() is None and "told to end" not in self.log():
            self.process.send_signal(sig)

    def stop(self, sig=signal.SIGTERM, timeout=30):
        """Sends the signal and waits for the end; the exit code. A crash or a leak fails the test."""
        if self.process.poll() is None and sig is not None:
            self.process.send_signal(sig)
            self._send_again(sig)
        try:
            self.exit_code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"peernetd did not end in {timeout} s:\n{self.log()}") from None
        check_crash("peernetd", self.exit_code, self.log())
        return self.exit_code

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        try:
            if kind is None and self.exit_code is None and self.stop() != 0:
                raise AssertionError(f"peernetd ended with {self.exit_code}:\n{self.log()}")
        finally:
            self.close()


class PeernetTest(unittest.TestCase):
    """Base of the integration tests."""

    maxDiff = None

    @property
    def cluster(self):
        return shared_cluster()

    def new_database(self, template="template0"):
        """conninfo of a fresh, empty database that goes with the test."""
        cluster = self.cluster
        name = cluster.create(template)
        self.addCleanup(cluster.drop, name)
        return cluster.conninfo(name)

    def temp_folder(self):
        folder = tempfile.mkdtemp(prefix="peernet-test-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return pathlib.Path(folder)

    def run(self, program=None, *args, input=None, check=True, env=None, timeout=120):
        """Runs a program to its end; CompletedProcess with text. check: any exit code but 0 fails the test.

        unittest calls run(result) itself: what is not a program's name goes there."""
        if not isinstance(program, (str, os.PathLike)):
            return super().run(program)
        return run_program(program, *args, input=input, check=check, env=env, timeout=timeout)

    def prepare(self, example=True):
        """conninfo of a database after `peernet db init` and, if example, `peernet db import` of the example.

        Made once in a cluster, then copied."""
        return self.new_database(prepared_template(self.cluster, example))

    def sql(self, conninfo, query, params=None):
        """Rows of a query, committed; [] for a statement that gives none.

        A test's queries of one database share a connection: a server process each would take most of its time."""
        connection = self._connection(conninfo)
        with connection, connection.cursor() as cursor:
            cursor.execute(query, params)
            return cursor.fetchall() if cursor.description else []

    def _connection(self, conninfo):
        """The test's connection of that database; a new one where a server that was stopped or killed broke it."""
        connections = self.__dict__.setdefault("_connections", {})
        connection = connections.get(conninfo)
        if connection is None or not alive(connection):
            if connection is None:
                self.addCleanup(lambda: connections.pop(conninfo).close())
            connection = connections[conninfo] = psycopg2.connect(conninfo)
        return connection

    def regroup(self, conninfo, *flags, check=True, env=None):
        """peernet-regroup run on that database."""
        return self.run("peernet-regroup", "run", "--db", conninfo, *flags, check=check, env=env)


def run_program(program, *args, input=None, check=True, env=None, timeout=120):
    path = program if os.path.isabs(program) else program_path(program)
    done = subprocess.run([path, *map(str, args)], env=program_environment(env), timeout=timeout, text=True,
                          capture_output=True, **({"input": input} if input is not None
                                                  else {"stdin": subprocess.DEVNULL}))
    output = f"$ {program} {' '.join(map(str, args))}\n{done.stdout}{done.stderr}"
    check_crash(program, done.returncode, output)
    if check and done.returncode != 0:
        raise AssertionError(f"exit code {done.returncode}:\n{output}")
    return done


def make_prepared(cluster, example):
    """Name of a database of this process after `peernet db init` and, if example, the import of the example."""
    name = cluster.create(prepared_template(cluster, example))
    atexit.register(cluster.drop, name)
    return name


def prepared_template(cluster, example):
    """Name of the database to copy; whichever test of the cluster comes first makes it, nobody else connects to it."""
    name = "prepared_example" if example else "prepared_empty"
    with cluster.alone():
        if not cluster.manage(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            made = cluster.create()
            fill_prepared(cluster.conninfo(made), example)
            cluster.manage(f"ALTER DATABASE {made} RENAME TO {name}")
    return name


def fill_prepared(conninfo, example):
    run_program("peernet", "db", "init", "--db", conninfo)
    if example:
        files = [a for f in ("organizers", "challenges", "reports") for a in (f"--{f}", EXAMPLE / f"{f}.csv")]
        run_program("peernet", "db", "import", *files, "--db", conninfo)


class TimedResult(unittest.TextTestResult):
    """Says behind each test how long it took, when that is long."""

    def startTest(self, test):
        self.began = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test):
        took = time.monotonic() - self.began
        if took >= 0.5:
            self.stream.write(f"{took:.1f} s ")
        super().addSuccess(test)


def main():
    """unittest.main() that tells ctest when every test was skipped."""
    runner = unittest.TextTestRunner(verbosity=2, resultclass=TimedResult)
    result = unittest.main(module="__main__", exit=False, testRunner=runner).result
    if result.wasSuccessful() and result.testsRun and len(result.skipped) == result.testsRun:
        sys.exit(SKIPPED)
    sys.exit(not result.wasSuccessful())
