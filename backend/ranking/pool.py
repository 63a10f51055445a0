"""What all rankings of one pool and normalisation share; computed once per data version, then kept in memory."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int

from backend.problems import ProblemError
from backend.ranking.column_json import string_texts
from backend.ranking.item_json import ItemText
from backend.ranking.parameter_errors import nearest, shown_value
from backend.ranking.parameters import CHOICE_FIELDS, OPEN_FIELDS
from backend.ranking.query import Filters, require_declared
from backend.store.names import searchable
from backend.store.own_benchmarks import FrozenNorms
from backend.store.snapshot import Snapshot
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.ranking.declared import coverage, declared_weights
from quba.ranking.normalisation import Normalisation, norm_rows, norms, percentiles, standardise
from quba.ranking.pool_norms import FEWEST_FOR_A_SCORE, pool_norms, standardise_by
from quba.ranking.presets import PRESETS
from quba.ranking.ranks import alphabetical, competition_ranks
from quba.ranking.score import WeightError, score
from quba.ranking.standings import standings
from quba.ranking.statistics import value_places
from quba.reference import Reference
from quba.vocabulary import COST_FIELDS, FACTS, NONE, SCREENED

if TYPE_CHECKING:
    from backend.ranking.column_json import Texts

IDENTITY_FIELDS = (
    "name", "architecture", "training", "recipe", "head", "pretraining_data", "backbone", "lineage",
    "licence", "commercial_use",
)  # fmt: skip
_SEARCHED_FIELDS = (
    "name", "id", "backbone", "paper_title", "published_name", "study_name", "source_library", "source_identifier",
)  # fmt: skip


SECOND_MODEL = "Measure a second model, or ask for the study's norms with normalisation=published."


def nullable(value: float) -> float | None:
    """A number for JSON: NaN, which stands for absent in arrays, becomes null."""
    return None if np.isnan(value) else float(value)


def nullable_list(values: Float[np.ndarray, " values"]) -> list[float | None]:
    """Numbers for JSON, NaN as null: of thousands in a fraction of the time that taking one after the other needs."""
    plain = values.astype(object)
    plain[np.isnan(values)] = None
    found: list[float | None] = plain.tolist()
    return found


class Prepared:
    """A snapshot with everything that does not depend on weights or filters.

    Args:
        origin: the models and their values, NaN where missing.
        quality: `all`, or `screened` to take flagged values for missing.
        normalisation: how the values are put on one scale.
    """

    def __init__(self, origin: Snapshot, quality: str, normalisation: Normalisation) -> None:
        self.origin = origin
        self.snapshot = snapshot = origin.without_flagged if quality == SCREENED else origin
        self.models = snapshot.models
        self.names = [model.name for model in snapshot.models]
        self.flags = snapshot.model_flags
        # Who is seen by the token's holder alone moves nobody's score.
        self.among = among = None if snapshot.public.all() else snapshot.public
        self._normalisation = normalisation
        self.standardised = self.standardised_under(normalisation)
        counted = {key: None if among is None else norm_rows(column, among) for key, column in snapshot.columns.items()}
        self.percentiles = {
            key: percentiles(column, DIMENSIONS[key].higher_is_better, counted[key])
            for key, column in snapshot.columns.items()
        }
        self._standings = {
            key: standings(column, DIMENSIONS[key].higher_is_better, counted[key])
            for key, column in snapshot.columns.items()
        }
        # Kept, because every item shows it beside the rank under one's own weights.
        self.default_rank = competition_ranks(self.preset_score("paper"))
        self.name_order = alphabetical(self.names)
        self.position = snapshot.positions
        self._item_texts: dict[frozenset[str], ItemText] = {}

    @cached_property
    def choice_values(self) -> dict[str, list[tuple[str, ...]]]:
        """Per field that can be filtered by, what each model has there; `none` where it has nothing."""
        # Alike ones are one object: of a hundred thousand models, each with its own, they would take 60 MB.
        known: dict[tuple[str, ...], tuple[str, ...]] = {}
        return {
            field: [known.setdefault(own, own) for own in (self._choice(field, row) for row in range(len(self.models)))]
            for field in CHOICE_FIELDS
        }

    @cached_property
    def _rows_by_choice(self) -> Mapping[str, Mapping[str, Int[np.ndarray, " rows"]]]:
        """Per field and value, which models have it; filters of large pools would else look at every model's words."""
        found: dict[str, dict[str, Int[np.ndarray, " rows"]]] = {}
        for field, choices in self.choice_values.items():
            rows: dict[str, list[int]] = {}
            for row, own in enumerate(choices):
                for value in own:
                    rows.setdefault(value, []).append(row)
            found[field] = {value: np.array(each) for value, each in rows.items()}
        return found

    @cached_property
    def _spellings(self) -> Mapping[str, Mapping[str, str]]:
        return {
            field: {_without_spaces(value): value for own in self.choice_values[field] for value in (*own, NONE)}
            for field in OPEN_FIELDS
        }

    @cached_property
    def search_texts(self) -> Sequence[str]:
        """Per model the text that words are searched in."""
        return [
            searchable(" ".join(str(getattr(model, field) or "") for field in _SEARCHED_FIELDS))
            for model in self.models
        ]

    def identity(self, row: int) -> dict[str, object]:
        """Who a model is: its id and what is known of it beside its values."""
        model = self.models[row]
        return {"model_id": model.id, **{field: getattr(model, field) for field in (*IDENTITY_FIELDS, *COST_FIELDS)}}

    @cached_property
    def costs(self) -> Mapping[str, Float[np.ndarray, " models"]]:
        """What one image costs each model, by `COST_FIELDS`; NaN where nobody counted it."""
        return {key: np.array([getattr(model, key) for model in self.models], dtype=np.float64) for key in COST_FIELDS}

    @cached_property
    def id_texts(self) -> "Texts":
        """The models' identifiers as JSON."""
        return string_texts(model.id for model in self.models)

    @cached_property
    def name_texts(self) -> "Texts":
        """The models' names as JSON."""
        return string_texts(self.names)

    @cached_property
    def value_places(self) -> Mapping[str, Int[np.ndarray, " models"]]:
        """Per dimension, where each model's value stands among the distinct ones, -1 for none: correlations rank by it.

        Sorted once for all answers, and not twice for each pair of each answer.
        """
        return {key: value_places(column) for key, column in self.snapshot.columns.items()}

    @cached_property
    def standard_deviations(self) -> dict[str, float]:
        """Per dimension, of all models of the pool: the unit of distances, so that no filter or norm moves them.

        1 where all models are alike or none has a value.
        """
        columns = {key: column for key, column in self.snapshot.columns.items() if not np.isnan(column).all()}
        found = {key: norm.standard_deviation for key, norm in norms(columns, Normalisation.ZSCORE).items()}
        # Not 0, by which distances are divided.
        return {key: found.get(key) or 1.0 for key in self.snapshot.columns}

    @cached_property
    def coverage(self) -> str:
        """How many of all dimensions the benchmark has, in words."""
        return coverage(self.snapshot.columns)

    @property
    def scoreless(self) -> str:
        """Why no model has a score, in a sentence; empty where any may have one."""
        if not self.models or not self._lonely_under(self._normalisation):
            return ""
        return (
            f"{self.names[0]} is the only model that has been measured on {self.snapshot.label} under the protocol "
            f"{self.snapshot.protocol}: its values stand for themselves, and a score would compare it with others."
        )

    def _lonely_under(self, normalisation: Normalisation) -> bool:
        """Whether a benchmark of one's own has too few models for a norm, and none is given."""
        given = normalisation is Normalisation.PUBLISHED or (
            normalisation is Normalisation.POOL and self.snapshot.frozen is not None
        )
        return self.snapshot.own and len(self.models) < FEWEST_FOR_A_SCORE and not given

    @property
    def frozen_norms(self) -> FrozenNorms | None:
        """The norms that were frozen, where it is these that the values are standardised with."""
        return self.snapshot.frozen if self._normalisation is Normalisation.POOL else None

    @cached_property
    def norms(self) -> dict[str, Reference]:
        """What the values were standardised with, for the dimensions that have any; not of percentile ranks."""
        if self._normalisation is Normalisation.POOL:
            return self._pool_norms
        columns = {key: column for key, column in self.snapshot.columns.items() if not np.isnan(column).all()}
        counted = {key: column[norm_rows(column, self.among)] for key, column in columns.items()}
        return norms(counted, self._normalisation)

    @cached_property
    def current_norms(self) -> dict[str, Reference]:
        """The norms of the current models, whether or not earlier ones were frozen."""
        return pool_norms(self.snapshot.columns, self.snapshot.standard_errors, self.among)

    @cached_property
    def _pool_norms(self) -> dict[str, Reference]:
        frozen = self.snapshot.frozen
        return self.current_norms if frozen is None else {**self.current_norms, **frozen.norms}

    def standardised_under(self, normalisation: Normalisation) -> dict[str, Float[np.ndarray, " models"]]:
        """The values on one scale; NaN throughout where there is nobody to compare with and no norm from elsewhere."""
        snapshot = self.snapshot
        if self._lonely_under(normalisation):
            return {key: np.full(column.shape, np.nan) for key, column in snapshot.columns.items()}
        if normalisation is Normalisation.POOL:
            return standardise_by(snapshot.columns, self._pool_norms)
        return standardise(snapshot.columns, normalisation, self.among)

    def preset_score(self, preset: str) -> Float[np.ndarray, " models"]:
        """Every model's score under a preset; NaN throughout where it weighs nothing that the benchmark has."""
        try:
            weights = declared_weights(PRESETS[preset].weights, self.snapshot.columns)
        except WeightError:
            return np.full(len(self.models), np.nan)
        return score(self.standardised, weights).score

    @cached_property
    def ingredient_counts(self) -> dict[str, dict[str | None, int]]:
        """Per dimension, how many values each digest of what they are made of stands behind, most first.

        None stands for the values without a digest. A dimension for which no digest is known is left out.
        """
        counts: dict[str, dict[str | None, int]] = {}
        for key, column in self.snapshot.columns.items():
            digests = (self.snapshot.ingredients[row].get(key) for row in np.flatnonzero(~np.isnan(column)))
            counts[key] = dict(Counter(digests).most_common())
        return {key: found for key, found in counts.items() if any(digest is not None for digest in found)}

    def scores_of(self, row: int) -> dict[str, float | None]:
        """One model's values, None where missing."""
        return {key: nullable(column[row]) for key, column in self.snapshot.columns.items()}

    def standings_of(self, row: int) -> dict[str, dict[str, int] | None]:
        """Against how many others each of one model's values wins, None where it has none."""
        return {
            key: {
                "better_than": int(found.better_than[row]),
                "level_with": int(found.level_with[row]),
                "others": int(found.others[row]),
            }
            if not np.isnan(self.snapshot.columns[key][row])
            else None
            for key, found in self._standings.items()
        }

    def missing_of(self, row: int, weighed: Collection[str] = ()) -> list[dict[str, str]]:
        """One model's missing values with their reasons.

        Args:
            row: of the model.
            weighed: the dimensions that have a weight: of one beyond the study's, that nobody measured a model is said
                only where it matters.
        """
        reasons = self.snapshot.missing_reasons(row, weighed)
        return [{"dimension": key, "reason": reason.value} for key, reason in reasons.items()]

    def item_text(self, weighed: Collection[str] = ()) -> ItemText:
        """The texts of the models' items, made for the rows that are shown.

        Args:
            weighed: as of ``missing_of``.
        """
        beyond = frozenset(weighed).difference(STUDY_DIMENSIONS)
        found = self._item_texts.get(beyond)
        if found is None:
            found = ItemText(
                len(self.models),
                lambda row: {"default_rank": int(self.default_rank[row]) or None, **self.identity(row)},
                lambda row: self._item_values(row, beyond),
            )
            # Those of the study's weights, and of the last others: each keeps the text of every row that was shown.
            self._item_texts = {key: each for key, each in self._item_texts.items() if not key} | {beyond: found}
        return found

    def mask(self, filters: Filters, scores: Float[np.ndarray, " models"] | None = None) -> Bool[np.ndarray, " models"]:
        """Which models pass the filters; a missing value passes no bound.

        Raises:
            ProblemError: 422 `invalid_parameter`, for a backbone, lineage or library that the pool does not have; 422
                `undeclared_dimension`, for a range of a dimension that its benchmark does not have.
        """
        keep = np.ones(len(self.models), dtype=bool)
        for field, accepted in filters.choices.items():
            wanted = self._meant(field, accepted)
            passing = np.zeros_like(keep)
            for value in wanted & self._rows_by_choice[field].keys():
                passing[self._rows_by_choice[field][value]] = True
            keep &= passing
        require_declared(self.origin.benchmark, self.snapshot.columns, filters.limited_dimensions)
        for key, (low, high) in filters.ranges.items():
            # Comparisons with NaN are false, so that what is missing passes no bound.
            column = scores if key == "score" else self.costs[key] if key in FACTS else self.snapshot.columns[key]
            if column is None:
                raise ValueError("filters hold a range of scores, but no scores were given; pass `scores`")
            keep &= (column >= (-np.inf if low is None else low)) & (column <= (np.inf if high is None else high))
        if filters.words:
            keep &= np.fromiter(
                (all(word in text for word in filters.words) for text in self.search_texts), bool, len(keep)
            )
        return keep

    def _meant(self, field: str, parts: Sequence[str]) -> set[str]:
        # Of a pool without models nothing can be said to be misspelt.
        if field not in OPEN_FIELDS or not self.models:
            return set(parts)
        spellings, meant = self._spellings[field], set()
        most = 1 + max(spelling.count(",") for spelling in spellings)
        start = 0
        while start < len(parts):
            # Commas separate values, yet some names hold one: the longest run of parts that is a name counts.
            for length in range(min(most, len(parts) - start), 0, -1):
                value = spellings.get(_without_spaces(",".join(parts[start : start + length])))
                if value is not None:
                    break
            else:
                raise _unknown_value(field, parts[start], spellings)
            meant.add(value)
            start += length
        return meant

    def facet(self, field: str, mask: Bool[np.ndarray, " models"]) -> dict[str, int]:
        """How many models of the mask have each value of a field, of all values that the pool has."""
        # Zeros stay in: a filter that offers a value must say that it leaves nothing.
        counts = dict.fromkeys(sorted({value for own in self.choice_values[field] for value in own}), 0)
        for row in np.flatnonzero(mask):
            for value in self.choice_values[field][row]:
                counts[value] += 1
        return counts

    def rows(self, mask: Bool[np.ndarray, " models"]) -> Int[np.ndarray, " kept"]:
        """The rows of the mask in the order of the models' names."""
        kept = np.flatnonzero(mask)
        return kept[np.argsort(self.name_order[kept])]

    def _choice(self, field: str, row: int) -> tuple[str, ...]:
        if field == "flag":
            return self.flags[row] or (NONE,)
        return (getattr(self.models[row], field) or NONE,)

    def _item_values(self, row: int, weighed: Collection[str]) -> dict[str, object]:
        return {
            "scores": self.scores_of(row),
            "percentiles": {key: nullable(column[row]) for key, column in self.percentiles.items()},
            "standings": self.standings_of(row),
            "missing": self.missing_of(row, weighed),
            "flags": self.flags[row],
            "flagged": dict(self.snapshot.flags[row]),
        }


def _without_spaces(value: str) -> str:
    """The value as it looks after a comma-separated list was taken apart and put together again."""
    return ",".join(part.strip() for part in value.split(","))


def _unknown_value(field: str, value: str, known: Collection[str]) -> ProblemError:
    close = nearest(value, sorted(known))
    next_step = f"Did you mean {close!r}?" if close else "GET /v1/models lists what there is."
    return ProblemError(422, "invalid_parameter", f"{field} is {shown_value(value)}: no model has it.", next_step)
