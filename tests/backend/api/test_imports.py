import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from backend.imports.importer import published_scores
from tests.backend.imports.foreign_files import model_info, results
from tests.backend.own_dimension import described
from tests.backend.test_work_events import events_of

Build = Callable[..., bytes]
Serve = Callable[[str], httpx.Client]
_OTHER_PROCESS = """
import sys
from backend.store.engine import create_store_engine
from backend.imports.importer import import_results
print(import_results(create_store_engine(sys.argv[1]), sys.stdin.buffer.read()).data_version)
"""


def total(service: httpx.Client) -> int:
    return int(service.get("/v1/rankings", params={"limit": "1"}).json()["total"])


def post(service: httpx.Client, data: bytes, headers: dict[str, str]) -> httpx.Response:
    return service.post("/v1/imports", content=data, headers=headers)


def test_an_import_shows_in_the_next_answer(
    serve: Serve, study_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service = serve(study_url)
    before = service.get("/v1/rankings", params={"q": "mine"})
    response = post(service, results_csv({}), writing_headers)
    assert response.status_code == 201
    assert {key: response.json()[key] for key in ("added", "unchanged")} == {"added": 1, "unchanged": 0}
    after = service.get("/v1/rankings", params={"q": "mine"}, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]
    assert after.headers["x-data-version"] == after.json()["data_version"] == response.json()["data_version"]
    assert [item["model_id"] for item in after.json()["items"]] == ["mine"]
    assert after.json()["total_models"] == 327


def test_the_same_import_again_changes_nothing(
    serve: Serve, study_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service = serve(study_url)
    first = post(service, results_csv({}), writing_headers).json()
    again = post(service, results_csv({}), writing_headers).json()
    nothing = {
        "import_id": None, "added": 0, "new_models": 0, "data_version": first["data_version"], "outliers": [],
        "dimensions": [], "left_out": [],
    }  # fmt: skip
    assert again == {**nothing, "unchanged": 1}
    study = post(service, published_scores(), writing_headers).json()
    assert study == {**nothing, "unchanged": 326}


def test_a_write_by_another_process_shows_in_the_next_answer(serve: Serve, study_url: str, results_csv: Build) -> None:
    service = serve(study_url)
    held = service.get("/v1/rankings").headers["etag"]
    assert service.get("/v1/rankings", headers={"If-None-Match": held}).status_code == 304
    command = [sys.executable, "-c", _OTHER_PROCESS, study_url]
    done = subprocess.run(command, input=results_csv({}), stdout=subprocess.PIPE, check=True)
    answer = service.get("/v1/rankings", headers={"If-None-Match": held})
    assert answer.status_code == 200
    assert answer.json()["data_version"] == done.stdout.decode().strip()
    assert answer.json()["total_models"] == 327


def test_what_the_command_line_imports_shows_in_the_next_answer(
    serve: Serve, study_url: str, tmp_path: Path, results_csv: Build
) -> None:
    service = serve(study_url)
    before = service.get("/v1/rankings", params={"q": "mine"})
    assert before.json()["items"] == []
    (tmp_path / "results.csv").write_bytes(results_csv({}))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WELLBEHAVED_")}
    environment |= {"WELLBEHAVED_DATABASE_URL": study_url, "WELLBEHAVED_DATA_DIR": str(tmp_path / "own")}
    command: list[str | Path] = [Path(sys.executable).with_name("wellbehaved"), "import", "results.csv", "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    after = service.get("/v1/rankings", params={"q": "mine"}, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert [item["model_id"] for item in after.json()["items"]] == ["mine"]
    assert after.json()["data_version"] == json.loads(done.stdout)["data_version"]
    assert service.get("/v1/models/mine").json()["scores"]["accuracy"]["source"] == "import"


def test_as_events_a_file_says_how_far_it_is_and_ends_with_the_same_answer(
    serve: Serve, study_url: str, writing_headers: dict[str, str], results_csv: Build, tmp_path: Path
) -> None:
    service, headers = serve(study_url), {**writing_headers, "Accept": "text/event-stream"}
    streamed = post(service, results_csv({}), {**headers, "Idempotency-Key": "once"})
    assert (streamed.status_code, streamed.headers["content-type"]) == (201, "text/event-stream; charset=utf-8")
    *progress, (kind, answer) = events_of([f"{each}\n\n".encode() for each in streamed.text.split("\n\n")[:-1]])
    assert progress[-1] == ("progress", {"phase": "storing", "rows_done": 1, "rows_total": 1})
    plain = post(service, results_csv({}), writing_headers).json()
    assert kind == "result"
    assert isinstance(answer, dict)
    assert answer == {**plain, "added": 1, "unchanged": 0, "import_id": answer["import_id"]}
    # A stream is not kept: sent again, the file is compared once more.
    again = post(service, results_csv({}), {**headers, "Idempotency-Key": "once"})
    assert '"unchanged":1' in again.text
    refused = post(service, results_csv({"accuracy": "80"}), headers)
    assert '"code":"import_rejected"' in refused.text
    assert refused.text.count("event: problem") == 1
    assert list((tmp_path / "data" / "imports").iterdir()) == []


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("*/*", 422), ("application/json, text/event-stream", 422), ("text/event-stream;q=0, */*", 422),
        ("text/event-stream, application/json;q=0.9", 201),
    ],
)  # fmt: skip
def test_events_are_sent_to_who_likes_them_better_than_the_usual_answer(
    serve: Serve, study_url: str, writing_headers: dict[str, str], results_csv: Build, accept: str, status: int
) -> None:
    """Who judges by the status must not take a refusal for success."""
    answer = post(serve(study_url), results_csv({"accuracy": "80"}), {**writing_headers, "Accept": accept})
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/event-stream" if status == 201 else "application/problem")


def test_all_rows_or_none(serve: Serve, study_url: str, writing_headers: dict[str, str], results_csv: Build) -> None:
    service = serve(study_url)
    data = results_csv(
        {},
        {"model_id": "second", "name": "Second", "accuracy": "80", "shape_bias": "x"},
        {"model_id": "Third One", "name": "=cmd()", "architecture": "cn"},
    )
    response = post(service, data, writing_headers)
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "import_rejected")
    found = {(fault["line"], fault["column"]): fault for fault in problem["errors"]}
    assert set(found) == {
        (3, "accuracy"), (3, "shape_bias"), (4, "model_id"), (4, "name"), (4, "architecture"),
    }  # fmt: skip
    assert found[3, "accuracy"]["value"] == "80"
    assert all(fault["rule"] for fault in problem["errors"])
    assert problem["detail"].startswith("5 faults; nothing was imported. First: line 3, accuracy: '80' ")
    assert not problem["detail"].endswith("..")
    assert total(service) == 326


