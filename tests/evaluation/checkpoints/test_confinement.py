"""What a file that took over its check could still do is tried: in a child as the check forks one, by its own means."""

import ctypes
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from evaluation.checkpoints import confinement

# In a process of its own: what it gives up does not come back. `check` is what a file would have taken over.
_CHILD = """
import json, os, socket, sys
from pathlib import Path
from evaluation.checkpoints import confinement, zygote
from evaluation.checkpoints.refusal import CheckpointRefused

asked = json.loads(sys.argv[1])
out, tried = os.fdopen(os.dup(1), "w"), {}

def attempt(name, action):
    try:
        action()
        tried[name] = True
    except OSError:
        tried[name] = False

def unix():
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(asked["socket"])

def taken_over(path, written, claim):
    attempt("network", lambda: socket.create_connection(("127.0.0.1", asked["port"]), 2).close())
    attempt("socket", unix)
    attempt("secret", Path(asked["secret"]).read_text)
    attempt("listing", lambda: os.listdir(Path(asked["secret"]).parent))
    attempt("elsewhere", lambda: Path(asked["secret"]).with_name("made").write_text("x"))
    attempt("program", lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0))
    attempt("signal", lambda: os.kill(os.getppid(), 0))
    attempt("owner", lambda: os.chown(path, 12345, -1))
    attempt("own file", path.read_bytes)
    attempt("own folder", lambda: written.write_text("x"))
    raise CheckpointRefused(zygote.Reason.LOAD_FAILED, "tried")

zygote.check = taken_over
for name in asked["without"]:
    setattr(confinement, name, lambda *_, **__: False)
if asked["platform"]:
    confinement.platform.system = lambda: asked["platform"]
    zygote._STATM = Path("/nowhere")
answer = {}
try:
    zygote._confine_and_check(asked["request"])
except CheckpointRefused as refused:
    answer = {"code": refused.code, "message": refused.message}
print(json.dumps({**answer, "tried": tried}), file=out, flush=True)
"""
NETWORK = ["_own_network", "_without_calls"]
OWN = {"own file": True, "own folder": True}
ALL = ("network", "socket", "secret", "listing", "elsewhere", "program", "signal", "owner")


def has_file_rules() -> bool:
    """Whether this system knows Landlock, asked without the code under test."""
    return sys.platform == "linux" and int(ctypes.CDLL(None).syscall(444, None, 0, 1)) > 0


