"""The attacks as the runner does them, against an independent implementation that takes one image after the other."""

import hashlib
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from evaluation.engine.inference import Inference, first_line
from evaluation.engine.stages import Precision, Protocol
from evaluation.errors import OutputsRefused, TrainingModeLeak
from evaluation.models.tensor_float import EXACT, ROUNDED, Rounding, rounding_of_products
from quba.dimension import Pass
from quba.vocabulary import RANKED_PROTOCOLS

if TYPE_CHECKING:
    from tests.evaluation.conftest import Load, World

RANKED = tuple(map(Protocol, RANKED_PROTOCOLS))
EPSILON, STEP = 8 / 255, 2 / 255
PASSES = (Pass.CLEAN, Pass.FGSM, Pass.PGD)
MEAN, DEVIATION = (0.45, 0.5, 0.4), (0.25, 0.2, 0.3)


def small_net() -> nn.Sequential:
    """A trained-looking net: random but smooth enough for attacks to matter."""
    torch.manual_seed(5)
    net = nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.Tanh(), nn.AvgPool2d(3), nn.Flatten(), nn.Linear(96, 4)
    )
    list(net.parameters())[-2].data.mul_(4)
    return net.eval()


def naive(net: nn.Module, pixels: Tensor, label: int, number: int, source: Pass, protocol: Protocol) -> Tensor:
    """Outputs for one attacked image, written from the papers and from nothing of ours."""
    mean, deviation = torch.tensor(MEAN).view(1, 3, 1, 1), torch.tensor(DEVIATION).view(1, 3, 1, 1)
    image = pixels[None].float() / 255
    attacked_space = protocol is Protocol.AS_PUBLISHED
    x = (image - mean) / deviation if attacked_space else image

    def outputs(point: Tensor) -> Tensor:
        found: Tensor = net(point if attacked_space else (point - mean) / deviation)
        return found

    def ascent(point: Tensor) -> Tensor:
        leaf = point.clone().requires_grad_(True)
        nn.CrossEntropyLoss()(outputs(leaf), torch.tensor([label])).backward()
        assert leaf.grad is not None
        return leaf.grad.sign()

    if source is Pass.FGSM:
        adversary = torch.clip(x + EPSILON * ascent(x), 0, 1)
    else:
        key = hashlib.sha256(f"7|pgd|{number}".encode()).digest()[:7]
        generator = torch.Generator().manual_seed(int.from_bytes(key, "big"))
        adversary = torch.clip(x + (torch.rand(x.shape[1:], generator=generator) * 2 - 1) * EPSILON, 0, 1)
        for _ in range(10):
            adversary = adversary + STEP * ascent(adversary)
            delta = torch.minimum(torch.maximum(adversary - x, torch.tensor(-EPSILON)), torch.tensor(EPSILON))
            adversary = torch.clip(x + delta, 0, 1)
    with torch.no_grad():
        return outputs(adversary)[0]


@pytest.mark.parametrize("protocol", RANKED)
@pytest.mark.parametrize("batch", [1, 5, 32])
def test_attacks_agree_with_a_naive_loop(world: "World", loaded: "Load", protocol: Protocol, batch: int) -> None:
    images = world.benchmark.data_sets[Pass.CLEAN].read(world.root, "")
    pixels = torch.from_numpy(np.stack([np.asarray(Image.open(path)) for path in images.paths])).permute(0, 3, 1, 2)
    labels = torch.from_numpy(images.labels)
    net = small_net()
    inference = Inference(loaded(net, mean=MEAN, deviation=DEVIATION), device="cpu", seed=7)
    found: dict[str, list[Tensor]] = {source: [] for source in PASSES}
    for start in range(0, len(pixels), batch):
        part = slice(start, start + batch)
        numbers = list(range(start, min(start + batch, len(pixels))))
        for source, logits in inference.attacked_logits(pixels[part], labels[part], numbers, PASSES, protocol).items():
            found[source].append(logits)
    clean = inference.logits(pixels, (Pass.CLEAN,))[Pass.CLEAN]
    assert torch.allclose(torch.cat(found[Pass.CLEAN]), clean, atol=1e-5)
    for source in (Pass.FGSM, Pass.PGD):
        attacked = torch.cat(found[source])
        expected = torch.stack(
            [naive(net, pixels[number], int(labels[number]), number, source, protocol) for number in range(len(pixels))]
        )
        # Rounding may turn the sign of a slope that is nearly nothing, which moves a pixel by a step.
        assert torch.allclose(attacked, expected, atol=2e-2), (attacked - expected).abs().max()
        assert (attacked - expected).abs().median() < 1e-5
        assert (attacked.argmax(dim=1) == expected.argmax(dim=1)).all()
        assert not torch.allclose(attacked, clean, atol=1e-2)