def test_another_result_for_a_known_model_is_refused(
    serve: Serve, study_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service = serve(study_url)
    post(service, results_csv({}), writing_headers)
    problem = post(service, results_csv({"accuracy": "0.9"}), writing_headers).json()
    assert (problem["code"], problem["errors"][0]["column"]) == ("import_rejected", "accuracy")
    assert "0.8" in problem["errors"][0]["rule"]
    assert problem["detail"].startswith("1 fault; ")


def test_an_answer_lists_no_more_faults_than_anyone_reads(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    rows = [{"model_id": f"m{number}", "name": f"M {number}", "accuracy": "80"} for number in range(1200)]
    problem = post(serve(study_sqlite_url), results_csv(*rows), writing_headers).json()
    assert problem["detail"].startswith("1200 faults, of which the first 1000 are listed; ")
    assert len(problem["errors"]) == 1000


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, "missing_token"),
        ({"Authorization": "Bearer "}, 401, "missing_token"),
        ({"Authorization": "Basic YTpi"}, 401, "missing_token"),
        ({"Authorization": "Bearer wrong"}, 401, "invalid_token"),
        ({"Authorization": "Bearer a-token-for-test"}, 401, "invalid_token"),
        ({"Content-Type": "application/json"}, 415, "not_csv"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415, "not_csv"),
        ({"Content-Type": ""}, 415, "not_csv"),
    ],
)
def test_refused_before_the_body_is_read(
    serve: Serve,
    study_sqlite_url: str,
    writing_headers: dict[str, str],
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    service = serve(study_sqlite_url)
    sent = headers if status == 401 else {**writing_headers, **headers}
    response = post(service, b"never read", sent)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["next_step"]
    if status == 401:
        assert response.headers["www-authenticate"] == "Bearer"
    assert total(service) == 326


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b"name,accuracy\n", "is missing"),
        (b"\xff\xfem\0", "UTF-16"),
        (b"model_id,\0", "NUL"),
        (b"\xe9", "UTF-8"),
        (b"PK\x03\x04" + bytes(100), "NUL"),
    ],
)
def test_files_of_other_kinds(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str], data: bytes, told: str
) -> None:
    response = post(serve(study_sqlite_url), data, writing_headers)
    assert (response.status_code, response.json()["code"]) == (422, "import_rejected")
    assert told in response.json()["errors"][-1]["rule"] + response.json()["errors"][0]["value"]


