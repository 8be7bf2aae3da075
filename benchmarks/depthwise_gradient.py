"""How long gradients of depthwise convolutions take: torch's own, and by matrix products.

    python benchmarks/depthwise_gradient.py [--batch 128] [--repeats 10]

The layers are those of a supernet of width 0.25 at 48 pixels. Printed is the median of the milliseconds that a forward
and a backward pass take on one thread, either way in turn, and which way training takes. The last line is of whole
subnets: what share of its time a step takes that it would take with torch's gradients alone.
"""

import argparse
import time
from contextlib import nullcontext
from statistics import mean, median
from unittest.mock import patch

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from nas_plugins.spaces import MobileNetV3
from nas_plugins.spaces.mobilenetv3.depthwise import depthwise_conv2d

LAYERS = (  # channels, side of the input, kernel, stride
    (24, 24, 3, 2),
    (48, 12, 5, 1),
    (48, 12, 7, 2),
    (60, 6, 3, 1),
    (60, 6, 5, 1),
    (120, 6, 7, 1),
    (120, 3, 3, 1),
    (168, 3, 5, 2),
    (240, 2, 3, 1),
)
SUBNETS = 6
_SLOW = "nas_plugins.spaces.mobilenetv3.depthwise._slow_gradient"


def share_of_step(number: int, batch: int, repeats: int) -> float:
    """What share of its time without products a forward and backward pass of a random subnet takes."""
    space = MobileNetV3()
    network = space.network(space.sample(np.random.default_rng(number)), 20, width=0.25)
    network.train().to(memory_format=torch.channels_last)
    images = torch.randn(batch, 3, 48, 48).contiguous(memory_format=torch.channels_last)
    seconds: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(repeats + 1):
        for products, durations in seconds.items():
            with nullcontext() if products else patch(_SLOW, return_value=False):
                start = time.perf_counter()
                network(images).logsumexp(1).sum().backward()
                durations.append(time.perf_counter() - start)
    return median(seconds[True][1:]) / median(seconds[False][1:])


def main() -> None:
    """Print a line per layer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=10)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    table = Table("channels", "side", "kernel", "stride", "torch (ms)", "products (ms)", "taken")
    for channels, side, kernel, stride in LAYERS:
        x = torch.randn(arguments.batch, channels, side, side).contiguous(memory_format=torch.channels_last)
        weight = torch.randn(channels, 1, kernel, kernel)
        both = x.requires_grad_(), weight.requires_grad_()
        seconds: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(arguments.repeats + 1):
            for products, durations in seconds.items():
                with patch(_SLOW, return_value=products):
                    start = time.perf_counter()
                    y = depthwise_conv2d(*both, stride)
                    torch.autograd.grad(y, both, torch.ones_like(y))
                    durations.append(time.perf_counter() - start)
        plain, ours = (f"{1e3 * median(durations[1:]):.2f}" for durations in seconds.values())
        taken = "products" if "Products" in type(depthwise_conv2d(*both, stride).grad_fn).__name__ else "torch"
        table.add_row(*map(str, (channels, side, kernel, stride)), plain, ours, taken)
    console = Console()
    console.print(table)
    shares = [share_of_step(subnet, arguments.batch, arguments.repeats) for subnet in range(SUBNETS)]
    console.print(
        f"a step of {SUBNETS} random subnets: {min(shares):.2f} to {max(shares):.2f}, mean {mean(shares):.2f}"
    )
    console.print(f"{torch.backends.cpu.get_cpu_capability()}, batch {arguments.batch}, torch {torch.__version__}")


if __name__ == "__main__":
    main()
