"""Published values against values measured here, over REST."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from backend.store.engine import create_store_engine
from quba.dimensions import STUDY_DIMENSIONS
from tests.backend.conftest import TOKEN
from tests.backend.measured_again import again, store_again

Serve = Callable[[str], httpx.Client]
PATH = "/v1/reproductions"
BESIDE = "alexnet-evaluated"


@pytest.fixture
def engine(study_sqlite_url: str) -> Iterator[Engine]:
    made = create_store_engine(study_sqlite_url)
    yield made
    made.dispose()


@pytest.fixture
def service(engine: Engine, serve: Serve, study_sqlite_url: str) -> httpx.Client:
    """AlexNet as published but for its shape bias, on a subset in object focus; a flagged model far from it."""
    published = {
        "accuracy": 0.5652, "corruption_robustness": 0.3442, "ood_robustness": 0.5699, "calibration_error": 0.0017,
        "class_balance": 0.7319, "parameters_millions": 61.1,
    }  # fmt: skip
    values = [again(BESIDE, key, value) for key, value in published.items()]
    values += [
        again(BESIDE, "shape_bias", 0.4, parts={"shape": 40}, sample_count=100),
        again(BESIDE, "object_focus", 0.5, sample_count=4_000),
        again("alexnet", "adversarial_robustness", 0.2, protocol="corrected"),
        again("resnet50-a1-evaluated", "corruption_robustness", 0.6),
    ]
    store_again(engine, values)
    return serve(study_sqlite_url)


def asked(service: httpx.Client, **query: str) -> dict[str, Any]:
    answer = service.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_with_nothing_measured_there_is_nothing_to_compare(client: httpx.Client) -> None:
    found = asked(client)
    assert (found["total"], found["models"], found["items"], found["dimensions"]) == (0, 0, [], [])
    assert found["unflagged"] == found["flagged"] == {"compared": 0, "far": 0, "expected_far": 0.0}


def test_each_value_stands_beside_the_published_one(service: httpx.Client) -> None:
    found = asked(service, model_id="alexnet")
    assert [each["dimension"] for each in found["items"]] == [
        key for key in STUDY_DIMENSIONS if key != "adversarial_robustness"
    ]
    item = next(each for each in found["items"] if each["dimension"] == "shape_bias")
    assert (item["model_id"], item["name"]) == ("alexnet", "AlexNet")
    assert item["published"]["value"] == 0.2636
    assert item["published"]["standard_error"] > 0
    assert item["published"]["basis"]
    assert item["difference"] == pytest.approx(0.4 - 0.2636)
    assert item["in_standard_errors"] == pytest.approx(item["difference"] / item["standard_error"])
    measured = item["measured"]
    assert (measured["model_id"], measured["protocol"], measured["all_images"]) == (BESIDE, "as-published", True)
    assert (measured["parts"], measured["library_versions"]) == ({"shape": 40}, {"torch": "2.9.0"})
    assert measured["measured_at"] == "2026-11-01T00:00:00Z"


def test_how_many_are_far_is_told_beside_how_many_chance_takes_there(service: httpx.Client) -> None:
    found = asked(service)
    assert (found["total"], found["models"], found["subsets"]) == (9, 2, 1)
    # Without parameters, which are counted, without the subset, and the flagged one apart.
    assert (found["unflagged"]["compared"], found["unflagged"]["far"]) == (6, 1)
    assert found["unflagged"]["expected_far"] == pytest.approx(6 * 0.0455, abs=1e-4)
    assert (found["flagged"]["compared"], found["flagged"]["far"]) == (1, 1)
    assert [(each["dimension"], each["far"]) for each in found["dimensions"] if each["far"]] == [("shape_bias", 1)]
    assert "parameters_millions" not in [each["dimension"] for each in found["dimensions"]]
    [left_out] = found["not_comparable"]
    assert left_out["count"] == 1
    assert "as-published" in left_out["reason"]


def test_flags_are_tested_by_what_was_measured_with_the_defects(engine: Engine, service: httpx.Client) -> None:
    assert asked(service)["flag_tests"] == []
    published = service.get("/v1/models/resnet50-a1").json()["scores"]
    released = [
        again("resnet50-a1", key, published[key]["value"], protocol="as-released")
        for key in ("corruption_robustness", "class_balance")
    ]
    # Without a flag there is no claim to test, and with a subset no test.
    released += [
        again("alexnet", "class_balance", 0.7, protocol="as-released"),
        again("resnet50-a1", "calibration_error", 0.1, protocol="as-released", sample_count=100),
        again("resnet50-a1-evaluated", "calibration_error", 0.1),
    ]
    store_again(engine, released)
    found = asked(service)
    [tested] = found["flag_tests"]
    assert (tested["model_id"], tested["dimension"], tested["flags"]) == (
        "resnet50-a1", "corruption_robustness", ["train-mode"],
    )  # fmt: skip
    assert (tested["with_defect"], tested["verdict"]) == (0.0, "supported")
    assert tested["without_defect"] > 2
    # Each is an item of its own, and none is counted among the reproductions.
    assert found["total"] == 9 + 5
    assert found["unflagged"]["compared"] == 6
    assert found["flagged"]["compared"] == 2
    assert [each["measured"]["protocol"] for each in found["items"]].count("as-released") == 4


def test_what_was_measured_with_the_defects_is_never_ranked(engine: Engine, service: httpx.Client) -> None:
    before = service.get("/v1/rankings?limit=1000").json()
    store_again(engine, [again("alexnet", "class_balance", 0.99, protocol="as-released")])
    after = service.get("/v1/rankings?limit=1000").json()
    assert after["items"] == before["items"]
    refused = service.get("/v1/rankings", params={"protocol": "as-released"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_parameter")
    assert service.get("/v1/models/alexnet?protocol=as-released").status_code == 422
    assert service.get("/v1/models/alexnet").json()["protocol"] == "as-published"


def test_models_and_dimensions_choose(service: httpx.Client) -> None:
    assert asked(service, model_id="resnet50-a1")["total"] == 1
    # The model that stands beside the published one leads to it too.
    assert asked(service, model_id=BESIDE)["total"] == 8
    assert asked(service, model_id="alexnet,resnet50-a1")["total"] == 9
    assert asked(service, dimension="accuracy,shape_bias")["total"] == 2
    assert asked(service, model_id="vgg16")["items"] == []
    refused = service.get(PATH, params={"model_id": "alexnot"})
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown_model")
    assert service.get(PATH, params={"dimension": "beauty"}).status_code == 422


def test_pages_go_on_and_tallies_are_of_all_of_them(service: httpx.Client) -> None:
    first = asked(service, limit="5")
    second = asked(service, limit="5", cursor=first["next_cursor"])
    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (5, 4, None)
    assert first["unflagged"] == second["unflagged"]
    assert [*first["items"], *second["items"]] == asked(service)["items"]


def test_a_table_has_a_row_for_each_value(service: httpx.Client) -> None:
    lines = service.get(PATH, params={"format": "csv"}).text.splitlines()
    assert len(lines) == 1 + 9
    assert lines[0].startswith("model_id,name,dimension,protocol,published,")
    [flagged] = [line for line in lines if line.startswith("resnet50-a1,")]
    assert flagged.endswith(",true,train-mode")


def test_who_holds_the_answer_is_not_sent_it_again(service: httpx.Client) -> None:
    etag = service.get(PATH).headers["etag"]
    assert service.get(PATH, headers={"If-None-Match": etag}).status_code == 304


def test_private_models_are_for_who_holds_the_token(engine: Engine, serve: Serve, study_sqlite_url: str) -> None:
    store_again(engine, [again(BESIDE, "accuracy", 0.57)], visibility="private")
    service = serve(study_sqlite_url)
    assert asked(service)["total"] == 0
    assert service.get(PATH, params={"model_id": BESIDE}).status_code == 404
    own = {"Authorization": f"Bearer {TOKEN}"}
    assert service.get(PATH, params={"model_id": BESIDE}, headers=own).json()["total"] == 1
