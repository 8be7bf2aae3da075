"""Meta-training: what is learned from a source database, what is held out, and the files it starts from and ends in."""

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
import torch

from nas_plugins.spaces import DARTS, MobileNetV3, NASBench201
from nas_plugins.spaces.errors import DamagedFile, InvalidArgument, InvalidDataset
from nas_plugins.strategies.metad2a import (
    MetaD2AModel,
    MetaTraining,
    MetaTrainingSettings,
    Ranking,
    SourceDatabase,
    SourceTables,
)
from nas_plugins.strategies.metad2a.architecture_prior import ArchitecturePrior
from nas_plugins.strategies.metad2a.feature_bank import augment, feature_bank
from nas_plugins.strategies.metad2a.set_encoders import SET_ENCODERS
from nas_plugins.strategies.metad2a.views import draw_rows, draw_view

SPACE = NASBench201()
TINY = MetaTrainingSettings(
    generator_epochs=2, predictor_epochs=3, members=1, batch_size=16, dimension=8, hidden=16, elite=20, class_count=4
)


def database(tasks=24, seed=0):
    """Random tasks over ten classes; accuracy falls with average poolings and rises with the first feature."""
    rng = np.random.default_rng(seed)
    classes = tuple(rng.normal(loc=(k % 5, 0, 0, 0), size=(6, 4)).astype(np.float32) for k in range(10))
    chosen = tuple(tuple(rng.choice(10, 4, replace=False).tolist()) for _ in range(tasks))
    cells = [SPACE.sample(rng) for _ in range(3 * tasks)]
    owner = np.repeat(np.arange(tasks), 3)
    accuracy = np.array(
        [
            60 + 3 * np.mean([k % 5 for k in chosen[task]]) - 4 * cell.operations.count("avg_pool_3x3")
            for task, cell in zip(owner, cells, strict=True)
        ]
    )
    ranked = [SPACE.sample(rng) for _ in range(40)]
    ranking = Ranking("other", classes[:3], tuple(map(str, ranked)), rng.uniform(10, 40, size=40))
    return SourceDatabase(classes, chosen, owner, tuple(map(str, cells)), accuracy, (ranking,))


@pytest.fixture(scope="module")
def trained():
    """A tiny meta-training, its predictor and its generator."""
    training = MetaTraining(SPACE, database(), TINY)
    return training, training.train_predictor(0), training.train_generator()


def test_the_generator_is_taught_as_many_of_each_task_as_wanted():
    """Of three records a task the two best are taught, but for those that are poor for the space."""
    training = MetaTraining(SPACE, database(), replace(TINY, best=2, elite=0))
    data, taught = training.training, set(training.taught())
    least = training.accuracy_mean - training.accuracy_std
    wanted: set[str] = set()
    for task in np.unique(data.record_task):
        own = np.flatnonzero(data.record_task == task)
        best = own[np.argsort(-data.record_accuracy[own], kind="stable")][:2]
        wanted |= {data.record_architecture[index] for index in best if data.record_accuracy[index] >= least}

    assert taught == wanted
    assert len(taught) > len(np.unique(data.record_task))


def test_edges_are_taken_as_given_only_where_all_graphs_share_them():
    data = replace(database(), rankings=())
    rng = np.random.default_rng(0)
    settings = replace(MetaTrainingSettings.preset("default", "mobilenetv3"), generator_epochs=1, dimension=8)
    for space, shared in ((MobileNetV3(), True), (DARTS(), False)):
        drawn = tuple(str(space.sample(rng)) for _ in data.record_architecture)
        training = MetaTraining(space, replace(data, record_architecture=drawn), settings)
        if shared:
            assert not hasattr(training.train_generator().decoder, "edge_head")
        else:
            with pytest.raises(InvalidArgument, match="wanted graphs with the same edges"):
                training.train_generator()


