"""Training a supernet: phases, augmentation, and a run that goes on as if it had never stopped."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from nas_plugins.spaces.errors import DamagedFile, InvalidArgument, InvalidState
from nas_plugins.spaces.files import load_tensors, save_tensors
from nas_plugins.spaces.mobilenetv3 import MobileNetV3, progressive_shrinking
from nas_plugins.spaces.mobilenetv3.attention import Attention
from nas_plugins.spaces.mobilenetv3.augmentation import augmented, normalised
from nas_plugins.spaces.mobilenetv3.progressive_shrinking import ProgressiveShrinking
from nas_plugins.spaces.mobilenetv3.shrinking_settings import ShrinkingSettings
from nas_plugins.spaces.mobilenetv3.subnet import DEPTHS, EXPANSIONS, KERNELS, LARGEST, Subnet
from nas_plugins.spaces.mobilenetv3.supernet import Supernet

SMALL = ShrinkingSettings(
    width=0.1,
    image_size=16,
    largest_epochs=2,
    kernel_epochs=1,
    depth_epochs=(1, 1),
    expansion_epochs=(1, 1),
    batch_size=8,
)


def images(count: int = 24) -> tuple[torch.Tensor, torch.Tensor]:
    """Three classes that a mean colour tells apart."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(count) % 3
    noise = torch.randint(0, 60, (count, 12, 12, 3), generator=generator)
    colours = torch.eye(3, dtype=torch.int64)[labels] * 180
    return (noise + colours[:, None, None, :]).byte(), labels


def training(settings: ShrinkingSettings = SMALL) -> ProgressiveShrinking:
    return ProgressiveShrinking(*images(), num_classes=3, settings=settings)


def test_phases_let_kernels_then_depths_then_expansions_join() -> None:
    phases = ShrinkingSettings().phases
    assert [phase.name.split()[0] for phase in phases] == [
        "largest", "kernels", "depths", "depths", "expansions", "expansions",
    ]  # fmt: skip
    rng = np.random.default_rng(0)
    assert phases[0].sample(rng) == LARGEST
    for earlier, later in pairwise(phases):
        for settings in ("kernels", "depths", "expansions"):
            assert set(getattr(earlier, settings)) <= set(getattr(later, settings))
    last = [phases[-1].sample(rng) for _ in range(50)]
    assert {depth for subnet in last for depth in subnet.depths} == set(DEPTHS)
    layers = {layer for subnet in last for unit in subnet.units for layer in unit}
    assert layers == {(kernel, expansion) for kernel in KERNELS for expansion in EXPANSIONS}


def test_a_training_learns_and_every_later_phase_has_the_teacher() -> None:
    """With small steps 40 of 40 trainings (20 seeds, one thread and two) learn: ratios of the losses up to 0.84.

    At a rate of 1e-9, where nothing can be learned, none of 40 passes.
    """
    run = training(replace(SMALL, largest_epochs=16, learning_rate=0.02, jitter=0.0))
    first = run.epoch()
    assert run.teacher is None
    while run.phase[0].name == "largest":
        last = run.epoch()
    assert last["train_loss"] < 0.9 * first["train_loss"]
    run.epoch()
    assert run.teacher is not None
    taught = {name: value.clone() for name, value in run.teacher.state_dict().items()}
    while not run.finished:
        run.epoch()
    for name, value in run.teacher.state_dict().items():
        assert torch.equal(value, taught[name]), "the teacher stands still"
    with pytest.raises(InvalidArgument, match="ended after"):
        run.epoch()


@pytest.mark.parametrize("stop_after", [1, 3])
def test_a_training_that_goes_on_gives_the_weights_of_one_that_never_stopped(tmp_path, stop_after) -> None:
    whole, first = training(), training()
    for _ in range(stop_after):
        first.epoch()
    second = training()
    second.load(first.save(tmp_path / "training.safetensors"))
    while not whole.finished:
        whole.epoch()
    while not second.finished:
        second.epoch()
    for name, value in whole.supernet.state_dict().items():
        assert torch.equal(value, second.supernet.state_dict()[name]), name


