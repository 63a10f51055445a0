"""Fetching from a server that cuts connections, ignores ranges, changes its files and sends other bytes."""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from evaluation.datasets.dataset import Archive
from evaluation.datasets.installation import download as module
from evaluation.datasets.installation.download import DownloadFailed, digest_of, download, file_name

CONTENT = bytes(range(256)) * 400
OTHER = CONTENT[::-1]
PATH = "/files/set.tar.gz"
Site = Any  # Its class lives in conftest.py, which cannot be imported from.


@dataclass
class Fetch:
    """Fetches one archive into a folder of its own and keeps what it was told."""

    site: Site
    client: httpx.Client
    folder: Path
    archive: Archive
    pauses: list[float]
    told: list[tuple[int, int | None]]

    @property
    def part(self) -> Path:
        return self.folder / "set.tar.gz.part"

    def known(self, **facts: Any) -> "Fetch":  # noqa: ANN401 - the fields of an archive
        """The same for an archive of which more is known."""
        return replace(self, archive=replace(self.archive, **facts))

    def __call__(self) -> Path:
        return download(
            self.archive,
            self.folder,
            client=self.client,
            progress=lambda present, total: self.told.append((present, total)),
            pause=self.pauses.append,
        )


@pytest.fixture
def fetch(site: Site, client: httpx.Client, tmp_path: Path) -> Fetch:
    site.content[PATH] = CONTENT
    archive = Archive(url=site.url + PATH, size=None, digest=None, unpacks_to=".")
    return Fetch(site, client, tmp_path / "downloads", archive, [], [])


def md5(content: bytes) -> str:
    return f"md5:{hashlib.md5(content).hexdigest()}"


def ranges(site: Site) -> list[str | None]:
    return [headers.get("Range") for headers in site.asked]


# ---- all is well ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digest", [None, md5(CONTENT), f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"])
def test_a_file_is_fetched_whole_and_nothing_else_is_left(fetch: Fetch, digest: str | None) -> None:
    path = fetch.known(digest=digest, size=len(CONTENT))()
    assert path.read_bytes() == CONTENT
    assert list(fetch.folder.iterdir()) == [path]
    assert fetch.told[-1] == (len(CONTENT), len(CONTENT))
    assert fetch.pauses == []


def test_a_file_that_is_there_is_not_fetched_again(fetch: Fetch) -> None:
    fetch()
    fetch()
    assert len(fetch.site.asked) == 1


def test_nobody_needs_to_listen(fetch: Fetch) -> None:
    assert download(fetch.archive, fetch.folder, client=fetch.client).read_bytes() == CONTENT


def test_bytes_are_kept_as_they_come_whatever_the_server_calls_them(fetch: Fetch) -> None:
    """Some servers declare a .gz file to be a compressed transfer of something else."""
    fetch.site.script = [fetch.site.says(200, CONTENT, Content_Encoding="gzip")]
    assert fetch().read_bytes() == CONTENT
    assert fetch.site.asked[0]["Accept-Encoding"] == "identity"


def test_a_redirect_is_followed(fetch: Fetch) -> None:
    fetch.site.content["/elsewhere.gz"] = CONTENT
    fetch.site.script = [fetch.site.says(302, Location="/elsewhere.gz")]
    assert fetch().name == "set.tar.gz"


def test_a_server_that_does_not_say_how_much_there_is_is_believed(fetch: Fetch) -> None:
    fetch.site.script = [fetch.site.without_length()]
    assert fetch().read_bytes() == CONTENT
    assert fetch.told[-1] == (len(CONTENT), None)


# ---- the connection is cut -----------------------------------------------------------------------------------------


def test_a_cut_connection_is_continued_where_it_ended(fetch: Fetch) -> None:
    fetch.site.script = [fetch.site.cut_after(1000), fetch.site.cut_after(5000)]
    assert fetch.known(digest=md5(CONTENT))().read_bytes() == CONTENT
    assert ranges(fetch.site) == [None, "bytes=1000-", "bytes=6000-"]
    assert [headers.get("If-Range") for headers in fetch.site.asked] == [None, '"one"', '"one"']
    assert fetch.pauses == [1.0, 1.0]


def test_another_process_continues_as_well(fetch: Fetch) -> None:
    fetch.site.script = [fetch.site.cut_after(1000)] + [fetch.site.says(503)] * 10
    with pytest.raises(DownloadFailed, match="the server answered 503"):
        fetch()
    assert fetch.part.read_bytes() == CONTENT[:1000]
    fetch.site.script = []
    assert fetch().read_bytes() == CONTENT
    assert ranges(fetch.site)[-1] == "bytes=1000-"


