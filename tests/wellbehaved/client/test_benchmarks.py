import httpx
import orjson

from wellbehaved import Client


def test_every_call_asks_what_its_name_says() -> None:
    asked: list[tuple[str, str, object]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        body = orjson.loads(request.content) if request.content else None
        asked.append((request.method, request.url.raw_path.decode(), body))
        return httpx.Response(200, json={"items": []})

    client = Client("http://service", token="secret", transport=httpx.MockTransport(handle))
    assert client.benchmarks.list() == []
    client.benchmarks.get("a/b")
    client.benchmarks.add("/data/flowers")
    client.benchmarks.add("/data/x", key="k", label="L", layout="imagenet-1k", register=False)
    client.benchmarks.remove("k")
    client.benchmarks.remove("k", with_measurements=True)
    client.benchmarks.freeze_norms("k")
    client.benchmarks.freeze_norms("k", "as-published")
    client.benchmarks.unfreeze_norms("k", "as-published")
    client.benchmarks.unfreeze_norms("k")
    assert client.benchmarks.earlier_measurements("a/b") == []
    client.benchmarks.earlier_measurements("k", "mine")
    assert asked == [
        ("GET", "/v1/benchmarks", None),
        ("GET", "/v1/benchmarks/a%2Fb", None),
        ("POST", "/v1/benchmarks", {"path": "/data/flowers", "layout": "folders", "register": True}),
        (
            "POST", "/v1/benchmarks",
            {"path": "/data/x", "key": "k", "label": "L", "layout": "imagenet-1k", "register": False},
        ),
        ("DELETE", "/v1/benchmarks/k", None),
        ("DELETE", "/v1/benchmarks/k?with_measurements=true", None),
        ("POST", "/v1/benchmarks/k/frozen-norms", None),
        ("POST", "/v1/benchmarks/k/frozen-norms?protocol=as-published", None),
        ("DELETE", "/v1/benchmarks/k/frozen-norms?protocol=as-published", None),
        ("DELETE", "/v1/benchmarks/k/frozen-norms", None),
        ("GET", "/v1/benchmarks/a%2Fb/earlier-measurements", None),
        ("GET", "/v1/benchmarks/k/earlier-measurements?model_id=mine", None),
    ]  # fmt: skip
