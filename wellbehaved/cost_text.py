"""What models cost, for a terminal."""

from collections.abc import Iterator

from rich.markup import escape
from rich.table import Table

from evaluation.running_cost.cost_document import CostDocument
from wellbehaved.cost_words import bench_words, figure_words


def bench_line(document: CostDocument) -> str:
    """On what, and how, everything was measured, in one line."""
    versions = ", ".join(f"{name} {version}" for name, version in document["versions"].items())
    return (
        f"{bench_words(document)}, {versions}: median of {document['passes']} passes "
        f"after {document['warm_up']}. Not to be compared with another device."
    )


def cost_table(document: CostDocument) -> Table:
    """Latency with its quartiles, and peak memory, one row for each model and batch size."""
    table = Table()
    for heading in ("Model", "Input", "Batch", "Latency, ms", "Quartiles, ms", "Peak memory, MB"):
        table.add_column(heading, justify="left" if heading in ("Model", "Input") else "right", overflow="fold")
    for model in document["models"]:
        for batch in model["batches"]:
            quartiles = batch["lower_quartile_ms"], batch["upper_quartile_ms"]
            table.add_row(
                escape(model["name"]),
                " x ".join(map(str, model["input_shape"] or ())),
                str(batch["batch_size"]),
                figure_words(batch["latency_ms"]),
                "-" if None in quartiles else " to ".join(figure_words(each) for each in quartiles),
                figure_words(batch["peak_memory_mb"]),
            )
    return table


def count_lines(document: CostDocument) -> Iterator[str]:
    """What one image takes of each model, on whichever device."""
    for model in document["models"]:
        macs, activations = model["macs_billions"], model["activations_millions"]
        if macs is not None and activations is not None:
            yield (
                f"{model['name']}: {macs:.2f} billion multiply-accumulates and {activations:.1f} million activations "
                "for one image"
            )
        elif model["counts_missing"]:
            yield f"{model['name']}: multiply-accumulates were not counted: {model['counts_missing']}"


def missing_lines(document: CostDocument) -> Iterator[str]:
    """Why figures are missing, one line each, and what is taken for the peak of the memory where there is one."""
    for model in document["models"]:
        for batch in model["batches"]:
            place = f"{model['name']}, batch {batch['batch_size']}"
            if batch["latency_missing"]:
                yield f"{place}: no latency: {batch['latency_missing']}"
            if batch["memory_missing"]:
                yield f"{place}: no peak memory: {batch['memory_missing']}"
    if any(batch["peak_memory_mb"] is not None for model in document["models"] for batch in model["batches"]):
        yield f"Peak memory is {document['memory_method']}."
