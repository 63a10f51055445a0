import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellbehaved.study_plan import forward_passes, longest_first, shares

HOURS = st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0.01, 100.0), min_size=1, max_size=12)


@given(hours=HOURS, devices=st.integers(1, 5))
def test_every_model_is_taken_once_and_no_device_works_much_longer(hours: dict[str, float], devices: int) -> None:
    shared = shares(hours, devices)
    assert len(shared) == devices
    assert sorted(model for share in shared for model in share.models) == sorted(hours)
    for share in shared:
        assert share.hours == pytest.approx(sum(hours[model] for model in share.models))
        assert list(share.models) == sorted(share.models, key=lambda each: (-hours[each], each))
    # Graham's bound, against what no plan can be shorter than.
    least = max(max(hours.values()), sum(hours.values()) / devices)
    assert max(share.hours for share in shared) <= 2 * least + 1e-9


@given(hours=HOURS)
def test_one_device_takes_them_in_the_order_of_their_length(hours: dict[str, float]) -> None:
    [share] = shares(hours, 1)
    assert list(share.models) == longest_first(hours)


def test_without_devices_there_is_no_plan() -> None:
    with pytest.raises(ValueError, match="devices is 0; there must be 1 or more"):
        shares({"a": 1.0}, 0)


def test_passes_are_those_of_the_studys_data_sets() -> None:
    # The clean images, 75 times ImageNet-C, ImageNet-R, four sets of model-vs-human, the cue conflicts, and both of the
    # background challenge; then the clean images again for FGSM and for PGD, in forward passes.
    images = 50_000 + 75 * 50_000 + 30_000 + 1_920 + 1_280 + 8_100
    assert forward_passes() == images + 50_000 * (2 + 21)
