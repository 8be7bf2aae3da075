"""What a searcher says where it does not find what it shall optimise."""

from collections.abc import Sequence

from nas_plugins.tune.trial_ledger import Values


def metric_warning(wanted: Sequence[str], values: Values, *, named: bool, mode: str | None) -> str | None:
    """A sentence without its subject, the searcher.

    Args:
        wanted: Names of the metrics that are read.
        values: Those that a trial reported.
        named: Whether somebody named the metrics, all of which are read then; else the first that is there is.
        mode: ``"min"``, ``"max"``, or nothing, which is ``"max"``.

    Returns:
        The sentence; ``None`` where there is nothing to say.
    """
    missing = [name for name in wanted if name not in values]
    if named and not missing:
        return None
    if named:
        return (
            f"found no {', '.join(map(repr, missing))} in the result of a trial, and learns nothing from such trials; "
            "name a metric that they report"
        )
    read = next((name for name in wanted if name in values), None)
    aim = "learns nothing" if read is None else f"{'minimises' if mode == 'min' else 'maximises'} {read!r}"
    return (
        f"was told no metric (Ray passes it on only together with a param_space) and {aim}; "
        "pass metric and mode to the searcher itself"
    )
