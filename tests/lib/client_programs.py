"""What the programs of existing clients need: Debian's libraries, npm's packages, a Go program built without a network.

What is made stays in one folder for all builds (PEERNET_TEST_CLIENTS), so a second run does not make it again.
"""

import os
import pathlib
import shutil
import subprocess

from peernet_test import SOURCE

CLIENTS = SOURCE / "tests" / "clients"
GO_SOURCES = "/usr/share/gocode"  # where Debian puts libraries


def made_folder(name):
    """Its folder of that name, which exists."""
    made = os.environ.get("PEERNET_TEST_CLIENTS") or SOURCE / "build" / "clients"
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
    program = test.temp_folder() / source.stem
    env = {**os.environ, "GO111MODULE": "off", "GOFLAGS": "", "GOPROXY": "off", "GOPATH": GO_SOURCES,
           "GOCACHE": str(folder / "cache"), "CGO_ENABLED": "0"}
    done = subprocess.run([go, "build", "-o", program, source], env=env, capture_output=True, text=True, timeout=240)
    test.assertEqual((done.returncode, done.stderr), (0, ""))
    return program


def node_environment(test):
    """The environment in which node finds the packages of tests/clients/npm, which tools/test installs."""
    require(test, "node")
    folder = made_folder("npm")
    installed = folder / "installed"
    if not installed.exists() or installed.read_text() != (CLIENTS / "npm" / "package-lock.json").read_text():
        test.skipTest(f"{folder} has not the clients of tests/clients/npm: tools/test installs them")
    return {**os.environ, "NODE_PATH": str(folder / "node_modules")}
