"""One picture of every kind, and what can be read in one."""

import math
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from PIL import Image

from nas_plugins.plots import (
    ComparisonRow,
    draw_architectures,
    draw_comparison,
    draw_distance_against_edits,
    draw_distributions,
    draw_latent_maps,
    draw_predicted_against_measured,
    draw_predictions,
    draw_search,
    draw_training,
)
from nas_plugins.spaces import MobileNetV3, NASBench201
from nas_plugins.spaces.graph import Graph
from nas_plugins.spaces.mobilenetv3.subnet import LARGEST, SMALLEST
from nas_plugins.spaces.nasbench201 import Cell

SPACE = NASBench201()
CELLS = [SPACE[index] for index in (0, 777, 3_905, 9_999, 15_624)]
ALL_NONE = Cell(("none",) * 6)
INCEPTION = Graph(("input", "conv3x3", "maxpool3x3", "conv1x1", "output"), ((0, 1), (0, 2), (1, 3), (2, 4), (3, 4)))


class Graphs:
    """All that a drawing asks of a space; its architectures are graphs, and it has no native picture."""

    name = "graphs"
    operations = ("input", "conv1x1", "conv3x3", "maxpool3x3", "output")

    def contains(self, architecture: object) -> bool:
        return isinstance(architecture, Graph)

    def to_graph(self, architecture: Graph) -> Graph:
        return architecture


DRAWINGS: dict[str, Callable[[Path], Path]] = {
    "cells": lambda path: draw_architectures(SPACE, CELLS, path, captions=list("abcde"), title="Five cells"),
    "networks": lambda path: draw_architectures(
        MobileNetV3(), [SMALLEST, LARGEST], path, captions=["1. predicted\n121 M", "2."], title="Two networks"
    ),
    "prediction": lambda path: draw_predicted_against_measured(
        [70.1, 71.3, 70.7, 72.0], [89.0, 91.0, math.nan, 90.5], path, title="Order", labels=["1", "2", "3", "4"]
    ),
    "one search": lambda path: draw_search([9.7, 88.0, math.nan, 90.1, 89.9], path, title="One", optimum=91.6),
    "searches": lambda path: draw_search([[80.0, 88.0, 90.0], [85.0, 86.0]], path, title="Two", optimum=91.6),
    "comparison": lambda path: draw_comparison(
        [
            ComparisonRow("ours", {"left": (94.1, 93.9, 94.3), "right": (72.0, None, None)}),
            ComparisonRow("theirs", {"left": (94.3, None, None)}, published=True),
        ],
        ["left", "right"],
        path,
        title="Two methods",
        subtitle="accuracy (%)",
    ),
    "distributions": lambda path: draw_distributions(
        {"first": {"random": [10.0, 80.0, 85.0, 86.0], "drawn": [88.0, 89.0, 91.0]}, "second": {"random": [5.0, 5.0]}},
        path,
        title="Two panels",
        value_name="accuracy (%)",
    ),
    "predictions": lambda path: draw_predictions(
        {name: (np.linspace(70, 90, 50), np.linspace(81, 92, 50)) for name in ("one", "another")},
        path,
        title="Two predictors",
        lowest=80.0,
    ),
    "latent maps": lambda path: draw_latent_maps(
        {name: (np.random.default_rng(0).normal(size=(60, 2)), np.arange(60.0)) for name in ("one", "another")},
        path,
        title="Two maps",
        value_name="accuracy (%)",
    ),
    "distance against edits": lambda path: draw_distance_against_edits(
        {"one": (np.repeat([1, 2, 3], 20), np.repeat([1.0, 2.5, 3.0], 20) + np.tile(np.arange(20) / 50, 3))},
        path,
        title="One space",
    ),
    "training": lambda path: draw_training({"generator": [3.0, 1.0, 0.05], "predictor": [0.5, 0.4]}, path, title="T"),
}


def texts(path: Path) -> str:
    """All words of an SVG, one text element a line."""
    elements = ET.parse(path).iter("{http://www.w3.org/2000/svg}text")
    return "\n".join("".join(element.itertext()) for element in elements)


def pixels(path: Path) -> tuple[int, int, int]:
    """Width, height, and number of colours of a PNG, decoded whole."""
    with Image.open(path) as image:
        assert image.format == "PNG"
        return *image.size, len(image.convert("RGB").getcolors(maxcolors=1 << 24))
