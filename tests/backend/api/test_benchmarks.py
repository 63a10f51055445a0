import httpx


def test_the_study_is_a_benchmark_that_can_be_ranked(client: httpx.Client) -> None:
    items = client.get("/v1/benchmarks").json()["items"]
    study = next(item for item in items if item["key"] == "imagenet-1k")
    assert (study["class_count"], study["default_protocol"]) == (1000, "as-published")
    assert study["label"]
    assert study["description"]
    for item in items:
        query = {"benchmark": item["key"], "protocol": item["default_protocol"]}
        assert client.get("/v1/rankings", params=query).status_code == 200


def test_an_unknown_benchmark(client: httpx.Client) -> None:
    for path in ("/v1/rankings", "/v1/facets", "/v1/models", "/v1/correlations", "/v1/models/resnet50"):
        problem = client.get(path, params={"benchmark": "imagenet-2k"})
        assert (problem.status_code, problem.json()["code"]) == (404, "unknown_benchmark")
        assert "imagenet-1k" in problem.json()["detail"]


def test_it_takes_no_parameters(client: httpx.Client) -> None:
    assert client.get("/v1/benchmarks?limit=1").status_code == 422
