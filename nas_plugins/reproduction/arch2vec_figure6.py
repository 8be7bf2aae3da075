"""Figure 6 of arch2vec: regret over time, and how it is spread over runs in the end, on NAS-Bench-101."""

from nas_plugins.reproduction.arch2vec_table2 import final_table
from nas_plugins.reproduction.arch2vec_table3 import RUNS, search_protocol
from nas_plugins.reproduction.nasbench101_targets import load_target, published_curves, usable_methods
from nas_plugins.reproduction.options import Options, Reproduction
from nas_plugins.reproduction.published import ARCH2VEC
from nas_plugins.reproduction.report import Report
from nas_plugins.reproduction.search_methods import get_methods
from nas_plugins.reproduction.search_runs import chosen, regret_over_time, search


def run(options: Options) -> Report:
    """Draw the figure."""
    methods, curves = get_methods(options.strategies), published_curves(options.source)
    target, runs = load_target(options.tables), options.runs or RUNS
    methods, left_out = usable_methods(methods)
    found = {method.label: search(target, method, runs, options) for method in methods}
    test = target.reported["test"]
    best = test.optimum()[1]

    from nas_plugins.plots import RegretCurve, draw_regret

    ours = [
        RegretCurve(label, *regret_over_time(of_method, test, target.seconds)) for label, of_method in found.items()
    ]
    theirs = [RegretCurve(curve.label, curve.time, curve.regret, published=True) for curve in curves]
    picture = draw_regret(
        {target.heading: [*ours, *theirs]},
        options.output / "figure.png",
        title="Test regret on NAS-Bench-101",
        regret_name="test regret (%)",
        final={label: [best - test.score(chosen(run)) for run in of_method] for label, of_method in found.items()},
    )
    return Report(
        "arch2vec-figure6",
        "Test regret on NAS-Bench-101",
        f"{ARCH2VEC}, Figure 6",
        (
            *search_protocol(runs, options),
            f"{target.heading}: {target.guided_by}",
            "Curves: mean over runs of the test regret of the architecture with the highest guiding score so far, with "
            "the 95 % interval of the mean; dashed: the authors' own mean over 500 runs, counted from their optimum."
            if curves
            else "Curves: mean over runs of the test regret of the architecture with the highest guiding score so far, "
            "with the 95 % interval of the mean; --source FOLDER adds the authors' own.",
            *left_out,
        ),
        (final_table(target, found, curves),),
        (picture,),
    )


REPRODUCTION = Reproduction(
    "test regret on NAS-Bench-101 (Figure 6); needs its table",
    frozenset({"tables", "source", "runs", "strategies", "processes"}),
    run,
)
