"""NNI's model spaces need pytorch-lightning; its strategies and engines do without if told so in time."""

from importlib.util import find_spec

import nni

if find_spec("pytorch_lightning") is None:
    nni.set_default_framework("none")
