"""Many small steps of torch in one thread."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute in the calling thread alone, and give its threads back at the end.

    Proposing is some thousand operations on small tensors. Sharing them among threads gains a third of a second on idle
    cores, and costs five to ten where cores are busy, as they are while trials train: threads then wait for each other
    at the end of every operation.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
