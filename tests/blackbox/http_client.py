"""One HTTP request over a fresh connection."""

import http.client
import json
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict  # names in lower case
    text: str

    @property
    def body(self):
        """The parsed JSON body; the text itself where it is not JSON."""
        try:
            return json.loads(self.text)
        except ValueError:
            return self.text


def request(port, method, target, headers=None, body=None, seconds=30.0):
    """Sends one request to 127.0.0.1:port. `body`: None, a text sent as it is, or a value sent as JSON. OSError: no answer."""
    data = body if body is None or isinstance(body, str) else json.dumps(body)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request(method, target, data.encode() if data is not None else None, dict(headers or {}))
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, response.read().decode("utf-8", "replace"))
    except http.client.HTTPException as error:
        raise OSError(f"{method} {target}: {error!r}") from error
    finally:
        connection.close()


def bearer(token):
    return {"Accept": "application/json", "Authorization": f"Bearer {token}"}


def query(path, **parameters):
    """`path` with the parameters that are not None."""
    pairs = [f"{name}={quote(str(value), safe='')}" for name, value in parameters.items() if value is not None]
    return path + ("?" + "&".join(pairs) if pairs else "")
