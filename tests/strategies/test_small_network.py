"""Training of a small tanh network, against torch."""

import numpy as np
import pytest
import torch

from nas_plugins.strategies.small_network import train_tanh_network


@pytest.mark.parametrize(("widths", "weight_decay"), [((7,), 0.0), ((5, 4, 3), 0.01)])
def test_it_trains_as_torch_does(widths: tuple[int, ...], weight_decay: float) -> None:
    """Thirty steps end at the weights that torch's autograd and Adam end at."""
    rng = np.random.default_rng(0)
    rows, outcomes = rng.standard_normal((12, 6)), rng.standard_normal(12)
    batches = [rng.permutation(12)[:5] for _ in range(30)]
    layers = [
        torch.nn.Linear(inputs, outputs, dtype=torch.float64)
        for inputs, outputs in zip((6, *widths), (*widths, 1), strict=True)
    ]
    start = [(layer.weight.detach().numpy().copy(), layer.bias.detach().numpy().copy()) for layer in layers]
    optimizer = torch.optim.Adam(
        [parameter for layer in layers for parameter in layer.parameters()], lr=0.01, weight_decay=weight_decay
    )
    for chosen in batches:
        hidden = torch.from_numpy(rows[chosen])
        for layer in layers[:-1]:
            hidden = torch.tanh(layer(hidden))
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(layers[-1](hidden)[:, 0], torch.from_numpy(outcomes[chosen])).backward()
        optimizer.step()
    trained = train_tanh_network(start, rows, outcomes, batches, learning_rate=0.01, weight_decay=weight_decay)

    for layer, (weight, bias) in zip(layers, trained, strict=True):
        np.testing.assert_allclose(weight, layer.weight.detach().numpy(), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(bias, layer.bias.detach().numpy(), rtol=1e-9, atol=1e-12)
