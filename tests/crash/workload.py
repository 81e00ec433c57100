"""A deterministic workload on the sample site's schema: what an editor, a shop and an import do, drawn from a seed."""

import os
import random
import subprocess

SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir, "app", "demo", "sample_schema.sql")
CLASSES = {"entry": r"craft\\elements\\Entry", "product": r"craft\\commerce\\elements\\Product",
           "variant": r"craft\\commerce\\elements\\Variant", "order": r"craft\\commerce\\elements\\Order",
           "tag": r"craft\\elements\\Tag"}
NOW = "UTC_TIMESTAMP()"
WORDS = "amber birch café dawn ember fjord granite harbor indigo juniper kestrel linen maple naïve oak pebble quartz".split()

SETTINGS = f"""
INSERT INTO sitegroups (id, name, dateCreated, dateUpdated) VALUES (1, 'Sample', {NOW}, {NOW});
INSERT INTO sites (id, groupId, "primary", name, handle, language, hasUrls, sortOrder, dateCreated, dateUpdated)
  VALUES (1, 1, 1, 'Sample', 'primary', 'en', 1, 1, {NOW}, {NOW});
INSERT INTO commerce_stores VALUES (1, 'Shop', 'shop', 1, 'EUR', {NOW}, {NOW});
INSERT INTO commerce_site_stores VALUES (1, 1, {NOW}, {NOW});
INSERT INTO sections (id, name, handle, type, dateCreated, dateUpdated) VALUES (1, 'News', 'news', 'channel', {NOW}, {NOW});
INSERT INTO entrytypes (id, name, handle, dateCreated, dateUpdated)
  VALUES (1, 'Article', 'article', {NOW}, {NOW}), (2, 'Block', 'block', {NOW}, {NOW});
INSERT INTO commerce_producttypes (id, name, handle, dateCreated, dateUpdated) VALUES (1, 'Goods', 'goods', {NOW}, {NOW});
INSERT INTO commerce_orderstatuses (id, storeId, name, handle, sortOrder, "default", dateCreated, dateUpdated)
  VALUES (1, 1, 'New', 'new', 1, 1, {NOW}, {NOW}), (2, 1, 'Shipped', 'shipped', 2, 0, {NOW}, {NOW});
INSERT INTO commerce_inventorylocations (id, handle, name, dateCreated, dateUpdated) VALUES (1, 'store', 'Store', {NOW}, {NOW});
INSERT INTO commerce_inventorylocations_stores (inventoryLocationId, storeId, sortOrder, dateCreated, dateUpdated)
  VALUES (1, 1, 1, {NOW}, {NOW});
"""


class SqlSession:
    """One connection that lives as long as the workload: the client program, fed statement by statement."""

    def __init__(self, database, name):
        command, first = database.session(name)
        self.client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.run(first)

    def run(self, text):
        """Runs statements and waits for their end. RuntimeError: the server refused."""
        self.client.stdin.write(text + "\nSELECT 'step ended';\n")
        self.client.stdin.flush()
        for line in self.client.stdout:
            if line.strip() == "step ended":
                return
            raise RuntimeError(f"the workload's session says: {line.strip()}")
        raise RuntimeError("the workload's session ended")

    def close(self):
        self.client.stdin.close()
        self.client.wait()


