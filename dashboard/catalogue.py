"""What the pages show, fetched from the API: the catalogue that seldom changes, and the answer to one view."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import pandas as pd
import streamlit as st

from dashboard.dimensions import COMPUTED as COMPUTED
from dashboard.dimensions import Dimension as Dimension
from dashboard.view_state import CHOICE_FIELDS, SCORE, SETTINGS, ViewState, Vocabulary
from wellbehaved import ApiError, Client, Ranking
from wellbehaved.query import query_parameters

if TYPE_CHECKING:
    from wellbehaved.client.answers.trade_offs import ComparisonAnswer

API_URL = "WELLBEHAVED_API_URL"
OWN_TOKEN = "WELLBEHAVED_DASHBOARD_TOKEN"  # noqa: S105 - the name of a variable
# The token that the reader of this tab has given and the service has accepted; kept while pages change.
GIVEN_TOKEN = "token.given"  # noqa: S105 - the name of an entry
PUBLIC_API_URL = "WELLBEHAVED_PUBLIC_API_URL"
DEFAULT_API_URL = "http://127.0.0.1:8000"
# A page says at once that the service is away, and asks again by itself.
_RETRIES = 0
CATALOGUE_SECONDS = 300
# Catalogues: that of now, and one that a page still draws.
_KEPT = 2
WITHOUT_RANK = ("model_without_score", "model_filtered_out")

Record = TypeVar("Record")


@dataclass(frozen=True)
class Preset:
    """A named weighting."""

    key: str
    label: str
    description: str
    weights: Mapping[str, float]


@dataclass(frozen=True)
class Flag:
    """A quality flag on published values."""

    key: str
    label: str
    meaning: str
    dimensions: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Catalogue:
    """What there is to rank by, filter by and be warned about."""

    dimensions: Mapping[str, Dimension]
    presets: Mapping[str, Preset]
    flags: Mapping[str, Flag]
    vocabulary: Vocabulary

    @property
    def architectures(self) -> Sequence[str]:
        """The values of the architecture, in the order of its filter."""
        return self.vocabulary.choices["architecture"]

    def on(self, measured: Collection[str] | None) -> Catalogue:
        """What there is on a benchmark that has some of the dimensions; all of it where that is not said.

        The vocabulary stays whole: the address keeps the weights that count again on another benchmark.
        """
        if measured is None or self.dimensions.keys() <= set(measured):
            return self
        dimensions = {key: each for key, each in self.dimensions.items() if key in measured}
        presets = {
            key: replace(each, weights={name: each.weights[name] for name in dimensions})
            for key, each in self.presets.items()
        }
        return replace(self, dimensions=dimensions, presets=presets)

    def score_keys(self, weights: Mapping[str, float]) -> tuple[str, ...]:
        """The dimensions that make up a score, of whichever benchmark: the study's, and those beyond it that weigh."""
        usual = self.vocabulary.presets[self.vocabulary.default_preset]
        return tuple(key for key, weight in usual.items() if weight or weights.get(key))

    def on_show(self, weights: Mapping[str, float]) -> dict[str, Dimension]:
        """Those of the benchmark among the counted ones: what the table has columns of."""
        counted = self.score_keys(weights)
        return {key: each for key, each in self.dimensions.items() if key in counted}

    def for_charts(self, weights: Mapping[str, float]) -> dict[str, Dimension]:
        """The dimensions that charts may show: all but facts of a model, which nearly all have, that weigh nothing."""
        return {key: each for key, each in self.dimensions.items() if not each.of_facts or weights.get(key)}

    def rows_on_show(self, valued: Container[str], weights: Mapping[str, float]) -> dict[str, Dimension]:
        """What a chart has an axis or a row of: the study's dimensions, and those beyond it that have values there.

        Args:
            valued: the dimensions that have values there.
            weights: in force.
        """
        return {key: each for key, each in self.for_charts(weights).items() if not each.further or key in valued}

    @property
    def for_differences(self) -> dict[str, Dimension]:
        """The dimensions whose differences are drawn beside each other: facts span orders of magnitude, and are not."""
        return {key: each for key, each in self.dimensions.items() if not each.of_facts}

    def axis(self, key: str) -> Dimension:
        """A dimension, or the score, the rank or a fact of a model, described in the same terms."""
        return self.dimensions.get(key) or COMPUTED[key]


@st.cache_resource(show_spinner=False)
def client() -> Client:
    """The connection to the API that all tabs share; on the owner's machine it sees what is private, too."""
    return Client(api_url(), token=os.environ.get(OWN_TOKEN), retries=_RETRIES)


def api_url() -> str:
    """Where this dashboard asks."""
    return os.environ.get(API_URL, DEFAULT_API_URL)


def own_client(token: str) -> Client:
    """A connection for one reader, who has given the instance's token."""
    return Client(api_url(), token=token, retries=_RETRIES)


def owner() -> Client | None:
    """A connection that may change what is there; None until the reader has given the instance's token."""
    if os.environ.get(OWN_TOKEN):
        return client()
    given = st.session_state.get(GIVEN_TOKEN)
    return own_client(given) if given else None


