"""A real nginx with the configuration of the guide, on free ports and without TLS."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

START_SECONDS = 60.0
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "behind-a-proxy.md"
# Where nginx keeps what it is about to pass on; what is built into it belongs to the system.
_FOLDERS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
_LINE_OF_TLS = re.compile(r" +(ssl_\w+|server_name) .*\n")


def program() -> str:
    """The installed nginx; where there is none, the test is skipped with the reason."""
    # Debian puts it where only the administrator's programs are looked for.
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
    found = shutil.which("nginx", path=path)
    if found is None:
        pytest.skip("no nginx on PATH or in /usr/sbin: install it with your system's package manager")
    return found


def configuration(listen: int, service: int, dashboard: int, *, stripped: bool) -> str:
    """The text of the guide with the ports of a test.

    Args:
        listen: port of nginx.
        service: port of the service.
        dashboard: port of the dashboard.
        stripped: whether the prefix is taken off, by the lines that are commented out in the guide.
    """
    found = re.search(r"```nginx\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    text = _LINE_OF_TLS.sub("", found[1])
    changes = {
        "listen 443 ssl": f"listen 127.0.0.1:{listen}",
        "127.0.0.1:8000": f"127.0.0.1:{service}",
        "127.0.0.1:8501": f"127.0.0.1:{dashboard}",
        **({"# rewrite": "rewrite"} if stripped else {}),
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


@contextmanager
def running(folder: Path, http_block: str, url: str) -> Iterator[None]:
    """Start nginx and wait until it answers; ends it.

    Args:
        folder: for its files; empty.
        http_block: what it serves.
        url: an address of it that answers, whatever.
    """
    paths = "".join(f"{name}_temp_path {folder}/{name};\n" for name in _FOLDERS)
    # As root it would hand requests to a user who may not read the folder.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; {user}\nevents {{}}\n"
        f"http {{\naccess_log off;\n{paths}{http_block}}}\n"
    )
    command = [program(), "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    with subprocess.Popen(command) as process:
        try:
            _await(process, url, folder)
            yield
        finally:
            process.terminate()


def _await(process: subprocess.Popen[bytes], url: str, folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            httpx.get(url)
        except httpx.TransportError:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"nginx did not start:\n{(folder / 'error.log').read_text()}")
            time.sleep(0.05)
        else:
            return
