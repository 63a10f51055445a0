"""How to install what a part of the program needs beyond its core."""

import re
import shlex
import sys
from importlib.metadata import requires
from typing import Final, Literal

_FOR_EXTRA: Final = re.compile(r"""^(?P<requirement>[^;]+);.*extra\s*==\s*['"](?P<extra>[^'"]+)['"]""")

Extra = Literal["evaluation", "zero-shot"]


def installing(extra: Extra) -> str:
    """The command that brings what an extra needs, into the environment that this program runs in.

    It names the packages and not the extra: this program may have been installed from a folder or a file, and a package
    of its name on an index would be somebody else's.
    """
    found = (_FOR_EXTRA.match(each) for each in requires("wellbehaved") or ())
    named = [match["requirement"].strip() for match in found if match and match["extra"] == extra]
    return shlex.join([sys.executable, "-m", "pip", "install", *named])
