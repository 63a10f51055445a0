"""The client's results: the file of all of them, and imports."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from backend.imports.readers import READERS
from quba.vocabulary import TABLE_FORMATS, TableFormat
from wellbehaved import ApiError, ApiUnreachable, AsyncClient, Client

Ask = Callable[[Client], object]


@pytest.mark.parametrize(
    ("ask", "asked"),
    [
        (lambda own: own.results.export(), ("GET", "/v1/results?format=csv", None)),
        (lambda own: own.results.export("ndjson"), ("GET", "/v1/results?format=ndjson", None)),
        (lambda own: own.results.add(b"a,b\n"), ("POST", "/v1/imports", b"a,b\n")),
        (lambda own: own.results.add(b"a", "x.csv"), ("POST", "/v1/imports?filename=x.csv", b"a")),
        (
            lambda own: own.results.add_table(b"a", "timm", "results-sketch.csv"),
            ("POST", "/v1/imports?format=timm&filename=results-sketch.csv", b"a"),
        ),
        (
            lambda own: own.results.add_table(b"a", "timm", dimension="timm_imagenet", partial=True),
            ("POST", "/v1/imports?format=timm&dimension=timm_imagenet&partial=true", b"a"),
        ),
        (lambda own: own.results.imports(), ("GET", "/v1/imports", None)),
        (lambda own: own.results.imports(limit=3), ("GET", "/v1/imports?limit=3", None)),
        (lambda own: own.results.delete_import("im/1"), ("DELETE", "/v1/imports/im%2F1", None)),
    ],
)
def test_every_call_asks_what_its_name_says(sent: Callable[[Ask], object], ask: Ask, asked: object) -> None:
    assert sent(ask) == [asked]


def test_a_file_is_written_whole_or_stays_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "all.csv"
    answers = [httpx.Response(200, content=b"a,b\n" * 1000), httpx.Response(422, json={"code": "x", "detail": "No."})]
    with Client("http://service", transport=httpx.MockTransport(lambda _: answers.pop(0))) as client:
        client.results.save(file)
        with pytest.raises(ApiError):
            client.results.save(file)
    assert file.read_bytes() == b"a,b\n" * 1000
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_breaks_off_and_nothing_of_it_stays(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise httpx.ReadError("gone")

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=broken()))
    with Client("http://service", transport=transport) as client, pytest.raises(ApiUnreachable):
        client.results.save(tmp_path / "all.csv")
    assert list(tmp_path.iterdir()) == []


def test_saving_awaits_as_it_blocks(tmp_path: Path) -> None:
    async def save() -> None:
        transport = httpx.MockTransport(lambda _: httpx.Response(200, content=b"a,b\n"))
        async with AsyncClient("http://service", transport=transport) as client:
            await client.results.save(tmp_path / "all.csv")

    asyncio.run(save())
    assert (tmp_path / "all.csv").read_bytes() == b"a,b\n"


def test_a_path_is_sent_in_blocks_under_its_name(tmp_path: Path) -> None:
    file, seen, told = tmp_path / "mine.csv", [], []
    file.write_bytes(b"x" * 2_500_000)

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((str(request.url), request.headers["content-length"], len(request.read())))
        return httpx.Response(201, json={"added": 0})

    with Client("http://service", "t", transport=httpx.MockTransport(answer)) as client:
        client.results.add(file, progress=lambda sent, size: told.append((sent, size)))
    assert seen == [("http://service/v1/imports?filename=mine.csv", "2500000", 2_500_000)]
    assert told == [(1048576, 2_500_000), (2097152, 2_500_000), (2_500_000, 2_500_000)]


@pytest.mark.parametrize(("format", "name"), [("timm", "A.json"), ("robustbench", "imagenet%2FLinf%2FA.json")])
def test_a_table_of_robustbench_is_named_with_its_folders(tmp_path: Path, format: TableFormat, name: str) -> None:
    file, seen = tmp_path / "imagenet" / "Linf" / "A.json", []
    file.parent.mkdir(parents=True)
    file.write_bytes(b"{}")

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((str(request.url), request.read()))
        return httpx.Response(201, json={"added": 0})

    with Client("http://service", "t", transport=httpx.MockTransport(answer)) as client:
        client.results.add_table(file, format)
    assert seen == [(f"http://service/v1/imports?format={format}&filename={name}", b"{}")]


def test_the_formats_are_those_of_the_service() -> None:
    assert set(TABLE_FORMATS) == set(READERS)
