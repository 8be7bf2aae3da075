"""How long the nearest cell to a point of a latent space takes to find.

    python benchmarks/latent_retrieval.py [--space nasbench101] [--queries 200]

Points are drawn uniformly within the bounds of the latent space, as a tuner would draw them. Printed: how long it took
to embed the whole space, or to read the file of its embeddings, and the median and the slowest query after that.
"""

import argparse
import time

import numpy as np
import torch

from nas_plugins.spaces import Arch2Vec


def main() -> None:
    """Time the queries."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--space", default="nasbench101")
    parser.add_argument("--queries", type=int, default=200)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    latent_space = Arch2Vec.pretrained(arguments.space)
    start = time.perf_counter()
    low, high = latent_space.bounds().T
    first = time.perf_counter() - start
    points = np.random.default_rng(0).uniform(low, high, size=(arguments.queries + 1, latent_space.dimensions))
    latent_space.nearest(points[0])  # prepares what all queries share
    seconds = []
    for point in points[1:]:
        start = time.perf_counter()
        latent_space.nearest(point)
        seconds.append(time.perf_counter() - start)
    print(f"{len(latent_space.space):,} embeddings in {first:.1f} s")
    print(f"nearest: median {1000 * np.median(seconds):.1f} ms, slowest {1000 * max(seconds):.1f} ms")


if __name__ == "__main__":
    main()
