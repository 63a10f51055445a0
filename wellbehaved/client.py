"""Typed Python client of the REST API: answers come back as DataFrames and plain dictionaries.

The argument names are the API's parameter names, so a browser link, a ``curl`` call and a client call read the same.
A client remembers the entity tag of its latest answers: asking again costs a round trip but no recomputation.

Example:
    >>> from wellbehaved import Client
    >>> with Client("http://127.0.0.1:8000") as client:  # doctest: +SKIP
    ...     ranking = client.rankings(weights={"accuracy": 2}, filters={"architecture": ["cnn"]}, limit=3)
    ...     print(ranking.frame[["rank", "name", "score"]])
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import httpx
import orjson

from wellbehaved.api_errors import ApiError, ApiUnreachable, JsonObject, problem, raise_for_problem
from wellbehaved.benchmark_calls import BenchmarkCalls
from wellbehaved.decision_calls import DecisionCalls
from wellbehaved.evaluation_calls import SUBMISSIONS, EvaluationCalls
from wellbehaved.frames import correlation_frame, model_frame, pareto_frame, ranking_frame
from wellbehaved.query import FilterValue, query_parameters
from wellbehaved.ranking import Ranking
from wellbehaved.service_address import find_service, is_this_machine

if TYPE_CHECKING:
    import pandas as pd

PAGE_SIZE = 1000  # the API's largest page
REMEMBERED_ANSWERS = 32
# The service computes one long answer at a time and says when to ask again.
_BUSY = "busy"
_LONGEST_PAUSE_SECONDS = 10.0
_BUSY_RETRIES = _RETRIES = 2
_READY = "/v1/ready"


class Client(BenchmarkCalls, DecisionCalls, EvaluationCalls):
    """Talks to one wellbehaved service.

    Args:
        base_url: where the API listens. Without it, address and token are those of the command line: from
            ``WELLBEHAVED_API_URL`` and ``WELLBEHAVED_TOKEN`` in the environment or in ``.env``, and else this machine's
            service and the token in its data folder.
        token: bearer token; only writing needs one, and seeing what is private. With a ``base_url`` none is looked up.
        timeout: seconds to wait for an answer.
        retries: how often a service that is unavailable for now is asked again.
        transport: a replacement for the network, for tests.

    Every call raises `ApiUnreachable` when nothing answers and `ApiError` when the service refuses. One that is busy
    with others' long questions (429) is asked again when it says, twice at most; so is one that is unavailable for now
    (503 with Retry-After), ``retries`` times at most, where asking twice changes nothing: for every GET and for
    `submit`. No pause is longer than ten seconds. Threads may share a client.
    """

    def __init__(
        self,
        base_url: str | None = None,
        token: str | None = None,
        timeout: float = 10.0,
        *,
        retries: int = _RETRIES,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if base_url is None:
            base_url, found = find_service()
            token = token or found
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.base_url = base_url.rstrip("/")
        address = httpx.URL(self.base_url)
        self._http = httpx.Client(
            base_url=address,
            headers=headers,
            timeout=timeout,
            transport=transport,
            # A proxy named by the environment does not know this machine's own addresses.
            trust_env=not is_this_machine(self.base_url),
        )
        self._retries = retries
        self._answers: OrderedDict[str, tuple[str, JsonObject]] = OrderedDict()
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the client cannot be used afterwards."""
        self._http.close()

    # ---- what there is -------------------------------------------------------------------------------------------

    def dimensions(self) -> list[JsonObject]:
        """The quality dimensions: key, label, unit, direction, default weight, description, reference, ..."""
        return self._items("/v1/dimensions")

    def presets(self) -> list[JsonObject]:
        """Named weightings: key, label, description and the weight of every dimension."""
        return self._items("/v1/presets")

    def flags(self) -> list[JsonObject]:
        """Quality flags on published values: key, label, meaning, the dimensions they touch, count."""
        return self._items("/v1/flags")

    def facets(
        self,
        filters: Mapping[str, FilterValue] | None = None,
        weights: Mapping[str, float] | None = None,
        **settings: FilterValue,
    ) -> JsonObject:
        """For each filter, how many models each of its values would leave; and the range of each dimension.

        The weights matter only where a filter limits the score.
        """
        return self.get("/v1/facets", query_parameters(weights, filters, settings))

    def version(self) -> JsonObject:
        """Versions of the service and of its data."""
        return self.get("/v1/version")

    def ready(self) -> bool:
        """Whether the service and its database answer. Never raises for a service that is down."""
        try:
            return self._send("GET", _READY).is_success
        except (ApiError, ApiUnreachable):
            return False

    # ---- models and rankings -------------------------------------------------------------------------------------

    def models(self, **filters: FilterValue) -> pd.DataFrame:
        """Identity of all models that match, one row each; write ``accuracy__gte`` for ``accuracy.gte``."""
        _, items = self._pages("/v1/models", query_parameters(filters=filters), limit=None)
        return model_frame(items)

    def model(self, model_id: str) -> JsonObject:
        """One model: identity, scores with flags and parts, percentiles, ranks under the presets, provenance."""
        return self.get(f"/v1/models/{quote(model_id, safe='')}")

    def rankings(
        self,
        weights: Mapping[str, float] | None = None,
        *,
        filters: Mapping[str, FilterValue] | None = None,
        sort: str | None = None,
        limit: int | None = None,
        **settings: FilterValue,
    ) -> Ranking:
        """Models ranked under your weights.

        Args:
            weights: by dimension key, 0 or more; they override the preset's. 0 leaves a dimension out.
            filters: e.g. ``{"architecture": ["cnn"], "parameters_millions.lte": 30, "q": "resnet"}``.
            sort: e.g. ``-score`` (default), ``name``, ``-accuracy``; the ranks stay what they are.
            limit: how many models; all of them when left out.
            **settings: ``preset`` (the paper's weighting by default), ``normalisation`` (published, trimmed, zscore,
                robust, percentile, minmax or pool), ``quality`` (``all``, or ``screened`` to count flagged values as
                missing), ``benchmark`` and ``protocol`` (never mixed in one ranking).
        """
        query = query_parameters(weights, filters, {**settings, "sort": sort})
        first, items = self._pages("/v1/rankings", query, limit)
        return Ranking(
            frame=ranking_frame(items, tuple(first["weights"])),
            **{field.name: first[field.name] for field in fields(Ranking) if field.name != "frame"},
        )

    def comparisons(
        self,
        models: Sequence[str],
        weights: Mapping[str, float] | None = None,
        filters: Mapping[str, FilterValue] | None = None,
        **settings: FilterValue,
    ) -> JsonObject:
        """Several models side by side: ranking items with z-scores, and the best model per dimension.

        ``settings`` are those of `rankings`: preset, normalisation, quality, ... ``filters`` say among which models
        each one's ``rank`` is; they leave none of the named models out.
        """
        return self.get(
            "/v1/comparisons", query_parameters(weights, {**(filters or {}), "models": list(models)}, settings)
        )

    def standardised_scores(self, **settings: FilterValue) -> JsonObject:
        """The values that every ranking of a pool rests on, by dimension, with what identifies and filters the models.

        ``settings`` are benchmark, protocol, quality and normalisation. ``standardised`` is turned so that larger is
        better: a score is the mean of its columns, weighted by the weights.
        """
        return self.get("/v1/standardised-scores", query_parameters(None, None, settings))

    def pareto(
        self, dimensions: Sequence[str], filters: Mapping[str, FilterValue] | None = None, **settings: FilterValue
    ) -> pd.DataFrame:
        """Trade-offs between several dimensions: model_id, name, on_front, layer (1 = front), dominated_by, values."""
        query = query_parameters(None, filters, {"dimensions": list(dimensions), **settings})
        return pareto_frame(self.get("/v1/pareto", query)["items"])

    def correlations(
        self,
        filters: Mapping[str, FilterValue] | None = None,
        weights: Mapping[str, float] | None = None,
        **settings: FilterValue,
    ) -> pd.DataFrame:
        """Spearman correlation of each pair of dimensions and the score: a, b, rho, p, n, significant."""
        return correlation_frame(self.get("/v1/correlations", query_parameters(weights, filters, settings))["pairs"])

    def export(
        self,
        format: str,
        weights: Mapping[str, float] | None = None,
        filters: Mapping[str, FilterValue] | None = None,
        **settings: FilterValue,
    ) -> bytes:
        """The ranking as a file: csv, json, ndjson or parquet. The other arguments are those of `rankings`."""
        query = query_parameters(weights, filters, {"limit": PAGE_SIZE, **settings, "format": format})
        return self.content("/v1/rankings", query)

    def results(self) -> bytes:
        """Every measurement with error, parts and circumstances, as the CSV file that `import_results` reads back."""
        return self.content("/v1/results", {})

    def import_results(self, csv: bytes, filename: str | None = None) -> JsonObject:
        """Add results from a CSV file, from `results` or in the columns of the published scores: all rows or none.

        Needs a token. The ``import_id`` of the answer is what `delete_import` takes.
        """
        query = {"filename": filename[:200]} if filename else None
        response = self._send("POST", "/v1/imports", query, content=csv, headers={"Content-Type": "text/csv"})
        answer: JsonObject = orjson.loads(response.content)
        return answer

    def imports(self, limit: int | None = None) -> JsonObject:
        """Files that were imported, the newest first; ``without_id`` counts what came before. Needs a token."""
        return self.get("/v1/imports", {"limit": str(limit)} if limit else None)

    def delete_import(self, import_id: str) -> JsonObject:
        """Delete what an import brought and nothing newer replaced. Needs a token."""
        return self.delete(f"/v1/imports/{quote(import_id, safe='')}")

    # ---- transport -----------------------------------------------------------------------------------------------

    def _items(self, path: str) -> list[JsonObject]:
        items: list[JsonObject] = self.get(path)["items"]
        return items

    def _pages(self, path: str, query: dict[str, str], limit: int | None) -> tuple[JsonObject, list[JsonObject]]:
        """The first page and the items of all pages up to the limit."""
        # The first page says what the ranking was computed from; later ones repeat it.
        answer = first = self.get(path, {**query, "limit": str(min(limit or PAGE_SIZE, PAGE_SIZE))})
        items: list[JsonObject] = list(first["items"])
        while answer.get("next_cursor") and (limit is None or len(items) < limit):
            # The last page is asked for as long as it is needed; a longer one would be thrown away.
            size = PAGE_SIZE if limit is None else min(PAGE_SIZE, limit - len(items))
            answer = self.get(path, {**query, "limit": str(size), "cursor": answer["next_cursor"]})
            items.extend(answer["items"])
        return first, items

    def get(self, path: str, query: dict[str, str] | None = None, timeout: float | None = None) -> JsonObject:
        """The JSON answer of any path, for what has no method of its own."""
        key = f"{path}?{httpx.QueryParams(query or {})}"
        with self._lock:
            known = self._answers.get(key)
        headers = {"If-None-Match": known[0]} if known else None
        response = self._send("GET", path, query, headers=headers, timeout=timeout)
        if known and response.status_code == httpx.codes.NOT_MODIFIED:
            return known[1]
        answer: JsonObject = orjson.loads(response.content)
        if tag := response.headers.get("ETag"):
            with self._lock:
                self._answers[key] = (tag, answer)
                # An answer that was renewed is the newest, whenever it was first asked for.
                self._answers.move_to_end(key)
                while len(self._answers) > REMEMBERED_ANSWERS:
                    self._answers.popitem(last=False)
        return answer

    def content(self, path: str, query: dict[str, str]) -> bytes:
        """The bytes that any path answers with, for formats other than JSON."""
        return self._send("GET", path, query).content

    def post(self, path: str, document: Mapping[str, Any], timeout: float | None = None) -> JsonObject:
        """The JSON answer to a document sent to any path, for what has no method of its own."""
        content = orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
        headers = {"Content-Type": "application/json"}
        response = self._send("POST", path, content=content, headers=headers, timeout=timeout)
        answer: JsonObject = orjson.loads(response.content)
        return answer

    def send_file(
        self, path: str, query: dict[str, str], content: Iterator[bytes], size: int, timeout: httpx.Timeout
    ) -> JsonObject:
        """The JSON answer to a file sent to a path, which is never in memory as a whole."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        with self._reachability():
            response = self._http.post(path, params=query, content=content, headers=headers, timeout=timeout)
        answer: JsonObject = orjson.loads(raise_for_problem(response).content)
        return answer

    def delete(self, path: str, query: dict[str, str] | None = None) -> JsonObject:
        """The JSON answer to deleting what is at a path."""
        answer: JsonObject = orjson.loads(self._send("DELETE", path, query).content)
        return answer

    @contextmanager
    def lines(self, path: str, headers: dict[str, str]) -> Iterator[Iterator[str]]:
        """The lines of an answer as they arrive."""
        with self._reachability(), self._http.stream("GET", path, headers=headers) as response:
            if response.is_error:
                response.read()
            yield raise_for_problem(response).iter_lines()

    def _send(
        self,
        method: str,
        path: str,
        query: dict[str, str] | None = None,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout: float | None = None,
    ) -> httpx.Response:
        wait = timeout or self._http.timeout
        # Whether it is ready is a question about now; an evaluation that is submitted twice is one.
        harmless = path != _READY if method == "GET" else path == SUBMISSIONS
        busy, unavailable = _BUSY_RETRIES, self._retries if harmless else 0
        while True:
            with self._reachability():
                response = self._http.request(
                    method, path, params=query, content=content, headers=headers, timeout=wait
                )
            if busy and _is_busy(response):
                busy -= 1
            elif unavailable and _is_away(response):
                unavailable -= 1
            else:
                break
            time.sleep(_retry_seconds(response))
        return raise_for_problem(response)

    @contextmanager
    def _reachability(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            raise ApiUnreachable(self.base_url, type(error).__name__) from error


def _is_busy(response: httpx.Response) -> bool:
    # A full queue, also 429, stays full.
    return response.status_code == httpx.codes.TOO_MANY_REQUESTS and problem(response).code == _BUSY


def _is_away(response: httpx.Response) -> bool:
    # Without the header it is not said to be for now: a service without a part stays so.
    return response.status_code == httpx.codes.SERVICE_UNAVAILABLE and "retry-after" in response.headers


def _retry_seconds(response: httpx.Response) -> float:
    said = response.headers.get("retry-after", "")
    # A proxy may name an hour, or a date; nobody waits that long for a page.
    return min(float(said), _LONGEST_PAUSE_SECONDS) if said.isdecimal() else 1.0
