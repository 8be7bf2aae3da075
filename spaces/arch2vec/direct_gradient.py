"""The objective of arch2vec and its gradient in closed form: no graph of operations is recorded.

A step at the paper's batch of 32 graphs is so small that recording it for automatic differentiation takes longer than
computing it. Written out, it is about sixty calls of torch's own kernels.
"""

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from nas_plugins.spaces.arch2vec.model import GraphAutoencoder
from nas_plugins.spaces.arch2vec.settings import Pretraining


class DirectGradient:
    """Loss and gradient of :class:`graph_objective.GraphObjective`, for the encoder and decoder of the paper.

    Random numbers are drawn as that class draws them, so both take the same steps up to rounding. One thing is left
    out: in training, normalisation takes away what a bias before it adds, so the gradient of such a bias is zero;
    automatic differentiation finds rounding errors there, which Adam makes steps of that nothing depends on.

    Args:
        model: The autoencoder, in the mode the caller wants. Its parameters become views of :attr:`flat`.
        settings: Weights of the terms; :meth:`supports` them.
        frequencies: Means of operations ``(N, K)`` and of edges ``(N, N)`` over the training graphs.

    Attributes:
        flat: All parameters as one vector, whose ``grad`` each call fills; an optimizer's only parameter.
    """

    def __init__(self, model: GraphAutoencoder, settings: Pretraining, frequencies: tuple[Tensor, Tensor]) -> None:
        self.model, self.settings = model, settings
        labels, edges = frequencies
        nodes, vocabulary = labels.shape
        self.pairs = 1 - torch.eye(nodes).to(edges)
        self.wanted, self.wanted_edges = labels.t().contiguous(), edges + edges.t()
        tiny = torch.finfo(labels.dtype).tiny
        self.entropies = (labels * labels.clamp(min=tiny).log()).sum() - 0.5 * _cross_entropy(
            self.wanted_edges, self.wanted_edges
        )
        self.scales = settings.variational * 1.0, settings.adjacency_weight, 1.0
        if settings.objective == "published":
            self.scales = (
                settings.variational / (nodes * settings.batch_size * nodes),
                settings.adjacency_weight / nodes**2,
                1 / (nodes * vocabulary),
            )
        # Both heads side by side, so that they are one product.
        heads = [model.mean.weight, model.log_variance.weight, model.mean.bias, model.log_variance.bias]
        parameters = heads + [value for value in model.parameters() if not any(value is head for head in heads)]
        self.flat = nn.Parameter(nn.utils.parameters_to_vector(parameters).detach())
        self.gradient = self.flat.grad = torch.zeros_like(self.flat)
        start = 0
        for parameter in parameters:
            part = slice(start, start + parameter.numel())
            parameter.data = self.flat.data[part].view_as(parameter)
            parameter.grad = self.gradient[part].view_as(parameter)
            start = part.stop
        outputs, hidden = 2 * len(model.mean.weight), model.mean.in_features
        cut = slice(0, outputs * hidden), slice(outputs * hidden, outputs * (hidden + 1))
        self.heads, self.head_biases = self.flat.data[cut[0]].view(outputs, hidden), self.flat.data[cut[1]]
        self.d_heads, self.d_head_biases = self.gradient[cut[0]].view(outputs, hidden), self.gradient[cut[1]]
        self.operation: Any = model.operation
        self.layers = [_Layer(layer) for layer in model.encoder]
        norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm1d)]
        self.counters = [norm.num_batches_tracked for norm in norms if norm.num_batches_tracked is not None]

    @staticmethod
    def supports(settings: Pretraining) -> bool:
        """Whether a training can do with it: the paper's encoder and decoder, and padding that one-hots describe.

        Dropout and the prior's term together are left out for the order in which they draw random numbers.
        """
        published = settings.objective == "published"
        likelihood = "bernoulli" if published else settings.operation_likelihood
        return (
            (settings.encoder, settings.decoder) == ("gin", "inner_product")
            and settings.operation_likelihood == likelihood
            and not settings.corruption_weight
            and not (settings.dropout and settings.prior_weight)
        )

    def release(self) -> None:
        """Give the model parameters of its own again, with the values they have, and no gradients."""
        for parameter in self.model.parameters():
            parameter.data, parameter.grad = parameter.data.clone(), None

    def clip(self, most: float) -> None:
        """Shorten the gradient to a norm of ``most``, as :func:`torch.nn.utils.clip_grad_norm_` does."""
        norm = float(torch.linalg.vector_norm(self.gradient))
        if norm > most:
            self.gradient.mul_(most / (norm + 1e-6))

    @torch.inference_mode()
    def __call__(self, operations: Tensor, adjacency: Tensor, kl_weight: float) -> tuple[float, float, float, float]:
        """Fill the gradient for one batch.

        Args:
            operations: One-hot ``(B, N, K)``.
            adjacency: Strictly upper triangular ``(B, N, N)``.
            kl_weight: Weight of the divergence at this step.

        Returns:
            The loss, and the terms of :func:`objective.reconstruction_terms`.
        """
        model, settings = self.model, self.settings
        graphs, nodes = operations.shape[:2]
        divergence_scale, edge_scale, label_scale = self.scales
        divergence_scale *= kl_weight
        undirected = adjacency + adjacency.transpose(1, 2)
        nodewise = self._encode(operations, undirected)
        encoded = torch.addmm(self.head_biases, nodewise, self.heads.t()).view(graphs, nodes, -1)
        mean, log_variance = encoded.chunk(2, -1)
        variance = log_variance.exp()
        noise, latents = None, mean
        if model.training and model.variational:
            noise = torch.randn_like(mean).mul_(variance.sqrt())
            latents = mean + noise
        prior = _Prior(mean) if settings.prior_weight else None
        if prior is not None:
            latents = torch.cat([latents, prior.latents])
        kept = None
        if model.training and model.dropout.p:
            kept = functional.dropout(torch.ones_like(latents), model.dropout.p)
            latents = latents * kept

        values, d_latents = self._decode(latents, operations, undirected)
        values.append((mean.square() + variance).sub_(log_variance).sum())
        if kept is not None:
            d_latents.mul_(kept)
        d_encoded = torch.empty_like(encoded)
        d_mean, d_log_variance = d_encoded.chunk(2, -1)
        torch.add(d_latents[:graphs], mean, alpha=divergence_scale / graphs, out=d_mean)
        torch.mul(variance.sub_(1), 0.5 * divergence_scale / graphs, out=d_log_variance)
        if noise is not None:
            d_log_variance.addcmul_(d_latents[:graphs], noise, value=0.5)
        if prior is not None:
            prior.backward(d_latents[graphs:], d_mean)
        self._encode_backward(nodewise, d_encoded.flatten(0, 1))

        labels, edges, *mismatch, divergence = torch.stack(values).tolist()
        terms = labels / graphs, 0.5 * edges / graphs, 0.5 * (divergence - mean.numel()) / graphs
        loss = label_scale * terms[0] + edge_scale * terms[1] + divergence_scale * terms[2]
        return loss + settings.prior_weight * sum(mismatch), *terms

    def _encode(self, operations: Tensor, undirected: Tensor) -> Tensor:
        """The features of all nodes ``(B * N, hidden)``; layers keep what their gradients need."""
        features = operations
        if self.model.position is not None:
            features = torch.cat([features, self.model.position.expand(len(features), -1, -1)], dim=-1)
        for layer in self.layers:
            features = layer.forward(features, undirected)
        if self.model.training:
            torch._foreach_add_(self.counters, 1)
        return features.flatten(0, 1)

    def _decode(self, latents: Tensor, operations: Tensor, undirected: Tensor) -> tuple[list[Tensor], Tensor]:
        """Sums of both cross entropies, and the prior's term where latents of it stand behind those of the graphs.

        Fills the gradient of the decoder and returns that at the latents. Operations stand before nodes here: a softmax
        over the first axis is many times faster than over the last. Edges are symmetric, so each pair counts twice.
        """
        settings, graphs, operation = self.settings, len(operations), self.operation
        _, edge_scale, label_scale = self.scales
        there = None
        if self.model.end is not None and settings.objective != "published":
            there = operations.sum(-1, keepdim=True)
        rows, taken = latents.flatten(0, 1), operations.flatten(0, 1).t().contiguous()
        count = taken.shape[1]
        logits = torch.addmm(operation.bias[:, None], operation.weight, rows.t())
        edge_logits = torch.bmm(latents, latents.transpose(1, 2))
        d_edges = edge_logits.sigmoid()
        if settings.operation_likelihood == "categorical":
            logarithms = logits.log_softmax(0)
            d_labels = logarithms.exp()
            label_loss = -logarithms[:, :count].mul(taken).sum()
        else:
            d_labels = logits.sigmoid()
            weight = None if there is None else there.view(1, -1).expand_as(taken)
            label_loss = functional.binary_cross_entropy_with_logits(logits[:, :count], taken, weight, reduction="sum")
        counted = self.pairs if there is None else self.pairs * there * there.transpose(1, 2)
        judged = edge_logits[:graphs]
        edge_loss = functional.softplus(judged).addcmul_(judged, undirected, value=-1).mul_(counted).sum()
        values = [label_loss, edge_loss]
        if len(latents) > graphs:
            values.append(self._mismatch(d_labels[:, count:], d_edges[graphs:]))
        d_labels[:, :count].sub_(taken).mul_(label_scale / graphs)
        d_edges[:graphs].sub_(undirected).mul_(counted).mul_(edge_scale / graphs)
        if there is not None:
            d_labels[:, :count].mul_(there.view(1, -1))
        torch.mm(d_labels, rows, out=operation.weight.grad)
        torch.sum(d_labels, 1, out=operation.bias.grad)
        return values, torch.baddbmm((d_labels.t() @ operation.weight).view_as(latents), d_edges, latents)

    def _encode_backward(self, nodewise: Tensor, d_encoded: Tensor) -> None:
        torch.mm(d_encoded.t(), nodewise, out=self.d_heads)
        torch.sum(d_encoded, 0, out=self.d_head_biases)
        gradient = d_encoded @ self.heads
        for number in reversed(range(len(self.layers))):
            gradient = self.layers[number].backward(gradient, last=not number)

    def _mismatch(self, likely: Tensor, edges: Tensor) -> Tensor:
        """The term of :func:`objective.prior_mismatch`; probabilities become its gradient at their logits.

        Args:
            likely: ``(K, B * N)``.
            edges: ``(B, N, N)``.
        """
        weight, graphs = self.settings.prior_weight, len(edges)
        by_node = likely.view(len(likely), graphs, -1)
        drawn = by_node.mean(1).clamp_(min=torch.finfo(likely.dtype).tiny)
        found = edges.mean(0).mul_(self.pairs)
        mismatch = self.entropies - (self.wanted * drawn.log()).sum()
        mismatch = mismatch.add_(_cross_entropy(found, self.wanted_edges), alpha=0.5)
        slope = by_node * (self.wanted / drawn).mul_(-weight / graphs)[:, None]
        by_node.mul_(slope.sum(0)).neg_().add_(slope)
        # The same guard against a division by zero as torch's own gradient of this cross entropy.
        edge_slope = (found - self.wanted_edges).mul_(self.pairs).mul_(weight / graphs)
        edge_slope.div_((found - found.square()).clamp_(min=1e-12))
        edges.addcmul_(edges, edges, value=-1).mul_(edge_slope)
        return mismatch


