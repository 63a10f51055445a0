"""Running a model as the study's released program ran it: the two defects that its published values may show.

The first: behind an attack, its wrapper leaves the network in training mode. Batch normalisation then takes mean and
deviation from the batch at hand, and dropout and stochastic depth are on. Gradients of attacks are those of eval mode.
The second: its zero-shot classifiers give out probabilities, which every formula and loss takes for logits, so that
softmax is applied twice.

Batches are of the study's 32, in its order (`Stage.shuffled`). One thing is not reproduced: running statistics, which
training mode overwrites in the study, stay the model's own here. They touch the gradients of its attacks alone.
"""

import hashlib
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call

from evaluation.engine.inference import Inference, Logits, unless_out_of_memory
from evaluation.errors import ModelRefused, OutOfMemory

RELEASED_BATCH_SIZE = 32
"""Of the study's loaders: statistics of a batch depend on its size."""


class ReleasedInference(Inference):
    """One model on one device, with the defects of the study's program; its arguments are those of `Inference`."""

    def _forward(self, inputs: Tensor) -> Tensor:
        # Of the gradients: in eval mode, but of what the program takes for logits.
        return self._given_out(super()._forward(inputs))

    def _score(self, inputs: Tensor, numbers: Sequence[int], source: str, known: Tensor | None) -> Tensor:  # noqa: ARG002
        """What decides is run in training mode, whatever the gradient's own forward run gave out."""
        key = f"{self._seed}|{source}|{','.join(map(str, numbers))}".encode()
        devices = [self._device] if self._device.type == "cuda" else []
        # Dropout draws from the global generator: seeded by the images, so that a run that continues draws the same.
        with torch.random.fork_rng(devices=devices), torch.no_grad():
            torch.manual_seed(int.from_bytes(hashlib.sha256(key).digest()[:7]))
            return self._given_out(self._logits_of(self._in_training_mode(inputs), len(inputs)))

    def _in_training_mode(self, inputs: Tensor) -> Tensor:
        net = self._net
        # Copies take the updates of running statistics, so that what was run before changes no later batch.
        buffers = {name: buffer.clone() for name, buffer in net.named_buffers()}
        try:
            _switch_to_training(net, self._model.name)
            with self._arithmetic():
                outputs: Tensor = functional_call(net, buffers, (inputs.contiguous(memory_format=self._layout),))
        finally:
            net.eval()
        return outputs

    def _given_out(self, logits: Tensor) -> Tensor:
        activation = self._model.released_activation
        return logits if activation is None else activation(logits)

    def _in_parts(self, images: int, score: Callable[[slice], Logits]) -> Logits:
        """A batch whole or not at all: half of it would have other statistics."""
        whole = unless_out_of_memory(lambda: self._logits_on_cpu(slice(0, images), score))
        if whole is None:
            raise OutOfMemory(
                f"{self._model.name} ran out of memory on {self._device} with a batch size of {images}, and under "
                "as-released a batch is never parted. Use another device, or --precision bf16."
            )
        return whole


def _switch_to_training(net: nn.Module, name: str) -> None:
    if any(isinstance(module, torch.jit.ScriptModule) for module in net.modules()):
        raise ModelRefused(f"{name} is a compiled program, which has one mode. Measure it under as-published.")
    try:
        net.train()
    except NotImplementedError as error:
        raise ModelRefused(
            f"{name} is an exported program, which has one mode. Measure it under as-published."
        ) from error
