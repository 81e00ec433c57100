"""A recorded row as the TARGET has it: the rules that change single rows of lists and shows."""

import rules


class RowRules:
    """`urls`: product id -> its real url, from the feed; `clocks`: order id -> (the element's, the order's own timestamp, …);
    `items_made`: line item id -> its creation."""

    def __init__(self, state, source):
        self.urls = {item["snapshot"]["id"]: item["snapshot"]["url"] for item in state.feed if item["resourceType"] == "product" and item["snapshot"]}
        self.clocks = source.order_clocks
        self.items_made = source.line_items

    def rows(self, path, rows, used):
        """The rows in TARGET form; rules that changed one are added to `used`."""
        return [self.row(path, row, used) for row in rows]

    def row(self, path, row, used):
        if row == []:
            used.append(rules.Q6)
            return {}
        changed = {**row}
        if path == "/products" and "url" in row and row.get("id") in self.urls:
            self._set(changed, "url", self.urls[row["id"]], rules.R7, used)
        if path.startswith("/donations") and row.get("url") == "":
            self._set(changed, "url", None, rules.DONATION_URL, used)
        if path.startswith("/orders"):
            changed = self._amounts(changed, used)
            changed = self._items_in_order(changed, used)
        if path.startswith("/orders") and "updatedAt" in row and str(row.get("id")) in self.clocks:
            self._set(changed, "updatedAt", max(self.clocks[str(row["id"])][:2]), rules.R9, used)
        return changed

    def _items_in_order(self, row, used):
        """Newest first; what was made in one second by id."""
        items = row.get("lineItems")
        if not items or not all(str(one.get("id")) in self.items_made for one in items):
            return row
        ordered = sorted(sorted(items, key=lambda one: one["id"]), key=lambda one: self.items_made[str(one["id"])], reverse=True)
        row = {**row}
        self._set(row, "lineItems", ordered, rules.ITEM_ORDER, used)
        return row

    def _amounts(self, value, used):
        """The same tree with every amount as the source stores it, four decimals long."""
        if isinstance(value, float) and round(value, 4) != value:
            used.append(rules.MONEY)
            return round(value, 4)
        if isinstance(value, dict):
            return {key: self._amounts(inner, used) for key, inner in value.items()}
        return [self._amounts(inner, used) for inner in value] if isinstance(value, list) else value

    @staticmethod
    def _set(row, key, value, rule, used):
        if row[key] != value:
            row[key] = value
            used.append(rule)
