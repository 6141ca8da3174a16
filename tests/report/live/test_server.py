"""The server of the live page: one page, for this machine, and nothing for anybody else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from threading import Thread

import pytest

from latecomer.errors import InputError
from latecomer.report.live.server import LiveServer, serve

PAGE = "<!doctype html><title>Ünïcode</title>"


@pytest.fixture
def server() -> Iterator[LiveServer]:
    with LiveServer(PAGE) as started:
        thread = Thread(target=started.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield started
        started.shutdown()
        thread.join()


def asked(
    server: LiveServer, method: str = "GET", path: str = "/", host: str | None = None
) -> tuple[HTTPResponse, bytes]:
    """The answer to a request, and its body."""
    line = HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    line.putrequest(method, path, skip_host=True)
    if host != "":
        line.putheader("Host", host or f"127.0.0.1:{server.server_port}")
    line.endheaders()
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return answer, body


def test_the_page_is_at_its_address_whole(server: LiveServer) -> None:
    answer, body = asked(server)
    assert server.address == f"http://127.0.0.1:{server.server_port}/"
    assert (answer.status, body.decode()) == (200, PAGE)
    assert answer.getheader("Content-Type") == "text/html; charset=utf-8"
    assert int(answer.getheader("Content-Length") or 0) == len(PAGE.encode())


def test_a_link_with_a_query_leads_to_the_page(server: LiveServer) -> None:
    assert asked(server, path="/?from=mail")[0].status == 200


def test_head_has_the_headers_and_no_body(server: LiveServer) -> None:
    answer, body = asked(server, "HEAD")
    assert (answer.status, body) == (200, b"")
    assert int(answer.getheader("Content-Length") or 0) == len(PAGE.encode())


def test_no_other_page_may_frame_or_keep_it(server: LiveServer) -> None:
    answer, _ = asked(server)
    policy = str(answer.getheader("Content-Security-Policy"))
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith("; frame-ancestors 'none'")
    assert answer.getheader("Cache-Control") == "no-store"
    assert answer.getheader("X-Content-Type-Options") == "nosniff"


@pytest.mark.parametrize("path", ["/other", "/../etc/passwd", "/index.html", "/%2e%2e/"])
def test_no_other_path_is_answered(server: LiveServer, path: str) -> None:
    answer, body = asked(server, path=path)
    assert answer.status == 404
    assert b"The page is at /" in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_no_other_method_is_answered(server: LiveServer, method: str) -> None:
    answer, body = asked(server, method)
    assert answer.status == 501
    assert PAGE.encode() not in body


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:{port}", "127.0.0.1", "localhost:{port}"])
def test_the_names_of_this_machine_are_known(server: LiveServer, host: str) -> None:
    assert asked(server, host=host.format(port=server.server_port))[0].status == 200


@pytest.mark.parametrize(
    "host", ["example.com", "example.com:{port}", "localhost.example.com", "127.0.0.1:1", "", "[::1]"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_page_of_another_host_gets_nothing(server: LiveServer, host: str, method: str) -> None:
    answer, body = asked(server, method, host=host.format(port=server.server_port))
    assert answer.status == 421
    assert PAGE.encode() not in body


def test_only_the_loopback_address_is_listened_on(server: LiveServer) -> None:
    assert server.socket.getsockname()[0] == "127.0.0.1"
    with pytest.raises(TypeError):
        LiveServer(PAGE, 0, "0.0.0.0")  # type: ignore[call-arg]


def test_a_taken_port_is_said(server: LiveServer) -> None:
    taken = server.server_port
    with pytest.raises(
        InputError, match=rf"--port: got {taken}: Address already in use; expected a free port"
    ):
        LiveServer(PAGE, taken)


def test_an_interrupt_ends_it_quietly_and_frees_the_port(capfd: pytest.CaptureFixture[str]) -> None:
    server = LiveServer(PAGE)
    told: list[str] = []

    def ready(address: str) -> None:
        told.append(address)
        raise KeyboardInterrupt

    serve(server, ready)
    assert told == [server.address]
    assert capfd.readouterr() == ("", "")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.server_port), timeout=5)


def test_a_reader_who_goes_away_leaves_no_trace(capfd: pytest.CaptureFixture[str]) -> None:
    with LiveServer(PAGE * 200_000) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as line:
            line.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{server.server_port}\r\n\r\n".encode())
            line.recv(10)
        assert asked(server, "HEAD")[0].status == 200
        server.shutdown()
        thread.join()
    assert capfd.readouterr() == ("", "")