def _cross_entropy(found: Tensor, wanted: Tensor) -> Tensor:
    return functional.binary_cross_entropy(found, wanted, reduction="sum")


class _Prior:
    """Latents drawn with mean and deviation of a batch, ``(B, N, D)``."""

    def __init__(self, mean: Tensor) -> None:
        centre = mean.mean(0)
        self.offset = mean - centre
        self.deviation = (self.offset.square().sum(0) / (len(mean) - 1)).sqrt_()
        self.noise = torch.randn_like(mean)
        self.latents = torch.addcmul(centre, self.deviation, self.noise)

    def backward(self, gradient: Tensor, d_mean: Tensor) -> None:
        """Add to the gradient at the means what that at the latents makes of it."""
        graphs = len(gradient)
        spread = (gradient * self.noise).sum(0).div_(self.deviation).div_(graphs - 1)
        # What is the same in all graphs, as latents of a node that none of them has, takes no gradient, as in torch.
        spread.masked_fill_(self.deviation == 0, 0)
        d_mean.add_(gradient.mean(0)).addcmul_(self.offset, spread)


class _Layer:
    """A graph isomorphism layer and its gradient."""

    def __init__(self, convolution: Any) -> None:
        self.eps = convolution.eps
        perceptron = convolution.nn
        self.halves = _Half(perceptron[0], perceptron[1]), _Half(perceptron[3], perceptron[4])

    def forward(self, features: Tensor, undirected: Tensor) -> Tensor:
        """``(B, N, before)`` to ``(B, N, after)``."""
        self.features, self.undirected, self.weight = features, undirected, 1 + self.eps.item()
        rows = torch.baddbmm(features, undirected, features, beta=self.weight).flatten(0, 1)
        for half in self.halves:
            rows = half.forward(rows)
        return rows.view(*features.shape[:2], -1)

    def backward(self, gradient: Tensor, *, last: bool) -> Tensor:
        """Fill the gradients of the parameters; returns that at the input, ``(B * N, before)``, unless nobody asks."""
        for half in reversed(self.halves):
            gradient = half.backward(gradient)
        gathered = gradient.view_as(self.features)
        torch.dot(gradient.flatten(), self.features.flatten(), out=self.eps.grad[0])
        if last:
            return gradient
        return torch.baddbmm(gathered, self.undirected, gathered, beta=self.weight).flatten(0, 1)


