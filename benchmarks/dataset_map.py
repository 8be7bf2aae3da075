"""Does the map of datasets tell datasets apart? The figure in the cards of the maps.

    python benchmarks/dataset_map.py IMAGES... [--space nasbench201] [--draws 2]

Every dataset is placed by two draws of ten views; each view is assigned to a dataset by the three nearest of the other
views, in five-fold cross-validation. Reported: the share of views assigned to their own dataset.
"""

import argparse

import numpy as np
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from nas_plugins.datasets import load_dataset
from nas_plugins.spaces import get_space
from nas_plugins.strategies.metad2a import DatasetMap, MetaD2AModel
from nas_plugins.strategies.metad2a.metad2a import WEIGHTS


def main() -> None:
    """Place the datasets and print the share."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", nargs="+")
    parser.add_argument("--space", default="nasbench201")
    parser.add_argument("--draws", type=int, default=2)
    arguments = parser.parse_args()
    space = get_space(arguments.space)
    model = MetaD2AModel.load(WEIGHTS / f"{space.name}.safetensors", space)
    vectors, names = [], []
    for path in arguments.images:
        images = load_dataset(path).train_test()[0].images_by_class()
        for seed in range(arguments.draws):
            placed = DatasetMap.place(model, images, seed=seed)
            vectors.append(placed)
            names += [path] * len(placed)
    rows = np.concatenate(vectors)
    rows = (rows - rows.mean(0)) / np.maximum(rows.std(0), 1e-12)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    share = cross_val_score(KNeighborsClassifier(3), rows, names, cv=folds).mean()
    print(f"{100 * share:.1f} % of {len(rows)} views of {len(arguments.images)} datasets are assigned to their dataset")


if __name__ == "__main__":
    main()
