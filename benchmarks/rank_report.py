"""How two accuracies of the same subnets go together, in print; supernet_rank.py asks for it."""

import math
from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import kendalltau, rankdata, spearmanr


def print_ranks(figures: pd.DataFrame, kinds: Mapping[str, slice], images: int) -> None:
    """Print every subnet, by its accuracy alone, and how the accuracies of each kind and of all go together.

    Args:
        figures: A row a subnet: ``subnet``, ``multiply_adds``, ``blocks``, ``shared`` and ``alone`` (percent),
            ``shared_loss`` and ``alone_loss`` (cross-entropies; ``nan`` where it is not known).
        kinds: Which rows are of which kind.
        images: How many each accuracy was measured on.
    """
    for row in figures.sort_values("alone").itertuples():
        print(
            f"{row.shared:6.2f} % in the supernet  {row.alone:6.2f} % alone  {row.multiply_adds / 1e6:6.1f} M "
            f"multiply-adds  {row.subnet}"
        )
    accuracy = figures["alone"].mean()
    noise = math.sqrt(accuracy * (100 - accuracy) / images)
    print(f"{images} images make an accuracy uncertain by {noise:.2f}")
    parts = {kind: figures[rows] for kind, rows in kinds.items()}
    for kind, part in [*parts.items(), ("in all", figures)]:
        if len(part) > 2 and (kind != "in all" or len(part) not in map(len, parts.values())):
            _print_rank(kind, part, noise)


def _print_rank(kind: str, figures: pd.DataFrame, noise: float) -> None:
    """Print how the accuracies of some subnets go together; those of the supernet are uncertain by the noise."""
    shared, alone, cost, blocks = (figures[name] for name in ("shared", "alone", "multiply_adds", "blocks"))
    loss = spearmanr(-figures["shared_loss"], alone)[0]
    by_cost, by_blocks = ([spearmanr(one, by)[0] for one in (shared, alone)] for by in (cost, blocks))
    kendall = kendalltau(shared, alone)[0]
    equal = [_at_equal(blocks, one, cost) for one in (shared, alone)]
    print(
        f"{len(figures)} subnets {kind}: Spearman {_spearman(shared, alone)}, Kendall {kendall:.2f}; "
        f"Spearman by cross-entropy {loss:.2f}; with multiply-adds: supernet {by_cost[0]:.2f}, alone {by_cost[1]:.2f}; "
        f"with blocks: supernet {by_blocks[0]:.2f}, alone {by_blocks[1]:.2f}; with multiply-adds at equal blocks: "
        f"supernet {equal[0]:.2f}, alone {equal[1]:.2f}; they differ by {np.std(shared):.2f} points in the supernet, "
        f"by {np.std(alone):.2f} alone (standard deviation)"
    )
    orders = [_in_order(shared, alone, apart) for apart in (0.0, 2 * noise)]
    print(
        f"  pairs in the same order: {orders[0]}; that the supernet puts over {2 * noise:.1f} points apart: {orders[1]}"
    )
    known = figures.dropna(subset="alone_loss")
    if len(known) > 2:
        losses = [known[name] for name in ("shared_loss", "alone_loss")]
        by_cost = [-spearmanr(one, known["multiply_adds"])[0] for one in losses]
        print(
            f"  {len(known)} of them of known cross-entropy alone: Spearman of accuracies "
            f"{_spearman(known['shared'], known['alone'])}, of cross-entropies {_spearman(*losses)}; low ones go with "
            f"multiply-adds: supernet {by_cost[0]:.2f}, alone {by_cost[1]:.2f}"
        )


def _in_order(first: pd.Series, second: pd.Series, apart: float) -> str:
    """How many pairs that the first puts further apart than so much stand in the same order in the second."""
    pairs = [(a - b, c - d) for (a, c), (b, d) in combinations(zip(first, second, strict=True), 2)]
    same = [one * other > 0 for one, other in pairs if abs(one) > apart]
    return f"{sum(same)} of {len(same)}"


def _at_equal(blocks: pd.Series, first: pd.Series, second: pd.Series) -> float:
    """Partial rank correlation: what the ranks of the blocks explain linearly is taken from both ranks."""
    by, *ranks = (rankdata(values) - (len(values) + 1) / 2 for values in (blocks, first, second))
    one, other = (own - by * (own @ by) / (by @ by) for own in ranks)
    return float(np.corrcoef(one, other)[0, 1])


def _spearman(first: pd.Series, second: pd.Series) -> str:
    """Spearman's correlation with a 95 % interval over bootstraps of the subnets."""
    drawn = np.random.default_rng(0).integers(len(first), size=(2000, len(first)))
    bootstrapped = [spearmanr(first.iloc[rows], second.iloc[rows])[0] for rows in drawn if len(set(rows)) > 2]
    low, high = np.nanquantile(bootstrapped, [0.025, 0.975])
    return f"{spearmanr(first, second)[0]:.2f} ({low:.2f} to {high:.2f})"
