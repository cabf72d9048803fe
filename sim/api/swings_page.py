"""What the page shows of the swings of a run: a table, and a tornado of each measure that moves."""

from typing import TYPE_CHECKING

from sim.report.contents import Drawing, Swing, SwingsShown
from sim.report.estimates import unit_of
from sim.study.observations import parted

if TYPE_CHECKING:
    from sim.api.swings import Swings

MOST_ROWS = 20
"""Assumptions in the table; all are in `swings.csv`."""
MOST_BARS = 10

TITLES = {
    "cost": "What each assumption does to the cost by itself",
    "wait_p95_s": "What each assumption does to the P95 wait by itself",
}
"""Measures that are drawn, and the titles of the drawings."""


def swings_shown(found: "Swings | None") -> SwingsShown | None:
    """The assumptions that move anything, in words."""
    if found is None:
        return None
    moving = found.moving
    return SwingsShown(
        rows=[
            Swing(
                setting=one.setting,
                now=one.now,
                set_to=one.set_to,
                cost=one.by("cost", interval=False),
                wait=one.by("wait_p95_s", interval=False),
                delivered=one.by("delivered_minutes", interval=False),
            )
            for one in moving[:MOST_ROWS]
        ],
        answer=found.sentences,
        runs=found.replications,
        smaller=len(moving[MOST_ROWS:]),
        unmoved=len(found.found) - len(moving),
        left=found.left,
    )


def swing_drawings(found: "Swings | None") -> list[Drawing]:
    """A tornado of each measure that something moves."""
    if found is None:
        return []
    return [drawn for measure in TITLES if (drawn := _tornado(found, measure))]


def _tornado(found: "Swings", measure: str) -> Drawing | None:
    from sim.api.sweep_effects import headed
    from sim.report import figures
    from sim.report.svg import drawing

    ranked = found.ranked(measure)[:MOST_BARS]
    if not ranked:
        return None
    kind = parted(measure)[0]
    heads = headed([one.setting for one in ranked])
    bars = [
        figures.SettingEffect(
            head,
            *effect.ends,
            one.labels[effect.low],
            one.labels[effect.high],
            one.by(measure),
        )
        for head, one in zip(heads, ranked, strict=True)
        for effect in (one.effects[measure],)
    ]
    return drawing(
        lambda ax: figures.effects_tornado(
            bars, ax, measure=f"{kind.words} [{unit_of(kind)}]", middle=found.middle[measure]
        ),
        topic="levers",
        title=TITLES[measure],
        description=figures.describe_effects_tornado(bars, measure=kind.words),
        height=figures.height_of_tornado(bars),
    )
