"""How far the study has been measured anew, by what a service says of it and what this program knows by itself."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from quba.vocabulary import PROTOCOLS

if TYPE_CHECKING:
    from backend.imports.csv_file import ResultRow
    from wellbehaved.client.answers.evaluations import HeldValue, StudyModel
    from wellbehaved.client.answers.models import ReproductionItem

_BYTES_PER_PARAMETER = 4


def published_rows() -> Mapping[str, "ResultRow"]:
    """The published table by `model_id`."""
    from backend.imports.importer import published_scores, read_results

    return {row.record.id: row for row in read_results(published_scores()).rows}


def dimensions_held(values: "Iterable[HeldValue]", protocol: str, *, subsets: bool) -> set[str]:
    """The dimensions of a model's weights that need not be measured again.

    Args:
        values: of the model, as `client.evaluations.study()` has them.
        protocol: how they are to be measured.
        subsets: whether a value of a part of the study's images counts.

    >>> part = {"protocol": "corrected", "dimension": "accuracy", "missing_reason": None, "all_images": False}
    >>> dimensions_held([part], "corrected", subsets=True), dimensions_held([part], "corrected", subsets=False)
    ({'accuracy'}, set())
    """
    counting = [each for each in values if subsets or each["all_images"] is not False]
    return {each["dimension"] for each in counting if each["protocol"] == protocol}


def standing_items(
    models: "Sequence[StudyModel]", reproductions: "Iterable[ReproductionItem]", *, here: bool
) -> list[dict[str, Any]]:
    """The study's models as `study status --json` has them.

    Args:
        models: items of `client.evaluations.study()`; none where the store does not say.
        reproductions: items of `client.models.reproductions()`.
        here: whether workers of this machine measure, so that its cache says which weights are there.
    """
    from backend.imports.model_facts import shipped_facts
    from evaluation.models.study.cached import is_cached, open_clip_repositories
    from evaluation.models.study.table import study_models

    known = {each["model_id"]: each for each in models}
    # Measured with the defects of the study's program, values say nothing of the model.
    sound = [each for each in reproductions if each["measured"]["protocol"] != "as-released"]
    loaders, published = study_models(), published_rows()
    repositories = open_clip_repositories(tuple(loaders.values()))
    items = []
    for model in loaders.values():
        facts = shipped_facts().get((model.identity.source_library, model.identity.source_identifier or ""))
        own = known.get(model.model_id)
        differences = {each["dimension"]: each for each in sound if each["model_id"] == model.model_id}
        parameters = published[model.model_id].values["parameters_millions"]
        items.append(
            {
                "model_id": model.model_id,
                "loader": model.loader,
                "reason": model.reason or None,
                "licence": facts["licence"] if facts else "unknown",
                "megabytes": None if parameters is None else round(parameters * _BYTES_PER_PARAMETER, 1),
                "cached": is_cached(model, repositories=repositories) if here else None,
                "measured": _dimensions_with_a_value(own["values"]) if own else {},
                "evaluation": own["evaluation"] if own else None,
                "differences": {key: _difference(each) for key, each in differences.items()},
                "subsets": tuple(key for key, each in differences.items() if not each["measured"]["all_images"]),
                "flagged": tuple(published[model.model_id].flags),
            }
        )
    return items


def _dimensions_with_a_value(values: "Sequence[HeldValue]") -> dict[str, list[str]]:
    """The dimensions that have a value, by protocol."""
    found = {
        protocol: [
            each["dimension"] for each in values if each["protocol"] == protocol and each["missing_reason"] is None
        ]
        for protocol in PROTOCOLS
    }
    return {protocol: keys for protocol, keys in found.items() if keys}


def _difference(item: "ReproductionItem") -> dict[str, float | None]:
    return {
        "measured": item["measured"]["value"],
        "published": item["published"]["value"],
        "difference": item["difference"],
        "published_error": item["published"]["standard_error"],
        "standard_error": item["standard_error"],
        "in_standard_errors": item["in_standard_errors"],
    }
