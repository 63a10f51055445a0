"""Two models over REST: paired where evidence of both is here, and otherwise in words why not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from scipy.stats import binomtest, t
from sqlalchemy import Engine, update

from backend.store import data_versions
from backend.store.engine import create_store_engine, writing
from backend.store.opened_files import EVIDENCE
from backend.store.tables import Measurement, Model
from quba.deciding.significance import holm
from quba.measuring.evidence import Evidence
from tests.backend.conftest import FACTS, fill, values_of
from tests.backend.evidence import CONDITIONS, decided, keep_flowers

Serve = Callable[[str], httpx.Client]
NOW = datetime(2026, 7, 1, tzinfo=UTC)
FLOWERS = {"a": "mine-0", "b": "mine-1", "benchmark": "flowers"}


@pytest.fixture
def engine(study_sqlite_url: str) -> Iterator[Engine]:
    """Three models of a benchmark of one's own beside the study's."""
    engine = create_store_engine(study_sqlite_url)
    fill(engine, 3)
    yield engine
    engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the service looks for evidence."""
    return tmp_path / "data" / EVIDENCE


@pytest.fixture
def kept(engine: Engine, folder: Path) -> list[Evidence]:
    """Evidence of the first two models."""
    return [keep_flowers(engine, folder, number) for number in (0, 1)]


@pytest.fixture
def service(engine: Engine, serve: Serve, study_sqlite_url: str) -> httpx.Client:
    return serve(study_sqlite_url)


def asked(service: httpx.Client, **query: str | float) -> dict[str, Any]:
    response = service.get("/v1/differences", params={**FLOWERS, **query})
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def by_dimension(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["dimension"]: item for item in document["items"]}


def test_paired_differences_are_those_of_the_replicates_and_mcnemars(
    service: httpx.Client, kept: list[Evidence]
) -> None:
    answer = asked(service, confidence=0.9)
    assert (answer["paired"], answer["unpaired"], answer["confidence"]) == (True, None, 0.9)
    for side, number in (("a", 0), ("b", 1)):
        assert answer[side] == {
            "model_id": f"mine-{number}", "name": f"Mine {number}", "has_evidence": True, "without": None,
        }  # fmt: skip
    items = by_dimension(answer)
    # Computed here once more, by hand.
    for key in ("accuracy", "calibration_error"):
        item = items[key]
        deviations = kept[1].replicates[key] - kept[0].replicates[key]
        jackknife = float(np.sqrt(19 / 20 * ((deviations - deviations.mean()) ** 2).sum()))
        # Of decisions, two more images may turn than were seen to.
        error = float(np.hypot(jackknife, 2 / 60)) if key == "accuracy" else jackknife
        assert item["paired"]
        assert item["difference"] == pytest.approx(values_of(1)[key] - values_of(0)[key])
        assert item["standard_error"] == pytest.approx(error)
        half = float(t.ppf(0.95, 19)) * error
        assert (item["low"], item["high"]) == pytest.approx((item["difference"] - half, item["difference"] + half))
    before, after = decided(values_of(0)["accuracy"], seed=0), decided(values_of(1)["accuracy"], seed=1)
    wrong, right = int((before & ~after).sum()), int((after & ~before).sum())
    assert items["accuracy"]["p"] == pytest.approx(binomtest(right, right + wrong).pvalue)
    tested = [item for item in answer["items"] if item["p"] is not None]
    assert [item["p_holm"] for item in tested] == pytest.approx(holm([item["p"] for item in tested]))
    # What nothing was kept of is told apart, from the errors of both values.
    balance = items["class_balance"]
    assert (balance["paired"], balance["standard_error"]) == (False, pytest.approx(0.02 * 2**0.5))
    assert answer["flips"] == [{"name": "clean", "now_wrong": wrong, "now_right": right}]


def test_flips_are_counted_by_class_of_the_clean_images(service: httpx.Client, kept: list[Evidence]) -> None:
    answer = asked(service)
    before, after = decided(values_of(0)["accuracy"], seed=0), decided(values_of(1)["accuracy"], seed=1)
    expected = []
    for label, name in enumerate(("aster", "daisy", "rose")):
        one, other = before[20 * label : 20 * (label + 1)], after[20 * label : 20 * (label + 1)]
        wrong, right = int((one & ~other).sum()), int((other & ~one).sum())
        expected.append({"label": label, "name": name, "now_wrong": wrong, "now_right": right})
    assert answer["flips_by_class"] == expected