def test_tasks_are_held_out_whole():
    """No task has records on both sides of the split, and none is lost."""
    data = database()
    training, held_out = data.split(0.25, np.random.default_rng(0))

    assert set(training.record_task) & set(held_out.record_task) == set()
    assert len(training.record_task) + len(held_out.record_task) == len(data.record_task)
    assert len(set(held_out.record_task)) == 6


def test_equal_seeds_give_equal_weights_and_others_do_not(trained):
    _, predictor, _ = trained
    again = MetaTraining(SPACE, database(), TINY).train_predictor(0)
    other = MetaTraining(SPACE, database(), TINY).train_predictor(1)

    torch.testing.assert_close(again.state_dict(), predictor.state_dict(), rtol=0, atol=0)
    assert not torch.equal(other.ease.weight, predictor.ease.weight)


def test_loss_falls_and_every_epoch_is_reported():
    """The callback sees each model's epochs in order, and training on a learnable database lowers the loss."""
    seen: list[tuple[str, int, float]] = []
    settings = replace(TINY, generator_epochs=3, predictor_epochs=25, learning_rate=5e-3)

    def note(name: str, epoch: int, figures: dict[str, float]) -> None:
        seen.append((name, epoch, figures["loss"]))

    training = MetaTraining(SPACE, database(), settings, note)
    training.train_predictor(0)
    training.train_generator()
    losses = [loss for name, _, loss in seen if name.startswith("predictor")]

    assert [epoch for _, epoch, _ in seen] == [*range(1, 26), *range(1, 4)]
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize("set_encoder", SET_ENCODERS)
def test_every_set_encoder_trains_as_published(set_encoder):
    """The paper's preset in small: no rankings, joint head, constant rate; the loss of the predictor falls."""
    losses: list[float] = []
    settings = replace(
        MetaTrainingSettings.preset("paper"),
        set_encoder=set_encoder,
        dimension=8,
        hidden=16,
        predictor_epochs=15,
        generator_epochs=1,
        learning_rate=5e-3,
    )
    training = MetaTraining(SPACE, database(), settings, lambda name, epoch, figures: losses.append(figures["loss"]))
    predictor = training.train_predictor(0)

    assert losses[-1] < 0.9 * losses[0]
    assert training.about({})["set_encoder"] == set_encoder
    assert training.train_generator().set_encoder.typical.shape == predictor.set_encoder.typical.shape


def test_generator_tells_what_it_was_taught(trained):
    """The best of every task and the ranking's elite, none of them held out with its task."""
    training, _, _ = trained
    taught = set(training.about({})["taught"])
    ranking = database().rankings[0]
    elite = {ranking.architectures[k] for k in np.argsort(-ranking.accuracies)[: TINY.elite]}

    assert elite <= taught
    assert taught - elite <= set(training.training.record_architecture)
    assert len(taught - elite) > 0


def test_held_out_records_may_be_given():
    """Trained on one part, the figures are of the other, whatever tasks they share."""
    data = database()
    first = replace(
        data,
        record_task=data.record_task[:60],
        record_architecture=data.record_architecture[:60],
        record_accuracy=data.record_accuracy[:60],
    )
    second = replace(
        data,
        record_task=data.record_task[60:],
        record_architecture=data.record_architecture[60:],
        record_accuracy=data.record_accuracy[60:],
    )
    training = MetaTraining(SPACE, first, replace(TINY, predictor_epochs=1), held_out=second)

    assert len(training.training.record_accuracy) == 60
    assert training.figures.metrics([training.train_predictor(0)])["held_out_records"] == 12


def test_figures_come_from_held_out_tasks(trained):
    training, predictor, _ = trained
    figures = training.figures.metrics([predictor])

    assert figures["held_out_records"] == 3 * figures["held_out_tasks"] == 6
    assert -1 <= figures["pearson"] <= 1
    assert 0 <= figures["pairs_within_task"] <= 1


class Knowing:
    """Stands in for a prior: its scores are given, whatever the pictures."""

    def __init__(self, known, sign=1):
        self.known, self.sign = known, sign

    def for_dataset(self, features):
        assert features.ndim == 1
        return self

    def score(self, cells):
        return np.array([self.sign * self.known[str(cell)] for cell in cells])


