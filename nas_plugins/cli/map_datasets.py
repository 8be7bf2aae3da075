"""``nas-plugins map-datasets``: place known datasets where MetaD2A's generator sees them."""

from pathlib import Path
from typing import Annotated

import typer

from nas_plugins.cli.output import JsonOption, SeedOption, SpaceOption, check_writable, save_json, show, stderr
from nas_plugins.datasets import load_dataset
from nas_plugins.spaces import get_space
from nas_plugins.spaces.errors import InvalidArgument
from nas_plugins.strategies.metad2a.metad2a import WEIGHTS


def map_datasets(
    datasets: Annotated[
        list[str], typer.Argument(help="'digits', folders of class folders or .npz files; NAME=PATH gives one a name.")
    ],
    space: SpaceOption = "nasbench201",
    weights: Annotated[Path | None, typer.Option(help="Weights of MetaD2A.  [default: the shipped ones]")] = None,
    output: Annotated[
        Path | None, typer.Option(help="Map to write.  [default: beside the weights, where propose finds it]")
    ] = None,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Place known datasets on the map of datasets that propose draws; to be run again whenever weights change."""
    check_writable(json)
    search_space = get_space(space)
    named = [_named(text) for text in datasets]
    names = [name for name, _ in named]
    if len(names) < 2 or len(set(names)) < len(names):
        raise InvalidArgument(f"wanted two datasets or more, each with a name of its own, got {', '.join(names)}")

    from nas_plugins.strategies.metad2a import DatasetMap, MetaD2AModel

    weights = weights or WEIGHTS / f"{search_space.name}.safetensors"
    path = output or DatasetMap.path_beside(weights)
    check_writable(path)
    model = MetaD2AModel.load(weights, search_space)
    vectors = {}
    with stderr.status("looking at images") as status:
        for name, source in named:
            status.update(f"looking at {name}")
            vectors[name] = DatasetMap.place(model, load_dataset(source).images_by_class(), seed=seed)
    known = DatasetMap(vectors, model.fingerprint())
    known.save(path)
    nearest = {name: [other for other in known.distances(rows) if other != name] for name, rows in vectors.items()}
    save_json(json, {"map": str(path), "datasets": names, "nearest": nearest})
    for name, others in nearest.items():
        show(f"{name} looks most like {', '.join(others[:3])}")
    show(f"Map: {path}")


def _named(text: str) -> tuple[str, str]:
    """The name and the path of an argument ``NAME=PATH`` or ``PATH``."""
    name, equals, path = text.partition("=")
    if equals and name and path and not Path(text).exists():
        return name, path
    return Path(text).stem.replace("_", " "), text
