#!/usr/bin/env python3
"""The conditions themselves, checked: what was received as it should be passes, what a bug would leave behind fails."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
sys.dont_write_bytecode = True

import checks
from blackbox.receiver import Delivery
from plan import plan


def item(number, title="a"):
    return {"resourceType": "entry", "resourceId": str(number), "action": "updated", "snapshot": {"title": title}}


def attempt(event, at, resource="1", status=200, title="a"):
    payload = {"id": event, "resourceType": "entry", "resourceId": resource, "title": title}
    return Delivery(at, {}, json.dumps(payload), status, True)


class FeedTest(unittest.TestCase):
    def test_equal_feeds_pass(self):
        self.assertFalse(checks.feed_problems([item(1), item(2)], [item(1), item(2)]))

    def test_a_lost_a_surplus_a_changed_and_a_doubled_item_and_another_order_fail(self):
        for spoilt in ([item(1)], [item(1), item(2), item(3)], [item(1), item(2, "b")], [item(1), item(2), item(2)], [item(2), item(1)]):
            self.assertTrue(checks.feed_problems([item(1), item(2)], spoilt), spoilt)

    def test_a_follower_that_missed_the_newest_state_fails(self):
        self.assertFalse(checks.followed_problems([item(1), item(1, "b")], [item(1, "b")]))
        self.assertTrue(checks.followed_problems([item(1, "b"), item(1)], [item(1, "b")]))


class DeliveryTest(unittest.TestCase):
    def test_a_refused_event_is_lost_until_it_is_accepted(self):
        calm = [attempt("e", 1)]
        self.assertTrue(checks.lost_events(calm, [attempt("e", 1, status=503)]))
        self.assertFalse(checks.lost_events(calm, [attempt("e", 1, status=503), attempt("e", 2)]))

    def test_an_event_of_nothing_fails(self):
        self.assertTrue(checks.surplus_events([], [attempt("e", 1)]))

    def test_a_repeat_needs_a_kill_shortly_after_the_acceptance(self):
        twice = [attempt("e", 1.0), attempt("e", 3.0)]
        self.assertFalse(checks.repeat_problems(twice, [1.5], lag=1))
        self.assertTrue(checks.repeat_problems(twice, [], lag=1))
        self.assertTrue(checks.repeat_problems(twice, [2.9], lag=1))

    def test_other_bytes_under_the_same_id_fail(self):
        self.assertTrue(checks.payload_problems([attempt("e", 1)], [attempt("e", 1, title="b")]))

    def test_two_events_of_one_resource_in_the_wrong_order_fail_and_repeats_do_not_count(self):
        calm = [attempt("e", 1), attempt("f", 2)]
        self.assertFalse(checks.order_problems(calm, [attempt("e", 1), attempt("f", 2), attempt("e", 3)]))
        self.assertTrue(checks.order_problems(calm, [attempt("f", 1), attempt("e", 2)]))


class PlanTest(unittest.TestCase):
    def test_the_same_seed_plans_the_same_kills_and_as_many_as_asked(self):
        self.assertEqual(plan(47, 5), plan(47, 5))
        self.assertEqual(sum(len(run.kills) for run in plan(47, 5)), 47)
        self.assertNotEqual(plan(47, 5), plan(47, 6))


if __name__ == "__main__":
    unittest.main()
