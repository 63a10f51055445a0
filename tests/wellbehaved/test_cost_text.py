import io
from dataclasses import replace

import pytest
from rich.console import Console

from evaluation.running_cost.cost_document import CostDocument, cost_document, figures_of_fault, figures_of_model
from evaluation.running_cost.counts import Counts
from tests.evaluation.running_cost.test_cost_document import COST, NOW, ON
from wellbehaved.cost_text import bench_line, cost_table, count_lines, missing_lines


@pytest.fixture
def document() -> CostDocument:
    return cost_document(ON, [figures_of_model(COST), figures_of_fault("gone", "is not there")], NOW)


def test_the_first_line_names_device_versions_and_method(document: CostDocument) -> None:
    assert bench_line(document) == (
        "AMD EPYC, 2 threads, fp32, torch 2.15.0: median of 50 passes after 5. Not to be compared with another device."
    )
    assert "AMD EPYC, 1 thread, fp32" in bench_line({**document, "threads": 1})
    assert "AMD EPYC, fp32" in bench_line({**document, "threads": None})


def test_each_batch_size_is_a_row_and_what_is_missing_a_dash(document: CostDocument) -> None:
    file = io.StringIO()
    Console(file=file, width=120).print(cost_table(document))
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in file.getvalue().splitlines() if "│" in line]
    assert rows == [
        ["mine", "3 x 8 x 8", "1", "2", "1.5 to 3", "-"],
        ["mine", "3 x 8 x 8", "64", "-", "-", "9.5"],
    ]


def test_what_one_image_takes_is_a_line_each_or_why_it_is_not_known(document: CostDocument) -> None:
    assert list(count_lines(document)) == []
    counted = figures_of_model(replace(COST, counts=Counts(macs=4_089_184_256, activations=11_114_984)))
    hidden = figures_of_model(replace(COST, name="other", counts_missing="it hides them"))
    assert list(count_lines({**document, "models": [counted, hidden]})) == [
        "mine: 4.09 billion multiply-accumulates and 11.1 million activations for one image",
        "other: multiply-accumulates were not counted: it hides them",
    ]


def test_each_missing_figure_has_its_reason_and_memory_its_method(document: CostDocument) -> None:
    assert list(missing_lines(document)) == [
        "mine, batch 1: no peak memory: nobody knows",
        "mine, batch 64: no latency: out of memory",
        f"Peak memory is {ON.memory_method}.",
    ]
    document["models"][0]["batches"] = []
    assert list(missing_lines(document)) == []
