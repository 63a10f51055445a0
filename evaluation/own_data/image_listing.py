"""Lists the images of a pass in a process apart, for a service that loads no torch; no image is opened.

Run as a module, it reads one JSON request from its standard input and answers with one line of JSON.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from quba.errors import Refusal
from quba.measuring.evidence import Conditions

_LONGEST_SECONDS = 600
_NEXT = "Look at the flips where the images lie: `before.compare(after).paths()` in Python."


@dataclass(frozen=True)
class ProcessListing:
    """Lists images of this machine; safe to share among threads.

    Attributes:
        data: folder of the data sets.
        cache: folder in which digests are kept by the files' stamps.
    """

    data: Path
    cache: Path

    def paths(
        self,
        conditions: Conditions,
        name: str,
        *,
        folder: str | None,
        definition: Mapping[str, object],
        classes: Sequence[str],
    ) -> list[str]:
        """The images of a pass in the order of the evidence, relative to the folder of the benchmark.

        Args:
            conditions: under which models were measured.
            name: of the pass, as in evidence.
            folder: of a benchmark of one's own as it was registered; None for one that comes with the program, whose
                images are named relative to the folder of the data sets.
            definition: alike; empty where there is no folder.
            classes: alike.

        Raises:
            Refusal: the images are not here, not those that were measured on, or were made by the program;
                `listing_failed` where listing ended without an answer.
        """
        request = {
            "conditions": asdict(conditions), "name": name, "folder": folder, "definition": dict(definition),
            "classes": list(classes), "data": str(self.data), "cache": str(self.cache),
        }  # fmt: skip
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
            raise Refusal("listing_failed", "Listing the images ended without a result.", _NEXT) from None
        if "refusal" in answer:
            raise Refusal(**answer["refusal"])
        listed: list[str] = answer["paths"]
        return listed


def answer(request: Mapping[str, Any]) -> dict[str, object]:
    """What the process says to a request: paths, or why there are none."""
    try:
        return {"paths": _paths(request)}
    except Refusal as refusal:
        return {"refusal": {"code": refusal.code, "message": refusal.message, "hint": refusal.hint}}


def _paths(request: Mapping[str, Any]) -> list[str]:
    # In the process apart alone: they load torch, which the service that asks does without.
    from evaluation.benchmark import BENCHMARKS
    from evaluation.datasets.dataset import DataSetDamaged, DataSetMissing
    from evaluation.engine.pass_files import files_of_pass, stage_of_pass
    from evaluation.own_data.generated import MadeWithMasks, Renditions
    from evaluation.own_data.registration import benchmark_of

    conditions = Conditions(**request["conditions"])
    data = Path(request["data"])
    if request["folder"] is None:
        suite, base = BENCHMARKS[conditions.benchmark], data
    else:
        base = Path(request["folder"])
        _require_same(base, request["definition"], conditions.digest or "", Path(request["cache"]))
        suite = benchmark_of(base, request["definition"], request["classes"], conditions.digest or "")
    stage = stage_of_pass(suite, conditions, request["name"])
    # They are made when they are read, which is no part of answering a question.
    if isinstance(stage.data_set.read, (MadeWithMasks, Renditions)):
        raise Refusal(
            "generated_images",
            f"The images of {request['name']} were made by this program and are not in the benchmark's folder.",
            "Look at their contact sheet, or at the flips of `clean`.",
        )
    try:
        files = files_of_pass(stage, conditions, data)
    except (DataSetMissing, DataSetDamaged) as error:
        raise Refusal("files_not_here", str(error), _NEXT) from error
    return [_printable(os.path.relpath(file, base)) for file in files]


def _require_same(folder: Path, definition: Mapping[str, object], digest: str, cache: Path) -> None:
    """See that a folder holds what was measured on, by the stamps of its files.

    Raises:
        Refusal: `files_not_here`.
    """
    from evaluation.own_data.contents import changes_since

    if not folder.is_dir():
        raise Refusal("files_not_here", f"{folder} is not on the service's machine.", _NEXT)
    if changes := changes_since(folder, definition, digest, cache):
        raise Refusal("files_not_here", f"The files in {folder} are not those of then. {changes.sentence}", _NEXT)


def _printable(path: str) -> str:
    """A path as text that JSON can hold: bytes that are no UTF-8 become the sign for that."""
    return Path(path).as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "replace")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answer(json.load(sys.stdin))) + "\n")
