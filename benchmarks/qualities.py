"""What the dimensions of weight 0 that come from the clean images add to a clean pass.

The forward runs of one network on images of its size, against the formulas on as many probabilities of 1,000 classes:
per image, in time of the processor, so that a busy machine slows both sides alike. Decoding the images, which a clean
pass does too, is left out, so that the ratio errs on the large side.
Goal: at most 1.02 times.
Usage: python benchmarks/qualities.py [network] [images]
"""

import sys
import time
from typing import Any

import numpy as np
import timm
import torch
from scipy.special import softmax

from quba.dimension import Pass
from quba.dimensions import DIMENSIONS, MEASURES, STUDY_DIMENSIONS
from quba.measuring.observations import ONLY, Observations, Outcome

BATCH, ROUNDS = 16, 3
CLASSES = 1000
KEYS = tuple(key for key, each in DIMENSIONS.items() if key not in STUDY_DIMENSIONS and each.passes == (Pass.CLEAN,))


def forward_seconds(network: str) -> float:
    """Of one image through the network."""
    net = timm.create_model(network, num_classes=CLASSES).eval()
    own: Any = net.pretrained_cfg
    pixels = torch.rand(BATCH, *own["input_size"])
    with torch.inference_mode():
        net(pixels)
        start = time.process_time()
        for _ in range(ROUNDS):
            net(pixels)
    return (time.process_time() - start) / (ROUNDS * BATCH)


def clean_images(count: int) -> Observations:
    """Probabilities as those of a network that is right on about three of four images."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % CLASSES
    logits = 2 * rng.standard_normal((count, CLASSES), dtype=np.float32)
    logits[np.arange(count), labels] += rng.normal(9, 3, count).astype(np.float32)
    probabilities = softmax(logits, axis=1)
    outcome = Outcome(right=probabilities.argmax(axis=1) == labels)
    return Observations(outcomes={Pass.CLEAN: {ONLY: outcome}}, probabilities=probabilities, labels=labels)


def main() -> None:
    """Print both per image, each dimension, and the ratio."""
    network = sys.argv[1] if len(sys.argv) > 1 else "resnet50"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    torch.set_num_threads(1)
    torch.manual_seed(0)
    forward = forward_seconds(network)
    seen = clean_images(count)
    spent = {}
    for key in KEYS:
        start = time.process_time()
        MEASURES[key](seen)
        spent[key] = (time.process_time() - start) / count
        print(f"{key}: {spent[key] * 1e6:.1f} microseconds per image")
    formulas = sum(spent.values())
    print(
        f"{network} {forward * 1e3:.1f} ms, formulas {formulas * 1e3:.4f} ms per image, "
        f"ratio {1 + formulas / forward:.5f} (goal: at most 1.02)"
    )


if __name__ == "__main__":
    main()
