"""The state of an interrupted pre-training."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nas_plugins.spaces.arch2vec.settings import Pretraining
from nas_plugins.spaces.errors import InvalidState
from nas_plugins.spaces.files import load_tensors, save_tensors

_KIND, _VERSION = "arch2vec checkpoint", 1


@dataclass(frozen=True)
class Checkpoint:
    """A file with all that a run needs to go on as if it had never stopped: weights, Adam's moments, randomness.

    Args:
        path: The file.
        space: Name of the space trained on.
        settings: Of the run; a file of other settings is refused.
        labelled: What else tells the run from others where it learns from output features.
    """

    path: Path
    space: str
    settings: Pretraining
    labelled: dict[str, Any] | None = None

    def save(self, model: nn.Module, optimizer: torch.optim.Adam, order: Tensor, epoch: int) -> None:
        """Write the state after an epoch, atomically.

        Args:
            model: The model.
            optimizer: Its optimizer.
            order: The order of the graphs, which later epochs may use again.
            epoch: Number of epochs done.
        """
        tensors = {f"model/{name}": value for name, value in model.state_dict().items()}
        for index, values in optimizer.state_dict()["state"].items():
            tensors |= {f"adam/{index}/{name}": value for name, value in values.items()}
        tensors |= {"order": order, "random": torch.get_rng_state()}
        if next(model.parameters()).is_cuda:
            tensors["random_cuda"] = torch.cuda.get_rng_state()
        about = {"space": self.space, "settings": asdict(self.settings), "epoch": epoch, "labelled": self.labelled}
        save_tensors(self.path, tensors, kind=_KIND, version=_VERSION, about=about)

    def restore(self, model: nn.Module, optimizer: torch.optim.Adam, order: Tensor) -> tuple[Tensor, int]:
        """Load the state into a fresh model and optimizer, and torch's generator; does nothing without a file.

        Returns:
            The order of the graphs and the number of epochs done.

        Raises:
            InvalidState: The file is of another space or of other settings.
            DamagedFile: The file is damaged or foreign.
        """
        if not self.path.is_file():
            return order, 0
        tensors, about = load_tensors(self.path, kind=_KIND, version=_VERSION)
        found = (about.get("space"), about.get("settings"), about.get("labelled"))
        if found != (self.space, asdict(self.settings), self.labelled):
            raise InvalidState(
                f"wanted the checkpoint of this run in {self.path}, found one of another space or other settings; name "
                "another file, or remove it to start anew"
            )
        parts: dict[str, dict[str, Tensor]] = {"model": {}, "adam": {}}
        for name, value in tensors.items():
            kind, _, rest = name.partition("/")
            if rest:
                parts[kind][rest] = value
        model.load_state_dict(parts["model"])
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in parts["adam"].items():
            index, _, moment = name.partition("/")
            state.setdefault(int(index), {})[moment] = value
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
        torch.set_rng_state(tensors["random"])
        if "random_cuda" in tensors:
            torch.cuda.set_rng_state(tensors["random_cuda"])
        return tensors["order"], int(about["epoch"])