def test_the_state_of_another_training_is_refused(tmp_path) -> None:
    path = training().save(tmp_path / "training.safetensors")
    with pytest.raises(InvalidState, match="other images or settings"):
        training(replace(SMALL, seed=1)).load(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DamagedFile):
        training().load(path)


@pytest.mark.parametrize("other", ["images", "labels"])
def test_the_state_of_other_images_of_the_same_number_is_refused(tmp_path, other) -> None:
    """One pixel of one picture, or one label, is another training."""
    path = training().save(tmp_path / "training.safetensors")
    pictures, labels = images()
    if other == "images":
        pictures[-1, -1, -1, -1] += 1
    else:
        labels[-1] = 1 - labels[-1].clamp(max=1)
    with pytest.raises(InvalidState, match="other images or settings"):
        ProgressiveShrinking(pictures, labels, num_classes=3, settings=SMALL).load(path)


def test_of_many_images_a_part_is_compared(tmp_path, monkeypatch) -> None:
    """Where every third image is looked at, a change of one of them is noticed, and the same images are the same."""
    pictures, labels = images()
    monkeypatch.setattr(progressive_shrinking, "_DIGESTED", pictures.nbytes // 3)
    path = training().save(tmp_path / "training.safetensors")
    training().load(path)
    pictures[3] += 1
    with pytest.raises(InvalidState, match="other images or settings"):
        ProgressiveShrinking(pictures, labels, num_classes=3, settings=SMALL).load(path)


def test_a_state_from_before_images_were_compared_goes_on_with_a_warning(tmp_path) -> None:
    """Hours of training are not lost; other numbers of images are refused still, and the next state has the digest."""
    path = training().save(tmp_path / "training.safetensors")
    tensors, about = load_tensors(path, kind="supernet_training", version=1)
    del about["images_and_labels"]
    save_tensors(path, tensors, kind="supernet_training", version=1, about=about)
    again = training()
    with pytest.warns(UserWarning, match="only their number was compared"):
        again.load(path)
    with pytest.raises(InvalidState, match="other images or settings"):
        ProgressiveShrinking(*images(21), num_classes=3, settings=SMALL).load(path)
    again.save(path)
    assert "images_and_labels" in load_tensors(path, kind="supernet_training", version=1)[1]


@pytest.mark.parametrize(
    "changes",
    [{"batch_size": 1}, {"attentive_epochs": -1}, {"depth_epochs": (1,)}, {"crop_scale": 1.5}, {"subnets": (0, 1, 1)}],
)
def test_settings_out_of_range_are_refused(changes) -> None:
    with pytest.raises(InvalidArgument, match="wanted"):
        ShrinkingSettings(**changes)


def test_a_training_without_epochs_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="at least one epoch"):
        SMALL.attentive(0, alone=True)


def attention() -> Attention:
    """What likes large kernels."""
    rng = np.random.default_rng(0)
    subnets = [MobileNetV3().sample(rng) for _ in range(40)]
    return Attention.fit(subnets, [sum(kernel for unit in s.units for kernel, _ in unit) for s in subnets])


def attentive(start: Supernet | None = None) -> ProgressiveShrinking:
    run = ProgressiveShrinking(*images(), 3, SMALL.attentive(2, alone=True), start=start)
    run.attention = attention()
    return run


def test_the_attentive_phase_trains_the_largest_and_what_looks_worth_it(monkeypatch) -> None:
    """In every step the largest first, whose answers the others learn from."""
    run = attentive()
    seen: list[Subnet] = []
    forward = run.supernet.forward
    monkeypatch.setattr(run.supernet, "forward", lambda x, subnet=LARGEST: seen.append(subnet) or forward(x, subnet))
    before = {name: value.clone() for name, value in run.supernet.named_parameters()}
    assert run.epoch()["phase"] == "attentive"
    assert run.teacher is None
    assert seen[::3] == [LARGEST] * 3
    drawn = [subnet for number, subnet in enumerate(seen) if number % 3]
    assert len(drawn) == 6
    assert attention().worth(drawn).mean() > 1
    assert any(not torch.equal(value, before[name]) for name, value in run.supernet.named_parameters())


