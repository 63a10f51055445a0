"""Checks the types of the live board's scripts, which JSDoc states and tsconfig.json holds to strict rules.

`make check` installs TypeScript where npm is there; where it is not, the scripts are left out, and this says so.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMPILER = ROOT / ".venv" / "node_modules" / ".bin" / "tsc"


def main() -> int:
    """Run the compiler; its own status is the answer."""
    if not COMPILER.exists():
        sys.stdout.write("The board's scripts are not checked: TypeScript needs node and npm, which were not found.\n")
        return 0
    return subprocess.run([COMPILER, "--project", ROOT], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
