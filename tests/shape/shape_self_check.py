#!/usr/bin/env python3
"""Shows that shape_check finds what it is there to find, on a small crooked house."""
import tempfile
import unittest
from pathlib import Path

import shape_check


def house(**texts):
    """A folder with these files; a name's "__" is "/" and its last "_" before the ending is "."."""
    folder = tempfile.TemporaryDirectory()
    for name, text in texts.items():
        path = Path(folder.name) / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def offences(rule, **texts):
    with house(**texts) as folder:
        return list(shape_check.RULES[rule](Path(folder)))


class Shape(unittest.TestCase):
    def test_an_include_that_points_up_is_found(self):
        self.assertEqual(len(offences("includes", engine__a_dot_h='#include "feed/change.h"\n')), 1)

    def test_connectors_and_delivery_do_not_meet(self):
        self.assertEqual(len(offences("includes", connectors__a_dot_cpp='#include "delivery/lane.h"\n')), 1)
        self.assertEqual(len(offences("includes", delivery__a_dot_cpp='#include "connectors/source.h"\n')), 1)

    def test_siblings_do_not_meet(self):
        self.assertEqual(len(offences("includes", connectors__mariadb__a_dot_cpp='#include "connectors/postgres/b.h"\n')), 1)

    def test_nothing_looks_at_tests(self):
        self.assertEqual(len(offences("includes", app__a_dot_cpp='#include "tests/support/fixtures.h"\n')), 1)

    def test_an_include_that_points_down_is_fine(self):
        self.assertEqual(offences("includes", app__a_dot_cpp='#include "feed/change.h"\n#include <vector>\n'), [])

    def test_sleeping_tests_are_found(self):
        self.assertEqual(len(offences("sleeps", tests__a_dot_cpp="std::this_thread::sleep_for(1s);\n", tests__b_dot_py="time.sleep(1)\n")), 2)

    def test_a_fake_clock_may_be_asked_to_sleep(self):
        self.assertEqual(offences("sleeps", tests__a_dot_cpp="co_await timers.sleep_until(deadline);\n"), [])

    def test_an_await_on_one_of_two_tasks_is_found(self):
        self.assertEqual(len(offences("awaits", feed__log_dot_cpp="co_await (quick ? read() : scan());\n")), 1)
        self.assertEqual(offences("awaits", feed__log_dot_cpp="const bool both = (co_await read()) ? left : right;\n"), [])

    def test_an_await_inside_an_initializer_is_found(self):
        self.assertEqual(len(offences("awaits", feed__log_dot_cpp="Answer answer{co_await read()};\n")), 1)
        self.assertEqual(offences("awaits", feed__log_dot_cpp="Task<int> get() { co_return co_await read(); }\nauto a = co_await read();\n"), [])

    def test_a_folder_without_readme_is_found(self):
        self.assertEqual(len(offences("readmes", feed__README_dot_md="x", feed__index__a_dot_h="")), 1)

    def test_an_empty_name_is_found(self):
        self.assertEqual(len(offences("names", feed__util_dot_h="", app__helpers__a_dot_h="")), 2)


if __name__ == "__main__":
    unittest.main()
