"""The student of the distillation and its training: a small network learns the embeddings of a large teacher."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from nas_plugins.spaces.errors import InvalidArgument, InvalidState
from nas_plugins.spaces.files import load_tensors, save_tensors
from nas_plugins.strategies.image_features.distillation_data import (
    NOT_MIRRORED,
    ImageSet,
    cached_embeddings,
    split_images,
    view_of,
)
from nas_plugins.strategies.image_features.image_features import FeatureNetwork, ImageFeatures, channels_last
from nas_plugins.strategies.image_features.teachers import Teacher

STATE_KIND: Final = "distillation"
STATE_VERSION: Final = 1


@dataclass(frozen=True)
class Recipe:
    """Everything that decides the trained weights, besides the images and the teacher.

    Attributes:
        epochs: Passes over the drawn images.
        views: Views of each image whose teacher embeddings are computed; view 0 is the image itself.
        per_set: Images of a set that is not ImageNet's drawn per epoch; of ImageNet all are.
        batch_size: Images per step.
        learning_rate: Peak of the one-cycle schedule of AdamW.
        weight_decay: Of AdamW.
        temperature: Of the softmax over the teacher's classes.
        embedding_weight: Weight of the squared error of the standardised embedding.
        logits_weight: Weight of the divergence from the teacher's class probabilities.
        label_weight: Weight of the cross-entropy over the true classes of all image sets together.
        average: Decay per step of the running average of the weights, which is what is kept.
        hold_out: Whether images, classes and whole sets are kept back for evaluation.
        seed: Of views, initial weights, order and augmentation.
    """

    epochs: int = 20
    views: int = 4
    per_set: int = 1500
    batch_size: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    temperature: float = 2.0
    embedding_weight: float = 1.0
    logits_weight: float = 1.0
    label_weight: float = 0.5
    average: float = 0.999
    hold_out: bool = False
    seed: int = 0


class Student(nn.Module):
    """The feature network with the heads that only training needs.

    Args:
        embedding_dimension: Length of a teacher embedding.
        num_classes: True classes over all image sets.
    """

    def __init__(self, embedding_dimension: int, num_classes: int) -> None:
        super().__init__()
        self.network = FeatureNetwork(normalize=True)
        self.standardize = nn.BatchNorm1d(self.network.dimension, affine=False)
        self.embedding = nn.Linear(self.network.dimension, embedding_dimension)
        self.label = nn.Linear(self.network.dimension, num_classes)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images ``(n, 3, 32, 32)`` in 0..255 to standardised teacher embeddings and class logits."""
        features = self.standardize(self.network(images).float())
        return self.embedding(features), self.label(features)


