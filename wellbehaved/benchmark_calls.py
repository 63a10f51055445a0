"""The client's part in benchmarks: which there are, and adding, removing and freezing one's own. These need a token."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from wellbehaved.api_errors import JsonObject
from wellbehaved.json_calls import JsonCalls
from wellbehaved.query import FilterValue, query_parameters

# Every file of the folder is read once before the answer.
_INSPECTION_SECONDS = 6 * 3600.0


class BenchmarkCalls(JsonCalls):
    """Mixed into `wellbehaved.Client`."""

    def benchmarks(self) -> list[JsonObject]:
        """Suites of data sets: key, label, origin, dimensions, digest, whether a worker is there, and its times."""
        items: list[JsonObject] = self.get("/v1/benchmarks")["items"]
        return items

    def benchmark(self, key: str) -> JsonObject:
        """One benchmark: of one's own also classes, definition, the report on its files, and all versions."""
        return self.get(_path(key))

    def add_benchmark(
        self,
        path: Path | str,
        *,
        key: str | None = None,
        label: str | None = None,
        layout: str = "folders",
        register: bool = True,
    ) -> JsonObject:
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
        return self.post("/v1/benchmarks", given, timeout=_INSPECTION_SECONDS)

    def remove_benchmark(self, key: str, *, with_measurements: bool = False) -> JsonObject:
        """Forget a benchmark of one's own; one that was measured on goes only together with the measurements."""
        return self.delete(_path(key), {"with_measurements": "true"} if with_measurements else None)

    def freeze_norms(self, key: str, protocol: str | None = None) -> JsonObject:
        """Keep today's norms of a benchmark's pool, so that no score moves when a model is added."""
        query = f"?protocol={quote(protocol, safe='')}" if protocol else ""
        return self.post(f"{_path(key)}/frozen-norms{query}", {})

    def unfreeze_norms(self, key: str, protocol: str | None = None) -> JsonObject:
        """Let the norms follow the current models again."""
        return self.delete(f"{_path(key)}/frozen-norms", {"protocol": protocol} if protocol else None)

    def class_report(self, model_id: str, **settings: FilterValue) -> JsonObject:
        """Recall, precision and confusions of a model by class; ``settings`` are benchmark and protocol."""
        path = f"/v1/models/{quote(model_id, safe='')}/class-report"
        return self.get(path, query_parameters(None, None, settings))


def _path(key: str) -> str:
    return f"/v1/benchmarks/{quote(key, safe='')}"
