"""A real smart HTTP git server on loopback: `git http-backend` behind the standard library, a hand on the cable."""

import base64
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import cast


class GitHttpServer:
    """Serves the bare repositories below `root`. Use as a context manager; `url("repo.git")` is an address.

    Args:
        root: directory that holds the repositories.
        login: `user:password` that every request must carry (Basic); None lets everybody in.
    """

    def __init__(self, root: Path, login: str | None = None) -> None:
        self.root = root
        self.login = login
        self.cut_before_receive = 0
        """So many pushes find the cable cut before git sees them."""
        self.cut_before_answer = 0
        """So many pushes are received, and the cable is cut before the answer."""
        self.pushes = 0
        """Pushes that git has received."""
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def url(self, name: str, userinfo: str = "") -> str:
        at = f"{userinfo}@" if userinfo else ""
        return f"http://{at}127.0.0.1:{self._server.server_address[1]}/{name}"

    def __enter__(self) -> "GitHttpServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    owner: GitHttpServer


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self._body())

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    @property
    def _owner(self) -> GitHttpServer:
        return cast(_Server, self.server).owner

    def _serve(self, body: bytes) -> None:
        if not self._let_in():
            return
        is_push = self.command == "POST" and self.path.endswith("/git-receive-pack")
        if is_push and self._owner.cut_before_receive:
            self._owner.cut_before_receive -= 1
            self._cut()
            return
        answer = self._backend(body)
        if is_push:
            self._owner.pushes += 1
            if self._owner.cut_before_answer:
                self._owner.cut_before_answer -= 1
                self._cut()
                return
        self._send(answer)

    def _let_in(self) -> bool:
        login = self._owner.login
        if login is None:
            return True
        given = self.headers.get("Authorization", "")
        if given == "Basic " + base64.b64encode(login.encode()).decode():
            return True
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def _cut(self) -> None:
        self.close_connection = True

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _backend(self, body: bytes) -> bytes:
        path, _, query = self.path.partition("?")
        env = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self._owner.root),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_PROJECT_ROOT": str(self._owner.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "test",
            "REMOTE_ADDR": "127.0.0.1",
        }
        return subprocess.run(["git", "http-backend"], input=body, env=env, stdout=subprocess.PIPE, check=False).stdout

    def _send(self, answer: bytes) -> None:
        head, _, content = answer.partition(b"\r\n\r\n")
        headers = [line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if line]
        status = next((value for name, value in headers if name == "Status"), "200 OK")
        self.send_response(int(status.split(" ")[0]))
        for name, value in headers:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