def own_model(own: Client, model_id: str) -> dict[str, Any] | None:
    """A model that came in here, wherever it was measured; None where there is none, or it is one of the study's.

    Args:
        own: a connection with the token.
        model_id: any model.
    """
    try:
        # Not on the view's benchmark: whether a model is one of the study's is told of the values asked for.
        found = own.get(model_path(model_id))
    except ApiError as error:
        if error.code != "unknown_model":
            raise
        return None
    return None if found["provenance"]["citation"] else found


def public_api_url() -> str:
    """Where people reach the API, which inside a container network is not where the dashboard does."""
    return os.environ.get(PUBLIC_API_URL) or client().base_url


def catalogue(data_version: str = "") -> Catalogue:
    """Dimensions, presets, flags and the values of the filters.

    Args:
        data_version: of the catalogue that is wanted; the newest one where it is not said.
    """
    return _catalogue(data_version or newest_version())


def newest_version() -> str:
    """The data version of now, as the service tells it."""
    return client().version()["data_version"]


@st.cache_resource(ttl=CATALOGUE_SECONDS, max_entries=_KEPT, show_spinner=False)
def _catalogue(data_version: str) -> Catalogue:  # noqa: ARG001 - the key is the cache's
    api = client()
    dimensions = {item["key"]: _record(Dimension, {**item, "scale": _scale(item)}) for item in api.dimensions()}
    presets = {item["key"]: _record(Preset, item) for item in api.presets()}
    flags = {item["key"]: _record(Flag, {**item, "dimensions": tuple(item["dimensions"])}) for item in api.flags()}
    fields = api.models.facets()["facets"]
    choices = {name: tuple(entry["value"] for entry in fields[name]) for name in CHOICE_FIELDS if name in fields}
    weights = {key: {name: float(preset.weights[name]) for name in dimensions} for key, preset in presets.items()}
    return Catalogue(dimensions, presets, flags, Vocabulary(weights, choices))


def _scale(item: Mapping[str, Any]) -> float:
    """The standard deviation of a dimension among the published models; 1 where it has none."""
    return float(item["reference"]["standard_deviation"]) if item["reference"] else 1.0


def _record(kind: type[Record], item: Mapping[str, Any]) -> Record:
    """The dataclass filled from an API item; fields that the dashboard does not use are passed over."""
    return kind(**{name: item[name] for name in kind.__annotations__})


def view_settings(view: ViewState) -> dict[str, Any]:
    """A view as keyword arguments of the client's rankings, exports and correlations."""
    settings = {name: view.values[name] for name in SETTINGS if name in view.values}
    return {"weights": view.own_weights or None, "filters": view.filters or None, **settings}


def ranking(view: ViewState, limit: int | None = None, sort: str | None = None) -> Ranking:
    """The models that match the view, ranked. The client asks with the entity tag, so fresh data show at once."""
    return client().rankings.get(sort=sort, limit=limit, **view_settings(view))


def facets(view: ViewState, data_version: str) -> dict[str, Any]:
    """How many models each choice of each filter would leave."""
    settings = view_settings(view)
    # Only a limit on the score makes the counts depend on the weights; otherwise a slider move needs no second call.
    if not any(name.startswith(f"{SCORE}.") for name in view.filters):
        settings = {
            name: value for name, value in settings.items() if name in ("filters", "quality", "benchmark", "protocol")
        }
    asked = {name: value for name, value in settings.items() if value is not None}
    answer: dict[str, Any] = cached_answer(
        ("facets", data_version, repr(sorted(asked.items()))), lambda: client().models.facets(**asked)
    )
    return answer


def front(view: ViewState, dimensions: tuple[str, ...], data_version: str) -> pd.DataFrame:
    """Models on the Pareto front of these dimensions, in the layers behind it that the view asks for, or near it.

    Only those that match the view's filters count.
    """
    names = ("quality", "benchmark", "protocol")
    settings = {name: value for name, value in view_settings(view).items() if name in names}
    # The interface knows no score here, and a limit on it would be refused.
    filters = {name: value for name, value in view.filters.items() if not name.startswith(f"{SCORE}.")}
    settings["tolerance"] = view["tolerance"]
    asked = (dimensions, view["layers"], sorted(settings.items()), sorted(filters.items()))

    def fetch() -> pd.DataFrame:
        layers = client().comparisons.pareto(dimensions, filters, **settings)
        kept = layers["layer"] <= view["layers"]
        # Without a tolerance, models that are worse on one dimension alone would count as near.
        near = layers["near_front"].astype(bool) & (view["tolerance"] > 0)
        shown: pd.DataFrame = layers[kept | near]
        return shown

    found: pd.DataFrame = cached_answer(("pareto", data_version, repr(asked)), fetch)
    return found


def correlations(view: ViewState, data_version: str) -> pd.DataFrame:
    """Rank correlations among the models that match the view."""
    settings = view_settings(view)
    found: pd.DataFrame = cached_answer(
        ("correlations", data_version, repr(sorted(settings.items()))),
        lambda: client().comparisons.correlations(**settings),
    )
    return found


