"""The images that two models share: counted once, and what is kept of the two held against each other."""

import math
from dataclasses import replace

import numpy as np
import pytest

from quba.deciding.shared_images import image_count, nothing_differs, pass_of, shared_sizes, unseen_error
from quba.dimension import Pass
from quba.dimensions import DIMENSIONS
from quba.measuring.evidence import Conditions, Evidence

CONDITIONS = Conditions(benchmark="flowers", digest="sha256:1", protocol="corrected", seed=0, samples_per_class=None)
EVIDENCE = Evidence(
    conditions=CONDITIONS,
    values={"accuracy": 0.5},
    standard_errors={"accuracy": 0.1},
    replicates={"accuracy": np.arange(20) / 40},
    right={
        name: np.arange(size) % 2 == 0
        for name, size in (
            ("clean", 400), ("fgsm", 400), ("pgd", 300), ("corruptions:fog/1", 400), ("shifted:night", 150),
            ("shifted:snow", 50), ("generated:edge", 400),
        )
    },
    confidence=np.arange(400).astype(np.uint8),
)  # fmt: skip


@pytest.mark.parametrize("name", ["clean", "corruptions:fog/3", "shifted:a:b"])
def test_an_entry_names_its_pass_first(name: str) -> None:
    assert pass_of(name) in (Pass.CLEAN, Pass.CORRUPTIONS, Pass.SHIFTED)


def test_a_pass_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="bogus"):
        pass_of("bogus:fog")


@pytest.mark.parametrize(
    ("key", "count"),
    [("accuracy", 400), ("adversarial_robustness", 400), ("corruption_robustness", 400), ("ood_robustness", 600)],
)
def test_an_image_counts_once_however_often_it_was_changed(key: str, count: int) -> None:
    assert image_count(shared_sizes(DIMENSIONS[key], EVIDENCE, EVIDENCE)) == count


def test_only_passes_that_both_were_run_on_are_shared() -> None:
    fewer = replace(EVIDENCE, right={"clean": EVIDENCE.right["clean"]})
    for a, b in ((EVIDENCE, fewer), (fewer, EVIDENCE)):
        assert shared_sizes(DIMENSIONS["adversarial_robustness"], a, b) == {"clean": 400}
    assert shared_sizes(DIMENSIONS["parameters_millions"], EVIDENCE, EVIDENCE) == {}


def test_two_images_more_may_turn_in_the_mean_of_the_sets() -> None:
    assert unseen_error({"clean": 50}) == 2 / 50
    assert unseen_error({"clean": 50, "shifted:night": 20}) == pytest.approx(math.hypot(1 / 50, 1 / 20))


def test_a_model_is_itself_down_to_the_confidences() -> None:
    assert nothing_differs(EVIDENCE, EVIDENCE)
    changed = [
        replace(EVIDENCE, confidence=None),
        replace(EVIDENCE, confidence=np.zeros(400, dtype=np.uint8)),
        replace(EVIDENCE, values={"accuracy": 0.6}),
        replace(EVIDENCE, right={**EVIDENCE.right, "pgd": ~EVIDENCE.right["pgd"]}),
        replace(EVIDENCE, replicates={"accuracy": np.zeros(20)}),
    ]
    for other in changed:
        assert not nothing_differs(EVIDENCE, other)
        assert not nothing_differs(other, EVIDENCE)


def test_what_only_one_was_measured_on_does_not_tell_two_apart() -> None:
    wider = replace(EVIDENCE, values={**EVIDENCE.values, "shape_bias": 0.3})
    assert nothing_differs(EVIDENCE, wider)
