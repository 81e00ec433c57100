"""The lists as the contract's TARGET has them, computed from the recorded feed, the recorded lists and the source's rows."""

from datetime import datetime, timedelta
from functools import lru_cache

from list_parameters import DEFAULT_DAYS, DEFAULT_STATUS, is_incremental, limit_of, status_of, utc
from rows import shaped
from target_rows import RowRules

# Path -> the feed's type, the parameters that are equalities on a key of the row, and the keys in which `q` looks (9.16).
LISTS = {
    "/products": ("product", {}, ("title", "slug")),
    "/variants": ("variant", {"sku": "sku", "productId": "productId"}, ("title", "sku")),
    "/subscriptions": ("subscription", {"reference": "reference", "userId": "userId", "planId": "planId"}, ("reference",)),
    "/transfers": ("transfer", {"originLocationId": "originLocationId", "destinationLocationId": "destinationLocationId"}, ("label",)),
    "/donations": ("donation", {"sku": "sku"}, ("title", "sku")),
    "/orders": ("order", {}, ()),
    "/entries": ("entry", {"section": "section", "type": "type"}, ("title", "slug")),
    "/assets": ("asset", {"volume": "volume", "kind": "kind"}, ("title", "filename")),
    "/categories": ("category", {"group": "group"}, ("title", "slug")),
    "/tags": ("tag", {"group": "group"}, ("title", "slug")),
    "/global-sets": ("globalset", {}, ("name", "handle")),
    "/addresses": ("address", {"ownerId": "ownerId", "countryCode": "countryCode", "postalCode": "postalCode"}, ("title",)),
    "/content-blocks": ("contentblock", {"ownerId": "ownerId", "fieldId": "fieldId"}, ("title",)),
    "/users": ("user", {}, ("username",)),
}


def finds(row, terms, keys):
    """Every term begins a word of the row (contract 9.16, the TARGET's minimum)."""
    text = " ".join(str(row[key]) for key in keys if row.get(key)).lower()
    words = "".join(one if one.isalnum() else " " for one in text).split()
    return all(any(word.startswith(part) for word in words)
               for term in terms for part in "".join(one if one.isalnum() else " " for one in term.lower()).split())


