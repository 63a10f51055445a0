"""Writes the facts of the study's models: `python -m evaluation.study_facts SCORES TABLE`.

SCORES is the published table, of which it reads whose weights each model has. It fetches no weights.
"""

import argparse
import csv
from collections.abc import Mapping
from pathlib import Path

from evaluation.study_facts.costs import cost_of, library_versions
from evaluation.study_facts.licences import stated_licence

_WEIGHTS = ("model_id", "source_library", "source_identifier")
COLUMNS = (
    *_WEIGHTS, "licence", "licence_source", "macs_billions", "activations_millions", "input_size", "cost_source",
)  # fmt: skip


def facts_of(weights: Mapping[str, str]) -> dict[str, str]:
    """The facts of a model by their columns; empty where they are not known.

    Args:
        weights: the model's row of the published table.
    """
    origin = weights["source_library"], weights["source_identifier"]
    licence, cost = stated_licence(*origin), cost_of(*origin)
    counted = {} if cost is None else {
        "macs_billions": f"{cost.macs / 1e9:.6g}",
        "activations_millions": f"{cost.activations / 1e6:.6g}",
        "input_size": str(cost.input_size),
        "cost_source": library_versions(),
    }  # fmt: skip
    told = {"licence": licence.name, "licence_source": licence.source or ""}
    return {**dict.fromkeys(COLUMNS, ""), **{name: weights[name] for name in _WEIGHTS}, **told, **counted}


def main(arguments: list[str] | None = None) -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.study_facts", description=__doc__)
    parser.add_argument("scores", type=Path, help="the published table, backend/imports/published_scores.csv")
    parser.add_argument("table", type=Path, help="where the facts are written, backend/imports/model_facts.csv")
    asked = parser.parse_args(arguments)
    with asked.scores.open(encoding="utf-8", newline="") as file:
        rows = [facts_of(row) for row in csv.DictReader(file)]
    with asked.table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
