"""What the service asks of whoever looks at a folder of images: the service itself opens none.

The service owns this protocol and imports nobody who fulfils it; `evaluation.own_data` does so by shape. They meet
where the parts are put together, in `wellbehaved.checker`. What is not accepted comes as a `quba.errors.Refusal`.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from backend.problems import ProblemError

_SETTING = "WELLBEHAVED_DATA_ROOTS"
_RETRY_AFTER_SECONDS = 10


class BenchmarkInspection(Protocol):
    """Looks at folders of images in a process of its own; safe to share among threads."""

    def inspect(self, path: Path, *, key: str | None, label: str | None, layout: str) -> dict[str, JsonValue]:
        """Look at a folder, and write nothing.

        Args:
            path: the folder.
            key: of the benchmark; else that of its benchmark.toml or the folder's name.
            label: of the benchmark, likewise.
            layout: how the folder is laid out, where it has no benchmark.toml.

        Returns:
            The fields of `backend.store.own_benchmarks.Registration`.

        Raises:
            Refusal: no benchmark can be made of it.
        """
        ...


class Inspections:
    """One look at a folder after the other: each reads every file of it.

    Args:
        inspection: that looks; None where this installation cannot.
        roots: the folders below which may be looked.
    """

    def __init__(self, inspection: BenchmarkInspection | None, roots: Sequence[Path]) -> None:
        self._inspection = inspection
        self._roots = tuple(roots)
        self._one_at_a_time = threading.Lock()

    def allowed_folder(self, path: str) -> Path:
        """The folder that a path means, links resolved, if an operator has allowed it.

        Raises:
            ProblemError: 422 `folder_not_allowed`, also where nothing is there: what lies elsewhere on the server is
                nobody's to learn.
        """
        if not self._roots:
            raise ProblemError(
                422,
                "folder_not_allowed",
                f"This service looks at no folder: {_SETTING} names none.",
                f"Ask the operator to set {_SETTING} to the folder that holds your data, or run `wellbehaved benchmark "
                "add` on the server.",
            )
        # Links first: one that lies inside and leads outside is outside.
        found = Path(os.path.realpath(Path(path).expanduser()))
        if not any(found.is_relative_to(os.path.realpath(root)) for root in self._roots):
            raise ProblemError(
                422,
                "folder_not_allowed",
                f"{path[:200]!r} does not lie below a folder that {_SETTING} names.",
                "Ask the operator which folders are allowed, or to add this one.",
            )
        return found

    def inspect(self, path: Path, *, key: str | None, label: str | None, layout: str) -> dict[str, JsonValue]:
        """Look at a folder.

        Raises:
            ProblemError: 503 `no_inspection`, where this installation cannot; 429 `busy`, where it looks at another.
            Refusal: no benchmark can be made of it.
        """
        if self._inspection is None:
            raise ProblemError(
                503,
                "no_inspection",
                "This service was started without the part that looks at images, so it registers no benchmark.",
                "`wellbehaved doctor` on the server says what to install; then start it with `wellbehaved serve`.",
            )
        with self._turn():
            return self._inspection.inspect(path, key=key, label=label, layout=layout)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._one_at_a_time.acquire(blocking=False):
            raise ProblemError(
                429,
                "busy",
                "Another folder is being looked at.",
                "Send it again in a moment.",
                headers={"Retry-After": str(_RETRY_AFTER_SECONDS)},
            )
        try:
            yield
        finally:
            self._one_at_a_time.release()
