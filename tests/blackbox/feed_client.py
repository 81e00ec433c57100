"""Reading /changes the way an integration does."""

from dataclasses import dataclass

from blackbox.http_client import bearer, query, request

PATH = "/agents/v1/changes"


class FeedRefused(Exception):
    """The feed answered something other than 200."""

    def __init__(self, answer):
        super().__init__(f"/changes answered {answer.status}: {answer.text[:300]}")
        self.answer = answer


@dataclass(frozen=True)
class Drained:
    items: list
    pages: list  # every answer's body
    resume_cursor: str


def read_page(port, token, **parameters):
    answer = request(port, "GET", query(PATH, **parameters), bearer(token))
    if answer.status != 200:
        raise FeedRefused(answer)
    return answer.body


def drain(port, token, limit=200, **parameters):
    """One window from its first page to its last, with the server's own cursors."""
    page = read_page(port, token, limit=limit, **parameters)
    items, pages = list(page["data"]), [page]
    while page["page"]["nextCursor"]:
        page = read_page(port, token, limit=limit, cursor=page["page"]["nextCursor"])
        items += page["data"]
        pages.append(page)
    return Drained(items, pages, page["page"].get("resumeCursor"))


class Follower:
    """A reader that never looks back: every poll continues at the last resume cursor."""

    def __init__(self, token):
        self.token = token
        self.cursor = None
        self.items = []

    def poll(self, port):
        """Reads what is new; the new items."""
        drained = drain(port, self.token, cursor=self.cursor)
        self.cursor = drained.resume_cursor
        self.items += drained.items
        return drained.items
