"""How to install what a part of the program needs beyond the client."""

import shlex
import sys
from typing import Literal

Extra = Literal["server", "dashboard", "evaluation", "onnx", "s3", "telemetry", "zero-shot", "study"]


def installing(*extras: Extra) -> str:
    """The command that brings what extras need, into the environment that this program runs in.

    pip finds the program itself installed already, from wherever that was, and asks no index for it.

    >>> installing("server", "dashboard").partition(" -m ")[2]
    "pip install 'wellbehaved[server,dashboard]'"
    """
    return shlex.join([sys.executable, "-m", "pip", "install", f"wellbehaved[{','.join(extras)}]"])
