"""A stand-in for the administration listener: records requests, answers from a table."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NOT_FOUND = (404, {"error": {"code": "NOT_FOUND", "message": "Resource not found."}, "requestId": "r"})


class AdminStandIn:
    """`answers`: path and query -> (status, body). `requests`: (method, target, token, parsed body) in order."""

    def __init__(self, token):
        self.answers = {}
        self.requests = []
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self):
                length = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(length)) if length else None
                presented = self.headers.get("Authorization", "").removeprefix("Bearer ")
                stand_in.requests.append((self.command, self.path, presented, body))
                status, answer = stand_in.answers.get(self.path, NOT_FOUND)
                if presented != token:
                    status, answer = 401, {"error": {"code": "UNAUTHORIZED", "message": "Missing or invalid token."}, "requestId": "r"}
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = _serve

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
