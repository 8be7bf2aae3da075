"""What somebody may choose when reproducing a table; each reproduction says which of it matters to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nas_plugins.reproduction.limits import COMMON, Limits
from nas_plugins.reproduction.report import Report
from nas_plugins.spaces.errors import InvalidArgument

OnStep = Callable[[str, int, int], object]
"""Called with the name of a step, how much of it is done, and of how much."""


@dataclass(frozen=True)
class Options:
    """Where data are and how much is computed; ``None`` takes the reproduction's default.

    Args:
        output: Folder for tables, pictures and whatever lets a stopped run go on.
        images: Folders and files of images; a dataset is found by its name.
        tables: Test accuracies of all cells, see :func:`nas_plugins.reproduction.targets.reported_table`.
        source: Folder of MetaD2A's source database, or of arch2vec's published curves; or a file of output features.
        weights: Weights of MetaD2A; those that ship where ``None``.
        supernet: Weights of a supernet; those that ship where ``None``.
        runs: Repetitions, each from its own seed.
        candidates: Architectures generated and ranked per run.
        samples: Architectures drawn, or labelled.
        size: Graphs that a model of them is trained and tested on.
        spaces: Names of search spaces.
        epochs: Passes of a training.
        train: Whether to train networks, where the figures of some datasets need it.
        split: How records are held out, ``"task"`` or ``"record"``.
        strategies: Names of the search strategies compared.
        preset: Settings of the training to start from.
        processes: Parallel processes; one per core where ``None``.
        seed: Seed of everything.
        on_step: Called on the way.
    """

    output: Path
    images: tuple[Path, ...] = ()
    tables: str | None = None
    source: Path | None = None
    weights: Path | None = None
    supernet: Path | None = None
    runs: int | None = None
    candidates: int | None = None
    samples: int | None = None
    size: int | None = None
    spaces: tuple[str, ...] = ()
    epochs: int | None = None
    train: bool = True
    split: str | None = None
    strategies: tuple[str, ...] | None = None
    preset: str | None = None
    processes: int | None = None
    seed: int = 0
    on_step: OnStep = field(default=lambda *_: None, compare=False)


@dataclass(frozen=True)
class Reproduction:
    """A table or figure that can be done again.

    Args:
        title: What it is, for the list of names.
        uses: Names of the options that matter, beside ``output``, ``seed`` and ``on_step``.
        compute: Does it, from options that are in range.
        limits: Ranges by the name of the option, where they are not those that all have.
    """

    title: str
    uses: frozenset[str]
    compute: Callable[[Options], Report]
    limits: Mapping[str, Limits] = field(default_factory=dict)

    def run(self, options: Options) -> Report:
        """Do it.

        Raises:
            InvalidArgument: An option is out of range; nothing was computed then.
        """
        for option, limits in (COMMON | dict(self.limits)).items():
            value = getattr(options, option)
            if value is not None and (option in self.uses or option == "seed"):
                limits.check(_flag(option), value)
        if options.output.exists() and not options.output.is_dir():
            raise InvalidArgument(f"wanted a folder for the results, {options.output} is a file; give --output FOLDER")
        return self.compute(options)

    def check(self, name: str, given: Mapping[str, object]) -> None:
        """Refuse options without effect.

        Args:
            name: The reproduction's name.
            given: Options that were set, by name.

        Raises:
            InvalidArgument: One of them has no effect here.
        """
        for option in given:
            if option not in self.uses:
                usable = ", ".join(map(_flag, sorted(self.uses)))
                raise InvalidArgument(f"wanted options out of {usable} for {name}, got {_flag(option)}; leave it out")


def _flag(option: str) -> str:
    return "--space" if option == "spaces" else f"--{option}"
