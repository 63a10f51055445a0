"""The defects of the study's program, on models whose answers with and without them are known beforehand."""

import math
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor, nn

from evaluation.engine.released import ReleasedInference
from evaluation.engine.run import Absent, Run
from evaluation.engine.stages import Protocol
from evaluation.errors import ModelRefused, OutOfMemory
from quba.dimension import Pass
from quba.measuring.observations import Measured
from quba.study_ingredients import AFTER_AN_ATTACK
from tests.evaluation.conftest import CLASSES, Templates

if TYPE_CHECKING:
    from evaluation.models.loaded_model import LoadedModel
    from tests.evaluation.conftest import Load, World

# Mean and variance of 0, 1, 2 and 3, each as often as the others.
MEAN, VARIANCE = 1.5, 1.25


class Standardising(nn.Module):
    """Knows the class of every image, standardises its number, and decides for the class of the nearest number."""

    def __init__(self) -> None:
        super().__init__()
        self.knowing = Templates(0)
        self.norm = nn.BatchNorm1d(1, eps=1e-9, affine=False)
        self.norm.running_mean = torch.tensor([MEAN])
        self.norm.running_var = torch.tensor([VARIANCE])

    def forward(self, images: Tensor) -> Tensor:
        number = self.knowing(images).argmax(dim=1, keepdim=True).float()
        known = (torch.arange(CLASSES) - MEAN) / math.sqrt(VARIANCE)
        found: Tensor = -((self.norm(number) - known) ** 2)
        return found


def values(run: Run, name: str) -> dict[str, float]:
    run.execute()
    results = run.results[name]
    assert not run.faults
    assert all(isinstance(each, Measured) for each in results.values()), results
    return {key: each.value for key, each in results.items() if isinstance(each, Measured)}


def measured(world: "World", model: "LoadedModel", protocol: Protocol, **wishes: Any) -> dict[str, float]:  # noqa: ANN401
    run = world.run(model, protocol=protocol, dimensions=AFTER_AN_ATTACK, **wishes)
    return values(run, model.name)


def test_batches_of_two_classes_mislead_a_batch_norm_net_by_half(world: "World", loaded: "Load") -> None:
    net = Standardising()
    sound = measured(world, loaded(net), Protocol.AS_PUBLISHED)
    assert sound["corruption_robustness"] == sound["ood_robustness"] == 1.0
    released = measured(world, loaded(net), Protocol.AS_RELEASED)
    # The 32 images of a batch are of classes 0 and 1, or of 2 and 3. Standardised, the lower one is -1 and the higher
    # one +1, which are nearest to 0 and 3: half of them are wrong. The clean images are shuffled and all right.
    assert released["corruption_robustness"] == pytest.approx(0.5)
    # Four of the five sets come class by class, and renditions shuffled.
    assert released["ood_robustness"] == pytest.approx(0.5 ** (4 / 5))
    # Gradients do not pass the decision, so that no attack moves anything; both passes are in training mode.
    assert released["adversarial_robustness"] == pytest.approx(1.0)
    # Nothing of it stays with the net.
    assert not any(module.training for module in net.modules())
    assert (net.norm.running_mean, net.norm.running_var) == (torch.tensor([MEAN]), torch.tensor([VARIANCE]))
    assert net.norm.num_batches_tracked == 0


def test_the_running_statistics_of_the_study_are_those_of_eval_mode(world: "World", loaded: "Load") -> None:
    released = measured(world, loaded(Standardising()), Protocol.AS_RELEASED)
    again = measured(replace(world, folder=world.folder / "again"), loaded(Standardising()), Protocol.AS_RELEASED)
    assert again == released


