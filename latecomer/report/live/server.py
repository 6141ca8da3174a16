"""The live page over HTTP, on this machine only."""

from __future__ import annotations

import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, Final

from latecomer.errors import refuse
from latecomer.report.templates import policy

LOOPBACK: Final = "127.0.0.1"
NAMES: Final = frozenset({LOOPBACK, "localhost"})
HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class LiveServer(ThreadingHTTPServer):
    """One page at http://127.0.0.1:port/ and nothing else; no other address can be asked for.

    `port`: 0 for one that is free. Raises InputError where the port is not to be had.

    >>> with LiveServer("<!doctype html>") as server:
    ...     server.address.startswith("http://127.0.0.1:"), server.server_address[0]
    (True, '127.0.0.1')
    """

    daemon_threads = True
    # a second server on a taken port would share it with the first, and either might answer
    allow_reuse_port = False

    def __init__(self, page: str, port: int = 0) -> None:
        self.page = page.encode()
        self.policy = f"{policy(page)}; frame-ancestors 'none'"
        try:
            super().__init__((LOOPBACK, port), PageHandler)
        except OSError as error:
            got = f"{port}: {error.strerror or error}"
            raise refuse(
                "--port", got, "a free port of this machine", "choose another, or leave it out"
            ) from error

    def server_bind(self) -> None:
        """Take the address; its name is known without asking the network for it."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a reader who has gone away; anything else is a fault of this program."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://{LOOPBACK}:{self.server_port}/"

    def knows(self, host: str | None) -> bool:
        """Whether a request's Host is this machine by a loopback name.

        A page of another host whose name has been pointed at this machine would bring its own name.
        """
        name, _, port = (host or "").partition(":")
        return name.lower() in NAMES and port in ("", str(self.server_port))


class PageHandler(BaseHTTPRequestHandler):
    """Answers GET and HEAD of the one page."""

    server: LiveServer
    server_version = "latecomer"
    sys_version = ""
    # a connection that says nothing is not kept for ever
    timeout = 30

    def do_GET(self) -> None:
        """Send the page."""
        if self.opened():
            self.wfile.write(self.server.page)

    def do_HEAD(self) -> None:
        """Send the headers of the page."""
        self.opened()

    def opened(self) -> bool:
        """Send the headers of the page, or the refusal of a request for anything else."""
        if not self.server.knows(self.headers.get("Host")):
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST, "This page is for this machine only")
            return False
        if self.path.partition("?")[0] != "/":
            self.send_error(HTTPStatus.NOT_FOUND, "The page is at /")
            return False
        self.send_response(HTTPStatus.OK)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Security-Policy", self.server.policy)
        self.send_header("Content-Length", str(len(self.server.page)))
        self.end_headers()
        return True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the one it replaces
        """Say nothing: the terminal tells where the page is, not who read it."""


def serve(server: LiveServer, ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C, which ends it without a trace; `ready` is told the address first."""
    with server:
        try:
            ready(server.address)
            server.serve_forever()
        except KeyboardInterrupt:
            return
