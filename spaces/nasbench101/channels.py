"""How the channels of a NAS-Bench-101 cell are divided among its vertices."""

from nas_plugins.spaces.nasbench101.cell import Cell


def vertex_channels(cell: Cell, in_channels: int, out_channels: int) -> list[int]:
    """Output channels of each vertex (Ying et al., 2019, section 2.1; the official ``compute_vertex_channels``).

    The output's channels are divided among the inner vertices it reads, because it concatenates them; what does not
    divide goes, one each, to the first of them. Every other inner vertex has as many as the widest vertex that reads
    it, because the others drop what they have less.

    Args:
        cell: The architecture, whose canonical numbering says which vertices are the first.
        in_channels: Channels of the input vertex.
        out_channels: Channels of the output vertex, at least as many as the inner vertices that it reads.
    """
    last = cell.vertices - 1
    channels = [in_channels, *[0] * len(cell.operations), out_channels]
    feeding = [source for source, target in cell.edges if target == last and source]
    for position, vertex in enumerate(feeding):
        share, rest = divmod(out_channels, len(feeding))
        channels[vertex] = share + (position < rest)
    for vertex in range(last - 1, 0, -1):
        if vertex not in feeding:
            channels[vertex] = max(channels[target] for source, target in cell.edges if source == vertex)
    return channels
