"""What the values of a run depend on, and the folder of finished steps that is named after it."""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import torch

from evaluation.engine.ingredients import ingredients_digest
from evaluation.engine.released import RELEASED_BATCH_SIZE
from evaluation.engine.stages import Request
from evaluation.models.loaded_model import LoadedModel

LIBRARIES = ("wellbehaved", "torch", "torchvision", "timm", "numpy", "pillow")
# Raised whenever the same files give other pixels or other arrays, so that steps from before are not continued:
# 2 since corruptions have the published strengths and images are read upright and with all their bits, 3 since it is
# counted how images were read, 4 since of each image is kept by which cue it was decided and how confidently, 5
# since attacks start at the same points for all models, 6 since OpenCV computes some of the corruptions.
_STEP_FORMAT = 6
# The same of what is measured as released alone.
_RELEASED_FORMAT = 1


def library_versions() -> dict[str, str]:
    """Versions of everything that a value can depend on."""
    return {name: version(name) for name in LIBRARIES}


def steps_folder(
    folder: Path, model: LoadedModel, request: Request, device: str, *, corrupted_there: bool = False
) -> Path:
    """Where a run keeps what it has finished: equal for runs whose values are equal, different for others.

    Of the protocol, only `as-released` is part of it: between the others only the attacked stage differs, and is named
    after it.

    Args:
        folder: of all runs.
        model: to be measured.
        request: what is measured.
        device: that computes.
        corrupted_there: whether it corrupts the images, too, whose pixels then differ by single steps.
    """
    determinants = {
        "format": _STEP_FORMAT,
        "model": model.name,
        "weights": model.digest,
        "preparation": [model.preparation.key, model.preparation.mean, model.preparation.deviation],
        "benchmark": request.benchmark.key,
        "ingredients": ingredients_digest(request.benchmark),
        "exif": {source.value: each.exif.value for source, each in request.benchmark.data_sets.items()},
        "samples_per_class": request.samples_per_class,
        "seed": request.seed,
        "precision": request.precision,
        # Only the kind: a run may go on on another GPU, but not on a CPU, which rounds otherwise.
        "device": torch.device(device).type,
        "versions": {**library_versions(), **model.versions},
        # Only where there is something to say: what was finished of the built-in benchmarks stays known.
        **({"contents": request.benchmark.digest} if request.benchmark.digest else {}),
        **({"outputs": model.output_indices} if model.output_indices else {}),
        **({"corrupted": "device"} if corrupted_there else {}),
        # Here every stage depends on it: none of its steps may be taken for one of another protocol.
        **({"released": [_RELEASED_FORMAT, RELEASED_BATCH_SIZE]} if request.released else {}),
    }
    return folder / hashlib.sha256(json.dumps(determinants, sort_keys=True).encode()).hexdigest()[:32]
