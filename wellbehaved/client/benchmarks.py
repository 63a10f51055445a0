"""The client's benchmarks: which there are, and adding, removing and freezing one's own. These need a token."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from wellbehaved.client.answers.catalogue import BenchmarkAnswer, BenchmarkItem, EarlierItem, RegistrationAnswer
from wellbehaved.client.answers.shared import RemovalAnswer
from wellbehaved.client.calls import Manner, Part, call, segment
from wellbehaved.client.exchange import Request, Steps

# Every file of the folder is read once before the answer.
_INSPECTION_SECONDS = 6 * 3600.0
_PATH = "/v1/benchmarks"
_Items: TypeAlias = list[BenchmarkItem]
_EarlierItems: TypeAlias = list[EarlierItem]


class Benchmarks(Part[Manner]):
    """``client.benchmarks``."""

    @call
    def list(self) -> Steps[_Items]:
        """Suites of data sets: key, label, origin, dimensions, digest, whether a worker is there, and its times."""
        return self._exchange.items(_PATH)

    @call
    def get(self, key: str) -> Steps[BenchmarkAnswer]:
        """One benchmark: of one's own also classes, definition, the report on its files, and all versions."""
        return self._exchange.get(_path(key))

    @call
    def earlier_measurements(self, key: str, model_id: str | None = None) -> Steps[_EarlierItems]:
        """What was measured on earlier versions of a benchmark, newest version first; never compared with the current.

        Args:
            key: of the benchmark.
            model_id: of the one model that is asked about; all unless given.
        """
        asked = {} if model_id is None else {"model_id": model_id}
        return self._exchange.items(f"{_path(key)}/earlier-measurements", asked)

    @call
    def add(
        self,
        path: Path | str,
        *,
        key: str | None = None,
        label: str | None = None,
        layout: str = "folders",
        register: bool = True,
    ) -> Steps[RegistrationAnswer]:
        """Have the service look at a folder of images and register it; an edited folder is a new version.

        Args:
            path: on the machine of the service, below a folder that its operator has allowed.
            key: of the benchmark; else that of benchmark.toml or the folder's name.
            label: alike.
            layout: of a folder without benchmark.toml: ``folders`` or ``imagenet-1k``.
            register: whether to register it; else the answer is the report alone.
        """
        asked = {"path": str(path), "key": key, "label": label, "layout": layout, "register": register}
        given = {name: value for name, value in asked.items() if value is not None}
        return self._exchange.post(_PATH, given, _INSPECTION_SECONDS, once=True)

    @call
    def remove(self, key: str, *, with_measurements: bool = False) -> Steps[RemovalAnswer]:
        """Forget a benchmark of one's own; one that was measured on goes only together with the measurements."""
        return self._exchange.delete(_path(key), {"with_measurements": "true"} if with_measurements else None)

    @call
    def freeze_norms(self, key: str, protocol: str | None = None) -> Steps[BenchmarkAnswer]:
        """Keep today's norms of a benchmark's pool, so that no score moves when a model is added."""
        query = {"protocol": protocol} if protocol else {}
        return self._exchange.document(Request("POST", f"{_path(key)}/frozen-norms", query))

    @call
    def unfreeze_norms(self, key: str, protocol: str | None = None) -> Steps[BenchmarkAnswer]:
        """Let the norms follow the current models again."""
        return self._exchange.delete(f"{_path(key)}/frozen-norms", {"protocol": protocol} if protocol else None)


def _path(key: str) -> str:
    return f"{_PATH}/{segment(key)}"