class _Half:
    """Linear, batch normalisation, ReLU: half of a layer's perceptron, and its gradient; rows are nodes."""

    def __init__(self, linear: nn.Linear, norm: nn.BatchNorm1d) -> None:
        self.linear, self.norm = linear, norm

    def forward(self, rows: Tensor) -> Tensor:
        """One pass; in training it updates the running statistics."""
        linear, norm = self.linear, self.norm
        self.rows = rows
        self.sums = torch.addmm(linear.bias, rows, linear.weight.t())
        normal, *self.statistics = torch.native_batch_norm(
            self.sums, norm.weight, norm.bias, norm.running_mean, norm.running_var, norm.training, norm.momentum or 0,
            norm.eps,
        )  # fmt: skip
        self.rectified = normal.relu_()
        return self.rectified

    def backward(self, gradient: Tensor) -> Tensor:
        """Fill the gradients of the parameters; returns that at the input."""
        linear, norm = self.linear, self.norm
        gradient = torch.ops.aten.threshold_backward(gradient, self.rectified, 0)
        gradient, weight, bias = torch.ops.aten.native_batch_norm_backward(
            gradient, self.sums, norm.weight, norm.running_mean, norm.running_var, *self.statistics, norm.training,
            norm.eps, (True, True, True),
        )  # fmt: skip
        # Parameters are views of one vector, and so are their gradients, which are there from the start.
        cast("Tensor", norm.weight.grad).copy_(weight)
        cast("Tensor", norm.bias.grad).copy_(bias)
        torch.mm(gradient.t(), self.rows, out=linear.weight.grad)
        if not norm.training:
            torch.sum(gradient, 0, out=linear.bias.grad)
        return gradient @ linear.weight