def test_an_end_without_a_length_is_noticed_when_the_size_is_published(fetch: Fetch) -> None:
    fetch.site.script = [fetch.site.without_length(1000)]
    assert fetch.known(size=len(CONTENT))().read_bytes() == CONTENT
    assert ranges(fetch.site) == [None, "bytes=1000-"]


def test_asking_in_vain_ends_after_a_while_and_waits_longer_each_time(fetch: Fetch) -> None:
    fetch.site.script = [fetch.site.says(500)] * 10
    with pytest.raises(DownloadFailed, match=r"the server answered 500\. Check the connection"):
        fetch()
    assert len(fetch.site.asked) == 5
    assert fetch.pauses == [2.0, 4.0, 8.0, 16.0]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_a_server_may_soon_answer_otherwise_is_asked_again(fetch: Fetch, status: int) -> None:
    fetch.site.script = [fetch.site.says(status)]
    assert fetch().read_bytes() == CONTENT
    assert len(fetch.site.asked) == 2


def test_a_server_that_drips_is_given_up_in_the_end(fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ATTEMPTS", 4)
    fetch.site.script = [fetch.site.cut_after(1)] * 10
    with pytest.raises(DownloadFailed, match="the connection was cut 4 times"):
        fetch()
    assert fetch.part.stat().st_size == 4


def test_a_server_that_is_not_there_is_named(fetch: Fetch) -> None:
    with pytest.raises(DownloadFailed, match=r"http://127.0.0.1:9/set.tar.gz was not fetched: .*Check the connection"):
        fetch.known(url="http://127.0.0.1:9/set.tar.gz")()


# ---- the server ignores ranges or has changed its file -------------------------------------------------------------


def test_a_server_that_ignores_ranges_sends_all_again(fetch: Fetch) -> None:
    fetch.site.script = [fetch.site.cut_after(1000), fetch.site.whole]
    assert fetch.known(digest=md5(CONTENT))().read_bytes() == CONTENT


def test_a_file_that_has_changed_is_never_joined_to_the_old_one(fetch: Fetch) -> None:
    fetch.site.script = [fetch.site.cut_after(1000)] + [fetch.site.says(503)] * 10
    with pytest.raises(DownloadFailed):
        fetch()
    fetch.site.script = []
    fetch.site.content[PATH], fetch.site.tag = OTHER, '"two"'
    assert fetch().read_bytes() == OTHER


@pytest.mark.parametrize(("tag", "modified"), [('W/"weak"', "Tue, 24 Nov 2026 00:00:00 GMT"), ("", "yesterday")])
def test_a_file_is_told_apart_by_its_time_where_it_has_no_strong_tag(fetch: Fetch, tag: str, modified: str) -> None:
    fetch.site.tag, fetch.site.modified = tag, modified
    fetch.site.script = [fetch.site.cut_after(1000)]
    assert fetch().read_bytes() == CONTENT
    assert fetch.site.asked[1]["If-Range"] == modified


def test_a_part_of_an_unknown_file_is_fetched_again(fetch: Fetch) -> None:
    """With neither tag nor time nor checksum nobody could say whether the rest belongs to it."""
    fetch.site.tag = ""
    fetch.site.script = [fetch.site.cut_after(1000)]
    assert fetch().read_bytes() == CONTENT
    assert ranges(fetch.site) == [None, None]


def test_a_checksum_makes_a_part_usable_without_a_tag(fetch: Fetch) -> None:
    fetch.site.tag = ""
    fetch.site.script = [fetch.site.cut_after(1000)]
    assert fetch.known(digest=md5(CONTENT))().read_bytes() == CONTENT
    assert ranges(fetch.site) == [None, "bytes=1000-"]


@pytest.mark.parametrize("given", ["bytes 0-9/102400", "nonsense", ""])
def test_another_part_than_was_asked_for_is_thrown_away(fetch: Fetch, given: str) -> None:
    fetch.site.script = [fetch.site.cut_after(1000), fetch.site.says(206, OTHER[:10], Content_Range=given)]
    assert fetch().read_bytes() == CONTENT
    assert ranges(fetch.site) == [None, "bytes=1000-", None]


def test_a_part_of_unknown_total_is_taken(fetch: Fetch) -> None:
    rest = CONTENT[1000:]
    answer = fetch.site.says(206, rest, Content_Range=f"bytes 1000-{len(CONTENT) - 1}/*")
    fetch.site.script = [fetch.site.cut_after(1000), answer]
    assert fetch().read_bytes() == CONTENT


# ---- the part is whole already, or too long ------------------------------------------------------------------------


def left_behind(fetch: Fetch, content: bytes, tag: str = '"one"') -> None:
    fetch.folder.mkdir(exist_ok=True)
    fetch.part.write_bytes(content)
    fetch.part.with_name("set.tar.gz.part-of").write_text(tag)


def test_a_part_that_is_whole_is_taken_when_the_server_has_no_more(fetch: Fetch) -> None:
    left_behind(fetch, CONTENT)
    assert fetch().read_bytes() == CONTENT
    assert ranges(fetch.site) == [f"bytes={len(CONTENT)}-"]


def test_a_part_of_the_published_size_needs_no_server(fetch: Fetch) -> None:
    left_behind(fetch, CONTENT)
    assert fetch.known(size=len(CONTENT), digest=md5(CONTENT))().read_bytes() == CONTENT
    assert fetch.site.asked == []


@pytest.mark.parametrize("size", [None, len(CONTENT)])
def test_a_part_that_is_too_long_is_thrown_away(fetch: Fetch, size: int | None) -> None:
    left_behind(fetch, CONTENT + b"more")
    assert fetch.known(size=size)().read_bytes() == CONTENT


# ---- the server sends something else -------------------------------------------------------------------------------


def test_wrong_bytes_are_removed_and_both_checksums_named(fetch: Fetch) -> None:
    fetch.site.content[PATH] = OTHER
    with pytest.raises(DownloadFailed) as caught:
        fetch.known(digest=md5(CONTENT), size=len(CONTENT))()
    told = str(caught.value)
    assert hashlib.md5(OTHER).hexdigest() in told
    assert hashlib.md5(CONTENT).hexdigest() in told
    assert "run it again" in told
    assert not fetch.part.exists()
    fetch.site.content[PATH] = CONTENT
    assert fetch.known(digest=md5(CONTENT))().read_bytes() == CONTENT


def test_a_wrong_file_put_there_by_hand_is_not_believed(fetch: Fetch) -> None:
    fetch.folder.mkdir()
    (fetch.folder / "set.tar.gz").write_bytes(OTHER)
    with pytest.raises(DownloadFailed, match="It was removed"):
        fetch.known(digest=md5(CONTENT))()
    assert fetch.known(digest=md5(CONTENT))().read_bytes() == CONTENT


@pytest.mark.parametrize("size", [len(CONTENT) - 1, len(CONTENT) + 1])
def test_another_length_than_the_published_one_is_refused_before_anything_is_fetched(fetch: Fetch, size: int) -> None:
    with pytest.raises(DownloadFailed, match=f"offers {len(CONTENT)} bytes and there must be {size}"):
        fetch.known(size=size)()
    assert not fetch.part.exists()


def test_more_than_was_published_is_refused(fetch: Fetch) -> None:
    fetch.site.script = [fetch.site.without_length()]
    with pytest.raises(DownloadFailed, match="sends more than the 10 bytes"):
        fetch.known(size=10)()
    assert not (fetch.folder / "set.tar.gz").exists()


@pytest.mark.parametrize(
    ("status", "told"),
    [(404, "not there any more"), (410, "not there any more"), (403, "with a browser"), (204, "204")],
)
def test_a_refusal_is_told_with_the_next_step_and_not_repeated(fetch: Fetch, status: int, told: str) -> None:
    fetch.site.script = [fetch.site.says(status)] * 3
    with pytest.raises(DownloadFailed, match=told):
        fetch()
    assert len(fetch.site.asked) == 1
    assert list(fetch.folder.iterdir()) == []


def test_a_full_disk_is_told_before_anything_is_fetched(fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage(NamedTuple):
        free: int

    told: Callable[[Path], Usage] = lambda _: Usage(free=100)  # noqa: E731
    monkeypatch.setattr(shutil, "disk_usage", told)
    with pytest.raises(DownloadFailed, match=f"needs {len(CONTENT)} more bytes and the disk has 100"):
        fetch()
    assert not fetch.part.exists()


# ---- names and digests ---------------------------------------------------------------------------------------------


def test_a_file_is_named_after_the_end_of_its_address() -> None:
    archive = Archive(url="https://host/a/b/noise.tar?download=1", size=None, digest=None, unpacks_to=".")
    assert file_name(archive) == "noise.tar"


@pytest.mark.parametrize(
    "url", ["https://host/", "https://host", "https://host/a/..", "https://host/a%2Fb", "https://h/.x"]
)
def test_an_address_without_a_name_is_refused(url: str) -> None:
    with pytest.raises(DownloadFailed, match="does not end in the name of a file"):
        file_name(Archive(url=url, size=None, digest=None, unpacks_to="."))


def test_digests_are_those_of_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    content = b"x" * (3 << 20)
    path.write_bytes(content)
    assert digest_of(path, "md5") == hashlib.md5(content).hexdigest()
    assert digest_of(path, "sha256") == hashlib.sha256(content).hexdigest()
