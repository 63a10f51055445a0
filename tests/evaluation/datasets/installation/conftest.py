"""A server on this machine that misbehaves as it is told, archives to fetch from it, and a client."""

import io
import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

Answer = Callable[["Request"], None]


@dataclass
class Site:
    """What the server has, what it was asked for, and how it is to answer the next requests.

    Attributes:
        content: by path.
        script: answers for the next requests, in order; afterwards it behaves well.
        asked: the headers of each request so far.
        tag: of all content; "" sends none.
        modified: the time of all content; "" sends none.
        url: of the server.
    """

    content: dict[str, bytes] = field(default_factory=dict)
    script: list[Answer] = field(default_factory=list)
    asked: list[Mapping[str, str]] = field(default_factory=list)
    tag: str = '"one"'
    modified: str = ""
    url: str = ""

    def well(self, request: "Request") -> None:
        """Send what was asked for, from where it was asked."""
        content = self.content.get(request.path)
        if content is None:
            request.begin(404, Content_Length="0")
            return
        wanted = request.headers.get("Range")
        same = request.headers.get("If-Range") in (None, self.tag, self.modified)
        if wanted is None or not same:
            self.whole(request)
        elif request.start() >= len(content):
            request.begin(416, Content_Range=f"bytes */{len(content)}", Content_Length="0")
        else:
            self.cut_after(len(content))(request)

    def whole(self, request: "Request") -> None:
        """Send everything, whatever part was asked for."""
        content = self.content[request.path]
        request.begin(200, Content_Length=str(len(content)))
        request.wfile.write(content)

    def cut_after(self, count: int) -> Answer:
        """Announce everything that was asked for, send so many bytes of it, and hang up."""

        def answer(request: Request) -> None:
            content, start = self.content[request.path], request.start()
            headers = {"Content_Length": str(len(content) - start)}
            if start:
                headers["Content_Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            request.begin(206 if start else 200, **headers)
            request.wfile.write(content[start : start + count])

        return answer

    def without_length(self, count: int | None = None) -> Answer:
        """Send everything, or so many bytes of it, without saying how much there is."""

        def answer(request: Request) -> None:
            request.begin(200)
            request.wfile.write(self.content[request.path][:count])

        return answer

    def says(self, status: int, body: bytes = b"", **headers: str) -> Answer:
        """Answer with a status."""

        def answer(request: Request) -> None:
            request.begin(status, **{"Content_Length": str(len(body)), **headers})
            request.wfile.write(body)

        return answer


class Request(BaseHTTPRequestHandler):
    """One request; the connection ends with it, so that a short answer is a connection that was cut."""

    site: Site

    def do_GET(self) -> None:
        self.site.asked.append(dict(self.headers.items()))
        answer = self.site.script.pop(0) if self.site.script else self.site.well
        answer(self)

    def start(self) -> int:
        return int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))

    def begin(self, status: int, **headers: str) -> None:
        self.send_response(status)
        known = {"ETag": self.site.tag, "Last-Modified": self.site.modified}
        for name, value in {**known, **headers}.items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def site() -> Iterator[Site]:
    """The server, running."""
    site = Site()
    handler = type("Handler", (Request,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = False
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """A client that waits for nobody else's server."""
    with httpx.Client(follow_redirects=True, timeout=20, trust_env=False) as client:
        yield client


@pytest.fixture
def tarred() -> Callable[..., bytes]:
    """Makes a tar file of some files."""

    def packed(files: Mapping[str, bytes], *, compressed: bool = True) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz" if compressed else "w") as tar:
            for name, content in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        return buffer.getvalue()

    return packed
