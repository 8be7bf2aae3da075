"""Independent pieces of work beside each other, each in one thread of torch."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

T = TypeVar("T")
R = TypeVar("R")


@contextmanager
def one_thread() -> Iterator[int]:
    """Let torch compute in the calling thread alone; gives the number of threads it had, and them back at the end.

    Proposing is some thousand operations on small tensors. Sharing each of them among threads gains little on idle
    cores, and costs seconds where cores are busy, as they are while trials train: threads then wait for each other at
    the end of every operation.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield threads
    finally:
        torch.set_num_threads(threads)


def side_by_side(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Apply a function to items, as many at once as torch may use threads, each of them in one thread.

    Threads wait for each other only at the end of all, and results are those of a loop.

    Args:
        function: Called without gradients; must not change what other calls read.
        items: What it is called with.
    """

    def alone(item: T) -> R:
        with torch.no_grad():  # a setting of each thread
            return function(item)

    with one_thread() as threads:
        if threads == 1:
            return list(map(alone, items))
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(alone, items))
