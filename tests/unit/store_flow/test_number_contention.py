"""Many workers that number at once: no number twice, and none waits for another in a circle."""

from __future__ import annotations

import threading


def test_counters_of_one_pair_are_taken_in_any_order_at_once_without_a_deadlock(database):
    scopes = ["x12:interchange:us/them", "x12:group:us/them"]
    taken: dict[str, list[int]] = {scope: [] for scope in scopes}
    failures: list[Exception] = []

    def work(order):
        for _ in range(25):
            try:
                with database.transaction() as tx:
                    got = {scope: tx.numbers.take(scope) for scope in order}
            except Exception as failure:
                failures.append(failure)
                return
            for scope, number in got.items():
                taken[scope].append(number)

    threads = [threading.Thread(target=work, args=(scopes[:: 1 if n % 2 else -1],)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert {scope: sorted(numbers) for scope, numbers in taken.items()} == {scope: list(range(1, 151)) for scope in scopes}
