"""The two models of a gate: kept ones are read, others measured under the conditions of the baseline."""

import contextvars
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import timm
from safetensors.torch import save_file

from backend.settings import Settings
from backend.store.engine import create_store_engine
from backend.store.opened_files import EVIDENCE
from quba.dimensions import DimensionSet, dimensions_in_force
from quba.errors import Refusal
from tests.backend.conftest import fill
from tests.backend.evidence import keep_flowers
from tests.dimension_package import DOUBT, doubt_of, install
from tests.evaluation.models.programs import graph, small_net
from tests.wellbehaved.profiles import CONDITIONS, RESULTS, make_profile, plain
from wellbehaved import measuring
from wellbehaved.gate_models import How, both_models
from wellbehaved.profile import Profile
from wellbehaved.program_inputs import ProgramInputs

Asked = list[tuple[Any, str, Mapping[str, Any]]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What was to be measured, in the place of measuring it."""
    seen: Asked = []

    def measured(model: object, benchmark: str, **options: object) -> Profile:
        seen.append((model, benchmark, options))
        return make_profile(str(model))

    monkeypatch.setattr(measuring, "measure", measured)
    return seen


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., str]:
    def save(name: str, **fields: object) -> str:
        return str(make_profile(name, **fields).save(tmp_path / f"{name}.json"))  # type: ignore[arg-type]

    return save


def test_saved_profiles_are_read_and_nothing_is_measured(asked: Asked, saved: Callable[..., str]) -> None:
    (new, _), (old, evidence) = both_models(saved("new"), saved("old"), How())
    assert (new, old) == ("new", "old")
    assert evidence.conditions == CONDITIONS
    assert asked == []


def test_the_new_model_is_measured_as_the_baseline_was(asked: Asked, saved: Callable[..., str]) -> None:
    before = replace(CONDITIONS, seed=3, samples_per_class=2)
    both_models("resnet18.a1_in1k", saved("old", conditions=before), How())
    ((model, benchmark, options),) = asked
    assert (model, benchmark) == ("resnet18.a1_in1k", "toy-shapes")
    assert (options["seed"], options["samples_per_class"], options["protocol"]) == (3, 2, "corrected")
    assert options["architecture"] is None
    # What nobody could hold it against is not measured.
    assert options["dimensions"] == "accuracy,adversarial_robustness,calibration_error,parameters_millions"


def test_what_was_asked_for_stands_beside_the_baseline(asked: Asked, saved: Callable[..., str]) -> None:
    how = How(benchmark="flowers", seed=0, samples_per_class=5, protocol="as-published")
    both_models("resnet18.a1_in1k", saved("old", conditions=replace(CONDITIONS, seed=3)), how)
    ((_, benchmark, options),) = asked
    assert benchmark == "flowers"
    assert (options["seed"], options["samples_per_class"], options["protocol"]) == (0, 5, "as-published")


def test_checkpoints_are_measured_with_their_architecture(asked: Asked, tmp_path: Path) -> None:
    for name in ("new.safetensors", "old.safetensors"):
        (tmp_path / name).write_bytes(b"weights")
    how = How(benchmark="toy-shapes", architecture="resnet18")
    both_models("new.safetensors", "old.safetensors", how)
    assert [(model, options["architecture"]) for model, _, options in asked] == [
        ("old.safetensors", "resnet18"), ("new.safetensors", "resnet18"),
    ]  # fmt: skip


def test_architectures_are_found_before_anything_is_measured(
    asked: Asked, saved: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new, old, twin = (
        checkpoint(tmp_path / f"{name}.safetensors", net)
        for name, net in (("new", "test_vit"), ("old", "test_resnet"), ("twin", "efficientnet_b0"))
    )
    how = How(benchmark="toy-shapes")
    both_models(new, old, how)
    # Each by its own tensors, and said.
    assert [options["architecture"] for _, _, options in asked] == ["test_resnet", "test_vit"]
    assert capsys.readouterr().err.splitlines() == [
        f"{old} is taken for test_resnet: no other architecture of timm has its tensors.",
        f"{new} is taken for test_vit: no other architecture of timm has its tensors.",
    ]
    asked.clear()
    with pytest.raises(Refusal) as refused:
        both_models(twin, old, how)
    assert refused.value.code == "no_architecture"
    assert "efficientnet_b0" in refused.value.message
    assert "tf_efficientnet_b0" in refused.value.message
    assert refused.value.hint == "Name the net with --architecture NAME."
    assert asked == []
    # What was named stands, and a name of timm beside a checkpoint has no other.
    both_models(twin, "resnet18", replace(how, architecture="tf_efficientnet_b0"))
    assert [options["architecture"] for _, _, options in asked] == [None, "tf_efficientnet_b0"]
    assert both_models(saved("kept"), saved("before"), how)[0][0] == "kept"


def checkpoint(place: Path, architecture: str) -> str:
    save_file(dict(timm.create_model(architecture, num_classes=16).state_dict()), place)
    return str(place)


def test_programs_are_measured_without_one_beside_checkpoints_that_need_it(asked: Asked, tmp_path: Path) -> None:
    new, old = graph(small_net(), tmp_path / "new.onnx"), tmp_path / "old.safetensors"
    old.write_bytes(b"weights")
    inputs = ProgramInputs(input_size=(12,), mean=(0.5,), std=(0.25,))
    both_models(str(new), str(old), How(benchmark="toy-shapes", architecture="resnet18", inputs=inputs))
    said = ("architecture", "input_size", "mean", "std")
    assert [tuple(options[key] for key in said) for *_, options in asked] == [
        ("resnet18", None, None, None),
        (None, 12, (0.5,), (0.25,)),
    ]


def test_what_is_not_saved_needs_a_benchmark() -> None:
    with pytest.raises(Refusal) as refused:
        both_models("new", "old", How())
    assert refused.value.hint == "Name a benchmark with --benchmark KEY."


def test_the_profile_of_the_new_model_is_saved_to_be_a_baseline(
    asked: Asked, saved: Callable[..., str], tmp_path: Path
) -> None:
    place = tmp_path / "next.json"
    both_models("resnet18.a1_in1k", saved("old"), How(), save=place)
    assert Profile.load(place).name == "resnet18.a1_in1k"
    both_models(saved("another"), saved("old"), How(), save=place)
    assert Profile.load(place).name == "another"
    assert len(asked) == 1


def test_misuse_is_a_refusal(monkeypatch: pytest.MonkeyPatch, saved: Callable[..., str]) -> None:
    def measured(*_: object, **__: object) -> Profile:
        raise ValueError("samples_per_class is 0; use 1 or more.")

    monkeypatch.setattr(measuring, "measure", measured)
    with pytest.raises(Refusal, match="use 1 or more") as refused:
        both_models("resnet18", saved("old"), How())
    assert refused.value.code == "bad_option"


@pytest.fixture
def store(study: Path) -> Path:
    """A store with two models of one's own, one of which has evidence."""
    engine = create_store_engine(Settings().resolved_database_url)
    fill(engine, 2)
    keep_flowers(engine, study / EVIDENCE, 0)
    engine.dispose()
    return study


def test_a_stored_model_is_not_measured_again(asked: Asked, store: Path) -> None:
    del store
    (_, new), (name, old) = both_models("mine-0", "mine-0", How(benchmark="flowers"))
    assert name == "mine-0"
    assert new.conditions == old.conditions
    assert old.conditions.digest == "sha256:1"
    assert asked == []


def test_values_without_evidence_are_no_baseline(asked: Asked, store: Path) -> None:
    del store
    with pytest.raises(Refusal) as refused:
        both_models("mine-0", "mine-1", How(benchmark="flowers"))
    assert refused.value.code == "no_evidence"
    assert asked == []


@pytest.mark.parametrize("benchmark", ["flowers", "elsewhere"])
def test_what_the_store_does_not_know_is_measured(asked: Asked, store: Path, benchmark: str) -> None:
    del store
    both_models("resnet18", "resnet34", How(benchmark=benchmark))
    assert [model for model, *_ in asked] == ["resnet34", "resnet18"]


def test_without_a_store_names_are_measured_all_the_same(asked: Asked) -> None:
    both_models("resnet18", "resnet34", How(benchmark="toy-shapes"))
    assert len(asked) == 2


def test_what_a_package_measured_of_the_baseline_is_measured_of_the_new_model(
    asked: Asked, saved: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    install(tmp_path, "was_measured_before", DOUBT)
    with dimensions_in_force(DimensionSet(own=(doubt_of("was_measured_before"),))):
        old = saved("old", results={**RESULTS, "doubt": plain(0.5)})
    contextvars.copy_context().run(both_models, "resnet18.a1_in1k", old, How())
    ((_, _, options),) = asked
    assert "doubt" in options["dimensions"].split(",")
