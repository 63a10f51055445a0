"""How to install what a part of the program needs beyond the client."""

import shlex
import sys
from pathlib import Path
from typing import Final, Literal

Extra = Literal["server", "dashboard", "evaluation", "onnx", "s3", "telemetry", "zero-shot", "study"]


# Written by the Dockerfile, with the extras that it was built with beside those that every image has.
_OF_THE_IMAGE: Final = "image-extras"


def way_to_install(*extras: Extra) -> str:
    """What to do about extras that are missing, as a sentence without its full stop.

    In an image nothing can be installed that lasts: its files belong to somebody else, and are as they were at the next
    start.
    """
    place = Path(sys.prefix, _OF_THE_IMAGE)
    if not place.is_file():
        return f"Run `{installing(*extras)}`"
    held = [each for each in place.read_text(encoding="utf-8").strip().split(",") if each]
    wanted = ",".join(dict.fromkeys((*held, *extras)))
    return (
        f"This image cannot be changed: make another, in the folder of the source, with `docker build --build-arg "
        f"EXTRAS={wanted} .`, or with EXTRAS={wanted} in `.env` and `docker compose up --build`"
    )


def installing(*extras: Extra) -> str:
    """The command that brings what extras need, into the environment that this program runs in.

    pip finds the program itself installed already, from wherever that was, and asks no index for it.

    >>> installing("server", "dashboard").partition(" -m ")[2]
    "pip install 'wellbehaved[server,dashboard]'"
    """
    return shlex.join([sys.executable, "-m", "pip", "install", f"wellbehaved[{','.join(extras)}]"])
