"""Your own pictures, step by step: proposals without training, a size limit, and a short search on Ray.

`python examples/own_pictures.py PATH` takes a folder with one folder per class. Without a path it draws one: circles,
squares and crosses, a hundred pictures of each.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from nas_plugins.datasets import load_dataset
from nas_plugins.spaces import NASBench201
from nas_plugins.strategies import MetaD2A
from nas_plugins.tune import report_search, search


def draw_shapes(folder: Path) -> Path:
    """A folder of class folders, as you would have it: `shapes/circle/00.png` and so on."""
    rng = np.random.default_rng(0)
    for shape in ("circle", "square", "cross"):
        (folder / shape).mkdir(parents=True, exist_ok=True)
        for number in range(100):
            picture = Image.fromarray(rng.integers(150, 256, (32, 32, 3), dtype=np.uint8))
            pen, (x, y), size = ImageDraw.Draw(picture), rng.integers(8, 24, 2).tolist(), int(rng.integers(4, 9))
            box = (x - size, y - size, x + size, y + size)
            if shape == "circle":
                pen.ellipse(box, outline="black", width=2)
            elif shape == "square":
                pen.rectangle(box, outline="black", width=2)
            else:
                pen.line(box, fill="black", width=2)
                pen.line((box[0], box[3], box[2], box[1]), fill="black", width=2)
            picture.save(folder / shape / f"{number:02}.png")
    return folder


path = Path(sys.argv[1]) if len(sys.argv) > 1 else draw_shapes(Path("results/shapes"))

# 1. Pictures of any size become one dataset; a fifth of each class is held out to measure accuracy.
pictures = load_dataset(path)
print(pictures)

# 2. Proposals: MetaD2A looks at the training part, and nothing is trained. Bounds are kept by every proposal; costs are
#    counted at the size you will train, here one cell per stage.
training_part, _ = pictures.train_test()
strategy = MetaD2A(
    NASBench201(),
    training_part.images_by_class(),
    max_params=150_000,
    scale={"num_classes": pictures.num_classes, "N": 1, "image_shape": (3, 32, 32)},
    seed=0,
)
for proposal in strategy.proposals[:3]:
    print(f"{proposal.architecture}  {proposal.cost.parameters:,} parameters")

# 3. A search: Ray Tune trains the proposals, as many at once as there are cores. Every field of `TrainingSettings` can
#    be given here, and `strategy="metad2a+bayesian"` goes on learning where the proposals end.
outcome = search(pictures, trials=4, epochs=12, max_params=150_000, seed=0)

# 4. The table, the best architecture, and pictures of both.
report_search(outcome, "results/own-pictures")