def test_a_spoiled_copy_is_found_by_every_image(service: httpx.Client, engine: Engine, folder: Path) -> None:
    first = keep_flowers(engine, folder, 0)
    spoiled = np.flatnonzero(first.right["clean"])[[3, 17, 30]]
    bits = first.right["clean"].copy()
    bits[spoiled] = False
    keep_flowers(engine, folder, 1, right={"clean": bits})
    answer = asked(service)
    assert answer["flips"] == [{"name": "clean", "now_wrong": 3, "now_right": 0}]
    found = {each["label"]: each["now_wrong"] for each in answer["flips_by_class"]}
    assert found == {label: int((spoiled // 20 == label).sum()) for label in sorted(set((spoiled // 20).tolist()))}


def test_a_model_against_itself_does_not_differ(service: httpx.Client, kept: list[Evidence]) -> None:
    answer = asked(service, b="mine-0")
    assert answer["paired"]
    assert {item["difference"] for item in answer["items"]} == {0.0}
    paired = [item for item in answer["items"] if item["paired"] and item["p"] is not None]
    assert len(paired) == 2
    assert {(item["standard_error"], item["low"], item["high"], item["p"]) for item in paired} == {(0, 0, 0, 1)}
    assert answer["flips"] == [{"name": "clean", "now_wrong": 0, "now_right": 0}]
    assert answer["flips_by_class"] == []


def test_published_models_have_no_evidence_and_the_answer_says_so(service: httpx.Client) -> None:
    answer = asked(service, a="alexnet", b="resnet50", benchmark="imagenet-1k")
    assert not answer["paired"]
    assert answer["unpaired"] == (
        "There is no evidence of AlexNet and ResNet50. The values are published, and nobody kept which images were "
        "decided right."
    )
    assert answer["b"]["without"] in answer["unpaired"]
    assert (answer["flips"], answer["flips_by_class"]) == (None, None)
    compared = service.get("/v1/comparisons?models=alexnet,resnet50").json()
    expected = {each["key"]: each["differences"][0] for each in compared["dimensions"] if each["differences"]}
    for key, item in by_dimension(answer).items():
        assert item["difference"] == pytest.approx(expected[key]["difference"])
        assert item["standard_error"] == pytest.approx(expected[key]["standard_error"])
        # Counted exactly, so that no image is asked.
        assert item["paired"] is (key in FACTS)
    itself = asked(service, a="alexnet", b="alexnet", benchmark="imagenet-1k")
    assert {item["difference"] for item in itself["items"]} == {0.0}
    assert itself["unpaired"].startswith("There is no evidence of AlexNet. ")


def test_values_from_before_evidence_was_kept(service: httpx.Client, kept: list[Evidence]) -> None:
    answer = asked(service, b="mine-2")
    assert (answer["a"]["has_evidence"], answer["b"]["has_evidence"]) == (True, False)
    assert answer["unpaired"] == (
        "There is no evidence of Mine 2. The values were measured before evidence was kept. Evaluate the model again "
        "with this version."
    )
    assert not any(item["paired"] for item in answer["items"] if item["dimension"] != "parameters_millions")


@pytest.mark.parametrize(
    ("source", "words"), [("import", "came by import"), ("reference", "ship with the program")]
)  # fmt: skip
def test_values_of_other_sources(service: httpx.Client, engine: Engine, source: str, words: str) -> None:
    with writing(engine) as session:
        session.execute(update(Measurement).where(Measurement.model_id == "mine-1").values(source=source))
    assert words in asked(service)["b"]["without"]


def test_a_lost_and_a_swapped_file_are_told_and_not_believed(
    service: httpx.Client, kept: list[Evidence], folder: Path
) -> None:
    paths = {path.name: path.read_bytes() for path in folder.iterdir()}
    response = service.get("/v1/differences", params=FLOWERS)
    # Each holds what the other should: both are whole files of evidence.
    for name, content in zip(paths, reversed(paths.values()), strict=True):
        (folder / name).write_bytes(content)
    swapped = service.get("/v1/differences", params=FLOWERS, headers={"If-None-Match": response.headers["ETag"]})
    # No value has changed, but the answer has.
    assert swapped.status_code == 200
    assert not swapped.json()["paired"]
    assert "its digest differs. Put the original back" in swapped.json()["a"]["without"]
    for name in paths:
        (folder / name).unlink()
    lost = asked(service)
    assert "is not in the store of files (no such file). Copy it" in lost["unpaired"]
    for name, content in paths.items():
        (folder / name).write_bytes(content)
    again = service.get("/v1/differences", params=FLOWERS, headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


def test_other_images_are_compared_unpaired_with_the_reason(
    service: httpx.Client, engine: Engine, folder: Path, kept: list[Evidence]
) -> None:
    keep_flowers(engine, folder, 1, conditions=replace(CONDITIONS, samples_per_class=5, seed=3))
    answer = asked(service)
    assert (answer["a"]["has_evidence"], answer["b"]["has_evidence"], answer["paired"]) == (True, True, False)
    assert answer["unpaired"].startswith("The two models cannot be compared: ")
    assert "seed 0 against 3" in answer["unpaired"]
    assert "Measure both on all images" in answer["unpaired"]


def test_evidence_of_other_values_than_the_stored_ones_pairs_nothing(
    service: httpx.Client, engine: Engine, kept: list[Evidence]
) -> None:
    def store(**values: float) -> None:
        with writing(engine) as session:
            for key, value in values.items():
                which = (Measurement.model_id == "mine-1", Measurement.dimension == key)
                session.execute(update(Measurement).where(*which).values(value=value))
            data_versions.record(session, reason="test", changes=[sorted(values)], created_at=NOW)

    store(accuracy=0.5)
    items = by_dimension(asked(service))
    assert items["accuracy"]["value_b"] == 0.5
    assert (items["accuracy"]["paired"], items["calibration_error"]["paired"]) == (False, True)
    store(calibration_error=0.5)
    answer = asked(service)
    assert not answer["paired"]
    assert "The stored values are of another measurement than the evidence." in answer["b"]["without"]


def test_a_private_model_is_for_the_holder_of_the_token(
    service: httpx.Client, engine: Engine, kept: list[Evidence], writing_headers: dict[str, str]
) -> None:
    with writing(engine) as session:
        session.execute(update(Model).where(Model.id == "mine-1").values(visibility="private"))
        data_versions.record(session, reason="test", changes=["withdrawal"], created_at=NOW)
    refused = service.get("/v1/differences", params=FLOWERS)
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown_model")
    headers = {"Authorization": writing_headers["Authorization"]}
    assert service.get("/v1/differences", params=FLOWERS, headers=headers).json()["paired"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"a": "nobody"}, 404, "unknown_model"),
        ({"b": "alexnet"}, 404, "unknown_model"),
        ({"benchmark": "nowhere"}, 404, "unknown_benchmark"),
        ({"protocol": "as-published"}, 404, "unknown_model"),
        ({"protocol": "own"}, 422, "invalid_parameter"),
        ({"confidence": "1.5"}, 422, "invalid_parameter"),
        ({"a": ""}, 404, "unknown_model"),
        ({"quality": "all"}, 422, "unknown_parameter"),
    ],
)
def test_bad_questions(service: httpx.Client, query: dict[str, str], status: int, code: str) -> None:
    response = service.get("/v1/differences", params={**FLOWERS, **query})
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_both_models_must_be_named(service: httpx.Client) -> None:
    response = service.get("/v1/differences?a=alexnet")
    assert (response.status_code, response.json()["code"]) == (422, "invalid_parameter")


def test_a_model_that_is_not_named_is_asked_for_by_an_example(service: httpx.Client) -> None:
    answer = service.get("/v1/differences", params={"benchmark": "flowers"})
    assert answer.status_code == 422
    assert [error["next_step"] for error in answer.json()["errors"]] == [
        "Send for example a=alexnet.", "Send for example b=resnet50.",
    ]  # fmt: skip