def tried(folder: Path, *, without: list[str] | None = None, platform: str = "", unconfined: bool = False) -> Any:  # noqa: ANN401
    """What such a child can do."""
    for name in ("uploads", "data"):
        (folder / name).mkdir()
    (folder / "uploads" / "own").mkdir()
    (folder / "data" / "token").write_text("s3cret")
    (folder / "uploads" / "file").write_bytes(b"evil")
    request = {
        "path": str(folder / "uploads" / "file"), "written": str(folder / "uploads" / "own" / "w"),
        "architecture": "resnet18", "class_count": 2, "classes": [], "weights_key": None, "unconfined": unconfined,
    }  # fmt: skip
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as other:
        other.bind(str(folder / "s"))
        other.listen()
        asked = {
            "port": server.getsockname()[1], "socket": str(folder / "s"), "secret": str(folder / "data" / "token"),
            "without": without or [], "platform": platform, "request": request,
        }  # fmt: skip
        words = [sys.executable, "-c", _CHILD, json.dumps(asked)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_calls_are_numbered_as_the_kernel_numbers_them() -> None:
    # AUDIT_ARCH_X86_64 with arch/x86/entry/syscalls/syscall_64.tbl, AUDIT_ARCH_AARCH64 with asm-generic/unistd.h. Here
    # only the calls of this machine could be tried, and of a call that the kernel lacks nobody could tell.
    common = {"io_uring_setup": 425}
    x86 = {"socket": 41, "connect": 42, "sendto": 44, "sendmsg": 46, "ptrace": 101} | common
    arm = {"socket": 198, "connect": 203, "sendto": 206, "sendmsg": 211, "ptrace": 117} | common
    told = {machine: (mark, sorted(calls)) for machine, (mark, calls) in confinement._CALLS.items()}
    assert told == {"x86_64": (0xC000003E, sorted(x86.values())), "aarch64": (0xC00000B7, sorted(arm.values()))}


def test_a_file_that_took_over_its_check_reaches_nothing_but_its_own(tmp_path: Path) -> None:
    answer = tried(tmp_path)
    if answer["code"] == "not_confined" and os.geteuid() != 0:
        pytest.skip("this system allows an ordinary user neither a network of his own nor a filter")
    wanted = {**dict.fromkeys(ALL, False), **OWN}
    if not has_file_rules():
        # What then keeps to the service's own rights is told in the record of the check.
        wanted |= dict.fromkeys(("secret", "listing", "elsewhere", "program", "signal"), True)
    if os.geteuid() != 0:
        del answer["tried"]["owner"], wanted["owner"]  # is refused to anybody
    assert answer["tried"] == wanted
    # Nothing takes the user from it, as doctor, `status` and the interface say.
    assert (tmp_path / "uploads" / "own" / "w").stat().st_uid == os.geteuid()


@pytest.mark.parametrize("lost", NETWORK)
def test_one_of_the_two_suffices_to_take_the_network(tmp_path: Path, lost: str) -> None:
    if os.geteuid() != 0 and lost == "_without_calls":
        pytest.skip("an ordinary user may be denied a network of his own")
    answer = tried(tmp_path, without=[lost])
    assert answer["tried"]["network"] is False


def test_where_nothing_takes_the_network_no_file_is_read(tmp_path: Path) -> None:
    answer = tried(tmp_path, without=NETWORK)
    assert answer["code"] == "not_confined"
    assert answer["message"] == "This server cannot take the network from the check of a file."
    assert answer["tried"] == {}


def test_a_setting_takes_files_all_the_same_and_the_network_is_there(tmp_path: Path) -> None:
    assert tried(tmp_path, without=NETWORK, unconfined=True)["tried"]["network"] is True


@pytest.mark.parametrize("unconfined", [False, True])
def test_a_system_of_which_nothing_is_known_says_so(tmp_path: Path, unconfined: bool) -> None:
    """As on macOS, which has none of these calls and no /proc."""
    answer = tried(tmp_path, platform="Darwin", unconfined=unconfined)
    if unconfined:
        assert answer["tried"]["network"] is True
        assert answer["tried"]["secret"] is True
    else:
        assert answer["code"] == "not_confined"
        assert "take the network from and bound the memory of the check" in answer["message"]
        assert answer["tried"] == {}


@pytest.mark.parametrize(
    ("holds", "reached"),
    [
        ((True, True, True, True, True, True), "network namespace, file rules, no capabilities, system call filter"),
        ((True, False, False, False, True, False), ""),  # it was allowed, and nothing came of it
        ((False, False, True, False, True, True), "file rules, system call filter"),
        ((False, False, False, True, False, False), "no capabilities"),
    ],
)
def test_what_was_reached_is_named(monkeypatch: pytest.MonkeyPatch, holds: tuple[bool, ...], reached: str) -> None:
    names = ("_own_network", "_leads_nowhere", "restrict", "_without_capabilities", "_without_calls", "_lacks_sockets")
    for name, value in zip(names, holds, strict=True):
        monkeypatch.setattr(confinement, name, lambda *_, value=value, **__: value)
    # This process goes on, and must keep what a child gives up.
    monkeypatch.setattr("evaluation.checkpoints.confinement.ctypes.CDLL", lambda *_, **__: mock.Mock())
    found = confinement.confine(readable=())
    assert ", ".join(found) == reached
    assert confinement.takes_network(found) == ("network namespace" in reached or "system call filter" in reached)
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    assert confinement.confine(readable=()) == ()


def test_the_machine_that_goes_on_has_sockets_and_leads_somewhere() -> None:
    assert not confinement._lacks_sockets()
    assert not confinement._leads_nowhere()
