"""The accuracy predictor that Once-for-All publishes for its ImageNet supernet."""

import pickle
import zipfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from nas_plugins.spaces.errors import DamagedFile, InvalidArgument
from nas_plugins.spaces.mobilenetv3.subnet import EXPANSIONS, KERNELS, MOST, UNITS, Subnet

IMAGE_SIZES = tuple(range(112, 225, 16))
_LAYERS = UNITS * MOST
_FEATURES = _LAYERS * (len(KERNELS) + len(EXPANSIONS)) + len(IMAGE_SIZES)
_HIDDEN = 400


class PublishedPredictor:
    """Predicts ImageNet accuracy of the published supernet's subnets: 128 features, three layers of 400, one output.

    Features are one-hot: the kernel of each of 20 layers, then the expansion of each, zeros for layers that are absent,
    then the image size out of 112, 128 to 224. The file's output is a share of one.

    Args:
        network: From features to accuracy.

    References:
        Cai, Gan, Wang, Zhang and Han, Once-for-All: Train One Network and Specialize It for Efficient Deployment, ICLR
        2020, section 3.4; file ``ofa_mbv3_accuracy_predictor.pth`` of its tutorial.
    """

    def __init__(self, network: nn.Sequential) -> None:
        self.network = network.eval()

    @classmethod
    def load(cls, path: str | Path) -> "PublishedPredictor":
        """Read the published file; nothing in it is run, only tensors are read.

        Raises:
            DamagedFile: The file is missing, damaged, or another one.
        """
        try:
            state: Any = torch.load(path, map_location="cpu", weights_only=True)
            tensors = list(state.values())
            sizes = [_FEATURES, _HIDDEN, _HIDDEN, _HIDDEN, 1]
            layers: list[nn.Module] = []
            for before, after in pairwise(sizes):
                layers += [nn.Linear(before, after), nn.ReLU()]
            network = nn.Sequential(*layers[:-1])
            network.load_state_dict(dict(zip(network.state_dict(), tensors, strict=True)))
        except FileNotFoundError:
            raise DamagedFile(f"wanted Once-for-All's accuracy predictor at {path}, found no file") from None
        except IsADirectoryError:
            raise DamagedFile(
                f"wanted Once-for-All's accuracy predictor, a file, got the folder {path}; name the file in it"
            ) from None
        except (
            AttributeError, pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError, TypeError,
            zipfile.BadZipFile,
        ) as error:  # fmt: skip
            reason = " ".join(str(error).split())[:200]
            raise DamagedFile(
                f"wanted Once-for-All's accuracy predictor in {path}, found a damaged or foreign file ({reason})"
            ) from error
        return cls(network)

    @torch.no_grad()
    def __call__(self, subnets: Sequence[Subnet], image_size: int = 224) -> NDArray[np.float64]:
        """Predicted accuracies ``(subnets,)``, percent.

        Raises:
            InvalidArgument: An image size that it was not made for.
        """
        if image_size not in IMAGE_SIZES:
            raise InvalidArgument(f"wanted an image size out of {', '.join(map(str, IMAGE_SIZES))}, got {image_size}")
        rows = torch.zeros(len(subnets), _FEATURES)
        rows[:, _FEATURES - len(IMAGE_SIZES) + IMAGE_SIZES.index(image_size)] = 1
        for row, subnet in zip(rows, subnets, strict=True):
            for unit, layers in enumerate(subnet.units):
                for number, (kernel, expansion) in enumerate(layers):
                    place = unit * MOST + number
                    row[len(KERNELS) * place + KERNELS.index(kernel)] = 1
                    row[len(KERNELS) * _LAYERS + len(EXPANSIONS) * place + EXPANSIONS.index(expansion)] = 1
        predicted: NDArray[np.float64] = 100 * self.network(rows).squeeze(1).double().numpy()
        return predicted
