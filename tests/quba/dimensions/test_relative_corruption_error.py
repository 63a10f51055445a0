"""Relative mCE: the paper's own networks, images counted one by one, and models whose value follows on paper."""

from dataclasses import replace

import numpy as np
import pytest

from quba.dimension import Missing, Pass, UndefinedResult
from quba.dimensions import MEASURES
from quba.dimensions.relative_corruption_error import (
    ALEXNET_CLEAN_ERROR,
    ALEXNET_ERRORS,
    IMAGENET_C,
    relative_corruption_error,
)
from quba.measuring.jackknife import balanced_groups
from quba.measuring.observations import ONLY, Observations, Outcome

# Hendrycks and Dietterich 2019, tables of section 5 and of the appendix: clean error, mCE, relative mCE, and the
# corruption errors in the order of ALEXNET_ERRORS, all in per cent and rounded as printed.
PRINTED = {
    "SqueezeNet": (41.8, 104.4, 117.9, (107, 106, 105, 100, 103, 101, 100, 101, 103, 97, 97, 98, 106, 109, 134)),
    "VGG-11": (31.0, 93.5, 123.3, (97, 97, 100, 92, 99, 93, 91, 92, 91, 84, 75, 86, 97, 107, 100)),
    "VGG-19": (27.6, 88.9, 122.9, (89, 91, 95, 89, 98, 90, 90, 89, 86, 75, 68, 80, 97, 102, 94)),
    "VGG-19+BN": (25.8, 81.6, 111.1, (82, 83, 88, 82, 94, 84, 86, 80, 78, 69, 61, 74, 94, 85, 83)),
    "ResNet-18": (30.2, 84.7, 103.9, (87, 88, 91, 84, 91, 87, 89, 86, 84, 78, 69, 78, 90, 80, 85)),
    "ResNet-50": (23.9, 76.7, 105.0, (80, 82, 83, 75, 89, 78, 80, 78, 75, 66, 57, 71, 85, 77, 77)),
}

# AlexNet's error at each severity, as published with the corruptions; their means are the normaliser.
ALEXNET_BY_SEVERITY = {
    "gaussian_noise": (0.69528, 0.82542, 0.93554, 0.98138, 0.99452),
    "zoom_blur": (0.70008, 0.76992, 0.80784, 0.84198, 0.87198),
    "brightness": (0.4514, 0.48502, 0.54048, 0.62166, 0.7244),
    "jpeg_compression": (0.51002, 0.54718, 0.57294, 0.65458, 0.74778),
}


@pytest.mark.parametrize("network", PRINTED)
def test_the_networks_of_the_paper_have_the_value_that_it_prints(network: str) -> None:
    clean, _, printed, corruption_errors = PRINTED[network]
    errors = {
        name: of_network / 100 * of_alexnet
        for of_network, (name, of_alexnet) in zip(corruption_errors, ALEXNET_ERRORS.items(), strict=True)
    }
    # Errors rounded to a hundredth of AlexNet's leave half a per cent of their mean.
    assert 100 * relative_corruption_error(errors, clean / 100) == pytest.approx(printed, abs=0.5)


@pytest.mark.parametrize("name", ALEXNET_BY_SEVERITY)
def test_the_normaliser_is_the_mean_of_the_five_severities(name: str) -> None:
    assert ALEXNET_ERRORS[name] == pytest.approx(np.mean(ALEXNET_BY_SEVERITY[name]), abs=1e-6)


def test_alexnet_itself_is_one_and_nothing_lost_is_nothing() -> None:
    assert relative_corruption_error(ALEXNET_ERRORS, ALEXNET_CLEAN_ERROR) == 1.0
    assert relative_corruption_error(dict.fromkeys(ALEXNET_ERRORS, 0.2), 0.2) == 0.0
    assert relative_corruption_error(dict.fromkeys(ALEXNET_ERRORS, 0.1), 0.2) < 0


def test_other_corruptions_and_impossible_errors_are_refused() -> None:
    with pytest.raises(ValueError, match="saturate is missing or unknown"):
        relative_corruption_error({**ALEXNET_ERRORS, "saturate": 0.5}, 0.4)
    with pytest.raises(ValueError, match=r"fog is 1\.2"):
        relative_corruption_error({**ALEXNET_ERRORS, "fog": 1.2}, 0.4)


# ---- from the images ------------------------------------------------------------------------------------------------


