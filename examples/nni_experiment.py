"""An NNI experiment from Python: two trials at once on a table, the server on this machine only and stopped at the end.

`nas-plugins nni-init FOLDER` writes the same as files, for `nnictl`.
"""

import sys
import tempfile
from pathlib import Path

from nas_plugins.nni import best_trial, run_experiment, write_project

port = int(sys.argv[1]) if len(sys.argv) > 1 else 8080
folder = Path(tempfile.mkdtemp(prefix="nni-experiment-"))
write_project(folder, strategy="local_search", table="nasbench201/cifar10", trials=4, concurrency=2, port=port)
best = best_trial(run_experiment(folder / "config.yml", port=port))

if best is None:
    sys.exit("no trial finished; the folder of the experiment has its log")
print(f"Best of 4 look-ups: {best.architecture}")
print(f"Validation accuracy: {best.value:.2f} % (the best of all 15,625 cells has 91.61 %)")