class Distillation:
    """The training: images, views and teacher embeddings in memory, one student, a state file after every epoch.

    Args:
        sets: The image sets.
        teacher: The network to learn from.
        recipe: How to train.
        cache: Folder for the teacher's embeddings and the state of the training.
        advance: Told the number of images after each chunk of the teacher's work.
    """

    def __init__(
        self,
        sets: list[ImageSet],
        teacher: Teacher,
        recipe: Recipe,
        cache: Path,
        advance: Callable[[int], object] = lambda _: None,
    ) -> None:
        if recipe.epochs < 1 or recipe.views < 1:
            raise InvalidArgument(f"wanted at least one epoch and one view, got {recipe.epochs} and {recipe.views}")
        self.recipe, self.teacher, self.cache = recipe, teacher, cache
        self.classes = np.concatenate([images.classes for images in sets])
        self.class_names, self.labels = np.unique(self.classes, return_inverse=True)
        self.set_names = np.concatenate([np.repeat(images.name, len(images.classes)) for images in sets])
        self._sets = np.concatenate([np.full(len(images.classes), i) for i, images in enumerate(sets)])
        self._drawn_whole = [images.is_imagenet for images in sets]
        self._mirror = np.array([images.name not in NOT_MIRRORED for images in sets])
        self.views: list[np.ndarray] = []
        self.embeddings: list[np.ndarray] = []
        for view in range(recipe.views):
            seen = [view_of(images, view, recipe.seed) for images in sets]
            known = [
                cached_embeddings(teacher, pixels, cache, f"{images.name}-{view}", advance)
                for images, pixels in zip(sets, seen, strict=True)
            ]
            self.views.append(np.concatenate(seen))
            self.embeddings.append(np.concatenate(known))
        self.split = split_images(sets, seed=recipe.seed)
        self.trained = self.split.train if recipe.hold_out else np.ones(len(self.classes), bool)
        reference = self.embeddings[0][self.trained].astype(np.float32)
        self.embedding_mean = torch.from_numpy(reference.mean(0))
        self.embedding_spread = torch.from_numpy(np.maximum(reference.std(0), 1e-3))
        torch.manual_seed(recipe.seed)
        self.student = channels_last(Student(teacher.dimension, len(self.class_names)))
        self.averaged = {name: tensor.clone() for name, tensor in self.student.state_dict().items()}
        self.optimizer = torch.optim.AdamW(
            self.student.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        self.epoch = 0

    @property
    def steps_per_epoch(self) -> int:
        """Steps of one epoch."""
        return len(self._draw(0)) // self.recipe.batch_size

    def _draw(self, epoch: int) -> np.ndarray:
        rng = np.random.default_rng([self.recipe.seed, 1, epoch])
        drawn = []
        for index, whole in enumerate(self._drawn_whole):
            members = rng.permutation(np.flatnonzero(self.trained & (self._sets == index)))
            drawn.append(members if whole else members[: self.recipe.per_set])
        return rng.permutation(np.concatenate(drawn))

    def run_epoch(self, advance: Callable[[], object] = lambda: None) -> dict[str, float]:
        """Train one epoch and save the state.

        Args:
            advance: Called after each step.

        Returns:
            Mean losses.
        """
        rng = np.random.default_rng([self.recipe.seed, 2, self.epoch])
        order = self._draw(self.epoch)
        size, steps = self.recipe.batch_size, self.steps_per_epoch
        sums = np.zeros(3)
        self.student.train()
        for step in range(steps):
            # One cycle: linear warm-up over the first 5 % of all steps, cosine to zero.
            done = (self.epoch * steps + step + 1) / (self.recipe.epochs * steps)
            factor = done / 0.05 if done < 0.05 else 0.5 * (1 + math.cos(math.pi * (done - 0.05) / 0.95))
            self.optimizer.param_groups[0]["lr"] = self.recipe.learning_rate * factor
            sums += self._step(order[step * size : (step + 1) * size], rng)
            advance()
        self.epoch += 1
        self._save()
        return dict(zip(("embedding", "logits", "label"), (sums / steps).tolist(), strict=True))

    def _step(self, chosen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        view = rng.integers(self.recipe.views, size=len(chosen))
        images = np.stack([self.views[v][i] for v, i in zip(view, chosen, strict=True)])
        target = torch.from_numpy(
            np.stack([self.embeddings[v][i] for v, i in zip(view, chosen, strict=True)]).astype(np.float32)
        )
        batch = torch.from_numpy(_augment(images, self._mirror[self._sets[chosen]], rng)).permute(0, 3, 1, 2)
        with torch.autocast("cpu", torch.bfloat16):
            features = self.student.network(batch)
        features = self.student.standardize(features.float())
        predicted, label_logits = self.student.embedding(features), self.student.label(features)
        embedding_loss = functional.mse_loss(predicted, (target - self.embedding_mean) / self.embedding_spread)
        temperature = self.recipe.temperature
        wanted = self.teacher.classify(target) / temperature
        # The teacher's own classifier reads the predicted embedding, so that errors weigh as much as they mislead it.
        given = self.teacher.classify(predicted * self.embedding_spread + self.embedding_mean) / temperature
        logits_loss = temperature**2 * functional.kl_div(given.log_softmax(1), wanted.softmax(1), reduction="batchmean")
        label_loss = functional.cross_entropy(label_logits, torch.from_numpy(self.labels[chosen]), label_smoothing=0.1)
        recipe = self.recipe
        loss = (
            recipe.embedding_weight * embedding_loss
            + recipe.logits_weight * logits_loss
            + recipe.label_weight * label_loss
        )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.student.parameters(), 5.0)
        self.optimizer.step()
        with torch.no_grad():
            for name, tensor in self.student.state_dict().items():
                if tensor.is_floating_point():
                    # Early on the average follows faster, or the initial weights would linger in short trainings.
                    self.averaged[name].lerp_(tensor, max(1 - recipe.average, 1 / (self._steps_done() + 2)))
        return np.array([embedding_loss.item(), logits_loss.item(), label_loss.item()])

    def _steps_done(self) -> int:
        state = self.optimizer.state[next(iter(self.student.parameters()))]
        return int(state["step"]) if "step" in state else 0

    def best(self) -> Student:
        """The student with averaged weights, in evaluation mode."""
        student = Student(self.teacher.dimension, len(self.class_names))
        student.load_state_dict(self.averaged)
        return student.eval()

    def features(self) -> ImageFeatures:
        """The extractor as it ships: normalisations folded, weights rounded to float16, features standardised."""
        network = self.best().network.folded()
        for parameter in network.parameters():
            parameter.data = parameter.data.half().float()
        zero, one = torch.zeros(network.dimension), torch.ones(network.dimension)
        # A quarter of the images gives mean and spread closely enough.
        features = ImageFeatures(network, zero, one)(self.views[0][self.trained][::4])
        mean, spread = features.mean(0, dtype=np.float64), np.maximum(features.std(0, dtype=np.float64), 1e-4)
        about = {"recipe": asdict(self.recipe), "training_images": int(self.trained.sum())}
        return ImageFeatures(network, torch.from_numpy(mean), torch.from_numpy(spread), about=about)

    @property
    def state_path(self) -> Path:
        """The file that holds the state after each epoch; its name says how the recipe differs from the default."""
        recipe = asdict(self.recipe)
        name = "-".join(f"{key}={value}" for key, value in recipe.items() if value != getattr(Recipe(), key))
        return self.cache / f"student-{name or 'default'}.safetensors"

    def start_from(self, path: Path) -> None:
        """Start with the averaged weights of another training on the same image sets, all else anew.

        Raises:
            DamagedFile: The file is missing, or no state of a distillation.
            InvalidState: The state is of a training on other image sets.
        """
        tensors, about = load_tensors(path, kind=STATE_KIND, version=STATE_VERSION)
        if about["classes"] != len(self.class_names):
            raise InvalidState(
                f"wanted the state of a training on {len(self.class_names)} classes, got {about['classes']}; "
                "name the same folder of images for both"
            )
        self.averaged = {
            name.removeprefix("averaged/"): tensor for name, tensor in tensors.items() if name.startswith("averaged/")
        }
        self.student.load_state_dict(self.averaged)
        channels_last(self.student)

    def _save(self) -> None:
        tensors = {f"student/{name}": tensor for name, tensor in self.student.state_dict().items()}
        tensors |= {f"averaged/{name}": tensor for name, tensor in self.averaged.items()}
        for index, state in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer/{index}/{key}": tensor for key, tensor in state.items()}
        about: dict[str, Any] = {"epoch": self.epoch, "recipe": asdict(self.recipe), "classes": len(self.class_names)}
        save_tensors(self.state_path, tensors, kind=STATE_KIND, version=STATE_VERSION, about=about)

    def resume(self) -> bool:
        """Continue from the state file of the same recipe, if there is one."""
        if not self.state_path.is_file():
            return False
        tensors, about = load_tensors(self.state_path, kind=STATE_KIND, version=STATE_VERSION)
        if about["recipe"] != asdict(self.recipe) or about["classes"] != len(self.class_names):
            return False
        parts: dict[str, dict[str, Tensor]] = {"student": {}, "averaged": {}, "optimizer": {}}
        for name, tensor in tensors.items():
            part, key = name.split("/", 1)
            parts[part][key] = tensor
        self.student.load_state_dict(parts["student"])
        self.averaged = parts["averaged"]
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in parts["optimizer"].items():
            index, key = name.split("/")
            state.setdefault(int(index), {})[key] = tensor
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state, "param_groups": groups})
        self.epoch = int(about["epoch"])
        return True


def _augment(images: np.ndarray, mirror: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shift by up to two pixels, mirror where that keeps the class, and change brightness and contrast; as float32."""
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")
    shift = rng.integers(5, size=(len(images), 2))
    flip = mirror & (rng.random(len(images)) < 0.5)
    out = np.empty(images.shape, np.float32)
    for i, (y, x) in enumerate(shift):
        view = padded[i, y : y + images.shape[1], x : x + images.shape[2]]
        out[i] = view[:, ::-1] if flip[i] else view
    contrast = rng.uniform(0.8, 1.2, (len(images), 1, 1, 1)).astype(np.float32)
    brightness = rng.uniform(-20, 20, (len(images), 1, 1, 1)).astype(np.float32)
    changed: np.ndarray = np.clip((out - 128) * contrast + 128 + brightness, 0, 255)
    return changed
