"""What the programs of existing clients need: Debian's libraries, npm's packages, a Go program built without a network.

What is made stays in the build's folder (PEERNET_TEST_CLIENTS), so a second run does not make it again.
"""

import fcntl
import os
import pathlib
import shutil
import subprocess

from peernet_test import SOURCE

CLIENTS = SOURCE / "tests" / "clients"
GO_SOURCES = "/usr/share/gocode"  # where Debian puts libraries
ANSWER_SECONDS = 10  # npm asks twice; a registry that has not answered by then counts as away
INSTALL_SECONDS = 120
NO_ANSWER = ("ETIMEDOUT", "ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH",
             "ENOTCACHED", "ERR_SOCKET_TIMEOUT", "FETCH_ERROR")

missing = []  # why there are no packages from npm, once that is known


def made_folder(name):
    """Its folder of that name, which exists."""
    made = os.environ.get("PEERNET_TEST_CLIENTS") or SOURCE / "build" / "release" / "tests" / "integration" / "clients"
    folder = pathlib.Path(made) / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def require(test, program):
    """The program's path; skips the test where there is none."""
    return shutil.which(program) or test.skipTest(f"{program} is not installed")


def require_debian(test, package, path):
    if not os.path.exists(path):
        test.skipTest(f"{package} is not installed")


def go_program(test, source):
    """The program built from that file with Debian's libraries, by Go's GOPATH mode."""
    go = require(test, "go")
    require_debian(test, "golang-github-ugorji-go-codec-dev", f"{GO_SOURCES}/src/github.com/ugorji/go/codec")
    folder = made_folder("go")
    program = folder / source.stem
    env = {**os.environ, "GO111MODULE": "off", "GOFLAGS": "", "GOPROXY": "off", "GOPATH": GO_SOURCES,
           "GOCACHE": str(folder / "cache"), "CGO_ENABLED": "0"}
    done = subprocess.run([go, "build", "-o", program, source], env=env, capture_output=True, text=True, timeout=240)
    test.assertEqual((done.returncode, done.stderr), (0, ""))
    return program


def node_environment(test):
    """The environment in which node finds the packages of tests/clients/npm; skips where no registry answers."""
    npm = require(test, "npm")
    require(test, "node")
    folder = made_folder("npm")
    if missing:  # known from an earlier test: one wait is enough
        test.skipTest(missing[0])
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = (CLIENTS / "npm" / "package-lock.json").read_text()
        installed = folder / "installed"
        if not installed.exists() or installed.read_text() != wanted:
            npm_install(test, npm, folder)
            installed.write_text(wanted)
    return {**os.environ, "NODE_PATH": str(folder / "node_modules")}


def skip(test, why):
    missing.append(why)
    test.skipTest(why)


def npm_install(test, npm, folder):
    """The versions of the lock file, held against its hashes; no package's own scripts run."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(CLIENTS / "npm" / name, folder / name)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--fetch-retries=0",
               f"--fetch-timeout={ANSWER_SECONDS * 1000}"]
    try:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        skip(test, f"npm had not installed the clients after {INSTALL_SECONDS} s")
    if done.returncode != 0 and any(word in done.stderr for word in NO_ANSWER):
        skip(test, "no npm registry answers")
    test.assertEqual(done.returncode, 0, done.stdout + done.stderr)
