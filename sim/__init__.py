"""Simulate fleets of cloud virtual desktops: their cost, their waiting and their availability.

    import sim

    run = sim.run("scenarios/remote-office.yaml")
    run                                  # a card in a notebook, one line elsewhere
    run.invoice.groupby("fleet").amount.sum()
    sim.replicate("scenarios/remote-office.yaml", 30).estimates  # each measure with its interval

The public face is `sim.api`; its names are found here when they are first used, so that importing
`sim` alone loads no pandas, Matplotlib or SciPy.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.api import (
        Comparison,
        Forecast,
        Run,
        Scenario,
        Study,
        SweepFolder,
        compare,
        forecast,
        load,
        replicate,
        run,
        sweep,
    )

__version__ = "0.1.0"
__all__ = [
    "Comparison",
    "Forecast",
    "Run",
    "Scenario",
    "Study",
    "SweepFolder",
    "compare",
    "forecast",
    "load",
    "replicate",
    "run",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    from sim import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
