"""The hash under which NAS-Bench-101's published records file a module."""

import hashlib
from collections.abc import Iterable, Sequence


def module_hash(edges: Iterable[tuple[int, int]], labels: Sequence[int]) -> str:
    """The 32 hexadecimal digits that isomorphic modules share, and no others of this space (Ying et al., 2019).

    Each vertex starts from its out-degree, in-degree and label; as many rounds as there are vertices replace its digest
    by one of the sorted digests of its predecessors, of its successors, and its own; the sorted digests of the last
    round are digested once more. Digest for digest the official ``hash_module``, so the keys are those of the official
    file.

    Args:
        edges: Pairs ``(source, target)``.
        labels: One per vertex: -1 for the input, -2 for the output, else the position of its operation.
    """
    successors: list[list[int]] = [[] for _ in labels]
    predecessors: list[list[int]] = [[] for _ in labels]
    for source, target in edges:
        successors[source].append(target)
        predecessors[target].append(source)
    digests = [
        _md5(str((len(after), len(before), label)))
        for after, before, label in zip(successors, predecessors, labels, strict=True)
    ]
    for _ in labels:
        digests = [
            _md5(
                "".join(sorted(digests[other] for other in before))
                + "|"
                + "".join(sorted(digests[other] for other in after))
                + "|"
                + own
            )
            for own, before, after in zip(digests, predecessors, successors, strict=True)
        ]
    return _md5(str(sorted(digests)))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
