"""The objective of arch2vec and its gradient in closed form: no graph of operations is recorded.

A step at the paper's batch of 32 graphs is so small that recording it for automatic differentiation takes longer than
computing it. Written out, it is about sixty calls of torch's own kernels.
"""

from typing import Any, NamedTuple

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
        self.above = torch.ones_like(edges).triu(1)
        self.wanted, self.wanted_edges = labels, edges * self.above
        tiny = torch.finfo(labels.dtype).tiny
        entropy = functional.binary_cross_entropy(self.wanted_edges, self.wanted_edges, reduction="sum")
        self.entropies = (labels * labels.clamp(min=tiny).log()).sum() - entropy
        parameters = list(model.parameters())
        self.flat = nn.Parameter(nn.utils.parameters_to_vector(parameters).detach())
        self.flat.grad = torch.zeros_like(self.flat)
        start = 0
        for parameter in parameters:
            part = slice(start, start + parameter.numel())
            parameter.data = self.flat.data[part].view_as(parameter)
            parameter.grad = self.flat.grad[part].view_as(parameter)
            start = part.stop

    def release(self) -> None:
        """Give the model parameters of its own again, with the values they have, and no gradients."""
        for parameter in self.model.parameters():
            parameter.data, parameter.grad = parameter.data.clone(), None

    @staticmethod
    def supports(settings: Pretraining) -> bool:
        """Whether a training can do with it: the paper's encoder and decoder, and padding that one-hots describe."""
        published = settings.objective == "published"
        likelihood = "bernoulli" if published else settings.operation_likelihood
        return (
            (settings.encoder, settings.decoder) == ("gin", "inner_product")
            and settings.operation_likelihood == likelihood
            and not settings.corruption_weight
        )

    @torch.no_grad()
    def __call__(self, operations: Tensor, adjacency: Tensor, kl_weight: float) -> Tensor:
        """Fill the gradient for one batch.

        Args:
            operations: One-hot ``(B, N, K)``.
            adjacency: Strictly upper triangular ``(B, N, N)``.
            kl_weight: Weight of the divergence at this step.

        Returns:
            ``(4,)``: the loss, and the terms of :func:`objective.reconstruction_terms`.
        """
        model, settings = self.model, self.settings
        graphs, nodes, vocabulary = operations.shape
        label_scale = edge_scale = divergence_scale = 1.0
        there = operations.sum(-1, keepdim=True) if model.end is not None else None
        if settings.objective == "published":
            label_scale, edge_scale = 1 / (nodes * vocabulary), 1 / nodes**2
            divergence_scale, there = 1 / (nodes * settings.batch_size * nodes), None
        divergence_scale *= kl_weight * settings.variational
        edge_scale *= settings.adjacency_weight
        counted = self.above if there is None else self.above * there.transpose(1, 2)

        layers, nodewise = self._encode(operations, adjacency)
        mean = functional.linear(nodewise, model.mean.weight, model.mean.bias).view(graphs, nodes, -1)
        log_variance = functional.linear(nodewise, model.log_variance.weight, model.log_variance.bias).view_as(mean)
        noise, latents = None, mean
        if model.training and model.variational:
            noise = torch.randn_like(mean) * (0.5 * log_variance).exp_()
            latents = mean + noise
        decoded, kept, logits, edge_logits = self._decode(latents)

        if settings.operation_likelihood == "categorical":
            logarithms = logits.log_softmax(-1)
            surplus = logarithms.exp()
            label_loss = -(logarithms * operations).sum() / graphs
        else:
            surplus = logits.sigmoid()
            wrong = functional.softplus(logits).addcmul_(logits, operations, value=-1)
            label_loss = (wrong if there is None else wrong.mul_(there)).sum() / graphs
        surplus.sub_(operations).mul_(label_scale / graphs)
        if there is not None:
            surplus.mul_(there)
        edge_loss = functional.softplus(edge_logits).addcmul_(edge_logits, adjacency, value=-1).mul_(counted).sum()
        edge_loss = edge_loss / graphs
        edge_surplus = edge_logits.sigmoid_().sub_(adjacency).mul_(counted).mul_(edge_scale / graphs)
        variance = log_variance.exp()
        divergence = 0.5 * (mean.square() + variance - log_variance - 1).sum() / graphs
        loss = label_scale * label_loss + edge_scale * edge_loss + divergence_scale * divergence

        d_mean = self._decode_backward(decoded, kept, surplus, edge_surplus, first=True)
        d_log_variance = variance.sub_(1).mul_(0.5 * divergence_scale / graphs)
        if noise is not None:
            d_log_variance.addcmul_(d_mean, noise, value=0.5)
        d_mean = d_mean.add(mean, alpha=divergence_scale / graphs)
        if settings.prior_weight:
            loss = loss + settings.prior_weight * self._prior(mean, d_mean)
        heads = ((model.mean, d_mean), (model.log_variance, d_log_variance))
        self._encode_backward(layers, nodewise, heads, adjacency)
        return torch.stack([loss, label_loss, edge_loss, divergence])

    def _encode(self, operations: Tensor, adjacency: Tensor) -> tuple[list["_Layer"], Tensor]:
        """What each layer saw, and the features it ends with ``(B * N, hidden)``."""
        features = operations
        if self.model.position is not None:
            features = torch.cat([features, self.model.position.expand(len(features), -1, -1)], dim=-1)
        undirected = adjacency + adjacency.transpose(1, 2)
        layers = []
        for module in self.model.encoder:
            convolution: Any = module
            weight = 1 + convolution.eps.item()
            gathered = torch.baddbmm(features, undirected, features, beta=weight).flatten(0, 1)
            halves, rows = [], gathered
            for linear, norm in ((convolution.nn[0], convolution.nn[1]), (convolution.nn[3], convolution.nn[4])):
                half = _Half.forward(linear, norm, rows)
                halves.append(half)
                rows = half.rectified
            layers.append(_Layer(convolution, features, undirected, weight, halves))
            features = rows.view(*operations.shape[:2], -1)
        return layers, features.flatten(0, 1)

    def _encode_backward(
        self,
        layers: list["_Layer"],
        nodewise: Tensor,
        heads: tuple[tuple[nn.Linear, Tensor], ...],
        adjacency: Tensor,
    ) -> None:
        gradient: Tensor | None = None
        for head, above in heads:
            rows = above.flatten(0, 1)
            torch.mm(rows.t(), nodewise, out=head.weight.grad)
            torch.sum(rows, 0, out=head.bias.grad)
            gradient = rows @ head.weight if gradient is None else gradient.addmm_(rows, head.weight)
        for number in reversed(range(len(layers))):
            layer = layers[number]
            for half in reversed(layer.halves):
                assert gradient is not None
                gradient = half.backward(gradient)
            gathered = gradient.view_as(layer.features)
            layer.convolution.eps.grad.copy_((gathered * layer.features).sum())
            if number:
                gradient = torch.baddbmm(gathered, layer.undirected, gathered, beta=layer.weight).flatten(0, 1)

    def _decode(self, latents: Tensor) -> tuple[Tensor, Tensor | None, Tensor, Tensor]:
        """Latents after dropout, the factors it gave them, and both kinds of logits."""
        kept = None
        if self.model.training and self.model.dropout.p:
            kept = functional.dropout(torch.ones_like(latents), self.model.dropout.p)
            latents = latents * kept
        operation: Any = self.model.operation
        logits = functional.linear(latents, operation.weight, operation.bias)
        return latents, kept, logits, torch.bmm(latents, latents.transpose(1, 2))

    def _decode_backward(
        self, decoded: Tensor, kept: Tensor | None, labels: Tensor, edges: Tensor, *, first: bool = False
    ) -> Tensor:
        """Gradient at the latents, given that at the logits; that of the decoder is added to what is there."""
        operation: Any = self.model.operation
        rows, beta = labels.flatten(0, 1), 0.0 if first else 1.0
        operation.weight.grad.addmm_(rows.t(), decoded.flatten(0, 1), beta=beta)
        operation.bias.grad.mul_(beta).add_(rows.sum(0))
        gradient = torch.baddbmm(labels @ operation.weight, edges + edges.transpose(1, 2), decoded)
        return gradient if kept is None else gradient.mul_(kept)

    def _prior(self, mean: Tensor, d_mean: Tensor) -> Tensor:
        """The term of :func:`objective.prior_mismatch`; its gradient is added to that of the means."""
        weight, graphs = self.settings.prior_weight, len(mean)
        centre = mean.mean(0)
        offset = mean - centre
        deviation = (offset.square().sum(0) / (graphs - 1)).sqrt_()
        noise = torch.randn_like(mean)
        decoded, kept, logits, edge_logits = self._decode(torch.addcmul(centre, deviation, noise))
        tiny = torch.finfo(mean.dtype).tiny
        likely, edges = logits.softmax(-1), edge_logits.sigmoid_()
        drawn, found = likely.mean(0).clamp_(min=tiny), edges.mean(0) * self.above
        mismatch = self.entropies - (self.wanted * drawn.log()).sum()
        mismatch = mismatch + functional.binary_cross_entropy(found, self.wanted_edges, reduction="sum")
        slope = likely * (self.wanted / drawn).mul_(-weight / graphs)
        labels = slope.addcmul_(likely, slope.sum(-1, keepdim=True), value=-1)
        # The same guard against a division by zero as torch's own gradient of this cross entropy.
        edge_slope = (found - self.wanted_edges) / (found * (1 - found)).clamp_(min=1e-12)
        edge_gradient = edges.addcmul(edges, edges, value=-1).mul_(edge_slope.mul_(self.above).mul_(weight / graphs))
        gradient = self._decode_backward(decoded, kept, labels, edge_gradient)
        spread = (gradient * noise).sum(0).div_(deviation.mul_(graphs - 1))
        d_mean.add_(gradient.sum(0) / graphs).addcmul_(spread, offset)
        return mismatch


