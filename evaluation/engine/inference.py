"""Running a model over batches: the only place where images meet a network."""

import hashlib
import logging
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.nn import functional

from evaluation.attacks import ATTACKS
from evaluation.attacks.attack import Target
from evaluation.engine.compilation import is_of_the_compiler
from evaluation.engine.logits_contract import checked_logits, refuse_spoiled, spoiled_images
from evaluation.engine.stages import Precision, Protocol
from evaluation.errors import ModelFault, OutOfMemory, TrainingModeLeak
from evaluation.models.loaded_model import LoadedModel
from evaluation.models.tensor_float import tensor_float
from evaluation.out_of_memory import is_out_of_memory
from quba.dimension import Pass

T = TypeVar("T")
Logits = dict[str, Tensor]

logger = logging.getLogger(__name__)


class Inference:
    """One model on one device.

    Args:
        model: its net is moved to the device.
        device: such as "cpu" or "cuda".
        precision: of the arithmetic; outputs are 32-bit always.
        seed: of the attacks' random starts, together with the image's number. All models start alike, so that
            two of them differ by what they are and not by chance.
        channels_last: whether the colours of a pixel lie beside each other in memory, which is faster for many
            convolutional nets and slower for others. The weights of the net stay as they are.
    """

    def __init__(
        self,
        model: LoadedModel,
        *,
        device: str,
        precision: Precision = Precision.FP32,
        seed: int = 0,
        channels_last: bool = False,
    ) -> None:
        self._model = model
        self._net = model.net.to(device)
        self._compiled: Callable[[Tensor], Tensor] | None = None
        self._layout = torch.channels_last if channels_last else torch.contiguous_format
        self._device = torch.device(device)
        self._precision = precision
        self._seed = seed
        self._limit: int | None = None
        self._spoiled = torch.zeros(0, dtype=torch.bool, device=device)
        self._outputs = None if model.output_indices is None else torch.tensor(model.output_indices, device=device)
        shape = (1, -1, 1, 1)
        self._mean = torch.tensor(model.preparation.mean, device=device).reshape(shape)
        self._deviation = torch.tensor(model.preparation.deviation, device=device).reshape(shape)

    def compile_forward(self, backend: str | Callable[..., Any] = "inductor") -> None:
        """Have the forward runs compiled from now on; where that fails, the net goes on as it is, with a warning.

        Args:
            backend: of `torch.compile`.
        """
        self._compiled = torch.compile(self._net, backend=backend)

    def logits(self, pixels: Tensor, passes: Sequence[str], numbers: Sequence[int] = ()) -> Logits:
        """Score a batch without attack; each pass sees the same images.

        Args:
            pixels: 8-bit or in [0, 1], images x channels x height x width.
            passes: that the result is for; one in fact.
            numbers: of the images in their data set, which seed whatever is random in the model.

        Raises:
            ModelFault: the outputs break the contract, or half a batch does not fit into memory.
        """

        def score(part: slice) -> Logits:
            with torch.no_grad():
                # Without this, torch would keep all activations for a gradient that nobody asks for.
                outputs = self._score(self._normalise(self._on_device(pixels[part])), numbers[part], passes[0], None)
            return dict.fromkeys(passes, outputs)

        return self._in_parts(len(pixels), score)

    def attacked_logits(
        self, pixels: Tensor, labels: Tensor, numbers: Sequence[int], passes: Sequence[str], protocol: Protocol
    ) -> Logits:
        """Score a batch clean and under attack; all share the clean forward run and its gradient.

        Args:
            pixels: 8-bit or in [0, 1], images x channels x height x width.
            labels: the right class of each.
            numbers: of the images in their data set, which seed the random starts.
            passes: attacks, and the clean pass where it is wanted.
            protocol: whether the attacks change pixels or, as published, normalised values.

        Raises:
            ModelFault: as `logits`.
        """

        def score(part: slice) -> Logits:
            return self._attack(
                self._on_device(pixels[part]), labels[part].to(self._device), numbers[part], passes, protocol
            )

        return self._in_parts(len(pixels), score)

    def _attack(
        self, pixels: Tensor, labels: Tensor, numbers: Sequence[int], passes: Sequence[str], protocol: Protocol
    ) -> Logits:
        in_pixels = protocol is Protocol.CORRECTED
        inputs = pixels if in_pixels else self._normalise(pixels)

        def outputs_at(point: Tensor) -> Tensor:
            return self._forward(self._normalise(point) if in_pixels else point)

        def slope(point: Tensor) -> tuple[Tensor, Tensor]:
            point = point.detach().requires_grad_(True)
            with torch.enable_grad():
                outputs = outputs_at(point)
                # The sum, so that an image's gradient does not shrink with the size of its batch.
                loss = functional.cross_entropy(outputs, labels, reduction="sum")
            # A model without differentiable path from input to output has no slope: the attack stays where it starts.
            if not loss.requires_grad:
                return outputs.detach(), torch.zeros_like(point)
            (gradient,) = torch.autograd.grad(loss, point, allow_unused=True, materialize_grads=True)
            return outputs.detach(), gradient

        def scored_at(point: Tensor, source: str, outputs: Tensor | None = None) -> Tensor:
            return self._score(self._normalise(point) if in_pixels else point, numbers, source, outputs)

        clean, gradient = slope(inputs)
        found: Logits = {Pass.CLEAN: scored_at(inputs, Pass.CLEAN, clean)} if Pass.CLEAN in passes else {}
        # In the order of the table, not of the request, so that random starts do not depend on what else is asked for.
        for source, attack in ATTACKS.items():
            if source not in passes:
                continue
            target = Target(
                inputs=inputs,
                clean_gradient=gradient,
                gradient=lambda point: slope(point)[1],
                uniform=lambda source=source: self._uniform(inputs, numbers, source),  # type: ignore[misc]
            )
            moved = attack.perturb(target)
            with torch.no_grad():
                found[source] = scored_at(moved, source)
        return found

    def _score(self, inputs: Tensor, numbers: Sequence[int], source: str, known: Tensor | None) -> Tensor:  # noqa: ARG002
        """What is decided by: the outputs that the gradient's forward run has given already, or those of a new one."""
        return self._forward(inputs) if known is None else known

    def _forward(self, inputs: Tensor) -> Tensor:
        # Here, where every forward run passes: steps of attacks may give the layout up. It costs nothing where it is.
        inputs = inputs.contiguous(memory_format=self._layout)
        with self._arithmetic():
            outputs = (self._net if self._compiled is None else self._compiled)(inputs)
        return self._logits_of(outputs, len(inputs))

    def _arithmetic(self) -> torch.autocast:
        return torch.autocast(self._device.type, torch.bfloat16, enabled=self._precision is Precision.BF16)

    def _logits_of(self, outputs: Tensor, images: int) -> Tensor:
        logits = checked_logits(outputs, images=images, class_count=self._model.class_count)
        # Of every forward run, also between the steps of an attack, whose end may not show what spoiled it.
        self._spoiled |= spoiled_images(logits)
        # Right behind the forward run, so that attacks too see the outputs as classes of the benchmark.
        return logits if self._outputs is None else logits[:, self._outputs]

    def _on_device(self, pixels: Tensor) -> Tensor:
        if pixels.is_floating_point():
            return pixels.to(self._device, non_blocking=True)
        # Bytes travel, not floats: a quarter of the traffic to the device.
        return pixels.to(self._device, non_blocking=True).float().div(255)

    def _normalise(self, pixels: Tensor) -> Tensor:
        return (pixels - self._mean) / self._deviation

    def _uniform(self, inputs: Tensor, numbers: Sequence[int], source: str) -> Tensor:
        """Random values in [0, 1), drawn image by image on the CPU: equal on every device and in every batch."""
        # From pinned memory a copy need not wait until the device has done what it was given before.
        values = torch.empty((len(numbers), *inputs.shape[1:]), pin_memory=inputs.is_cuda)

        def draw(number: int, place: Tensor) -> None:
            generator = torch.Generator()
            key = f"{self._seed}|{source}|{number}".encode()
            # Seven bytes, since torch takes seeds below 2 ** 63 and eight could be above.
            generator.manual_seed(int.from_bytes(hashlib.sha256(key).digest()[:7]))
            torch.rand(place.shape, generator=generator, out=place)

        with ThreadPoolExecutor(max(1, min(len(numbers), torch.get_num_threads()))) as threads:
            # As a list, so that what one of them raises is raised here.
            list(threads.map(draw, numbers, values))
        return values.to(inputs.device, non_blocking=inputs.is_cuda)

    def _logits_on_cpu(self, part: slice, score: Callable[[slice], Logits]) -> Logits:
        """Score a part and bring its outputs to the CPU: the one place that waits for the device."""
        self._spoiled = torch.zeros(part.stop - part.start, dtype=torch.bool, device=self._device)
        try:
            with tensor_float(enabled=self._precision is Precision.TF32):
                found = score(part)
        except ModelFault:
            raise
        except Exception as error:
            if self._compiled is not None and is_of_the_compiler(error):
                logger.warning("%s is measured without being compiled: %s", self._model.name, first_line(error))
                self._compiled = None
                return self._logits_on_cpu(part, score)
            # In training mode layers refuse what they take in eval mode: then that is what is to be said.
            self._refuse_training_mode()
            raise
        self._refuse_training_mode()
        refuse_spoiled(self._spoiled)
        return {source: outputs.cpu() for source, outputs in found.items()}

    def _refuse_training_mode(self) -> None:
        # After every batch and not once: some models switch a part of themselves on in their forward method.
        if any(module.training for module in self._net.modules()):
            raise TrainingModeLeak(
                f"a part of {self._model.name} is in training mode although it was put into eval mode: its forward "
                "run switches modes. Batch statistics and dropout would spoil every value; fix its forward method."
            )

    def _in_parts(self, images: int, score: Callable[[slice], Logits]) -> Logits:
        """Score a batch in parts that fit; the first time that memory runs out, parts become half as large."""
        if self._limit is None:
            whole = unless_out_of_memory(lambda: self._logits_on_cpu(slice(0, images), score))
            if whole is not None:
                return whole
            # Halved once and for the whole run: probing for the largest size that fits would cost more than it gains.
            self._limit = max(1, math.ceil(images / 2))
            if self._device.type == "cuda":
                torch.cuda.empty_cache()
        found: list[Logits] = []
        for start in range(0, images, self._limit):
            part = slice(start, min(start + self._limit, images))
            logits = unless_out_of_memory(lambda part=part: self._logits_on_cpu(part, score))  # type: ignore[misc]
            if logits is None:
                raise OutOfMemory(
                    f"{self._model.name} ran out of memory on {self._device} with a batch size of {self._limit}, after "
                    "the batch was halved; use a smaller --batch-size, or --precision bf16."
                )
            found.append(logits)
        return {source: torch.cat([each[source] for each in found]) for source in found[0]}


def unless_out_of_memory(work: Callable[[], T]) -> T | None:
    """The result of some work, or None if memory ran out; by then all that it held is released."""
    try:
        return work()
    except Exception as error:
        if is_out_of_memory(error):
            return None
        raise


def first_line(error: Exception) -> str:
    """What an error says before it goes into detail; its kind where it says nothing."""
    return next(iter(str(error).splitlines()), type(error).__name__)
