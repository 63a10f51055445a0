"""Which images flipped, for whoever holds the token and where the images are."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import httpx
import numpy as np
import pytest
from pydantic import SecretStr

from backend.app import create_app
from backend.settings import Settings
from backend.store.engine import create_store_engine
from backend.store.opened_files import EVIDENCE
from quba.errors import Refusal
from quba.measuring.evidence import Conditions
from tests.backend.conftest import TOKEN, fill, values_of
from tests.backend.evidence import CONDITIONS, IMAGES, decided, keep_flowers
from wellbehaved.in_process import InProcessTransport

FLIPS = "/v1/differences/flips"
FLOWERS = {"a": "mine-0", "b": "mine-1", "benchmark": "flowers"}
BEFORE, AFTER = (decided(values_of(number)["accuracy"], seed=number) for number in (0, 1))
WRONG, RIGHT = np.flatnonzero(BEFORE & ~AFTER).tolist(), np.flatnonzero(AFTER & ~BEFORE).tolist()

Ask = Callable[..., httpx.Response]


class FakeListing:
    """Names as many images as it should, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Conditions, str, str | None, Sequence[str]]] = []
        self.refusal: Refusal | None = None
        self.count = IMAGES

    def paths(
        self,
        conditions: Conditions,
        name: str,
        *,
        folder: str | None,
        definition: Mapping[str, object],
        classes: Sequence[str],
    ) -> list[str]:
        self.asked.append((conditions, name, folder, classes))
        assert definition == {"clean": {"folder": "val"}}
        if self.refusal is not None:
            raise self.refusal
        return [f"val/{number}.png" for number in range(self.count)]


@pytest.fixture
def listing() -> FakeListing:
    return FakeListing()


@pytest.fixture
def ask(study_sqlite_url: str, tmp_path: Path, listing: FakeListing) -> Iterator[Ask]:
    """The service on two models with evidence and one without."""
    engine = create_store_engine(study_sqlite_url)
    fill(engine, 3)
    for number in (0, 1):
        keep_flowers(engine, tmp_path / EVIDENCE, number)
    engine.dispose()
    settings = Settings(
        data_dir=tmp_path, database_url=SecretStr(study_sqlite_url), token=SecretStr(TOKEN), _env_file=None
    )
    transport = InProcessTransport(create_app(settings, listing=listing))
    with httpx.Client(transport=transport, base_url="http://service") as service:

        def get(*, token: str | None = TOKEN, headers: Mapping[str, str] | None = None, **query: str) -> httpx.Response:
            carried = {"Authorization": f"Bearer {token}"} if token else {}
            return service.get(FLIPS, params={**FLOWERS, **query}, headers={**carried, **(headers or {})})

        yield get


def test_each_image_is_named_with_the_way_it_flipped(ask: Ask, listing: FakeListing) -> None:
    answer = ask()
    assert answer.status_code == 200, answer.text
    told = answer.json()
    expected = sorted([(place, "now_wrong") for place in WRONG] + [(place, "now_right") for place in RIGHT])
    assert told["items"] == [
        {"position": place, "path": f"val/{place}.png", "direction": direction} for place, direction in expected
    ]
    assert (told["now_wrong"], told["now_right"]) == (len(WRONG), len(RIGHT))
    assert (told["name"], told["a"], told["b"], told["next_cursor"]) == ("clean", "mine-0", "mine-1", None)
    assert listing.asked == [(CONDITIONS, "clean", "/data/flowers", ("aster", "daisy", "rose"))]
    # What was listed once is not listed again, and what the caller holds is not sent again.
    assert [item["position"] for item in ask(direction="now_wrong").json()["items"]] == WRONG
    assert [item["position"] for item in ask(direction="now_right").json()["items"]] == RIGHT
    assert ask(headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert len(listing.asked) == 1


def test_the_list_comes_in_pages(ask: Ask) -> None:
    whole = ask().json()["items"]
    first = ask(limit="2").json()
    second = ask(limit="2", cursor=first["next_cursor"]).json()
    following = ask(limit="2").links["next"]["url"]
    assert following.endswith(f"&limit=2&cursor={first['next_cursor']}")
    assert first["items"] + second["items"] == whole[:4]
    other = ask(limit="2", direction="now_wrong", cursor=first["next_cursor"])
    assert (other.status_code, other.json()["code"]) == (422, "invalid_cursor")


def test_a_model_against_itself_has_none_and_nothing_is_listed(ask: Ask, listing: FakeListing) -> None:
    assert ask(b="mine-0").json()["items"] == []
    assert listing.asked == []


def test_names_of_files_need_the_token(ask: Ask, listing: FakeListing) -> None:
    for token, code in ((None, "missing_token"), ("another", "invalid_token")):
        refused = ask(token=token)
        assert (refused.status_code, refused.json()["code"]) == (401, code)
        assert "val/" not in refused.text
    assert listing.asked == []


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"b": "mine-2"}, 409, "not_paired"),
        ({"a": "alexnet", "b": "resnet50", "benchmark": "imagenet-1k"}, 409, "not_paired"),
        ({"pass": "pgd"}, 404, "unknown_pass"),
        ({"a": "nobody"}, 404, "unknown_model"),
        ({"benchmark": "nowhere"}, 404, "unknown_benchmark"),
        ({"direction": "up"}, 422, "invalid_parameter"),
        ({"limit": "0"}, 422, "invalid_parameter"),
        ({"quality": "all"}, 422, "unknown_parameter"),
    ],
)
def test_bad_questions(ask: Ask, query: dict[str, str], status: int, code: str) -> None:
    answer = ask(**query)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.json()["next_step"]


def test_images_that_are_not_here_are_said(ask: Ask, listing: FakeListing) -> None:
    listing.refusal = Refusal("files_not_here", "/data/flowers is not on the service's machine.", "Look there.")
    answer = ask()
    assert (answer.status_code, answer.json()["code"]) == (409, "files_not_here")
    assert answer.json()["next_step"] == "Look there."
    # Put back, they are listed.
    listing.refusal, listing.count = None, max(*WRONG, *RIGHT)
    fewer = ask()
    assert (fewer.status_code, fewer.json()["code"]) == (409, "files_not_here")
    assert "had more" in fewer.json()["detail"]
