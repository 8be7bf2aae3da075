"""Zero-cost proxies: the same every time, finite for dead networks, and telling in the direction they should."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nas_plugins.spaces import MobileNetV3, NASBench201
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies.zero_cost import PROXIES, jacobian_covariance, naswot, synflow
from nas_plugins.strategies.zero_cost_input import ZERO_COST, ZeroCostInput

SPACE = NASBench201()
CONVOLUTIONS = SPACE.from_choices(dict.fromkeys(SPACE.choices(), "nor_conv_3x3"))
DEAD = SPACE.from_choices(dict.fromkeys(SPACE.choices(), "none"))
SMALL = {"C": 4, "N": 1}


def images(count: int = 6) -> Tensor:
    return torch.randn(count, 3, 8, 8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("proxy", PROXIES.values(), ids=PROXIES.keys())
def test_proxies_leave_the_weights_as_they_were(proxy: Callable[[nn.Module, Tensor], float]) -> None:
    torch.manual_seed(0)
    network = SPACE.network(CONVOLUTIONS, 10, **SMALL)
    before = {name: value.clone() for name, value in network.named_parameters()}
    assert np.isfinite(proxy(network, images()))
    for name, value in network.named_parameters():
        assert value.dtype == torch.float32
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)


def test_synflow_of_a_line_is_its_product() -> None:
    """Of 2 * -3 * x, |2 * dR/d2| and |3 * dR/d3| are both 6: the logarithm of 12."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False))
    with torch.no_grad():
        network[1].weight.fill_(2.0)
        network[2].weight.fill_(-3.0)
    assert synflow(network, torch.zeros(1, 1, 1, 1)) == pytest.approx(np.log(12))


def test_naswot_counts_units_in_which_images_agree() -> None:
    """Two images that agree in one unit of three: the determinant of [[4, 1], [1, 4]], 15."""
    network = nn.ReLU()
    shown = torch.tensor([[1.0, 1.0, -1.0], [1.0, -1.0, 1.0]]).reshape(2, 3, 1, 1)
    assert naswot(network, shown) == pytest.approx(np.log(15))


def test_the_jacobian_tells_a_line_from_a_network() -> None:
    """A linear map answers to all images alike, which is the lowest score there is; a network with activations not."""
    torch.manual_seed(0)
    line = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 4))
    assert jacobian_covariance(SPACE.network(CONVOLUTIONS, 10, **SMALL), images()) > jacobian_covariance(line, images())


def test_proxies_see_the_branches_that_training_opens() -> None:
    """More flows through deep units than through shallow ones, though further blocks give nothing before training."""
    space = MobileNetV3()
    transform = ZeroCostInput(space, ("synflow",), scale={"width": 0.1}, image_size=16, batch=4)
    deep, shallow = (space.parse("|".join([",".join(["k3e3"] * depth)] * 5)) for depth in (4, 2))
    assert not space.network(deep, 2).blocks[-1].point_linear.bn.weight.any()
    assert transform.measure(deep) > transform.measure(shallow) + 5


def test_rows_are_finite_remembered_and_leave_the_generator_alone() -> None:
    transform = ZeroCostInput(SPACE, scale=SMALL, image_size=8, batch=4)
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    rows = transform([DEAD, CONVOLUTIONS])
    assert torch.rand(1) == expected
    assert rows.shape == (2, len(ZERO_COST))
    assert np.isfinite(rows).all()
    assert (rows[1] > rows[0]).all()
    np.testing.assert_array_equal(rows, transform([DEAD, CONVOLUTIONS]))
    again = ZeroCostInput(SPACE, scale=SMALL, image_size=8, batch=4)
    np.testing.assert_array_equal(rows[1:], again([CONVOLUTIONS]))
    assert transform([]).shape == (0, len(ZERO_COST))


def test_unknown_proxies_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="naswot"):
        ZeroCostInput(SPACE, ["magic"])