def test_the_prior_joins_the_predictors_in_the_order_of_held_out_records(trained):
    """Worth nothing it changes nothing; worth very much, one that knows the accuracies puts every pair in order."""
    training, predictor, _ = trained
    data = training.figures.data
    known = dict(zip(data.record_architecture, data.record_accuracy, strict=True))
    prior = Knowing(known)
    alone = training.figures.metrics([predictor])
    nothing, everything = (training.figures.metrics([predictor], prior, spread) for spread in (0.0, 1e6))

    assert "pairs_ranked" not in alone
    assert nothing["pairs_ranked"] == nothing["pairs_within_task"] == alone["pairs_within_task"]
    assert everything["pairs_ranked"] == 1


def test_of_many_rankings_some_are_held_out_and_judged_by():
    """Of six one is never trained on, and its pairs count: a prior that knows them puts all in order, or none."""
    data = database()
    (ranking,) = data.rankings
    data = replace(data, rankings=tuple(replace(ranking, name=str(number)) for number in range(6)))
    training = MetaTraining(SPACE, data, replace(TINY, predictor_epochs=1))
    (left,) = training.figures.data.rankings

    assert {left.name, *(kept.name for kept in training.training.rankings)} == set("012345")
    assert len(training.training.rankings) == 5

    known = defaultdict(float, zip(ranking.architectures, ranking.accuracies, strict=True))
    predictor = training.train_predictor(0)
    shares = [training.figures.metrics([predictor], Knowing(known, sign), 1e6)["pairs_ranked"] for sign in (1, -1)]
    of_tasks = 2 * 3  # pairs of two tasks of three records each, beside 780 of the ranking
    assert shares[0] >= 780 / (780 + of_tasks)
    assert shares[1] <= of_tasks / (780 + of_tasks)


def test_everything_held_out_is_refused():
    with pytest.raises(InvalidArgument, match="lower held_out"):
        MetaTraining(SPACE, database(tasks=2), MetaTrainingSettings(held_out=0.9))


def test_saved_model_proposes_as_the_one_that_was_saved(trained, tmp_path):
    """Half precision on disk: a model loaded, saved and loaded again proposes exactly the same."""
    training, predictor, generator = trained
    MetaD2AModel(SPACE, generator, [predictor], training.about({})).save(tmp_path / "a.safetensors")
    first = MetaD2AModel.load(tmp_path / "a.safetensors", SPACE)
    first.save(tmp_path / "b.safetensors")
    second = MetaD2AModel.load(tmp_path / "b.safetensors", SPACE)
    views = torch.from_numpy(np.random.default_rng(0).normal(size=(10, 3, 5, 4)).astype(np.float32))
    proposals = [
        model.propose(views, np.random.default_rng(0), cost=lambda cell: SPACE.cost(cell, 3), candidates=20, top=5)
        for model in (first, second)
    ]

    assert proposals[0] == proposals[1]


@pytest.mark.parametrize("share", [0.0, 0.75, 1.0])
def test_the_prior_has_its_share_in_the_order(trained, tmp_path, share):
    """The order is that of the weighted sum of predictors and prior, in a model read from a file too."""
    training, predictor, generator = trained
    prior = ArchitecturePrior.fit(SPACE, training.training)
    about = training.about({}) | {"prior_spread": 2.0}
    about["settings"]["prior_share"] = share
    MetaD2AModel(SPACE, generator, [predictor], about, prior).save(tmp_path / "w.safetensors")
    model = MetaD2AModel.load(tmp_path / "w.safetensors", SPACE)
    rng = np.random.default_rng(0)
    views = torch.from_numpy(rng.normal(size=(10, 3, 5, 4)).astype(np.float32))
    cells = [SPACE.sample(rng) for _ in range(8)]
    predicted, ranks = np.array(model.predict(views, cells)), np.array(model.ranks(views, cells))

    wanted = (1 - share) * predicted + share * 2.0 * prior.score(cells)
    assert np.argsort(ranks).tolist() == np.argsort(wanted).tolist()  # squeezed into 0 to 100, in order


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_shares_beyond_all_are_refused(share):
    with pytest.raises(InvalidArgument, match="prior_share"):
        MetaTrainingSettings(prior_share=share)