def test_a_file_that_is_one_endless_line(serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str]) -> None:
    response = post(serve(study_sqlite_url), b"a" * (16 * 1024 * 1024 + 1), writing_headers)
    assert (response.status_code, response.json()["code"]) == (422, "import_rejected")
    assert response.json()["errors"][0]["rule"] == "has 8388608 bytes or more; end each row with a line break."


def test_a_file_that_is_larger_than_the_operator_allows(
    serve: Serve,
    study_sqlite_url: str,
    writing_headers: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("WELLBEHAVED_MAX_IMPORT_BYTES", "1000")
    service = serve(study_sqlite_url)
    for content in (bytes(1001), iter([bytes(600), bytes(600)])):
        response = service.post("/v1/imports", content=content, headers=writing_headers)
        assert (response.status_code, response.json()["code"]) == (413, "too_large")
        assert "WELLBEHAVED_MAX_IMPORT_BYTES" in response.json()["next_step"]
    assert list((tmp_path / "data" / "imports").iterdir()) == []


def test_an_import_into_a_database_that_is_not_there(
    serve: Serve, tmp_path: Path, writing_headers: dict[str, str], results_csv: Build
) -> None:
    response = post(serve(f"sqlite:///{tmp_path / 'none.db'}"), results_csv({}), writing_headers)
    assert (response.status_code, response.json()["code"]) == (503, "store_unavailable")
    assert not (tmp_path / "none.db").exists()


def test_it_takes_no_parameters(serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str]) -> None:
    response = serve(study_sqlite_url).post("/v1/imports?source=study", content=b"", headers=writing_headers)
    assert (response.status_code, response.json()["code"]) == (422, "unknown_parameter")


def test_imports_are_listed_and_deleted_as_a_whole(
    serve: Serve, study_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service = serve(study_url)
    service.headers["Authorization"] = writing_headers["Authorization"]
    assert service.get("/v1/imports").json() == {
        "items": [], "without_id": {"models": 0, "values": 0}, "next_cursor": None,
    }  # fmt: skip
    study = service.post("/v1/imports", content=published_scores(), headers=writing_headers).json()
    assert study["import_id"] is None
    ids = []
    for name in ("a", "b"):
        rows = [{"model_id": f"{name}{number}", "name": f"{name} {number}"} for number in range(3)]
        answer = service.post(f"/v1/imports?filename={name}.csv", content=results_csv(*rows), headers=writing_headers)
        ids.append(answer.json()["import_id"])
    first = service.get("/v1/imports?limit=1").json()
    [item] = first["items"]
    told = (item["import_id"], item["filename"], item["row_count"], item["model_count"], item["values_held"])
    assert told == (ids[1], "b.csv", 3, 3, 27)
    assert item["benchmarks"] == ["imagenet-1k"]
    after = service.get("/v1/imports", params={"limit": "1", "cursor": first["next_cursor"]}).json()
    assert ([each["import_id"] for each in after["items"]], after["next_cursor"]) == ([ids[0]], None)
    deleted = service.delete(f"/v1/imports/{ids[0]}")
    assert (deleted.status_code, deleted.json()["deleted"]) == (200, ids[0])
    left = service.get("/v1/rankings?limit=1").json()
    assert (left["total_models"], left["data_version"]) == (329, deleted.json()["data_version"])
    assert service.get("/v1/models/a0").status_code == 404
    gone = service.delete(f"/v1/imports/{ids[0]}")
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown_import")
    # What is gone can come in again, as another import.
    again = service.post("/v1/imports", content=results_csv({"model_id": "a0", "name": "a 0"}), headers=writing_headers)
    assert again.json()["import_id"] not in ids
    assert service.get("/v1/imports").json()["items"][0]["filename"] is None


def test_imports_are_the_token_holders(serve: Serve, study_sqlite_url: str) -> None:
    service = serve(study_sqlite_url)
    assert service.get("/v1/imports").json()["code"] == "missing_token"
    assert service.delete("/v1/imports/im-0123456789ab").json()["code"] == "missing_token"


# ---- tables of others ----------------------------------------------------------------------------------------------


def post_table(service: httpx.Client, data: bytes, headers: dict[str, str], **query: str) -> httpx.Response:
    return service.post("/v1/imports", content=data, headers=headers, params=query)


REAL = {"format": "timm", "filename": "results-imagenet-real.csv"}
REAL_TOP1 = "timm_imagenet_real_top1"


def test_a_table_of_timm_becomes_dimensions_that_a_ranking_weighs(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str]
) -> None:
    service = serve(study_sqlite_url)
    before = service.get("/v1/rankings?limit=1000").json()["items"]
    answer = post_table(service, results({}), writing_headers, **REAL)
    assert answer.status_code == 201
    body = answer.json()
    assert (body["added"], body["new_models"], body["left_out"]) == (1, 0, [])
    assert body["dimensions"] == [REAL_TOP1, "timm_imagenet_real_top5"]
    after = service.get("/v1/rankings?limit=1000").json()["items"]
    assert [(item["rank"], item["score"]) for item in after] == [(item["rank"], item["score"]) for item in before]
    [dimension] = [item for item in service.get("/v1/dimensions").json()["items"] if item["key"] == REAL_TOP1]
    assert (dimension["origin"], dimension["default_weight"]) == ("own", 0)
    assert "results-imagenet-real.csv, sha256 " in dimension["source"]
    ranked = service.get(f"/v1/rankings?w.{REAL_TOP1}=1&limit=1").json()["items"][0]
    score = service.get(f"/v1/models/{ranked['model_id']}").json()["scores"][REAL_TOP1]
    assert (score["value"], score["sample_count"], score["source"]) == (0.8025, 46_837, "import")
    assert score["note"].startswith(
        "images of 224 pixels, crop_pct 0.950, interpolation bicubic; results-imagenet-real"
    )


