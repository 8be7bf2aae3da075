"""A running Ray, and how many trials it bears at once."""

from collections.abc import Iterator
from contextlib import contextmanager

import ray
from ray import tune

from nas_plugins.spaces.errors import InvalidArgument


@contextmanager
def ray_running(address: str | None) -> Iterator[None]:
    """Use the Ray that runs, or start one and end it again.

    Args:
        address: Address of a cluster; ``None`` starts Ray on this machine.

    Raises:
        InvalidArgument: There is no cluster at the address.
    """
    if ray.is_initialized():
        yield
        return
    try:
        # Ray's own chatter would bury the progress bar.
        ray.init(address=address, include_dashboard=False, log_to_driver=False, logging_level="error")
    except (ConnectionError, ValueError) as error:
        raise InvalidArgument(f"wanted a Ray cluster at {address!r}, could not connect: {error}") from error
    try:
        yield
    finally:
        ray.shutdown()


def trial_resources(cpus: float, gpus: float) -> dict[str, float]:
    """What a trial takes, in Ray's words.

    Raises:
        InvalidArgument: It takes nothing.
    """
    if not (cpus >= 0 and gpus >= 0 and cpus + gpus > 0):
        raise InvalidArgument(
            f"wanted CPUs or GPUs per trial above 0, got {cpus:g} CPUs and {gpus:g} GPUs; give each trial at least one "
            "CPU"
        )
    return {"cpu": cpus, "gpu": gpus}


def concurrency(resources: dict[str, float]) -> int:
    """Trials that fit the cluster at once.

    Args:
        resources: Of a trial, see :func:`trial_resources`.

    Raises:
        InvalidArgument: A trial takes more than there is.
    """
    available = ray.cluster_resources()
    fits = [available.get(kind.upper(), 0) / wanted for kind, wanted in resources.items() if wanted]
    if min(fits) < 1:
        has = ", ".join(f"{available.get(kind.upper(), 0):g} {kind.upper()}s" for kind in resources)
        wants = ", ".join(f"{wanted:g} {kind.upper()}s" for kind, wanted in resources.items())
        raise InvalidArgument(f"wanted {wants} per trial, but there are {has}; ask for less per trial")
    return int(min(fits))


def limit_threads(trial: tune.Trainable) -> None:
    """As many torch threads as CPUs granted: trials share the machine, and more threads slow each other down."""
    import torch

    resources = trial.trial_resources
    granted = resources.required_resources.get("CPU", 1) if resources else 1
    torch.set_num_threads(max(1, int(granted)))
