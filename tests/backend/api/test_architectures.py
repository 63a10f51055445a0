import httpx
import pytest
import timm

from backend.api.architectures import architectures


def test_the_list_is_that_of_the_library() -> None:
    """Where timm has changed: write `timm.list_models()` to backend/api/architectures.txt, a name a line."""
    assert list(architectures()) == timm.list_models()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("resnet18", ["resnet18", "resnet18d"]),
        ("Swinv2 cr-huge", ["swinv2_cr_huge_224", "swinv2_cr_huge_384"]),
        ("224 huge swinv2_cr", ["swinv2_cr_huge_224"]),
        ("hf-hub:somebody/model", []),
    ],
)
def test_words_search_in_any_order(client: httpx.Client, words: str, found: list[str]) -> None:
    answer = client.get("/v1/architectures", params={"q": words}).json()
    assert set(found) <= set(answer["items"])
    assert all(part in name for name in answer["items"] for part in words.lower().replace("-", "_").split())
    assert answer["total"] == len(answer["items"])
    if not found:
        assert answer["items"] == []


def test_without_words_all_are_listed(client: httpx.Client) -> None:
    assert client.get("/v1/architectures").json()["items"] == list(architectures())
    assert client.get("/v1/architectures", params={"name": "x"}).json()["code"] == "unknown_parameter"