class _Half(NamedTuple):
    """Linear, batch normalisation, ReLU: half of a layer's perceptron, and what its gradient needs."""

    linear: nn.Linear
    norm: nn.BatchNorm1d
    rows: Tensor  # (B * N, before)
    sums: Tensor  # (B * N, after), before normalisation
    statistics: tuple[Tensor, Tensor]  # mean and inverse deviation of the batch
    rectified: Tensor  # (B * N, after)

    @classmethod
    def forward(cls, linear: nn.Linear, norm: nn.BatchNorm1d, rows: Tensor) -> "_Half":
        """One pass; in training it updates the running statistics."""
        sums = functional.linear(rows, linear.weight, linear.bias)
        if norm.training and norm.num_batches_tracked is not None:
            norm.num_batches_tracked.add_(1)
        normal, *statistics = torch.native_batch_norm(
            sums, norm.weight, norm.bias, norm.running_mean, norm.running_var, norm.training, norm.momentum, norm.eps
        )
        return cls(linear, norm, rows, sums, (statistics[0], statistics[1]), normal.relu_())

    def backward(self, gradient: Tensor) -> Tensor:
        """Fill the gradients of the parameters; returns that at the input."""
        linear, norm = self.linear, self.norm
        gradient = torch.ops.aten.threshold_backward(gradient, self.rectified, 0)
        gradient, weight, bias = torch.ops.aten.native_batch_norm_backward(
            gradient, self.sums, norm.weight, norm.running_mean, norm.running_var, *self.statistics, norm.training,
            norm.eps, (True, True, True),
        )  # fmt: skip
        norm.weight.grad.copy_(weight)
        norm.bias.grad.copy_(bias)
        torch.mm(gradient.t(), self.rows, out=linear.weight.grad)
        if not norm.training:
            torch.sum(gradient, 0, out=linear.bias.grad)
        return gradient @ linear.weight


class _Layer(NamedTuple):
    """A graph isomorphism layer and what its gradient needs."""

    convolution: Any
    features: Tensor  # (B, N, before)
    undirected: Tensor  # (B, N, N)
    weight: float  # 1 + epsilon
    halves: list[_Half]
