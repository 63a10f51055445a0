"""The messages of `doctor`, of the store, of workers and of the start, read from the places that say them.

`docs/troubleshooting.md` has the cause and the remedy of each; its test holds the page to this list.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from docs.from_code.problems import ROOT, constants_of, text_of

# By what is made with it: which arguments are the message. What a `Finding` says that is well has no remedy.
_PLACES: Final[Mapping[str, tuple[int, ...]]] = {
    **dict.fromkeys(("FilesUnavailable", "FilesFull"), (0, 1)),
    **dict.fromkeys(("StoreUnavailable", "StoreFull"), (0,)),
    **dict.fromkeys(("WorkerTaken", "MeasuringFailed", "PortTaken", "StartFailed", "AlreadyUp"), (0,)),
}
_PACKAGES: Final = ("backend", "evaluation", "wellbehaved")
# Notices of an evaluation that waits, as its page and `wellbehaved status` have them.
_NOTICES: Final[Mapping[str, tuple[str, ...]]] = {
    "backend/evaluations/evaluation.py": ("NO_WORKER", "NOT_THIS_BENCHMARK", "NOT_THESE_FILES", "REGISTERED_SINCE"),
    "backend/store/engine.py": ("OTHER_ENCODING",),
    "backend/store/waits.py": ("WAITS_FOR_CHECKPOINT", "WAITS_FOR_WEIGHTS_ROOM", "NO_ROOM"),
    "evaluation/worker/job.py": ("WAITS_FOR_ROOM", "WAITS_FOR_FILES"),
}
# What `str.format` replaces.
_FILLED_IN: Final = re.compile(r"\{\w+\}")
_FILLING: Final = "…:. "
# The last is of what is decided when it is said.
_TROUBLE: Final = ("error", "missing", "…")


class Message(NamedTuple):
    """What is said, with … for what is filled in, and the module that says it."""

    text: str
    module: str


def messages() -> Iterator[Message]:
    """Every message, in the order of the files."""
    for package in _PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            yield from (Message(text, name) for text in messages_in(path.read_text("utf-8"), _NOTICES.get(name, ())))


def messages_in(source: str, notices: tuple[str, ...] = ()) -> Iterator[str]:
    """The messages of one module.

    Args:
        source: its text.
        notices: names of constants in it that are messages.
    """
    tree = ast.parse(source)
    constants = constants_of(tree)
    yield from (_FILLED_IN.sub("…", text_of(constants[name], constants)) for name in notices)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        kind = getattr(node.func, "id", "")
        if places := _PLACES.get(kind):
            found = " ".join(text_of(node.args[place], constants) for place in places if place < len(node.args))
            if found.strip(_FILLING):
                yield found
        elif kind == "Finding" and len(node.args) == len(("subject", "state", "text")):
            _, state, text = (text_of(part, constants) for part in node.args)
            if state in _TROUBLE and text.strip(_FILLING):
                yield text


def page_path() -> Path:
    """The page that has the cause and the remedy of each."""
    return ROOT / "docs" / "troubleshooting.md"
