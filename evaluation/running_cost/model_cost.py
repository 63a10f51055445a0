"""What a model that was loaded costs on a bench, with who it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import nn

from evaluation.engine.inference import unless_out_of_memory
from evaluation.errors import ModelFault
from evaluation.models.loaded_model import LoadedModel
from evaluation.running_cost.counts import Counts, counts_of, single_products
from evaluation.running_cost.forward_pass import input_shape, model_faults, noise
from evaluation.running_cost.measured_cost import BatchCost, Before, Bench, measured_cost
from evaluation.running_cost.memory_process import OUT_OF_MEMORY


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelCost:
    """The cost of one model.

    Attributes:
        name: what it was asked for by.
        source_library: where its weights come from.
        source_identifier: their name there.
        input_shape: of an image, channels x height x width.
        versions: of what computes it beside torch.
        notes: what its loader has to say of it, in sentences.
        on: the bench that it was measured on; costs of two benches are never compared.
        batches: one for each batch size of the bench.
        untrained: whether it was built without its weights, on which no figure depends.
        counts: of one image; None where there are none.
        counts_missing: why there are none; None where there are some.
    """

    name: str
    source_library: str
    source_identifier: str | None
    input_shape: tuple[int, int, int]
    versions: Mapping[str, str]
    notes: tuple[str, ...]
    on: Bench
    batches: tuple[BatchCost, ...]
    untrained: bool = False
    counts: Counts | None = None
    counts_missing: str | None = None


def cost_of_model(model: LoadedModel, on: Bench, *, before: Before = lambda _: None) -> ModelCost:
    """Measure what a model costs at its own input size.

    Args:
        model: on the device of the bench.
        on: the bench.
        before: called before each pass with how far it is, and not timed; what it raises ends the measurement.
    """
    shape = input_shape(model.preparation)
    counts, counts_missing = _counts(model.net, shape, on.device)
    return ModelCost(
        name=model.name,
        source_library=model.identity.source_library,
        source_identifier=model.identity.source_identifier,
        input_shape=shape,
        versions=model.versions,
        notes=model.notes,
        on=on,
        batches=measured_cost(model.net, shape, on, before=before),
        untrained=model.untrained,
        counts=counts,
        counts_missing=counts_missing,
    )


def _counts(net: nn.Module, shape: tuple[int, int, int], device: str) -> tuple[Counts | None, str | None]:
    """What a net computes on one image, or why that is not known."""
    try:
        with model_faults(1), single_products():
            found = unless_out_of_memory(lambda: counts_of(net, noise(1, shape, device)))
    except ModelFault as fault:
        return None, str(fault)
    if found is None:
        return None, OUT_OF_MEMORY
    # An exported program or a kernel of one's own may hide them, and 0 would be the best of all.
    if not (found.macs and found.activations):
        return None, "no convolution and no matrix product could be seen"
    return found, None
