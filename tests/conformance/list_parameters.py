"""What the parameters of a list mean, defaults included (contract 6.4, 8.1, 9)."""

from datetime import datetime, timezone

DEFAULT_STATUS = {"/products": "live", "/variants": "live", "/donations": "live", "/entries": "live", "/subscriptions": "active", "/users": "active"}
DEFAULT_LIMIT, DEFAULT_DAYS = 50, 30


def utc(text):
    """A given `updatedSince` as the contract writes instants."""
    return datetime.fromisoformat(text).astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_incremental(parameters):
    return bool(parameters.get("updatedSince", "").strip() or parameters.get("cursor", "").strip())


def limit_of(parameters):
    return int(parameters.get("limit") or DEFAULT_LIMIT)


def status_of(exchange):
    """The status asked for, after defaults and synonyms; None where the list has none."""
    asked = exchange.parameters.get("status", "").strip().lower() or DEFAULT_STATUS.get(exchange.path, "all")
    return "all" if asked == "any" else asked
