"""A webhook receiver: verifies, records, answers what it is told to."""

import hashlib
import hmac
import json
import sys
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Delivery:
    """One attempt as it arrived."""

    at: float  # time.monotonic()
    headers: dict  # names in lower case
    text: str
    answered: int
    signature_holds: bool
    path: str = "/hook"

    @property
    def payload(self):
        return json.loads(self.text)


def signature_holds(secret, headers, text):
    message = headers.get("x-agents-webhook-timestamp", "").encode() + b"." + text
    expected = "sha256=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, headers.get("x-agents-webhook-signature", ""))


class QuietServer(ThreadingHTTPServer):
    """A sender that is killed leaves broken connections behind: nothing to report."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Receiver:
    """Listens from construction until stop(). `answer(payload)` gives the status of each attempt, `says` the answer's body; both may be replaced at any time."""

    def __init__(self, secret):
        self.secret = secret
        self.answer = lambda payload: 200
        self.says = b""
        self._lock = threading.Lock()
        self._deliveries = []
        self._server = QuietServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def deliveries(self):
        """Everything received so far, in the order of arrival."""
        with self._lock:
            return list(self._deliveries)

    def url_of(self, name):
        """Where an endpoint of its own posts to; its deliveries have that path."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{name}"

    def receive(self, headers, text, path="/hook"):
        """Records one attempt and decides its answer."""
        holds = signature_holds(self.secret, headers, text)
        status = self.answer(json.loads(text)) if holds else 401
        with self._lock:
            self._deliveries.append(Delivery(time.monotonic(), headers, text.decode(), status, holds, path))
        return status

    def _handler(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                text = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                names = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(receiver.receive(names, text, self.path))
                self.send_header("Content-Length", str(len(receiver.says)))
                self.end_headers()
                self.wfile.write(receiver.says)

            def log_message(self, *arguments):
                pass

        return Handler

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
