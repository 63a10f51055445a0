from pathlib import Path

import backend.api
from backend.api import routers


def test_every_file_of_the_folder_is_served_rankings_first() -> None:
    files = {path.stem for path in Path(backend.api.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == {
        "architectures", "benchmarks", "checkpoints", "comparisons", "constraints", "correlations", "decision_record",
        "dimensions", "evaluation_events", "evaluations", "explanations", "facets", "findings", "flags",
        "group_comparisons", "headline", "health", "improvements", "imports", "models", "pareto", "presets",
        "publications", "rank_intervals", "rank_spread", "rankings", "removals", "results", "stability", "what_if",
        "workers",
    }  # fmt: skip
    found = routers()
    assert len(found) == len(files)
    assert [getattr(route, "path", None) for route in found[0].routes] == ["/v1/rankings"] * 2
