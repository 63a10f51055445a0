"""Which model a request names: every combination against the rules written down here."""

from dataclasses import replace

import pytest

from backend.api.architectures import architectures
from backend.evaluations.evaluation_request import EvaluationRequest, model_name, require_one_model
from backend.imports.study_names import study_reasons
from backend.problems import ProblemError
from evaluation.models.names import current_name
from evaluation.models.study.load import study_model
from quba.dimensions import MEASURES, DimensionSet, dimensions_in_force
from tests.dimension_package import doubt_of

KNOWN = ("resnet18", "resnet50", "vit_base_patch16_224")
CHECKPOINT = "a" * 64


@pytest.mark.parametrize(
    ("given", "architecture"),
    [
        ({"model": "resnet50.a1_in1k"}, "resnet50"),
        ({"model": "resnet50"}, "resnet50"),
        ({"model": "study:resnet50"}, "study:resnet50"),
        ({"model": "study:hiera-t"}, "study:hiera-t"),
        ({"model": "hiera-t"}, "study:hiera-t"),
        ({"model": "resnet50.a1_in1k", "architecture": "resnet50"}, "resnet50"),
        ({"checkpoint_id": CHECKPOINT, "architecture": "resnet18"}, "resnet18"),
        ({"checkpoint_id": CHECKPOINT, "architecture": "resnet18.tv_in1k"}, "resnet18"),
        ({"checkpoint_id": CHECKPOINT, "architecture": "resnet18", "weights_key": "ema"}, "resnet18"),
    ],
)
def test_one_model_of_a_known_architecture_is_taken(given: dict[str, str], architecture: str) -> None:
    assert require_one_model(EvaluationRequest.read(given), KNOWN) == architecture


@pytest.mark.parametrize(
    ("given", "code", "named"),
    [
        ({}, "invalid_parameter", "neither"),
        ({"model": "resnet50", "checkpoint_id": CHECKPOINT}, "invalid_parameter", "both"),
        ({"model": "resnet50", "weights_key": "ema"}, "invalid_parameter", "weights_key"),
        ({"checkpoint_id": CHECKPOINT}, "invalid_parameter", "architecture"),
        ({"checkpoint_id": CHECKPOINT, "architecture": "resnet5O"}, "unknown_architecture", "resnet5O"),
        ({"model": "no_such_net.x"}, "unknown_architecture", "no_such_net"),
        ({"model": "study:hiera-tt"}, "unknown_model", "hiera-tt"),
        ({"model": "study:qqqqqqqq"}, "unknown_model", "qqqqqqqq"),
        ({"model": "study:"}, "unknown_model", "''"),
        ({"model": "study:hiera-t-lp"}, "weights_unavailable", "have not released them"),
        ({"model": "mobileclip-s0"}, "weights_unavailable", "open_clip has no architecture"),
        ({"model": "study:hiera-t", "architecture": "resnet18"}, "invalid_parameter", "resnet18"),
        ({"model": "study:hiera-t", "weights_key": "ema"}, "invalid_parameter", "weights_key"),
        ({"model": "resnet50.a1_in1k", "architecture": "resnet18"}, "invalid_parameter", "resnet18"),
    ],
)
def test_anything_else_is_refused_with_what_it_said(given: dict[str, str], code: str, named: str) -> None:
    with pytest.raises(ProblemError) as refusal:
        require_one_model(EvaluationRequest.read(given), KNOWN)
    assert (refusal.value.status, refusal.value.code) == (422, code)
    assert named in refusal.value.detail
    assert refusal.value.next_step


def test_a_slip_of_the_pen_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(ProblemError) as refusal:
        require_one_model(EvaluationRequest.read({"checkpoint_id": CHECKPOINT, "architecture": "resnet81"}), KNOWN)
    assert "resnet18" in refusal.value.next_step


