"""What is kept of a measured model comes back as it was, and nothing else is read."""

from dataclasses import replace

import numpy as np
import pytest

from quba.dimension import Missing
from quba.errors import Refusal
from quba.measuring.evidence import Conditions, Evidence
from tests.quba.changed_bytes import with_one_byte_changed

CONDITIONS = Conditions(benchmark="flowers", digest="sha256:1", protocol="corrected", seed=0, samples_per_class=None)


def evidence() -> Evidence:
    rng = np.random.default_rng(0)
    return Evidence(
        conditions=CONDITIONS,
        values={"accuracy": 0.5, "parameters_millions": 1.0},
        standard_errors={"accuracy": 0.1, "parameters_millions": None},
        replicates={"accuracy": rng.random(20)},
        missing={"shape_bias": Missing.NOT_APPLICABLE},
        right={"clean": rng.random(13) < 0.5, "corruptions:fog/3": rng.random(13) < 0.5},
        unread={"clean": np.array([0, 14])},
        labels=np.arange(13),
        confidence=rng.integers(0, 256, 13, dtype=np.uint8),
    )


def test_it_comes_back_as_it_was() -> None:
    before = evidence()
    after = Evidence.from_bytes(before.to_bytes())
    assert after.conditions == before.conditions
    assert (after.values, after.standard_errors, after.missing) == (
        before.values, before.standard_errors, before.missing,
    )  # fmt: skip
    np.testing.assert_array_equal(after.replicates["accuracy"], before.replicates["accuracy"])
    assert {name: right.tolist() for name, right in after.right.items()} == {
        name: right.tolist() for name, right in before.right.items()
    }
    assert after.places("clean").tolist() == before.places("clean").tolist() == list(range(1, 14))
    assert after.places("corruptions:fog/3").tolist() == list(range(13))
    np.testing.assert_array_equal(after.labels, before.labels)
    np.testing.assert_array_equal(after.confidence, before.confidence)


def test_without_clean_images_it_has_neither_labels_nor_confidence() -> None:
    counted = Evidence(conditions=CONDITIONS, values={}, standard_errors={}, replicates={})
    after = Evidence.from_bytes(counted.to_bytes())
    assert after.labels is None
    assert after.confidence is None


@pytest.mark.parametrize("content", [b"", b"no archive", evidence().to_bytes()[:-40]])
def test_what_cannot_be_read_is_refused_with_the_next_step(content: bytes) -> None:
    with pytest.raises(Refusal, match="cannot be read") as refused:
        Evidence.from_bytes(content)
    assert refused.value.code == "evidence_unreadable"
    assert refused.value.hint == "Measure the model again."


def test_wherever_a_byte_was_changed_it_is_read_or_refused() -> None:
    """A bit that turned on the disk was an unknown compression or a password, and the comparison an internal error."""
    small = Evidence(conditions=CONDITIONS, values={"accuracy": 0.5}, standard_errors={}, replicates={}).to_bytes()
    codes = [code_of_refusal(changed) for changed in with_one_byte_changed(small)]
    assert set(codes) == {"", "evidence_unreadable"}
    assert codes.count("evidence_unreadable") > len(small)


def code_of_refusal(content: bytes) -> str:
    """Empty where it is read."""
    try:
        Evidence.from_bytes(content)
    except Refusal as refusal:
        return refusal.code
    return ""


@pytest.mark.parametrize("unread", [{"clean": np.array([15])}, {"pgd": np.array([0])}])
def test_images_that_the_pass_does_not_have_are_refused(unread: dict[str, np.ndarray]) -> None:
    with pytest.raises(Refusal, match="cannot be read"):
        Evidence.from_bytes(replace(evidence(), unread=unread).to_bytes())


def test_another_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = evidence().to_bytes()
    monkeypatch.setattr("quba.measuring.evidence.FORMAT", 2)
    with pytest.raises(Refusal, match="its format is 1, and this version reads 2"):
        Evidence.from_bytes(content)


def test_the_study_fits_a_megabyte() -> None:
    rng = np.random.default_rng(1)
    hard = rng.random(50_000)
    corruptions = {f"corruptions:{kind}/{level}": hard < rng.random() for kind in range(15) for level in range(1, 6)}
    noisy = {name: right ^ (rng.random(50_000) < 0.1) for name, right in corruptions.items()}
    passes = {name: rng.random(50_000) < 0.5 for name in ("clean", "fgsm", "pgd", "shifted:a", "shifted:b")}
    kept = Evidence(
        conditions=CONDITIONS,
        values={},
        standard_errors={},
        replicates={str(key): rng.random(20) for key in range(9)},
        right={**noisy, **passes},
        labels=np.repeat(np.arange(1000), 50),
        confidence=rng.integers(0, 256, 50_000, dtype=np.uint8),
    )
    assert len(kept.to_bytes()) < 1_000_000
