"""Gathers the commands, and turns every error of ours into one line."""

import sys
import warnings
from typing import Any

import typer

from nas_plugins.cli.benchmark import benchmark
from nas_plugins.cli.collect import collect
from nas_plugins.cli.collect_features import collect_features
from nas_plugins.cli.convert import convert
from nas_plugins.cli.download import download
from nas_plugins.cli.enumerate_space import enumerate_space
from nas_plugins.cli.fit_forecast import fit_forecast
from nas_plugins.cli.map_datasets import map_datasets
from nas_plugins.cli.meta_train import meta_train
from nas_plugins.cli.nni_init import nni_init
from nas_plugins.cli.output import note, stderr
from nas_plugins.cli.pretrain import pretrain
from nas_plugins.cli.propose import propose
from nas_plugins.cli.reproduce import reproduce
from nas_plugins.cli.search import search
from nas_plugins.cli.train_supernet import train_supernet
from nas_plugins.spaces.errors import NasPluginsError

app = typer.Typer(
    name="nas-plugins",
    help="Neural architecture search for your images: architectures proposed before anything is trained.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    propose,
    search,
    benchmark,
    pretrain,
    meta_train,
    map_datasets,
    fit_forecast,
    train_supernet,
    collect,
    reproduce,
    convert,
    nni_init,
    download,
):
    app.command()(command)
app.command("enumerate")(enumerate_space)
app.command("collect-features")(collect_features)


# Releases of typer differ in whether they use click or carry a copy of it; their public BadParameter leads to either.
_UsageError: type[Any] = typer.BadParameter.__bases__[0]
_ClickException: type[Any] = _UsageError.__bases__[0]


@app.callback(invoke_without_command=True)
def describe(context: typer.Context) -> None:
    """Neural architecture search for your images: architectures proposed before anything is trained."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 on success, 2 on bad input, 130 when interrupted."""
    warnings.showwarning = lambda message, *_, **__: note(str(message))
    try:
        code = app(arguments, standalone_mode=False)
    except NasPluginsError as error:
        code = _fail(str(error))
    except _UsageError as error:
        hint = f" (see '{error.ctx.command_path} --help')" if error.ctx else ""
        code = _fail(error.format_message().rstrip(".") + hint)
    except _ClickException as error:
        code = _fail(error.format_message())
    except (typer.Abort, KeyboardInterrupt) as end:
        stderr.print(f"interrupted: {end}" if str(end) else "interrupted", markup=False, highlight=False)
        code = 130
    except OSError as error:  # a file that cannot be read or written is the user's to mend
        code = _fail(f"{error.strerror or error}: {error.filename}" if error.filename else str(error))
    sys.exit(code or 0)


def _fail(message: str) -> int:
    line = " ".join(message.split())
    stderr.print(f"error: {line}", markup=False, highlight=False, soft_wrap=True)
    return 2