@pytest.mark.parametrize("activation", [lambda logits: logits.softmax(dim=1), torch.sigmoid])
def test_a_second_softmax_has_the_calibration_of_the_closed_form(
    world: "World",
    loaded: "Load",
    activation: Any,  # noqa: ANN401 - a function on tensors
) -> None:
    model = replace(loaded(Templates(0, sharpness=50.0)), released_activation=activation)
    sound = measured(world, model, Protocol.AS_PUBLISHED)
    assert sound["calibration_error"] == pytest.approx(0.0, abs=1e-6)
    released = measured(world, model, Protocol.AS_RELEASED)
    # All are right, with probability 1 before and e / (e + K - 1) after the second softmax; the others get the rest.
    rest = math.e + CLASSES - 1
    expected = 1 - math.e / rest
    adaptive = 2 * (CLASSES - 1) / (CLASSES * rest)
    assert released["calibration_error"] == pytest.approx(math.sqrt(expected * adaptive), rel=1e-5)
    assert released["class_balance"] == pytest.approx(1.0)
    assert released["corruption_robustness"] == pytest.approx(1.0)


def test_without_an_activation_probabilities_stay_what_they_are(world: "World", loaded: "Load") -> None:
    # Neither batch normalisation nor dropout, and logits: there is no defect to show.
    model = loaded(Templates(0, sharpness=0.05))
    sound, released = (measured(world, model, each) for each in (Protocol.AS_PUBLISHED, Protocol.AS_RELEASED))
    assert released == pytest.approx(sound, rel=1e-6)
    assert sound["calibration_error"] > 0.01


class Dropping(Templates):
    """A net with dropout, which training mode turns on."""

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(nn.functional.dropout(images, 0.7, training=self.training))


def test_what_is_random_is_drawn_again_alike_by_a_run_that_continues(world: "World", loaded: "Load") -> None:
    model = loaded(Dropping(0))
    first = measured(world, model, Protocol.AS_RELEASED)
    whole = measured(replace(world, folder=world.folder / "other"), model, Protocol.AS_RELEASED)
    assert whole == first
    assert first["corruption_robustness"] != measured(world, model, Protocol.AS_PUBLISHED)["corruption_robustness"]


def test_whoever_else_draws_in_this_process_draws_what_they_would_have(loaded: "Load") -> None:
    inference = ReleasedInference(loaded(Dropping(0)), device="cpu")
    pixels = torch.full((4, 3, 12, 12), 100, dtype=torch.uint8)
    state = torch.get_rng_state()
    first, second, others = (
        inference.logits(pixels, (Pass.EDGE,), numbers)[Pass.EDGE] for numbers in (range(4), range(4), range(4, 8))
    )
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first, second)
    assert not torch.equal(first, others)


def test_the_size_of_batches_is_the_studys_whatever_is_asked_for(
    world: "World", loaded: "Load", monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: set[int] = set()
    whole = ReleasedInference._in_training_mode

    def noting(self: ReleasedInference, inputs: Tensor) -> Tensor:
        sizes.add(len(inputs))
        return whole(self, inputs)

    monkeypatch.setattr(ReleasedInference, "_in_training_mode", noting)
    measured(world, loaded(Standardising()), Protocol.AS_RELEASED)
    assert sizes == {32}


def test_a_batch_that_does_not_fit_is_not_parted(loaded: "Load", monkeypatch: pytest.MonkeyPatch) -> None:
    inference = ReleasedInference(loaded(Standardising()), device="cpu")
    monkeypatch.setattr(inference, "_score", lambda *_: (_ for _ in ()).throw(MemoryError))
    with pytest.raises(OutOfMemory, match="under as-released a batch is never parted"):
        inference.logits(torch.zeros((4, 3, 12, 12), dtype=torch.uint8), (Pass.EDGE,), range(4))


def test_a_program_with_one_mode_is_refused(world: "World", loaded: "Load") -> None:
    class Exported(Templates):
        def train(self, mode: bool = True) -> "Exported":
            if mode:
                raise NotImplementedError
            return self

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        traced = torch.jit.trace(Templates(0), torch.zeros((1, 3, 12, 12)))  # type: ignore[no-untyped-call]
    for net, kind in ((Exported(0), "exported"), (nn.Sequential(traced), "compiled")):
        model = loaded(net)
        run = world.run(model, protocol=Protocol.AS_RELEASED, dimensions=("ood_robustness",))
        run.execute()
        assert isinstance(run.faults[model.name], ModelRefused)
        assert f"is a{'n' if kind[0] == 'e' else ''} {kind} program, which has one mode" in str(run.faults[model.name])
        assert all(isinstance(each, Absent) for each in run.results[model.name].values())
        world = replace(world, folder=world.folder / kind)
