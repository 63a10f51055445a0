"""What models cost, in the words that the terminal and the pages share."""

from collections.abc import Iterator, Mapping
from typing import Any


def cost_lines(report: Mapping[str, Any] | None) -> Iterator[str]:
    """What an evaluation says of the cost of its model, in lines; none where it was not asked for.

    Args:
        report: `cost_report` of an evaluation.
    """
    if report is None:
        return
    if report["batches"]:
        yield f"cost on {bench_words(report)}:"
    for batch in report["batches"]:
        yield f"  batch {batch['batch_size']}: {latency_words(batch)}; {memory_words(batch)}"
    for key in report["dimensions"]:
        yield f"`wellbehaved rank --w.{key} 1` weighs {key}"
    if report["fault"]:
        yield f"cost: {report['fault']}"


def bench_words(bench: Mapping[str, Any]) -> str:
    """On what something was measured.

    Args:
        bench: device, threads and precision.

    >>> bench_words({"device": "AMD EPYC 7763", "threads": 2, "precision": "fp32"})
    'AMD EPYC 7763, 2 threads, fp32'
    """
    threads = bench["threads"]
    computing = "" if threads is None else f", {threads} {'thread' if threads == 1 else 'threads'}"
    return f"{bench['device']}{computing}, {bench['precision']}"


def latency_words(batch: Mapping[str, Any]) -> str:
    """How long batches of one size take, or why that is not known."""
    if batch["latency_ms"] is None:
        return f"no latency ({batch['latency_missing']})"
    quartiles = " to ".join(figure_words(batch[f"{each}_quartile_ms"]) for each in ("lower", "upper"))
    return f"{figure_words(batch['latency_ms'])} ms (quartiles {quartiles})"


def memory_words(batch: Mapping[str, Any]) -> str:
    """What memory batches of one size need, or why that is not known."""
    if batch["peak_memory_mb"] is None:
        return f"no peak memory ({batch['memory_missing']})"
    return f"{figure_words(batch['peak_memory_mb'])} MB beside the weights"


def figure_words(value: float | None) -> str:
    """Four digits, which is more than two measurements of the same have in common.

    >>> figure_words(3108.966), figure_words(0.012345), figure_words(None)
    ('3,109', '0.01235', '-')
    """
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