class TargetLists:
    """The rows of one state. `orders`, `addresses`: rows as a caller with every scope sees them (the feed's are shorter)."""

    def __init__(self, state, source):
        self.source = source
        self.snapshots = {}
        for item in state.feed:
            if item["snapshot"]:
                self.snapshots.setdefault(item["resourceType"], []).append(item["snapshot"])
        own = RowRules(state, source)
        self.full = {path: own.rows(path, self._drained(state, path), []) for path in ("/orders", "/addresses")}

    @staticmethod
    def _drained(state, path):
        """Every row of a list, from the longest chain that read it in full with elevated scopes."""
        chains = [chain for chain in state.chains()
                  if chain[0].path == path and chain[0].status == 200 and is_incremental(chain[0].parameters) and chain[0].token == "sensitive"]
        return max(([row for one in chain for row in one.rows] for chain in chains), key=len, default=[])

    @lru_cache(maxsize=None)
    def _everything(self, path, now):
        """Every row of a list in its TARGET form, as a caller with every scope sees it at `now`."""
        kind = LISTS[path][0]
        rows = self.full.get(path) or self.snapshots.get(kind, [])
        return [self._target(kind, row, now) for row in rows]

    def _target(self, kind, row, now):
        key = str(row["id"])
        if kind in ("entry", "product"):
            row = {**row, "status": self.source.status(key, now) or row["status"]}
        if kind == "product":
            return {**row, **self._stock(row["id"])}
        if kind == "donation":
            return {**row, "url": row["url"] or None}
        if kind == "user":
            return {**row, "email": self.source.emails.get(key, row["email"]), "emailRedacted": False}
        return row

    def _stock(self, product):
        variants = [one for one in self.snapshots.get("variant", []) if one["productId"] == product and one["status"] == "enabled"]
        unlimited = any(one["hasUnlimitedStock"] for one in variants)
        return {"hasUnlimitedStock": unlimited, "totalStock": None if unlimited else sum(one["stock"] for one in variants)}

    # ---- one request

    def rows(self, exchange, caller, now=None):
        """The whole TARGET sequence of a list, before paging, `filter` and `fields`; None where it cannot be computed."""
        parameters, now = exchange.parameters, now or exchange.instant
        if parameters.get("cursor", "").strip() or (parameters.get("sort") == "title" and not is_incremental(parameters)):
            return None
        kept = [row for row in self._everything(exchange.path, now) if self._matches(exchange, row, caller, now)]
        return [caller.redacted(exchange.path, row) for row in self._ordered(exchange, kept)]

    def _matches(self, exchange, row, caller, now):
        parameters = exchange.parameters
        if not self._has_status(exchange, row, caller, now) or not self._equals(exchange, row):
            return False
        since = parameters.get("updatedSince", "").strip()
        if since and row["updatedAt"] < utc(since):
            return False
        if exchange.path == "/orders" and not self._is_recent(parameters, row, now):
            return False
        if exchange.path == "/users" and parameters.get("group") and parameters["group"] not in self.source.groups.get(str(row["id"]), ()):
            return False
        if exchange.path == "/products" and parameters.get("lowStock", "").lower() in ("1", "true", "yes", "on"):
            if row["hasUnlimitedStock"] or row["totalStock"] > int(parameters.get("lowStockThreshold") or 10):
                return False
        terms = (parameters.get("search", "").strip() or parameters.get("q", "").strip()).split()
        return finds(row, terms, LISTS[exchange.path][2])

    @staticmethod
    def _equals(exchange, row):
        given = {key: exchange.parameters.get(name, "").strip() for name, key in LISTS[exchange.path][1].items()}
        if given.get("countryCode"):
            given["countryCode"] = given["countryCode"].upper()
        return all(not value or str(row[key]) == value for key, value in given.items())

    @staticmethod
    def _is_recent(parameters, row, now):
        days = parameters.get("lastDays", "").strip()
        days = int(days) if days else 0 if is_incremental(parameters) else DEFAULT_DAYS
        oldest = datetime.fromisoformat(now) - timedelta(days=days)
        return not days or datetime.fromisoformat(row["dateCreated"]) >= oldest

    def _has_status(self, exchange, row, caller, now):
        path, wanted, key = exchange.path, status_of(exchange), str(row["id"])
        if path == "/categories":
            return row["status"] == "enabled"
        if path == "/entries" and not caller.has("entries:read_all_statuses") and not self.source.owners_are_live(key, now):
            return False
        if wanted == "all" or path not in DEFAULT_STATUS and path not in ("/orders", "/transfers"):
            return True
        if path in ("/variants", "/donations"):
            return self._purchasable_status(row, wanted, now)
        if path == "/subscriptions":
            return key in self.source.canceled if wanted == "canceled" else row["status"] == wanted and (wanted == "suspended" or key in self.source.started)
        if path == "/users":
            return self._user_status(key, wanted)
        if path == "/orders":
            return (row["status"] or "").lower() == "".join(one for one in wanted if one.isalnum() or one in "_-")
        return row["status"] == wanted

    def _purchasable_status(self, row, wanted, now):
        if wanted in ("live", "disabled"):
            return (row["status"] == "enabled") == (wanted == "live")
        return row["status"] == "enabled" and self.source.status(str(row.get("productId")), now) == wanted

    def _user_status(self, key, wanted):
        active, pending, suspended, locked = self.source.flags.get(key, (False,) * 4)
        return {"active": active and not suspended, "inactive": not active and not pending, "pending": pending,
                "suspended": suspended, "locked": locked, "credentialed": active or pending}.get(wanted, False)

    def _ordered(self, exchange, rows):
        parameters = exchange.parameters
        if is_incremental(parameters):
            return sorted(rows, key=lambda row: (row["updatedAt"], row["id"]))
        if exchange.path == "/orders":
            return sorted(rows, key=lambda row: (row["dateCreated"], row["id"]), reverse=True)
        if exchange.path == "/products":
            created = parameters.get("sort") == "createdAt"
            return sorted(rows, key=lambda row: (self.source.created.get(str(row["id"]), "") if created else row["updatedAt"], row["id"]))
        return sorted(rows, key=lambda row: (row["updatedAt"], row["id"]), reverse=True)


class Caller:
    """Who asks: the scopes that change what is shown, and whether redaction is on (contract 5.3)."""

    SENSITIVE = {"/orders": "orders:read_sensitive", "/addresses": "addresses:read_sensitive", "/users": "users:read_sensitive"}
    ADDRESS_KEYS = ("fullName", "organization", "postalCode", "locality", "administrativeArea")

    def __init__(self, scopes, redaction=True):
        self.scopes = scopes
        self.redaction = redaction

    def has(self, scope):
        return scope in self.scopes or "*" in self.scopes

    def redacted(self, path, row):
        scope = self.SENSITIVE.get(path)
        if scope is None or not self.redaction or self.has(scope):
            return row
        if path == "/addresses":
            return {**row, **dict.fromkeys(self.ADDRESS_KEYS), "sensitiveRedacted": True}
        return {**row, "email": None, "emailRedacted": True}


def pages(rows, parameters):
    """The sequence cut into pages: [(rows after `filter` and `fields`, whether more follow)]; one page at least."""
    limit = limit_of(parameters)
    starts = range(0, max(len(rows), 1), limit)
    return [(shaped(rows[at:at + limit], parameters), at + limit < len(rows)) for at in starts]