def test_the_attentive_phase_wants_an_attention() -> None:
    run = attentive()
    run.attention = None
    with pytest.raises(InvalidArgument, match="wanted an attention"):
        run.epoch()


def test_an_attentive_training_goes_on_as_if_it_had_never_stopped(tmp_path) -> None:
    whole, first = attentive(), attentive()
    first.epoch()
    second = attentive()
    second.attention = None
    second.load(first.save(tmp_path / "training.safetensors"))
    for run in (whole, second):
        while not run.finished:
            run.epoch()
    for name, value in whole.supernet.state_dict().items():
        assert torch.equal(value, second.supernet.state_dict()[name]), name
    assert second.attention is not None
    assert second.attention.plain() == attention().plain()


def test_a_start_gives_its_weights_and_is_part_of_what_a_state_is_of(tmp_path) -> None:
    start = training().supernet
    start.class_names = ("a", "b", "c")
    run = attentive(start)
    for name, value in start.network.state_dict().items():
        assert torch.equal(value, run.supernet.network.state_dict()[name]), name
    with pytest.raises(InvalidState, match="other images or settings"):
        attentive().load(run.save(tmp_path / "training.safetensors"))
    with pytest.raises(InvalidArgument, match=r"wanted a start of width 0\.1 for 3 classes, got one of .* for 4"):
        attentive(start.for_classes(("a", "b", "c", "d")))


def test_a_supernet_for_other_classes_keeps_all_but_the_classifier() -> None:
    start = training().supernet
    start.class_names = ("a", "b", "c")
    same, other = start.for_classes(("a", "b", "c")), start.for_classes(("c", "b", "a"))
    for name, value in start.network.state_dict().items():
        assert torch.equal(value, same.network.state_dict()[name]), name
        assert torch.equal(value, other.network.state_dict()[name]) is not name.startswith("classifier."), name
    assert other.class_names == ("c", "b", "a")


def test_a_state_from_before_there_was_an_attentive_phase_goes_on(tmp_path) -> None:
    path = training().save(tmp_path / "training.safetensors")
    _, about = load_tensors(path, kind="supernet_training", version=1)
    assert not [name for name in about["settings"] if name.startswith("attentive")]
    training().load(path)


def test_labels_and_images_that_do_not_fit_are_refused() -> None:
    pictures, labels = images()
    with pytest.raises(InvalidArgument, match="labels from 0 to 1"):
        ProgressiveShrinking(pictures, labels, 2, SMALL)
    with pytest.raises(InvalidArgument, match="a batch of 8 images"):
        ProgressiveShrinking(pictures[:4], labels[:4], 3, SMALL)


def test_without_changes_augmentation_is_resizing() -> None:
    pictures, _ = images()
    plain = replace(SMALL, crop_scale=1.0, jitter=0.0, flip=False, image_size=12)
    drawn = augmented(pictures, plain, torch.Generator().manual_seed(0))
    # A whole image may still be drawn wider or higher than it is: windows of area one are cut to the image.
    assert drawn.shape == (24, 3, 12, 12)
    whole = normalised(pictures)
    assert torch.allclose(drawn.mean((2, 3)), whole.mean((2, 3)), atol=0.2)
    mirrored = augmented(pictures, replace(plain, flip=True), torch.Generator().manual_seed(0))
    for one, other in zip(drawn, mirrored, strict=True):
        assert torch.allclose(one, other, atol=1e-4) or torch.allclose(one, other.flip(-1), atol=1e-4)
    assert any(not torch.allclose(one, other, atol=1e-3) for one, other in zip(drawn, mirrored, strict=True))


@pytest.mark.parametrize("factor", [float("inf"), float("nan"), -1.0, -float("inf"), 1e308])
def test_epochs_are_stretched_by_numbers_alone(factor: float) -> None:
    """Anything else ends in one error, and 0 and fractions are allowed."""
    with pytest.raises(InvalidArgument, match="wanted epochs stretched by a factor from 0 to 1,000,000, got"):
        ShrinkingSettings().stretched(factor)
    assert ShrinkingSettings().stretched(0).epochs == 1
    assert ShrinkingSettings().stretched(0.5).largest_epochs == 12
