"""Problems of the service as the client raises them."""

import httpx
import pytest

from wellbehaved.api_errors import ApiError, ApiUnreachable, problem, raise_for_problem

WHOLE = {"code": "unknown_model", "detail": "No such model.", "next_step": "List them.", "errors": [{"name": "x"}]}


def test_a_problem_is_carried_over_whole() -> None:
    error = problem(httpx.Response(404, json=WHOLE))
    assert (error.status, error.code, error.detail, error.next_step) == (
        404, "unknown_model", "No such model.", "List them.",
    )  # fmt: skip
    assert error.errors == ({"name": "x"},)
    assert str(error) == "404 unknown_model: No such model. List them."


@pytest.mark.parametrize("content", [b"<html>Bad gateway</html>", b"", b"[1]", b"null", b'"text"', b"{}"])
def test_an_answer_that_is_no_problem_still_says_what_happened(content: bytes) -> None:
    error = problem(httpx.Response(503, content=content))
    assert (error.status, error.code, error.detail, error.next_step, error.errors) == (
        503, "http_error", "Service Unavailable", "", (),
    )  # fmt: skip


def test_a_title_stands_in_for_a_missing_detail() -> None:
    assert problem(httpx.Response(400, json={"title": "Broken"})).detail == "Broken"


@pytest.mark.parametrize(("status", "bad"), [(200, False), (304, False), (399, False), (400, True), (503, True)])
def test_only_errors_are_raised(status: int, bad: bool) -> None:
    response = httpx.Response(status, json={})
    if bad:
        with pytest.raises(ApiError):
            raise_for_problem(response)
    else:
        assert raise_for_problem(response) is response


def test_nobody_there_is_a_connection_error_with_the_next_step() -> None:
    error = ApiUnreachable("http://127.0.0.1:1", "refused")
    assert isinstance(error, ConnectionError)
    assert "http://127.0.0.1:1" in str(error)
    assert error.next_step in str(error)


@pytest.mark.parametrize(
    ("status", "named"), [(413, "client_max_body_size"), (504, "proxy_read_timeout"), (502, "runs")]
)
def test_an_answer_of_a_proxy_says_what_to_do_about_it(status: int, named: str) -> None:
    assert named in problem(httpx.Response(status, content=b"<html>nginx</html>")).next_step
    # A problem of the service's own is not taken for one.
    assert problem(httpx.Response(status, json={"code": "too_large"})).next_step == ""


def test_the_text_of_an_error_has_what_there_is() -> None:
    assert str(ApiError(404, "unknown_model", "None.")) == "404 unknown_model: None."
    assert str(ApiError(404, "unknown_model", "None.", "List them.")) == "404 unknown_model: None. List them."
    assert ApiError(404, "c", "d").errors == ()


def test_the_service_s_own_next_step_outweighs_what_a_proxy_s_would_be() -> None:
    error = problem(httpx.Response(413, json={"code": "too_large", "detail": "Large.", "next_step": "Split it."}))
    assert (error.code, error.next_step) == ("too_large", "Split it.")
    of_a_proxy = problem(httpx.Response(413, json={"detail": "Large."}))
    assert (of_a_proxy.code, of_a_proxy.detail) == ("http_error", "Large.")
    assert "client_max_body_size" in of_a_proxy.next_step


def test_what_is_null_in_a_problem_is_as_if_it_were_not_there() -> None:
    error = problem(httpx.Response(422, json={"code": "x", "detail": None, "title": None, "errors": None}))
    assert (error.detail, error.errors, error.next_step) == ("Unprocessable Entity", (), "")


def test_nobody_there_says_the_address_the_reason_and_what_to_do() -> None:
    error = ApiUnreachable("http://127.0.0.1:1", "ConnectError")
    assert error.base_url == "http://127.0.0.1:1"
    assert str(error) == (
        "No answer from http://127.0.0.1:1 (ConnectError). Start it with `wellbehaved up`, or pass the address where "
        "it runs."
    )
