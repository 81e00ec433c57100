"""What only the source's rows tell, read from the restored database: the TARGET where the recorded answers cannot say it."""

from dataclasses import dataclass, field

CANONICAL = 'e."draftId" IS NULL AND e."revisionId" IS NULL AND NOT e.archived AND e."dateDeleted" IS NULL'
YES = ("1", "t")
# Names stand in double quotes, which both databases take for names then.
PREFIX = {"mariadb": "SET sql_mode = 'ANSI_QUOTES'; ", "postgres": ""}
STAMP = {"mariadb": "DATE_FORMAT({}, '%Y-%m-%dT%H:%i:%sZ')", "postgres": "to_char({}, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"}


@dataclass
class Source:
    """Keys are element ids as the feed writes them (texts); timestamps are RFC 3339 or None."""

    order_clocks: dict = field(default_factory=dict)  # id -> (the element's, the order's own timestamp, creation)
    line_items: dict = field(default_factory=dict)    # line item -> creation
    dates: dict = field(default_factory=dict)         # entry or product -> (enabled, post date, expiry date)
    owners: dict = field(default_factory=dict)        # nested entry -> its primary owner
    created: dict = field(default_factory=dict)       # element -> creation
    canceled: set = field(default_factory=set)        # subscriptions
    started: set = field(default_factory=set)         # subscriptions
    emails: dict = field(default_factory=dict)        # user -> address
    flags: dict = field(default_factory=dict)         # user -> (active, pending, suspended, locked)
    groups: dict = field(default_factory=dict)        # user -> set of group handles

    def status(self, element, now):
        """Of an entry or a product at `now` (contract 11.0); None where the source does not know it."""
        if element not in self.dates:
            return None
        enabled, post, expiry = self.dates[element]
        if not enabled:
            return "disabled"
        if post is None:
            return "enabled"
        return "pending" if post > now else "expired" if expiry is not None and expiry <= now else "live"

    def owners_are_live(self, element, now):
        """True where every owner up the chain is live (R8)."""
        owner, seen = self.owners.get(element), set()
        while owner is not None and owner not in seen:
            if self.status(owner, now) not in ("live", "enabled"):
                return False
            seen.add(owner)
            owner = self.owners.get(owner)
        return True


def read_source(server, database):
    def rows(text):
        return [[None if value == "NULL" else value for value in row] for row in server.sql(PREFIX[server.kind] + text, database)]

    def stamp(column):
        return STAMP[server.kind].format(column)

    quoted_created = '"dateCreated"'
    source = Source()
    source.order_clocks = {row[0]: tuple(row[1:]) for row in rows(f"""
        SELECT e.id, {stamp('e."dateUpdated"')}, {stamp('o."dateUpdated"')}, {stamp('e."dateCreated"')}
          FROM elements e JOIN commerce_orders o ON o.id = e.id""")}
    source.line_items = dict(rows(f"SELECT id, {stamp(quoted_created)} FROM commerce_lineitems"))
    for table in ("entries", "commerce_products"):
        source.dates.update({row[0]: (row[1] in YES, row[2], row[3]) for row in rows(f"""
            SELECT e.id, e.enabled AND s.enabled, {stamp('n."postDate"')}, {stamp('n."expiryDate"')} FROM elements e
              JOIN elements_sites s ON s."elementId" = e.id AND s."siteId" = (SELECT id FROM sites WHERE "primary" AND "dateDeleted" IS NULL)
              JOIN {table} n ON n.id = e.id WHERE {CANONICAL}""")})
    source.owners = dict(rows('SELECT id, "primaryOwnerId" FROM entries WHERE "primaryOwnerId" IS NOT NULL'))
    source.created = dict(rows(f"""SELECT e.id, {stamp('e."dateCreated"')} FROM elements e WHERE {CANONICAL}"""))
    source.canceled = {row[0] for row in rows('SELECT id FROM commerce_subscriptions WHERE "isCanceled"')}
    source.started = {row[0] for row in rows('SELECT id FROM commerce_subscriptions WHERE "hasStarted"')}
    source.emails = dict(rows("SELECT id, email FROM users"))
    source.flags = {row[0]: tuple(value in YES for value in row[1:]) for row in rows("SELECT id, active, pending, suspended, locked FROM users")}
    for user, handle in rows('SELECT m."userId", g.handle FROM usergroups_users m JOIN usergroups g ON g.id = m."groupId"'):
        source.groups.setdefault(user, set()).add(handle)
    return source
