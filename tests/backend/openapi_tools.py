"""Programs that others use with OpenAPI documents, installed beside the environment before the tests run.

Usage: python -m tests.backend.openapi_tools
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(sys.prefix) / "openapi-tools"
# Exact; what they install below themselves is not, so that the tests heed errors alone: a new warning is no failure.
NPM = (
    "@redocly/cli@2.77.0",
    "@stoplight/spectral-cli@6.16.3",
    "openapi-typescript@7.13.0",
    "openapi-fetch@0.17.0",
    "typescript@5.9.3",
)
# In an environment of its own: it wants other versions than the tests.
PYTHON = ("openapi-python-client==0.29.1",)
PROGRAMS = {"npm": NPM, "python": PYTHON}
_NPM_OPTIONS = ("--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", "--loglevel=error")
_LONGEST_SECONDS = 600


def installed(name: str) -> bool:
    """Whether these very versions are there."""
    stamp = FOLDER / name / "installed.txt"
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == " ".join(PROGRAMS[name])


def install(name: str, *commands: Sequence[str]) -> None:
    """Install one kind of programs; where they cannot be had, the tests that need them are skipped."""
    if installed(name):
        return
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        for command in commands:
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=_LONGEST_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        missing = " ".join(PROGRAMS[name])
        sys.stderr.write(f"{missing} cannot be installed, and what needs them is not tested: {error}\n")
        return
    (folder / "installed.txt").write_text(" ".join(PROGRAMS[name]), encoding="utf-8")


def main() -> None:
    """Install what is missing."""
    install("npm", ("npm", "install", "--prefix", ".", *_NPM_OPTIONS, *NPM))
    pip = ("bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    install("python", (sys.executable, "-m", "venv", "."), (*pip, *PYTHON))


if __name__ == "__main__":
    main()
