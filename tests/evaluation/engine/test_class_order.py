from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from evaluation.engine import class_order as module
from evaluation.engine.class_order import MOST_IMAGES, named_orders, order_draw, require_order
from evaluation.engine.run import Absent
from evaluation.errors import ClassOrderDoubtful
from evaluation.models.loaded_model import LoadedModel
from quba.dimension import Missing
from quba.measuring.observations import Measured
from tests.evaluation.conftest import CLASSES, PER_CLASS, VALUED, Templates, World

NAMES = ("c10", "c11", "c2", "c3")
Load = Callable[..., LoadedModel]


class Counted(nn.Module):
    """Counts the images that it is asked about."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner
        self.images = 0

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.images += len(images)
        found: torch.Tensor = self.inner(images)
        return found


def named(world: World, names: tuple[str, ...] = NAMES) -> World:
    return replace(world, benchmark=replace(world.benchmark, classes=names))


def shuffled(order: list[int]) -> Templates:
    """Sees the shape and gives its outputs in another order."""
    net = Templates(0)
    with torch.no_grad():
        net.weights.copy_(net.weights[order].clone())
    return net


# ---- the draw ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("class_count", "each", "drawn"), [(2, 1000, 500), (3, 10, 30), (7, 500, 497), (400, 5, 500)])
def test_so_many_images_are_drawn(class_count: int, each: int, drawn: int) -> None:
    labels = np.repeat(np.arange(class_count), each)
    positions = order_draw(labels, seed=0)
    assert len(positions) == len(set(positions.tolist())) == drawn <= MOST_IMAGES
    counts = np.bincount(labels[positions])
    assert set(counts[counts > 0].tolist()) == {max(2, min(each, MOST_IMAGES // class_count))}
    assert (np.diff(positions) > 0).all()
    assert positions.tolist() == order_draw(labels, seed=0).tolist()


def test_customary_orders_that_are_others() -> None:
    assert {key: order.tolist() for key, order in named_orders(NAMES).items()} == {"natural": [2, 3, 0, 1]}
    assert {key: order.tolist() for key, order in named_orders(("c2", "c10")).items()} == {"names": [1, 0]}
    assert named_orders(("a", "b")) == {}


# ---- in a run ------------------------------------------------------------------------------------------------------


def test_a_natural_order_is_named_with_both_figures(world: World, loaded: Load) -> None:
    net = shuffled([2, 3, 0, 1])
    run = named(world).run(loaded(net, "natural"), checks_order=True)
    results = run.execute()["natural"]
    fault = run.faults["natural"]
    assert isinstance(fault, ClassOrderDoubtful)
    assert fault.code == "class_order_doubtful"
    assert "on 64 images the model decides 0.0 % right as its outputs are read now, and 100.0 % in the order" in str(
        fault
    )
    assert 'Write order = "natural" in [classes]' in str(fault)
    assert "--class-order-checked" in str(fault)
    accuracy = results["accuracy"]
    assert isinstance(accuracy, Absent)
    assert accuracy.reason is Missing.FAILED


def test_a_shuffled_order_is_listed(world: World, loaded: Load) -> None:
    # Output 0 stands for class 1, output 1 for class 2 and so on.
    run = named(world).run(loaded(shuffled([1, 2, 3, 0]), "shuffled"), checks_order=True)
    run.execute()
    assert "The order that fits best is c11, c2, c3, c10." in str(run.faults["shuffled"])


def test_a_hundred_classes_are_not_all_listed(monkeypatch: pytest.MonkeyPatch, loaded: Load, world: World) -> None:
    monkeypatch.setattr(module, "_NAMED", 2)
    run = named(world).run(loaded(shuffled([1, 2, 3, 0]), "shuffled"), checks_order=True)
    run.execute()
    assert "is c11, c2 and 2 more." in str(run.faults["shuffled"])


def test_the_check_costs_nothing_that_the_run_does_not_use(world: World, loaded: Load) -> None:
    wishes: dict[str, Any] = {"dimensions": ("accuracy", "calibration_error")}
    plain, checked = Counted(Templates(0)), Counted(Templates(0))
    named(world).run(loaded(plain, "plain"), **wishes).execute()
    run = named(world).run(loaded(checked, "checked"), **wishes, checks_order=True)
    run.execute()
    assert run.faults == {}
    assert plain.images == checked.images == CLASSES * PER_CLASS


def test_a_shuffled_model_is_stopped_after_its_first_images(
    world: World, loaded: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_IMAGES", 40)
    net = Counted(shuffled([1, 2, 3, 0]))
    run = named(world).run(loaded(net, "shuffled"), checks_order=True)
    run.execute()
    assert set(run.faults) == {"shuffled"}
    assert net.images == 40


def test_values_are_the_same_with_the_check_and_without(
    world: World, loaded: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the first images are drawn from everywhere, and come first."""
    monkeypatch.setattr(module, "MOST_IMAGES", 12)
    net = Templates(0, sharpness=0.02)
    plain = named(world).run(loaded(net, "a")).execute()["a"]
    checked = named(world).run(loaded(net, "a"), checks_order=True).execute()["a"]
    for key in VALUED:
        result, other = plain[key], checked[key]
        assert isinstance(result, Measured)
        assert isinstance(other, Measured)
        assert other.value == pytest.approx(result.value, abs=1e-6), key
        assert other.standard_error == pytest.approx(result.standard_error, abs=1e-6), key


def test_a_finished_check_is_found_again(world: World, loaded: Load) -> None:
    for _ in range(2):
        net = Counted(shuffled([1, 2, 3, 0]))
        run = named(world).run(loaded(net, "shuffled"), checks_order=True)
        run.execute()
        assert set(run.faults) == {"shuffled"}
    assert net.images == 0


def test_names_leave_nothing_to_doubt(world: World, loaded: Load) -> None:
    model = replace(loaded(shuffled([1, 2, 3, 0]), "named"), order_known=True)
    run = named(world).run(model, checks_order=True, dimensions=("accuracy",))
    accuracy = run.execute()["named"]["accuracy"]
    assert isinstance(accuracy, Measured)
    assert accuracy.value == 0


def test_outputs_are_taken_as_the_names_say(world: World, loaded: Load) -> None:
    """Attacks see the chosen outputs too: a model is as robust whatever order its outputs have."""
    plain = named(world).run(loaded(Templates(0), "a")).execute()["a"]
    # Output i of the net stands for class order[i]; so class c is at the position of c.
    model = replace(loaded(shuffled([1, 2, 3, 0]), "a"), output_indices=(3, 0, 1, 2), order_known=True)
    found = named(world).run(model, checks_order=True).execute()["a"]
    for key in VALUED:
        result, other = plain[key], found[key]
        assert isinstance(result, Measured)
        assert isinstance(other, Measured)
        assert other.value == pytest.approx(result.value, abs=1e-6), key


def test_nothing_readable_concludes_nothing(loaded: Load, world: World) -> None:
    require_order(loaded(Templates(0)), None, world.benchmark)