def test_the_start_depends_on_seed_and_image_and_is_the_same_for_all_models(world: "World", loaded: "Load") -> None:
    pixels = torch.full((3, 3, 12, 12), 128, dtype=torch.uint8)
    labels = torch.tensor([0, 1, 2])

    def outputs(name: str, seed: int, numbers: list[int]) -> Tensor:
        inference = Inference(loaded(small_net(), name), device="cpu", seed=seed)
        picked = [0] * len(numbers)
        return inference.attacked_logits(
            pixels[picked], labels[picked], numbers, (Pass.PGD,), Protocol.CORRECTED
        )[Pass.PGD]  # fmt: skip

    base = outputs("net", 0, [0, 1, 2])
    assert torch.equal(outputs("net", 0, [0, 1, 2]), base)
    assert torch.allclose(outputs("net", 0, [2, 0]), base[[2, 0]], atol=1e-6)
    assert torch.equal(outputs("other", 0, [0, 1, 2]), base)
    for other in (outputs("net", 1, [0, 1, 2]), outputs("net", 0, [3, 4, 5])):
        assert not torch.allclose(other, base, atol=1e-6)


def test_pixels_of_somebodys_own_transform_count_as_the_bytes_that_they_stand_for(loaded: "Load") -> None:
    pixels = torch.randint(0, 256, (4, 3, 12, 12), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    inference = Inference(loaded(small_net(), mean=MEAN, deviation=DEVIATION), device="cpu")
    as_bytes, as_numbers = (
        inference.attacked_logits(each, torch.arange(4), range(4), PASSES, Protocol.CORRECTED)
        for each in (pixels, pixels / 255)
    )
    for source in PASSES:
        assert torch.equal(as_bytes[source], as_numbers[source])


def test_only_what_is_asked_for_is_returned(loaded: "Load") -> None:
    inference = Inference(loaded(small_net()), device="cpu", precision=Precision.BF16)
    pixels, labels = torch.zeros(2, 3, 12, 12, dtype=torch.uint8), torch.tensor([0, 1])
    found = inference.attacked_logits(pixels, labels, [0, 1], (Pass.FGSM,), Protocol.CORRECTED)
    assert found.keys() == {Pass.FGSM}
    assert found[Pass.FGSM].dtype == torch.float32


class Reads(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts how often a number of a tensor is asked for, which on a GPU waits until all that came before is done."""

    count = 0

    def __torch_dispatch__(
        self, function: Any, _: Any, arguments: Any = (), named: Any = None  # noqa: ANN401
    ) -> Any:  # fmt: skip  # noqa: ANN401
        self.count += function is torch.ops.aten._local_scalar_dense.default
        return function(*arguments, **(named or {}))


def test_a_batch_waits_for_the_device_once_and_not_at_every_step_of_an_attack(loaded: "Load") -> None:
    inference = Inference(loaded(small_net()), device="cpu")
    pixels, labels = torch.zeros(4, 3, 12, 12, dtype=torch.uint8), torch.tensor([0, 1, 2, 3])
    with Reads() as reads:  # type: ignore[no-untyped-call]
        inference.attacked_logits(pixels, labels, [0, 1, 2, 3], PASSES, Protocol.CORRECTED)
    assert reads.count == 1


class Passing(nn.Module):
    """Gives NaN for the first image in one forward run, counted from 1, and numbers in all others."""

    def __init__(self, inner: nn.Module, run: int) -> None:
        super().__init__()
        self.inner, self.run, self.runs = inner, run, 0

    def forward(self, images: Tensor) -> Tensor:
        self.runs += 1
        outputs: Tensor = self.inner(images.nan_to_num(0.5))
        return outputs.index_fill(0, torch.tensor([0]), torch.nan) if self.runs == self.run else outputs


@pytest.mark.parametrize("run", [1, 2, 7, 13])
def test_outputs_that_are_no_numbers_are_found_in_any_step_of_an_attack(loaded: "Load", run: int) -> None:
    net = Passing(small_net(), run).eval()
    inference = Inference(loaded(net), device="cpu")
    pixels, labels = torch.zeros(4, 3, 12, 12, dtype=torch.uint8), torch.tensor([0, 1, 2, 3])
    with pytest.raises(OutputsRefused, match="for 1 of 4 images hold NaN"):
        inference.attacked_logits(pixels, labels, [0, 1, 2, 3], PASSES, Protocol.CORRECTED)
    # Clean with its slope, FGSM, ten steps of PGD, and what they lead to: the four runs above are one of each.
    assert net.runs == 13


class Switches(nn.Module):
    """Goes into training mode by itself, and then needs more than an image at once."""

    def __init__(self) -> None:
        super().__init__()
        self.normalise = nn.BatchNorm1d(3)
        self.classify = nn.Linear(3, 4)

    def forward(self, images: Tensor) -> Tensor:
        outputs: Tensor = self.classify(self.normalise(images.mean(dim=(2, 3))))
        self.train()
        return outputs


@pytest.mark.parametrize("images", [1, 4])
def test_a_model_that_switches_to_training_is_named_also_where_training_mode_breaks_it(
    loaded: "Load", images: int
) -> None:
    inference = Inference(loaded(Switches().eval()), device="cpu")
    pixels, labels = torch.zeros(images, 3, 12, 12, dtype=torch.uint8), torch.zeros(images, dtype=torch.int64)
    with pytest.raises(TrainingModeLeak, match="its forward run switches modes"):
        inference.attacked_logits(pixels, labels, range(images), PASSES, Protocol.CORRECTED)


@pytest.mark.parametrize(
    ("precision", "rounding"), [(Precision.FP32, EXACT), (Precision.TF32, ROUNDED), (Precision.BF16, EXACT)],
    ids=("fp32", "tf32", "bf16"),
)  # fmt: skip
def test_tensor_float_is_used_where_it_is_asked_for_and_nowhere_else(
    loaded: "Load", precision: Precision, rounding: Rounding
) -> None:
    seen = []
    net = small_net()
    net.register_forward_hook(lambda *_: seen.append(rounding_of_products()))
    before = rounding_of_products()
    inference = Inference(loaded(net), device="cpu", precision=precision)
    inference.logits(torch.zeros(2, 3, 12, 12, dtype=torch.uint8), (Pass.CLEAN,))
    assert seen == [rounding]
    assert rounding_of_products() == before


def test_nothing_is_left_behind_on_the_model(loaded: "Load") -> None:
    net = small_net()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    inference = Inference(loaded(net), device="cpu")
    pixels, labels = torch.zeros(4, 3, 12, 12, dtype=torch.uint8), torch.tensor([0, 1, 2, 3])
    inference.attacked_logits(pixels, labels, [0, 1, 2, 3], PASSES, Protocol.CORRECTED)
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    assert not any(module.training for module in net.modules())
    assert all(parameter.grad is None for parameter in net.parameters())


def test_with_channels_last_every_forward_run_has_that_layout_and_the_same_outputs(loaded: "Load") -> None:
    net = small_net()
    seen = []
    net.register_forward_pre_hook(
        lambda _, inputs: seen.append(inputs[0].is_contiguous(memory_format=torch.channels_last))
    )
    pixels = torch.randint(0, 256, (5, 3, 12, 12), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    found = [
        Inference(loaded(net), device="cpu", channels_last=channels_last).attacked_logits(
            pixels, torch.arange(5) % 4, range(5), PASSES, Protocol.CORRECTED
        )
        for channels_last in (False, True)
    ]
    assert seen == [False] * 13 + [True] * 13
    assert all(weight.is_contiguous() for weight in net.parameters())
    for source in PASSES:
        assert torch.allclose(found[0][source], found[1][source], rtol=0, atol=1e-6)


def compiling(test: Any) -> Any:  # noqa: ANN401 - a test
    """Of a test that compiles: nothing of it is kept, and torch may look at gradients that are not there."""
    test = pytest.mark.usefixtures("fresh_compiler")(test)
    return pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")(test)


@pytest.fixture
def fresh_compiler() -> Iterator[None]:
    """What torch keeps of compiled functions, as it was before any."""
    yield
    torch.compiler.reset()


@compiling
def test_compiled_it_gives_the_same_outputs_and_gradients(loaded: "Load") -> None:
    pixels = torch.randint(0, 256, (5, 3, 12, 12), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    net = small_net()
    inference = Inference(loaded(net), device="cpu")
    asked = (pixels, torch.arange(5) % 4, range(5), PASSES, Protocol.CORRECTED)
    before = inference.attacked_logits(*asked)
    graphs = []

    def backend(graph: Any, inputs: Any) -> Any:  # noqa: ANN401 - as torch calls it
        graphs.append(graph)
        return graph.forward

    inference.compile_forward(backend)
    after = inference.attacked_logits(*asked)
    # One with gradients and one without.
    assert len(graphs) == 2
    for source in PASSES:
        assert torch.allclose(before[source], after[source], rtol=0, atol=1e-6)


@compiling
def test_where_compiling_fails_the_net_goes_on_as_it_is(loaded: "Load", caplog: pytest.LogCaptureFixture) -> None:
    inference = Inference(loaded(small_net()), device="cpu")
    pixels = torch.zeros(2, 3, 12, 12, dtype=torch.uint8)
    before = inference.logits(pixels, (Pass.CLEAN,))[Pass.CLEAN]

    def broken(*_: Any) -> Any:  # noqa: ANN401
        raise RuntimeError("no compiler today")

    inference.compile_forward(broken)
    with caplog.at_level(logging.WARNING):
        found = [inference.logits(pixels, (Pass.CLEAN,))[Pass.CLEAN] for _ in range(2)]
    assert all(torch.equal(each, before) for each in found)
    (message,) = (record.getMessage() for record in caplog.records if record.name == "evaluation.engine.inference")
    assert message.startswith("net is measured without being compiled: backend=")


@compiling
def test_an_error_of_the_net_is_its_own_also_where_it_is_compiled(loaded: "Load") -> None:
    inference = Inference(loaded(nn.Linear(5, 4).eval()), device="cpu")
    inference.compile_forward("eager")
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        inference.logits(torch.zeros(2, 3, 12, 12, dtype=torch.uint8), (Pass.CLEAN,))


@pytest.mark.parametrize(("text", "line"), [("one\ntwo", "one"), ("", "ValueError")])
def test_the_first_line_of_an_error(text: str, line: str) -> None:
    assert first_line(ValueError(text)) == line
