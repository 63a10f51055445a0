"""The page of what Python programs import, which mkdocstrings fills from the docstrings."""

from typing import Final

_PAGE: Final = """# Python

What `import wellbehaved` offers, from its docstrings. [Asking a service from Python](../docs/client.md) and
[In Python](../docs/python.md) show it at work.

## Asking a service

::: wellbehaved.client.blocking.Client
    options:
      members: [close]

::: wellbehaved.client.service.Service

::: wellbehaved.client.awaiting.AsyncClient
    options:
      members: [aclose]

::: wellbehaved.client.rankings.Rankings

::: wellbehaved.ranking.Ranking

::: wellbehaved.client.models.Models

::: wellbehaved.client.comparisons.Comparisons

::: wellbehaved.client.benchmarks.Benchmarks

::: wellbehaved.client.checkpoints.Checkpoints

::: wellbehaved.client.evaluations.Evaluations

::: wellbehaved.client.results.Results

## What it raises

::: wellbehaved.api_errors

## Measuring

::: wellbehaved.measuring.measure

::: wellbehaved.profile.Profile

::: wellbehaved.differences.Difference

## What it costs to run

::: wellbehaved.cost_measuring.measure_cost

::: evaluation.running_cost.model_cost.ModelCost

::: evaluation.running_cost.measured_cost.BatchCost

::: evaluation.running_cost.measured_cost.Bench

## While training

::: wellbehaved.training

::: wellbehaved.lightning
"""


def page() -> str:
    """The page in Markdown, with a mark for each object."""
    return _PAGE
