"""Looks at a folder in a process apart: strangers' images are parsed there, and the service goes on meanwhile.

Run as a module, it reads one JSON request from its standard input and answers with one line of JSON.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from evaluation.own_data.definition import Layout
from quba.errors import Refusal

_LONGEST_SECONDS = 6 * 3600
_NEXT = "Look at the folder on the server itself with `wellbehaved benchmark add PATH`, which shows more."


@dataclass(frozen=True)
class FolderInspection:
    """Looks at folders of this machine; safe to share among threads.

    Attributes:
        cache: folder in which digests are kept by the files' stamps.
    """

    cache: Path

    def inspect(self, path: Path, *, key: str | None, label: str | None, layout: str) -> dict[str, JsonValue]:
        """A `Registration` as JSON.

        Args:
            path: of the folder.
            key: of the benchmark, where the folder's own file names none.
            label: alike.
            layout: alike.

        Raises:
            Refusal: the folder is no benchmark, with a code and the next step; `inspection_failed` where looking at it
                ended without an answer.
        """
        request = {"path": str(path), "key": key, "label": label, "layout": layout, "cache": str(self.cache)}
        try:
            done = subprocess.run(  # noqa: S603 - this program itself
                [sys.executable, "-m", __spec__.name],
                input=json.dumps(request).encode("utf-8", "surrogateescape"),
                stdout=subprocess.PIPE,
                timeout=_LONGEST_SECONDS,
                check=False,
            )
            answer = json.loads(done.stdout)
        except (subprocess.TimeoutExpired, ValueError):
            raise Refusal("inspection_failed", f"Looking at {path} ended without a result.", _NEXT) from None
        if "refusal" in answer:
            raise Refusal(**answer["refusal"])
        registration: dict[str, JsonValue] = answer["registration"]
        return registration


def answer(request: dict[str, str | None]) -> dict[str, JsonValue]:
    """What the process says to a request: a registration, or why there is none."""
    # In the process apart alone: it loads torch, which the service that asks does without.
    from evaluation.own_data.registration import inspect

    try:
        found = inspect(
            Path(request["path"] or ""),
            key=request["key"],
            label=request["label"],
            # A word that is no layout is refused with the definition.
            layout=cast(Layout, request["layout"]),
            cache=Path(request["cache"] or ""),
        )
    except Refusal as refusal:
        return {"refusal": {"code": refusal.code, "message": refusal.message, "hint": refusal.hint}}
    return {"registration": found.model_dump(mode="json")}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answer(json.load(sys.stdin))) + "\n")
