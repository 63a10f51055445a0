import itertools
from typing import Any

import pytest
import torch
from torch import nn

from evaluation.study_facts import rate
from evaluation.study_facts.costs import cost_of


class Pooled(nn.Module):
    """Stands in for the network: what is computed does not matter to how it is timed."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images.mean(dim=(2, 3))


def test_the_rate_is_the_cost_of_a_batch_over_the_median_time(monkeypatch: pytest.MonkeyPatch) -> None:
    cost = cost_of("timm", rate.MEASURED_ON)
    assert cost is not None
    net: Any = Pooled()
    monkeypatch.setattr(rate, "cost_of", lambda *_: cost)
    monkeypatch.setattr("timm.create_model", lambda _: net)
    # The first pass is slow and left out; then 1, 5 and 2 seconds.
    ticks = itertools.accumulate((0.0, 100.0, 0.0, 1.0, 0.0, 5.0, 0.0, 2.0))
    monkeypatch.setattr("time.perf_counter", lambda: next(ticks))
    found = rate.measured_rate("cpu", batch_size=4, passes=3)
    assert found.macs_per_second == pytest.approx(cost.macs * 4 / 2)
    assert found.how == "ResNet-50 forward in fp32 on cpu, 224 pixels, batches of 4, median of 3"


@pytest.mark.parametrize(("batch_size", "passes"), [(0, 1), (1, 0)])
def test_numbers_below_one_are_refused(batch_size: int, passes: int) -> None:
    with pytest.raises(ValueError, match="must be 1 or more"):
        rate.measured_rate("cpu", batch_size=batch_size, passes=passes)
