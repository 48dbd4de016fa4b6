"""The queue finds new scenes with at most half of the looks of other orders, in an operation with known truth."""

import review_queue


def test_half_of_the_looks_of_the_best_other_order_are_enough() -> None:
    told = review_queue.simulated(review_queue.WORLDS[0], 1_500, 0)
    others = {name: number for name, number in told.items() if name not in ("files", "new scenes", "queue")}
    assert len(others) == 10
    assert told["queue"] * 2 <= min(others.values()), told


def test_looks_are_counted_until_enough_scenes_are_seen() -> None:
    def file(scene: int, *, new: bool) -> review_queue.File:
        return review_queue.File(scene, new, "a", 0, 1, review_queue.NOW, b"")

    files = [file(1, new=True), file(1, new=True), file(2, new=False), file(3, new=True)]
    assert review_queue.looks([1, 2, 3, 4], files) == 4
    assert review_queue.looks([2, 4, 1, 3], files) == 2
    assert review_queue.looks([1, 3], files) == len(files)
