"""Connections that do not behave, against the real server on a socket."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from backend.connections import Limits, bounded_protocol
from backend.settings import Settings

LIMITS = Limits(header_bytes=8192, header_seconds=0.3, stall_seconds=0.3, connections=8)
PATIENCE = 20.0
Connect = Callable[[], socket.socket]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the body and says its length; /early does not read it, /large sends much, /wait never answers."""
    if scope["type"] != "http":
        return
    length, more = 0, scope["path"] != "/early"
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False) or (scope["path"] == "/wait" and message["type"] == "http.request")
    body = b"x" * 50_000_000 if scope["path"] == "/large" else str(length).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    with suppress(OSError):
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def server() -> Iterator[uvicorn.Server]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, http=bounded_protocol(LIMITS), ws="none", lifespan="off", log_level="critical")
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        while not running.started:
            time.sleep(0.01)
        running.config.port = listener.getsockname()[1]
        yield running
        running.should_exit = True
        thread.join(PATIENCE)


@pytest.fixture
def connect(server: uvicorn.Server) -> Iterator[Connect]:
    opened: list[socket.socket] = []

    def open_one() -> socket.socket:
        opened.append(socket.create_connection(("127.0.0.1", server.config.port), timeout=PATIENCE))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()
    deadline = time.monotonic() + PATIENCE
    while server.server_state.connections and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not server.server_state.connections


def everything(connection: socket.socket) -> bytes:
    """What comes until the other side ends, by whichever way."""
    data = b""
    with suppress(ConnectionError):
        while piece := connection.recv(65_536):
            data += piece
    return data


def pour(connection: socket.socket, piece: bytes, most: int = 200_000_000) -> int:
    """Send without end; how many bytes were taken before the other side cut it."""
    sent = 0
    with suppress(ConnectionError):
        while sent < most:
            sent += connection.send(piece)
    return sent


def code_of(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head
    problem = json.loads(body)
    assert problem["detail"]
    assert problem["next_step"]
    return int(head.split()[1]), problem["code"]


def test_ordinary_requests_pass_one_after_the_other(connect: Connect) -> None:
    one = connect()
    for length in (0, 5, 300_000):
        one.sendall(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % length + b"x" * length)
        assert one.recv(4096).endswith(str(length).encode())


@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\nx: ", b"GET /", b"GET / HTTP/1.1\r\nx"])
def test_headers_that_are_too_long_are_answered(connect: Connect, start: bytes) -> None:
    one = connect()
    one.sendall(start + b"a" * 20_000)
    assert code_of(everything(one)) == (431, "headers_too_large")


def test_a_request_just_within_the_limit_passes_and_one_byte_more_does_not(connect: Connect) -> None:
    frame = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: %s\r\n\r\n"
    for beyond, status in ((0, b"200"), (1, b"431")):
        one = connect()
        one.sendall(frame % (b"a" * (LIMITS.header_bytes - len(frame) + 2 + beyond)))
        assert everything(one).split()[1] == status


def test_too_many_headers_are_answered(connect: Connect) -> None:
    one = connect()
    one.sendall(b"GET / HTTP/1.1\r\n" + b"a:b\r\n" * 101 + b"\r\n")
    assert code_of(everything(one)) == (431, "headers_too_large")


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"GET / HTTP/1.1\r\nx: ", b"a" * 4096),
        (b"", b"\r\n" * 2048),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1;", b"a" * 4096),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx: ", b"a" * 4096),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n" * 1000),
        (b"", b"GET / HTTP/1.1\r\n\r\n" * 4096),
        (b"not HTTP at all ", b"a" * 4096),
    ],
    ids=["header", "blank lines", "chunk extension", "trailer", "trailers", "pipeline", "garbage"],
)
def test_an_endless_stream_is_cut_off_after_few_bytes(connect: Connect, start: bytes, piece: bytes) -> None:
    one = connect()
    one.sendall(start)
    # The system's own buffers on both sides take some megabytes by themselves.
    assert pour(one, piece) < 40_000_000


def test_headers_that_do_not_end_in_time_are_answered(connect: Connect) -> None:
    one = connect()
    one.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n")
    assert code_of(everything(one)) == (408, "slow_request")


def test_a_connection_without_a_word_is_closed(connect: Connect) -> None:
    assert everything(connect()) == b""


def test_a_second_request_that_does_not_end_is_answered_after_the_first(connect: Connect) -> None:
    one = connect()
    one.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP")
    first, second = everything(one).split(b"HTTP/1.1 ")[1:]
    assert first.startswith(b"200")
    assert code_of(b"HTTP/1.1 " + second) == (408, "slow_request")


def test_a_body_that_stalls_is_answered(connect: Connect) -> None:
    one = connect()
    one.sendall(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nabc")
    assert code_of(everything(one)) == (408, "slow_request")


def test_a_body_that_keeps_coming_may_take_as_long_as_it_likes(connect: Connect) -> None:
    one = connect()
    one.sendall(b"POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 40000\r\n\r\n")
    for _ in range(40):
        one.sendall(b"x" * 1000)
        time.sleep(LIMITS.stall_seconds / 15)
    assert everything(one).endswith(b"40000")


def test_a_body_after_the_answer_ends_with_the_connection(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.connections._DISCARD_SECONDS", 0.2)
    one = connect()
    one.sendall(b"POST /early HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
    assert b" 200 " in one.recv(4096)
    deadline = time.monotonic() + PATIENCE
    with suppress(ConnectionError):
        while time.monotonic() < deadline:
            one.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")
    assert time.monotonic() < deadline


def test_an_answer_that_is_not_read_is_given_up(connect: Connect, server: uvicorn.Server) -> None:
    one = connect()
    one.sendall(b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n")
    assert one.recv(1) == b"H"
    deadline = time.monotonic() + PATIENCE
    while server.server_state.connections and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not server.server_state.connections


def test_idle_connections_make_room_and_busy_ones_do_not(connect: Connect) -> None:
    idle = [connect() for _ in range(LIMITS.connections)]
    busy = connect()
    busy.sendall(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
    assert everything(busy).endswith(b"0")
    assert all(everything(each) == b"" for each in idle)


def test_where_all_are_at_work_one_more_is_answered_503(connect: Connect) -> None:
    working = [connect() for _ in range(LIMITS.connections)]
    for each in working:
        each.sendall(b"GET /wait HTTP/1.1\r\nhost: a\r\n\r\n")
    one_more = connect()
    answer = everything(one_more)
    assert code_of(answer) == (503, "too_many_connections")
    assert b"retry-after: 5" in answer


def test_the_limits_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Limits.of(Settings()) == Limits()
    monkeypatch.setenv("WELLBEHAVED_MAX_HEADER_BYTES", "2048")
    assert bounded_protocol(Limits.of(Settings())).limits.header_bytes == 2048
