"""Python files run as a user runs them: in a folder of their own, which is also their home."""

import os
import subprocess
import sys
from pathlib import Path


def run_program(path: Path, folder: Path, *arguments: str) -> str:
    """Run a file in a folder, to its end without an error; what it printed."""
    done = subprocess.run(
        [sys.executable, path, *arguments],
        cwd=folder,
        env=os.environ | {"HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
