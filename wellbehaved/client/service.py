"""What both clients have: the parts by subject, what the service is about, and any path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wellbehaved.api_errors import ApiError, ApiUnreachable, JsonObject
from wellbehaved.client.answers.catalogue import AddedDimension, AddedPreset, DimensionItem, FlagItem, PresetItem
from wellbehaved.client.answers.findings import Finding
from wellbehaved.client.answers.service import Version
from wellbehaved.client.answers.shared import RemovalAnswer
from wellbehaved.client.benchmarks import Benchmarks
from wellbehaved.client.calls import Carrier, Manner, Part, call, segment
from wellbehaved.client.checkpoints import Checkpoints
from wellbehaved.client.comparisons import Comparisons
from wellbehaved.client.evaluations import Evaluations
from wellbehaved.client.exchange import Exchange, Request, Steps
from wellbehaved.client.models import Models
from wellbehaved.client.rankings import Rankings
from wellbehaved.client.results import Results
from wellbehaved.query import FilterValue, query_parameters

_DIMENSIONS, _PRESETS = "/v1/dimensions", "/v1/presets"


class Service(Part[Manner]):
    """A service with its parts.

    Attributes:
        rankings: who is best under your weights, why, how sure, what if.
        models: who there is; one's own can be published and deleted.
        comparisons: models and groups beside each other, trade-offs, correlations.
        evaluations: have a model measured and watch it.
        checkpoints: files of weights that were uploaded.
        benchmarks: what is measured on; one's own can be added.
        results: everything that was measured, as a file, and imports.
    """

    def __init__(self, exchange: Exchange, carrier: Carrier) -> None:
        super().__init__(exchange, carrier)
        # All parts share one exchange, and with it the answers that are remembered by their ETag.
        self.rankings: Rankings[Manner] = Rankings(exchange, carrier)
        self.models: Models[Manner] = Models(exchange, carrier)
        self.comparisons: Comparisons[Manner] = Comparisons(exchange, carrier)
        self.evaluations: Evaluations[Manner] = Evaluations(exchange, carrier)
        self.checkpoints: Checkpoints[Manner] = Checkpoints(exchange, carrier)
        self.benchmarks: Benchmarks[Manner] = Benchmarks(exchange, carrier)
        self.results: Results[Manner] = Results(exchange, carrier)

    @call
    def dimensions(self) -> Steps[list[DimensionItem]]:
        """The quality dimensions: key, label, unit, direction, default weight, description, reference, ..."""
        return self._exchange.items(_DIMENSIONS)

    @call
    def add_dimension(self, definition: Mapping[str, Any]) -> Steps[AddedDimension]:
        """Add a dimension of one's own, as its TOML file says it; the same again changes nothing.

        Args:
            definition: key, label, unit, higher_is_better, theme, description, smallest_meaningful_difference, ...
        """
        return self._exchange.post(_DIMENSIONS, definition, once=True)

    @call
    def remove_dimension(self, key: str) -> Steps[RemovalAnswer]:
        """Remove a dimension of one's own; its values stay, and return when it is added again."""
        return self._exchange.delete(f"{_DIMENSIONS}/{segment(key)}")

    @call
    def presets(self) -> Steps[list[PresetItem]]:
        """Named weightings: key, label, description and the weight of every dimension."""
        return self._exchange.items(_PRESETS)

    @call
    def add_preset(self, definition: Mapping[str, Any]) -> Steps[AddedPreset]:
        """Add a preset of one's own, as its TOML file says it; the same again changes nothing.

        Args:
            definition: key, label, description, weights.
        """
        return self._exchange.post(_PRESETS, definition, once=True)

    @call
    def remove_preset(self, key: str) -> Steps[RemovalAnswer]:
        """Remove a preset of one's own."""
        return self._exchange.delete(f"{_PRESETS}/{segment(key)}")

    @call
    def flags(self) -> Steps[list[FlagItem]]:
        """Quality flags on published values: key, label, meaning, the dimensions they touch, count."""
        return self._exchange.items("/v1/flags")

    @call
    def findings(self, /, **settings: FilterValue) -> Steps[list[Finding]]:
        """The study's claims, re-tested on the current data: tests, verdicts and caveats."""
        return self._exchange.items("/v1/findings", query_parameters(settings=settings))

    @call
    def version(self) -> Steps[Version]:
        """Versions of the service and of its data."""
        return self._exchange.get("/v1/version")

    @call
    def ready(self) -> Steps[bool]:
        """Whether the service and its database answer. Never raises for a service that is down."""
        try:
            # Not repeatable: whether it is ready is a question about now.
            yield from self._exchange.send(Request("GET", "/v1/ready"))
        except (ApiError, ApiUnreachable):
            return False
        return True

    @call
    def get(self, path: str, query: Mapping[str, str] | None = None, timeout: float | None = None) -> Steps[JsonObject]:
        """The JSON answer of any path, for what has no method of its own."""
        return self._exchange.get(path, query, timeout)

    @call
    def content(self, path: str, query: Mapping[str, str]) -> Steps[bytes]:
        """The bytes that any path answers with, for formats other than JSON."""
        return self._exchange.content(path, query)

    @call
    def post(self, path: str, document: Mapping[str, Any], timeout: float | None = None) -> Steps[JsonObject]:
        """The JSON answer to a document sent to any path, for what has no method of its own."""
        return self._exchange.post(path, document, timeout)

    @call
    def delete(self, path: str, query: Mapping[str, str] | None = None) -> Steps[JsonObject]:
        """The JSON answer to deleting what is at a path."""
        return self._exchange.delete(path, query)