def test_models_that_are_not_there_are_added_only_where_that_is_asked_for(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str]
) -> None:
    service = serve(study_sqlite_url)
    data = results({}, {"model": "resnet26.bt_in1k"}, {"model": "nobody.knows"})
    refused = post_table(service, data, writing_headers, **REAL)
    assert (refused.status_code, refused.json()["code"]) == (422, "import_rejected")
    assert [(fault["line"], fault["value"]) for fault in refused.json()["errors"]] == [
        (3, "resnet26.bt_in1k"), (4, "nobody.knows"),
    ]  # fmt: skip
    assert total(service) == 326
    body = post_table(service, data, writing_headers, **REAL, partial="true").json()
    assert (body["added"], body["new_models"]) == (2, 1)
    assert [(row["line"], row["model"]) for row in body["left_out"]] == [(4, "nobody.knows")]
    assert total(service) == 327
    found = service.get(f"/v1/rankings?preset=accuracy&w.accuracy=0&w.{REAL_TOP1}=1&q=resnet26.bt_in1k").json()
    assert [(item["model_id"], item["rank"]) for item in found["items"]] == [("resnet26.bt_in1k", 1)]
    unscored = service.get("/v1/rankings?q=resnet26.bt_in1k").json()["items"][0]
    assert (unscored["score"], unscored["rank"]) == (None, None)
    assert len(unscored["missing"]) == 9
    assert service.delete(f"/v1/imports/{body['import_id']}", headers=writing_headers).status_code == 200
    assert total(service) == 326


def test_a_file_of_robustbench_is_json(serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str]) -> None:
    service = serve(study_sqlite_url)
    query = {"format": "robustbench", "filename": "imagenet/Linf/Salman2020Do_R50.json"}
    headers = {**writing_headers, "Content-Type": "application/json"}
    body = post_table(service, model_info(), headers, **query).json()
    assert body["dimensions"] == ["robustbench_linf_4_255_autoattack", "robustbench_linf_4_255_clean"]
    assert post_table(service, model_info(), headers).status_code == 415


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"dimension": "timm_imagenet"}, "format_missing"),
        ({"partial": "true"}, "format_missing"),
        ({"format": "xlsx"}, "invalid_parameter"),
        ({"format": "timm", "partial": "yes"}, "invalid_parameter"),
        ({"format": "timm"}, "import_rejected"),
    ],
)
def test_what_does_not_go_together_is_refused(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str], query: dict[str, str], code: str
) -> None:
    answer = post_table(serve(study_sqlite_url), results({}), writing_headers, **query)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_key_that_somebody_elses_dimension_has_is_refused(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str]
) -> None:
    service = serve(study_sqlite_url)
    headers = {"Authorization": writing_headers["Authorization"]}
    assert service.post("/v1/dimensions", json=described(key=REAL_TOP1), headers=headers).status_code == 201
    answer = post_table(service, results({}), writing_headers, **REAL)
    assert (answer.status_code, answer.json()["code"]) == (409, "dimension_exists")
