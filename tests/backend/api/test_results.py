from collections.abc import Callable

import httpx

Build = Callable[..., bytes]
Serve = Callable[[str], httpx.Client]


def test_what_is_exported_is_imported_elsewhere(
    serve: Serve, study_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service = serve(study_url)
    service.post("/v1/imports", content=results_csv({"accuracy.sample_count": "10000"}), headers=writing_headers)
    answer = service.get("/v1/results")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.count(b"\n") == 1 + 9 * 327
    again = service.post("/v1/imports", content=answer.content, headers=writing_headers)
    assert (again.status_code, again.json()["added"], again.json()["unchanged"]) == (201, 0, 327)


def test_it_takes_no_parameters(client: httpx.Client) -> None:
    assert client.get("/v1/results?limit=1").json()["code"] == "unknown_parameter"
