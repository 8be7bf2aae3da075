"""The command line, ``nas-plugins``: one file per command, ``output`` for what people see.

Bad input ends in one line and exit code 2; results go to the screen, pictures and tables to a folder, and with
``--json FILE`` to a file that scripts read.
"""

from nas_plugins.cli.main import app, main

__all__ = ["app", "main"]
