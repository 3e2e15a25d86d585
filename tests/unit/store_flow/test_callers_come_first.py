"""Work that nobody waits for makes room while a caller does, and never for long."""

from __future__ import annotations

import threading
import time

import pytest

from hub.flow.rush import BREATHER, LATE, Rush


def test_without_callers_nothing_waits():
    begun = time.monotonic()
    Rush().give_way(longest=10)
    assert time.monotonic() - begun < 1


def test_a_job_waits_while_a_caller_does_and_goes_on_when_the_caller_has_its_answer():
    rush, is_through = Rush(), threading.Event()
    worker = threading.Thread(target=lambda: (rush.give_way(longest=10), is_through.set()))
    with rush:
        worker.start()
        assert not is_through.wait(0.05)
    assert is_through.wait(2)
    worker.join()


def test_a_job_goes_on_after_a_while_although_callers_keep_coming():
    rush = Rush()
    begun = time.monotonic()
    with rush:
        rush.give_way(longest=0.05)
    assert 0.05 <= time.monotonic() - begun < 2


def test_a_caller_who_left_with_an_error_is_not_waited_for():
    rush = Rush()
    with pytest.raises(ZeroDivisionError), rush:
        _ = 1 / 0
    begun = time.monotonic()
    rush.give_way(longest=10)
    assert time.monotonic() - begun < 1


def test_a_job_that_has_waited_long_enough_waits_for_nobody():
    rush = Rush()
    begun = time.monotonic()
    with rush:
        rush.give_way(LATE, longest=10)
    assert time.monotonic() - begun < 1


def test_callers_who_never_cease_cost_a_batch_some_milliseconds_and_no_more():
    rush = Rush()
    begun = time.monotonic()
    with rush:
        for _ in range(20):
            rush.give_way()
    assert time.monotonic() - begun < 1, "twenty batches of ten: less than five milliseconds for each job"


def test_the_next_caller_is_waited_for_after_the_last_one_left():
    rush, is_through = Rush(), threading.Event()
    for _ in range(3):
        with rush, rush:
            pass
    worker = threading.Thread(target=lambda: (rush.give_way(longest=10), is_through.set()))
    with rush:
        worker.start()
        assert not is_through.wait(0.05)
    assert is_through.wait(2)
    worker.join()


def seconds_of(act):
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def test_every_job_leaves_a_moment_to_an_edge_that_is_hard_at_work():
    rush = Rush()
    with rush.at_work():
        time.sleep(0.1)
    assert seconds_of(rush.make_room) >= BREATHER
    assert seconds_of(rush.make_room) >= BREATHER, "the next job of the same moment too"


def test_an_edge_that_waits_for_the_disk_is_not_at_work():
    rush = Rush()
    with rush:
        time.sleep(0.1)
    assert seconds_of(rush.make_room) < BREATHER


def test_room_is_made_no_longer_once_the_edge_has_done():
    rush = Rush()
    with rush.at_work():
        time.sleep(0.1)
    rush.make_room()
    time.sleep(0.1)
    assert seconds_of(rush.make_room) < BREATHER