def test_what_is_left_out_has_its_default() -> None:
    request = EvaluationRequest.read({})
    assert request.model_dump() == {
        "checkpoint_id": None, "model": None, "architecture": None, "weights_key": None, "name": None,
        "benchmark": "imagenet-1k", "protocol": None, "dimensions": None, "samples_per_class": None, "seed": 0,
        "priority": 50, "class_order_checked": False, "cost": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "taken", "refused"),
    [
        ("samples_per_class", (1, 1000), (0, 1001, 1.5, True, "10")),
        ("cost", (True, False), ("perhaps", 2)),
        ("seed", (0, 2**32 - 1), (-1, 2**32, 0.5, "0", [0])),
        ("priority", (1, 100), (0, 101, "50")),
        ("checkpoint_id", ("0" * 64, "af" * 32), ("0" * 63, "0" * 65, "AF" * 32, "", 1)),
        ("model", ("resnet50.a1_in1k",), ("x" * 201, "a\nb", 1, ["resnet50"])),
        ("weights_key", ("state_dict_ema",), ("", "x" * 201, "a\0b")),
        ("protocol", ("as-published", "corrected"), ("published", "", "CORRECTED")),
        ("dimensions", (["accuracy"], list(MEASURES)), ([], ["speed"], "accuracy", ["accuracy"] * 201)),
        ("benchmark", ("toy-shapes",), ("x" * 101, "a\rb", 1)),
        ("name", ("Mine", "Modèle 2"), ("", " Mine", "=1+1", "n" * 201)),
    ],
)
def test_the_bounds_of_each_field_are_taken_and_what_is_beyond_is_refused_by_name(
    name: str, taken: tuple[object, ...], refused: tuple[object, ...]
) -> None:
    for value in taken:
        read = getattr(EvaluationRequest.read({name: value}, strict=True), name)
        assert (list(read) if isinstance(read, tuple) else read) == value
    for value in refused:
        with pytest.raises(ProblemError) as refusal:
            EvaluationRequest.read({name: value}, strict=True)
        assert (refusal.value.status, refusal.value.code) == (422, "invalid_parameter")
        assert refusal.value.errors[0]["parameter"] == name
        assert refusal.value.next_step


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("weights", "Did you mean `weights_key`?"),
        ("architectur", "Did you mean `architecture`?"),
        ("filters", "It takes: checkpoint_id, model, architecture"),
    ],
)
def test_a_field_that_there_is_not_is_refused_with_the_nearest_or_all(name: str, step: str) -> None:
    with pytest.raises(ProblemError) as refusal:
        EvaluationRequest.read({"model": "resnet50", name: {}}, strict=True)
    assert refusal.value.code == "unknown_parameter"
    assert refusal.value.next_step.startswith(step)


def test_a_model_of_the_study_is_named_as_the_worker_names_it() -> None:
    """With the prefix or without: a name that timm has too is timm's, at both ends."""
    for model_id, reason in study_reasons().items():
        if not reason:
            assert model_name(f"study:{model_id}", architectures()) == f"study:{model_id}"
            plain = f"study:{model_id}" if study_model(model_id) else current_name(model_id)
            assert model_name(model_id, architectures()) == plain


def test_a_slip_in_a_name_of_the_study_is_answered_with_the_nearest() -> None:
    with pytest.raises(ProblemError) as refusal:
        model_name("study:hiera-tt", KNOWN)
    assert refusal.value.next_step == "Did you mean 'study:hiera-t'?"
    with pytest.raises(ProblemError) as refusal:
        model_name("study:qqqqqqqq", KNOWN)
    assert refusal.value.next_step == "`wellbehaved study status` lists its models."


def test_what_a_package_measures_can_be_asked_for_and_what_is_imported_cannot() -> None:
    imported = replace(doubt_of("one"), key="throughput", plug_in=None, passes=())
    with dimensions_in_force(DimensionSet(own=(doubt_of("one"), imported))):
        asked = EvaluationRequest.read({"dimensions": ["doubt", "accuracy"]}, strict=True)
        assert asked.dimensions == ("doubt", "accuracy")
        with pytest.raises(ProblemError, match="throughput"):
            EvaluationRequest.read({"dimensions": ["throughput"]}, strict=True)
