"""`filter` and `fields` on the rows of a page (contract 7)."""

import re

FALSE_VALUES = (False, 0, None, "", "0")


def look_up(row, path):
    """(whether it is there, the value) at a dot path; a number indexes an array."""
    value = row
    for name in path.split("."):
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return False, None
    return True, value


def text_of(value):
    if isinstance(value, bool) or value is None:
        return "1" if value else ""
    return format(value, "g") if isinstance(value, float) else str(value)


def is_number(text):
    return re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", text) is not None


def holds(row, expression):
    """One expression `path:value` of a filter."""
    path, expected = (part.strip() for part in expression.split(":", 1))
    there, actual = look_up(row, path)
    if not there or isinstance(actual, (dict, list)):
        return False
    expected, text = expected.lower(), text_of(actual)
    if expected.startswith("~"):
        return expected[1:] in text.strip().lower()
    if "*" in expected:
        return re.fullmatch(".*".join(re.escape(part) for part in expected.split("*")), text, re.IGNORECASE) is not None
    if expected in ("true", "false"):
        return (expected == "false") == (actual in FALSE_VALUES)
    if is_number(expected) and is_number(text):
        return float(expected) == float(text)
    return expected == text.strip().lower()


def projected(row, fields):
    """The row with only these paths; an empty object where none of them is there."""
    kept, paths = {}, sorted(set(re.split(r"[,\s]+", fields)) - {""})
    for path in paths:
        there, value = look_up(row, path)
        if there and not any(path.startswith(f"{other}.") for other in paths):
            place = kept
            *parents, last = path.split(".")
            for name in parents:
                place = place.setdefault(name, {})
            place[last] = value
    return kept


def shaped(rows, parameters):
    """The rows of one page as `filter` and `fields` leave them."""
    wanted = parameters.get("filter", "").strip()
    if wanted:
        rows = [row for row in rows if all(holds(row, one) for one in wanted.split(","))]
    fields = parameters.get("fields", "").strip()
    return [projected(row, fields) for row in rows] if fields else rows