class Workload:
    """Knows which resources live, so that a step needs no query and the same seed gives the same statements."""

    def __init__(self, database, seed, name="sample"):
        self.server = database
        self.database = name
        self.dice = random.Random(seed)
        self.last_id = 0
        self.live = {"entry": [], "product": [], "order": []}
        self.trashed = []
        self.variants = {}  # product id -> variant ids
        self.steps = 0
        self.session = None

    def install(self, entries=300, products=100, orders=120):
        """Makes the database, its tables and the first content."""
        self.server.create(self.database)
        with open(SCHEMA, encoding="utf-8") as schema:
            self.server.load_sample(schema.read(), self.database)
        self.session = SqlSession(self.server, self.database)
        self._transaction(SETTINGS)
        for make, count in ((self.create_entry, entries), (self.create_product, products), (self.create_order, orders)):
            for _ in range(count):
                make()

    def step(self):
        """One thing somebody does; most are one transaction."""
        self.steps += 1
        actions = [(self.edit_title, 30), (self.edit_product, 10), (self.sell, 10), (self.create_entry, 8), (self.create_product, 4),
                   (self.create_order, 8), (self.ship, 6), (self.trash_entry, 5), (self.restore_entry, 4), (self.purge_entry, 4),
                   (self.purge_product, 2), (self.import_titles, 4), (self.save_without_a_change, 5), (self.think_again, 3)]
        self.dice.choices([one for one, _ in actions], [weight for _, weight in actions])[0]()

    def close(self):
        if self.session:
            self.session.close()

    # ---- pieces

    def _transaction(self, text, end="COMMIT"):
        self.session.run(f"BEGIN;\n{text}\n{end};")

    def _words(self):
        return " ".join(self.dice.choice(WORDS) for _ in range(3))

    def _pick(self, kind):
        return self.dice.choice(self.live[kind]) if self.live[kind] else None

    def _element(self, kind, title="", uri=""):
        """The statements of a new element, and its id."""
        self.last_id += 1
        slug, uri = (f"'{uri.split('/')[-1]}'", f"'{uri}'") if uri else ("NULL", "NULL")
        title = f"'{title}'" if title else "NULL"
        return self.last_id, (
            f"INSERT INTO elements (id, type, dateCreated, dateUpdated) VALUES ({self.last_id}, '{CLASSES[kind]}', {NOW}, {NOW});\n"
            f"INSERT INTO elements_sites (elementId, siteId, title, slug, uri, content, dateCreated, dateUpdated) "
            f"VALUES ({self.last_id}, 1, {title}, {slug}, {uri}, '{{}}', {NOW}, {NOW});\n")

    @staticmethod
    def _touch(element):
        return f"UPDATE elements SET dateUpdated = {NOW} WHERE id = {element};\n"

    def _retitle(self, element):
        return f"UPDATE elements_sites SET title = '{self._words()}', dateUpdated = {NOW} WHERE elementId = {element};\n" + self._touch(element)

    # ---- what happens

    def create_entry(self):
        """Every third entry has a nested one."""
        entry, text = self._element("entry", self._words(), f"news/{self.last_id + 1}")
        text += (f"INSERT INTO entries (id, sectionId, typeId, postDate, dateCreated, dateUpdated) "
                 f"VALUES ({entry}, 1, 1, '2026-01-01', {NOW}, {NOW});\n")
        if entry % 3 == 0:
            nested, more = self._element("entry", self._words())
            text += more + (f"INSERT INTO entries (id, primaryOwnerId, fieldId, typeId, postDate, dateCreated, dateUpdated) "
                            f"VALUES ({nested}, {entry}, 1, 2, '2026-01-01', {NOW}, {NOW});\n"
                            f"INSERT INTO elements_owners VALUES ({nested}, {entry}, 1);\n")
        self._transaction(text)
        self.live["entry"].append(entry)

    def create_product(self):
        product, text = self._element("product", self._words(), f"shop/{self.last_id + 1}")
        text += (f"INSERT INTO commerce_products (id, typeId, postDate, defaultSku, dateCreated, dateUpdated) "
                 f"VALUES ({product}, 1, '2026-01-01', 'S-{product}', {NOW}, {NOW});\n")
        self.variants[product] = []
        for number in range(1 + self.dice.randrange(3)):
            variant, more = self._element("variant", f"Size {number + 1}")
            text += more + self._variant_rows(product, variant, number)
            self.variants[product].append(variant)
        self._transaction(text)
        self.live["product"].append(product)

    def _variant_rows(self, product, variant, number):
        return (f"INSERT INTO commerce_purchasables (id, sku, dateCreated, dateUpdated) VALUES ({variant}, 'S-{product}-{number}', {NOW}, {NOW});\n"
                f"INSERT INTO commerce_variants (id, primaryOwnerId, isDefault, dateCreated, dateUpdated) "
                f"VALUES ({variant}, {product}, {int(number == 0)}, {NOW}, {NOW});\n"
                f"INSERT INTO elements_owners VALUES ({variant}, {product}, {number + 1});\n"
                f"INSERT INTO commerce_purchasables_stores (purchasableId, storeId, basePrice, dateCreated, dateUpdated) "
                f"VALUES ({variant}, 1, {5 + self.dice.randrange(90)}.95, {NOW}, {NOW});\n"
                f"INSERT INTO commerce_inventoryitems (id, purchasableId, dateCreated, dateUpdated) VALUES ({variant}, {variant}, {NOW}, {NOW});\n"
                + self._movement(variant, 20))

    @staticmethod
    def _movement(variant, quantity):
        return (f"INSERT INTO commerce_inventorytransactions (inventoryLocationId, inventoryItemId, movementHash, quantity, type, dateCreated) "
                f"VALUES (1, {variant}, 'm', {quantity}, 'available', {NOW});\n")

    def create_order(self):
        """A cart first, completed in a transaction of its own; every fifth stays a cart."""
        order, text = self._element("order")
        total = f"{10 + self.dice.randrange(300)}.50"
        self._transaction(text + (
            f"INSERT INTO commerce_orders (id, storeId, number, itemTotal, itemSubtotal, totalPrice, total, totalQty, currency, orderSiteId, "
            f"dateCreated, dateUpdated) VALUES ({order}, 1, MD5('order {order}'), {total}, {total}, {total}, {total}, 1, 'EUR', 1, {NOW}, {NOW});\n"))
        if order % 5 == 0:
            return
        self._transaction(f"UPDATE commerce_orders SET isCompleted = 1, orderStatusId = 1, reference = LEFT(number, 7), dateOrdered = {NOW}, "
                          f"dateUpdated = {NOW} WHERE id = {order};\n" + self._touch(order))
        self.live["order"].append(order)

    def edit_title(self):
        if entry := self._pick("entry"):
            self._transaction(self._retitle(entry))

    def edit_product(self):
        if product := self._pick("product"):
            self._transaction(self._retitle(product))

    def sell(self):
        """Stock moves; no element row is touched."""
        if product := self._pick("product"):
            self._transaction(self._movement(self.dice.choice(self.variants[product]), -self.dice.randrange(1, 4)))

    def ship(self):
        if order := self._pick("order"):
            self._transaction(f"UPDATE commerce_orders SET orderStatusId = 3 - orderStatusId, dateUpdated = {NOW} WHERE id = {order};\n"
                              + self._touch(order))

    def trash_entry(self):
        if entry := self._pick("entry"):
            self._transaction(f"UPDATE elements SET dateDeleted = {NOW}, dateUpdated = {NOW} WHERE id = {entry} "
                              f"OR id IN (SELECT elementId FROM elements_owners WHERE ownerId = {entry});\n")
            self.live["entry"].remove(entry)
            self.trashed.append(entry)

    def restore_entry(self):
        if self.trashed:
            entry = self.trashed.pop(self.dice.randrange(len(self.trashed)))
            self._transaction(f"UPDATE elements SET dateDeleted = NULL, dateUpdated = {NOW} WHERE id = {entry};\n")
            self.live["entry"].append(entry)

    def purge_entry(self):
        """Only the owner's row is named: what else goes, the foreign keys decide, and the binary log is silent about it."""
        if entry := self._pick("entry"):
            self._transaction(f"DELETE FROM elements WHERE id = {entry};\n")
            self.live["entry"].remove(entry)

    def purge_product(self):
        if product := self._pick("product"):
            self._transaction(f"DELETE FROM elements WHERE id = {product};\n")
            self.live["product"].remove(product)

    def import_titles(self):
        """Many resources in one transaction."""
        entries = self.dice.sample(self.live["entry"], min(20, len(self.live["entry"])))
        self._transaction("".join(self._retitle(entry) for entry in entries))

    def save_without_a_change(self):
        if entry := self._pick("entry"):
            self._transaction(f"UPDATE elements_sites SET title = title, dateUpdated = {NOW} WHERE elementId = {entry};\n")

    def think_again(self):
        if entry := self._pick("entry"):
            self._transaction(self._retitle(entry), end="ROLLBACK")

    # Not steps: what other checks ask for.

    def tag(self, title):
        """A new tag; its id."""
        tag, text = self._element("tag", title)
        self._transaction(f"INSERT IGNORE INTO taggroups (id, name, handle, dateCreated, dateUpdated) VALUES (1, 'Colours', 'colours', {NOW}, {NOW});\n{text}"
                          f"INSERT INTO tags (id, groupId, dateCreated, dateUpdated) VALUES ({tag}, 1, {NOW}, {NOW});\n")
        return tag

    def rename(self, element, title):
        later = f"{NOW} + INTERVAL 2 SECOND"  # the feed calls created what shows the second of its making
        self._transaction(f"UPDATE elements_sites SET title = '{title}', dateUpdated = {later} WHERE elementId = {element};\n"
                          f"UPDATE elements SET dateUpdated = {later} WHERE id = {element};\n")

    def purge(self, element):
        self._transaction(f"DELETE FROM elements WHERE id = {element};\n")