def comparing(view: ViewState) -> dict[str, Any]:
    """A view as keyword arguments of the client's questions about a ranking, with whom they compare."""
    some = {"among": view["among"]} if "among" in view.values else {}
    return {**view_settings(view), **some}


def headline(view: ViewState, data_version: str) -> dict[str, Any]:
    """The first lines of the answer."""
    settings = comparing(view)
    answer: dict[str, Any] = cached_answer(
        question("headline", settings, data_version), lambda: client().rankings.headline(**settings)
    )
    return answer


def question(name: str, settings: Mapping[str, Any], data_version: str) -> tuple[str, ...]:
    """The key of an answer that holds for a data version."""
    return (name, data_version, repr(sorted((key, value) for key, value in settings.items() if value is not None)))


def explanation_if_ranked(view: ViewState, model_id: str, data_version: str) -> dict[str, Any] | None:
    """The explanation of a model, or None where the view gives it no rank: it lacks a value, or the filters hide it."""
    try:
        return explanation(view, model_id, data_version)
    except ApiError as error:
        if error.code not in WITHOUT_RANK:
            raise
        return None


def explanation(view: ViewState, model_id: str, data_version: str) -> dict[str, Any]:
    """Why a model stands where it stands, among the models that the view compares."""
    settings = comparing(view)
    answer: dict[str, Any] = cached_answer(
        question(f"explanation {model_id}", settings, data_version),
        lambda: client().rankings.explanation(model_id, **settings),
    )
    return answer


def findings(view: ViewState, data_version: str) -> list[dict[str, Any]]:
    """The study's claims, re-tested."""
    settings = {name: view.values[name] for name in ("benchmark", "protocol") if name in view.values}
    items: list[dict[str, Any]] = cached_answer(
        question("findings", settings, data_version), lambda: client().findings(**settings)
    )
    return items


def group_comparison(asked: dict[str, Any], data_version: str) -> dict[str, Any]:
    """Two groups of models on every dimension."""
    answer: dict[str, Any] = cached_answer(
        ("group-comparison", data_version, repr(asked)), lambda: client().post("/v1/group-comparisons", asked)
    )
    return answer


def constraints(view: ViewState, data_version: str) -> dict[str, Any]:
    """What the view's limits cost, among the models that pass its other filters; one on the score is no limit here."""
    settings = comparing(view)
    settings["filters"] = {name: value for name, value in view.filters.items() if not name.startswith(f"{SCORE}.")}
    answer: dict[str, Any] = cached_answer(
        question("constraints", settings, data_version), lambda: client().rankings.constraints(**settings)
    )
    return answer


def rank_spread(view: ViewState, data_version: str) -> list[dict[str, Any]]:
    """Each model's rank under every normalisation, with and without flagged values."""
    names = ("preset", "benchmark", "protocol", "among")
    settings = {name: view.values[name] for name in names if name in view.values}
    asked = query_parameters(view.own_weights, view.filters, settings)
    items: list[dict[str, Any]] = cached_answer(
        question("rank-spread", asked, data_version), lambda: client().get("/v1/rank-spread", asked)["items"]
    )
    return items


def comparison(view: ViewState, models: tuple[str, ...]) -> ComparisonAnswer:
    """Models side by side."""
    return client().comparisons.models(models, **comparing(view))


def difference(view: ViewState, first: str, second: str, data_version: str) -> dict[str, Any]:
    """How the second model differs from the first, on the view's benchmark."""
    pool = pool_of(view)
    answer: dict[str, Any] = cached_answer(
        question(f"difference {first} {second}", pool, data_version),
        lambda: client().comparisons.differences(first, second, **pool),
    )
    return answer


def pool_of(view: ViewState) -> dict[str, str]:
    """The benchmark and protocol of a view, as far as it names them."""
    return {name: str(view.values[name]) for name in ("benchmark", "protocol") if name in view.values}


def models(view: ViewState, data_version: str) -> pd.DataFrame:
    """Every model's identity, by model_id, on the view's benchmark."""
    pool = pool_of(view)
    frame: pd.DataFrame = cached_answer(
        question("models", pool, data_version),
        lambda: client().models.list(**pool).set_index("model_id", drop=False).sort_values("name"),
    )
    return frame


def model_path(model_id: str) -> str:
    """Where the service describes a model; names may hold any sign."""
    return f"/v1/models/{quote(model_id, safe='')}"


def model(view: ViewState, model_id: str, data_version: str) -> dict[str, Any]:
    """One model with its values on the view's benchmark and their provenance."""
    pool = pool_of(view)
    answer: dict[str, Any] = cached_answer(
        question(f"model {model_id}", pool, data_version),
        lambda: client().get(model_path(model_id), pool),
    )
    return answer


@st.cache_resource(max_entries=128, show_spinner=False)
def cached_answer(key: tuple[str, ...], _fetch: Callable[[], Any]) -> Any:  # noqa: ANN401, ARG001 - the key is the cache's
    """An answer that holds for as long as the data version in its key."""
    return _fetch()
