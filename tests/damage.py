"""Good files made bad."""

from hypothesis import strategies as st


def damaged(good: bytes, data: st.DataObject) -> bytes:
    """A file with some bytes overwritten, cut out or put in."""
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(good)))
        good = good[:start] + data.draw(st.binary(max_size=6)) + good[start + data.draw(st.integers(0, 20)) :]
    return good