def run(images: int = 400, *, corrupted: int | None = None, seed: int = 0) -> Observations:
    """A model that is right on four clean images of five, and on fewer the harder the corruption."""
    rng = np.random.default_rng(seed)
    chance = rng.random(images)
    variants = {
        f"{name}/{severity}": Outcome(right=(chance < 0.8 - 0.12 * severity + rng.normal(0, 0.05, images))[:corrupted])
        for name in ALEXNET_ERRORS
        for severity in range(1, 6)
    }
    return Observations(
        outcomes={Pass.CLEAN: {ONLY: Outcome(right=chance < 0.8)}, Pass.CORRUPTIONS: variants},
        labels=np.arange(images) % 10,
        data_sets={Pass.CLEAN: "imagenet-val", Pass.CORRUPTIONS: IMAGENET_C},
    )


def by_hand(seen: Observations, kept: np.ndarray) -> float:
    clean = 1 - seen.outcome(Pass.CLEAN).right[kept].mean()
    ratios = []
    for name, of_alexnet in ALEXNET_ERRORS.items():
        wrong = [1 - seen.outcomes[Pass.CORRUPTIONS][f"{name}/{s}"].right[kept].mean() for s in range(1, 6)]
        ratios.append((np.mean(wrong) - clean) / (of_alexnet - 0.435))
    return float(np.mean(ratios))


def test_value_parts_and_replicates_from_the_images() -> None:
    seen = run()
    found = MEASURES["relative_corruption_error"](seen)
    assert found.value == pytest.approx(by_hand(seen, np.ones(400, dtype=bool)), abs=1e-12)
    groups = balanced_groups(np.arange(400) % 10)
    left_out = [by_hand(seen, groups.of_image != group) for group in range(groups.count)]
    assert found.replicates == pytest.approx(left_out, abs=1e-12)
    assert found.sample_count == 75 * 400
    assert found.parts["clean_accuracy"] == pytest.approx(seen.outcome(Pass.CLEAN).accuracy)
    assert np.mean(list(found.parts["ratios"].values())) == pytest.approx(found.value)
    fog = 1 - np.mean([seen.outcomes[Pass.CORRUPTIONS][f"fog/{s}"].accuracy for s in range(1, 6)])
    assert found.parts["ratios"]["fog"] == pytest.approx(
        (fog - 1 + found.parts["clean_accuracy"]) / (ALEXNET_ERRORS["fog"] - 0.435)
    )
    assert found.parts["mce"] > 0


def test_the_standard_error_is_how_far_the_value_scatters() -> None:
    runs = [MEASURES["relative_corruption_error"](run(300, seed=seed)) for seed in range(80)]
    scatter = np.std([each.value for each in runs])
    stated = np.mean([each.standard_error for each in runs if each.standard_error is not None])
    assert stated / scatter == pytest.approx(1, abs=0.3)


def test_corrupted_sets_of_another_size_are_taken_to_err_together() -> None:
    whole, fewer = (MEASURES["relative_corruption_error"](run(corrupted=size)) for size in (None, 200))
    assert whole.standard_error is not None
    assert fewer.standard_error is not None
    assert fewer.standard_error > 1.4 * whole.standard_error
    assert fewer.replicates is None


def test_without_labels_the_images_have_no_groups_here() -> None:
    found = MEASURES["relative_corruption_error"](replace(run(), labels=None))
    assert found.standard_error is not None
    assert found.replicates is None


@pytest.mark.parametrize(("key", "named"), [("toy-val", "toy-val"), (None, "nobody named")])
def test_alexnets_errors_are_held_against_no_other_images(key: str | None, named: str) -> None:
    seen = replace(run(), data_sets={} if key is None else {Pass.CORRUPTIONS: key})
    with pytest.raises(UndefinedResult, match=named) as caught:
        MEASURES["relative_corruption_error"](seen)
    assert caught.value.reason is Missing.NOT_APPLICABLE
    assert set(caught.value.parts) == {"clean_accuracy"}


@pytest.mark.parametrize("change", ["less", "more"])
def test_it_takes_all_75_and_no_others(change: str) -> None:
    seen = run()
    variants = dict(seen.outcomes[Pass.CORRUPTIONS])
    fog = variants["fog/3"] if change == "more" else variants.pop("fog/3")
    if change == "more":
        variants["saturate/3"] = fog
    with pytest.raises(UndefinedResult, match="run all 75") as caught:
        MEASURES["relative_corruption_error"](replace(seen, outcomes={**seen.outcomes, Pass.CORRUPTIONS: variants}))
    assert caught.value.reason is Missing.NOT_APPLICABLE