def test_weights_of_another_kind_are_refused(trained, tmp_path):
    path = tmp_path / "foreign.safetensors"
    path.write_bytes(b"not a tensor file")

    with pytest.raises(DamagedFile, match="damaged or foreign"):
        MetaD2AModel.load(path, SPACE)


def test_weights_that_do_not_fit_are_damaged(trained, tmp_path):
    """A file of the right kind whose sizes contradict its tensors ends in one clear error."""
    training, predictor, generator = trained
    model = MetaD2AModel(SPACE, generator, [predictor], training.about({}))
    model.about["sizes"] = model.about["sizes"] | {"hidden": 999}
    model.save(tmp_path / "wrong.safetensors")

    with pytest.raises(DamagedFile, match="do not fit"):
        MetaD2AModel.load(tmp_path / "wrong.safetensors", SPACE)


def test_class_with_few_images_is_topped_up_and_one_with_many_is_capped():
    """Each class comes out with at least `least` and at most `most` rows, in its own order of classes."""
    rng = np.random.default_rng(0)
    images = {name: rng.integers(0, 256, (n, 8, 8, 3), np.uint8) for name, n in (("few", 1), ("many", 50))}
    bank = feature_bank(images, lambda x: x.reshape(len(x), -1).astype(np.float32), rng, least=5, most=20)

    assert {name: len(rows) for name, rows in bank.items()} == {"few": 5, "many": 20}
    assert np.array_equal(bank["few"][0], images["few"].reshape(1, -1)[0])
    assert len(np.unique(bank["few"], axis=0)) > 1


def test_augmentation_keeps_shape_and_changes_pictures():
    images = np.random.default_rng(0).integers(0, 256, (4, 16, 12, 3), np.uint8)
    changed = augment(images, np.random.default_rng(1))

    assert changed.shape == images.shape
    assert changed.dtype == np.uint8
    assert not np.array_equal(changed, images)


@pytest.mark.parametrize(("available", "wanted"), [(1, 6), (5, 5), (30, 6), (4, 7)])
def test_draws_repeat_rows_only_where_there_are_too_few(available, wanted):
    rows = draw_rows(available, wanted, np.random.default_rng(0))
    counts = np.bincount(rows, minlength=available)

    assert len(rows) == wanted
    assert counts.max() <= -(-wanted // available)
    assert available > wanted or counts.min() >= 1


def test_view_holds_no_more_classes_than_there_are():
    classes = [np.zeros((3, 4), np.float32)] * 5
    rng = np.random.default_rng(0)

    assert draw_view(classes, rng, class_count=20, image_count=6).shape == (5, 6, 4)
    assert draw_view(classes, rng, class_count=2, image_count=1).shape == (2, 1, 4)


def test_published_source_database_reads_whole(shared_data):
    """4,630 records on 3,031 tasks of twenty distinct classes out of the first 600."""
    tables = SourceTables.read(shared_data / "metad2a")
    tasks = {task for task, _, _ in tables.records}

    assert len(tables.records) == 4630
    assert len(tasks) == 3031
    assert all(len(set(tables.tasks[task])) == 20 for task in tasks)
    assert len(tables.used_classes()) == 600
    assert tables.class_names[0] == "n02119789"


def test_missing_source_database_is_one_clear_line(tmp_path):
    with pytest.raises(InvalidDataset, match="source_tasks_arch_acc"):
        SourceTables.read(tmp_path)


def test_classes_without_images_are_named(shared_data):
    tables = SourceTables.read(shared_data / "metad2a")

    with pytest.raises(InvalidDataset, match="600 of them"):
        tables.database({})
