"""What a desktop goes through: its states as boxes, what it changes to as arrows.

Every box says how much of the time desktops are in that state, and how much of the bill is paid for
hours in it; every arrow how often the change is made. The provider's AVAILABLE is a frame around
three boxes of its own, since only one of them is what people pay for: somebody is connected and at
work. What is paid whatever the state stands below, outside of the boxes.

States that never occur are drawn faint, or not at all; a rare one is as legible as any.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from sim.report.figures.timeline import FILLS as STATE_FILLS
from sim.report.style import (
    BLUE,
    GREY,
    HATCH_WIDTH,
    SKY,
    TEXT,
    Fill,
    ink,
    sentence,
)
from sim.report.wording import count, money, share

NOTHING = "There was no desktop in this time."

FILLS = STATE_FILLS | {
    "connected": Fill(BLUE),
    "left-open": Fill("#ffffff", "////"),
    "disconnected": Fill(SKY),
    "idle": Fill("#ffffff", "--"),
}
"""A condition looks as in the days of a desktop."""

WORDS = {
    "connected": "at work",
    "left-open": "client left open",
    "disconnected": "nobody connected",
    "idle": "idle",
}
"""Names of what is no state of the provider's."""

AVAILABLE = ("connected", "disconnected", "left-open")
"""Parts of the provider's AVAILABLE, from the top down."""

GONE = "gone"
"""Where those go that end, and come from that begin."""

_WIDE, _TALL = 10.0, 6.1
"""Size of the drawing [units of its own; 0.68 in each]."""
_BOX = (2.05, 0.92)
"""Width and height of a box."""
_INNER = 2.45
"""Width of a box inside the frame, beside which an arrow passes."""
_NARROW = 1.7
"""Width of a box in which a name has no room for bold letters."""
_POINT = 1 / 49
"""A point on paper [units of the drawing], of which there are 10 to the width of a page."""
_DARK = "#1a1a1a"
"""What is written on a box; black would be the theme's ink."""
_RARE_ROW = 0.5
"""Middle of the lowest row of boxes."""

Point = tuple[float, float]
Arrow = tuple[str, str]
"""From one box to another."""


@dataclass(frozen=True)
class State:
    """What is said of one state or condition."""

    name: str
    """As in the facts, `left-open`."""
    time: float
    """Share of the time of all desktops."""
    amount: Decimal
    """Paid for hours in it."""


@dataclass(frozen=True)
class StateDiagram:
    """A fleet or pool."""

    pooled: bool
    states: Sequence[State]
    """Those that occur."""
    changes: Mapping[tuple[str, str], int]
    """How often each change was made; `GONE` for what comes to be and what ends."""
    unused: Decimal
    """Paid for the rest of started hours."""
    fees: Mapping[str, Decimal]
    """Paid whatever the state, by charge."""
    currency: str = "USD"

    @property
    def bill(self) -> Decimal:
        """All that was paid."""
        paid = sum((state.amount for state in self.states), Decimal(0))
        return paid + self.unused + sum(self.fees.values(), Decimal(0))

    def of_bill(self, amount: Decimal) -> str:
        """`12.3 %`; nothing where nothing was paid."""
        return share(float(amount / self.bill)) if self.bill else ""


def height_of_states(diagram: StateDiagram) -> float:
    """Height of a figure [in]."""
    return 0.68 * (_TALL if diagram.pooled is False else 4.6) + 0.15 * len(_outside(diagram))


def state_diagram(diagram: StateDiagram, ax: Axes) -> Axes:
    """Draw the boxes, the arrows and what stands outside."""
    if not diagram.states:
        return sentence(ax, NOTHING)
    boxes = _of_pool(diagram) if diagram.pooled else _of_fleet(diagram)
    lines = _outside(diagram)
    foot = min(box.y - box.tall / 2 for box in boxes.values())
    ax.set_axis_off()
    ax.set_xlim(0, _WIDE)
    top = max(box.y + box.tall / 2 for box in boxes.values())
    ax.set_ylim(foot - 0.1 - 0.24 * (len(lines) + 0.6), top + 0.05)
    _frame(ax, boxes)
    _arrows(ax, boxes, _gathered(diagram.changes, boxes))
    for name, box in boxes.items():
        if name != "available":
            _box(ax, diagram, name, box)
    for row, text in enumerate(lines):
        y = foot - 0.1 - 0.24 * (row + 1)
        ax.text(0.02, y, text, fontsize=TEXT, va="center", parse_math=False)
    for artist in (*ax.texts, *ax.patches, *ax.lines):
        artist.set_in_layout(False)  # all is inside, and need not be measured
    return ax


def describe_states(diagram: StateDiagram) -> str:
    """The same in words: time and money of each state, and the changes, most frequent first."""
    if not diagram.states:
        return NOTHING
    ranked = sorted(diagram.states, key=lambda state: -state.time)
    told = "; ".join(
        f"{_words(state.name)} {share(state.time)} of the time"
        + (f" and {diagram.of_bill(state.amount)} of the bill" if state.amount else "")
        for state in ranked
    )
    changes = sorted(diagram.changes.items(), key=lambda change: (-change[1], change[0]))
    made = ", ".join(
        f"{'new' if before == GONE else _words(before)} to {_words(after)} {count(number)}"
        for (before, after), number in changes
    )
    return (
        f"States as boxes, changes as arrows. {told[0].upper()}{told[1:]}. "
        f"{' '.join(_outside(diagram))} Changes: {made or 'none'}."
    )


def _words(name: str) -> str:
    return WORDS.get(name, name)


def _outside(diagram: StateDiagram) -> list[str]:
    """What is paid for no state, in lines that fit below the boxes."""
    if not diagram.bill:
        return ["Nothing was paid for these desktops."]
    hours = sum((state.amount for state in diagram.states), Decimal(0))
    parts = [f"hours in the boxes {diagram.of_bill(hours)}"] if hours else []
    if diagram.unused:
        parts.append(f"rest of started hours, not used {diagram.of_bill(diagram.unused)}")
    fees = sorted(diagram.fees.items(), key=lambda fee: (-fee[1], fee[0]))
    parts += [f"{charge} {diagram.of_bill(amount)}" for charge, amount in fees]
    first = f"Of the bill of {money(diagram.bill, diagram.currency)}: "
    return list(_folded(first, parts, 105))


def _folded(first: str, parts: Iterable[str], most: int) -> Iterator[str]:
    """Parts one after another in lines of at most so many letters."""
    line, sep = first, ""
    for part in parts:
        if len(line) + len(sep) + len(part) > most:
            yield f"{line}{sep.rstrip()}"
            line, sep = "", ""
        line, sep = f"{line}{sep}{part}", ", "
    yield f"{line}."


# --- where boxes stand


@dataclass(frozen=True)
class _Place:
    """A box by its middle."""

    x: float
    y: float
    wide: float = _BOX[0]
    tall: float = _BOX[1]
    faint: bool = False

    def nearest(self, point: Point) -> Point:
        """The place in the box, a little inside of its edges, that is nearest to a point."""
        half = self.wide / 2 - 0.15, self.tall / 2 - 0.12
        x = min(max(point[0], self.x - half[0]), self.x + half[0])
        y = min(max(point[1], self.y - half[1]), self.y + half[1])
        return x, y

    def edge(self, inside: Point, towards: Point) -> Point:
        """Where the line from a place inside to another one leaves the box."""
        (x, y), (dx, dy) = inside, (towards[0] - inside[0], towards[1] - inside[1])
        ways = [1.0]
        if dx:
            ways.append((self.x + (self.wide / 2 if dx > 0 else -self.wide / 2) - x) / dx)
        if dy:
            ways.append((self.y + (self.tall / 2 if dy > 0 else -self.tall / 2) - y) / dy)
        way = min(w for w in ways if w >= 0)
        return x + dx * way, y + dy * way


def _of_fleet(diagram: StateDiagram) -> dict[str, _Place]:
    """The places of the boxes of a fleet."""
    there = {state.name for state in diagram.states}

    def place(name: str, x: float, y: float) -> _Place:
        return _Place(x, y, faint=name not in there)

    boxes = {
        "available": _Place(8.1, 3.95, 3.7, 4.25),
        "stopped": place("stopped", 1.1, 3.75),
        # Below the way of a pending desktop that is available at once.
        "starting": place("starting", 4.3, 4.95),
    }
    for name, y in zip(AVAILABLE, (5.2, 3.75, 2.5), strict=True):
        boxes[name] = _Place(8.55, y, _INNER, faint=name not in there)
    # Without a delay a stop takes no time, and creations are over before most measured times.
    seldom = {"stopping": (4.3, 2.4), "pending": (1.1, 5.55)}
    boxes |= {name: place(name, *at) for name, at in seldom.items() if name in there}
    always = ("maintenance", "unhealthy")
    rare = [name for name in _RARE if name in there or name in always]
    gap = (_WIDE - 0.15) / len(rare)
    for row, name in enumerate(rare):
        boxes[name] = _Place(
            gap * (row + 0.5), _RARE_ROW, min(_BOX[0], gap - 0.12), faint=name not in there
        )
    return boxes


_RARE = ("maintenance", "updating", "rebuilding", "restoring", "rebooting", "unhealthy")


def _of_pool(diagram: StateDiagram) -> dict[str, _Place]:
    """The places of the boxes of a pool, in the order of an instance's life."""
    there = {state.name for state in diagram.states}
    rest = "stopped" if "stopped" in there else "idle"
    boxes = {
        "available": _Place(8.1, 3.75, 3.7, 4.25),
        "pending": _Place(1.1, 5.1, faint="pending" not in there),
        rest: _Place(4.3, 3.75, faint=rest not in there),
        GONE: _Place(4.3, 2.1, tall=0.5),
    }
    for name, y in zip(AVAILABLE, (5.2, 3.75, 2.5), strict=True):
        boxes[name] = _Place(8.55, y, _INNER, faint=name not in there)
    return boxes


# --- arrows


def _gathered(
    changes: Mapping[tuple[str, str], int], boxes: Mapping[str, _Place]
) -> dict[Arrow, int]:
    """Changes by the boxes that they are drawn between: of what is available, the frame.

    Changes inside the frame are between its boxes. What ends has an arrow where there is a box for
    it; what comes to be has none.
    """
    found: dict[Arrow, int] = {}
    for (before, after), number in changes.items():
        inside = before in AVAILABLE and after in AVAILABLE
        one, other = (
            "available" if name in AVAILABLE and not inside else name for name in (before, after)
        )
        if one != GONE and one in boxes and other in boxes:
            found[one, other] = found.get((one, other), 0) + number
    return found


def _arrows(ax: Axes, boxes: Mapping[str, _Place], changes: Mapping[Arrow, int]) -> None:
    """Draw the changes; of a pair of opposite ones each keeps to its right."""
    taken = [_ground(name, box) for name, box in boxes.items()]
    for (before, after), number in changes.items():
        if {before, after} == {AVAILABLE[0], AVAILABLE[-1]}:
            _around(ax, boxes[before], boxes[after], number)
            continue
        begin, end = _between(boxes, before, after)
        long = max(((end[0] - begin[0]) ** 2 + (end[1] - begin[1]) ** 2) ** 0.5, 1e-9)
        aside = 0.11 if (after, before) in changes else 0.0
        dx, dy = (end[1] - begin[1]) / long * aside, -(end[0] - begin[0]) / long * aside
        begin, end = (begin[0] + dx, begin[1] + dy), (end[0] + dx, end[1] + dy)
        begin, end = boxes[before].edge(begin, end), boxes[after].edge(end, begin)
        _arrow(ax, begin, end)
        taken.append(_number(ax, (begin, end), (dx, dy), number, taken))


def _between(boxes: Mapping[str, _Place], before: str, after: str) -> tuple[Point, Point]:
    """Where the line between two boxes begins and ends; the same for both directions."""
    first, last = sorted((before, after))
    one, other = boxes[first], boxes[last]
    begin = one.nearest((other.x, other.y))
    end = other.nearest(begin)
    begin = one.nearest(end)
    return (begin, end) if first == before else (end, begin)


def _around(ax: Axes, before: _Place, after: _Place, number: int) -> None:
    """An arrow that passes beside the box between two others."""
    down = before.y > after.y
    out = before.x - before.wide / 2 - (0.2 if down else 0.4)
    foot = before.x - before.wide / 2, before.y - 0.2
    tip = after.x - after.wide / 2, after.y + 0.2
    ax.plot([foot[0], out, out], [foot[1], foot[1], tip[1]], color=ink(ax), linewidth=0.9, zorder=1)
    _arrow(ax, (out, tip[1]), tip)
    _number(ax, ((out, foot[1]), (out, tip[1])), (-1, 0), number)


def _arrow(ax: Axes, begin: Point, end: Point) -> None:
    ax.add_patch(
        FancyArrowPatch(
            begin,
            end,
            arrowstyle="-|>",
            mutation_scale=9,
            shrinkA=0,
            shrinkB=0,
            linewidth=0.9,
            color=ink(ax),
            zorder=1,
        )
    )


Ground = tuple[float, float, float, float]
"""Left, right, foot and top of what is taken."""


def _ground(name: str, box: _Place) -> Ground:
    """What a number may not stand on: a box, or the name of the frame."""
    left, right = box.x - box.wide / 2, box.x + box.wide / 2
    foot, top = box.y - box.tall / 2, box.y + box.tall / 2
    return (left, left + 1.1, top - 0.35, top) if name == "available" else (left, right, foot, top)


def _number(
    ax: Axes, line: tuple[Point, Point], aside: Point, number: int, taken: Sequence[Ground] = ()
) -> Ground:
    """Write how often a change is made, beside its arrow: as near to the middle as there is room.

    Returns:
        Where it stands.
    """
    text = count(number)
    # Of a pair each number is on its own side, so that it is clear whose it is.
    sides = (False,) if any(aside) else (False, True)
    places = [
        _beside(line, aside, text, way, turned=turned)
        for way in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)
        for turned in sides
    ]
    free = (place for place in places if not any(_meet(place.ground, one) for one in taken))
    best = next(free, places[0])
    ax.annotate(
        text,
        best.at,
        best.offset,
        textcoords="offset points",
        ha=best.ha,
        va=best.va,
        fontsize=TEXT - 0.5,
        zorder=4,
    )
    return best.ground


@dataclass(frozen=True)
class _Spot:
    """A place for a number."""

    at: Point
    offset: Point
    """From there [pt]."""
    ha: Literal["left", "center", "right"]
    va: Literal["bottom", "center", "top"]
    ground: Ground


def _beside(
    line: tuple[Point, Point], aside: Point, text: str, way: float, *, turned: bool
) -> _Spot:
    """A place beside a part of the way along an arrow; turned, on the other side of it."""
    (x0, y0), (x1, y1) = line
    x, y = x0 + (x1 - x0) * way, y0 + (y1 - y0) * way
    wide, tall = len(text) * (TEXT - 0.5) * 0.6 * _POINT, TEXT * _POINT
    if abs(y1 - y0) > abs(x1 - x0):
        right = (aside[0] > 0 or (not aside[0] and x1 >= x0)) != turned
        left = x + 4 * _POINT if right else x - 4 * _POINT - wide
        ground = left, left + wide, y - tall / 2, y + tall / 2
        return _Spot(
            (x, y), (4 if right else -4, 0), "left" if right else "right", "center", ground
        )
    up = (aside[1] >= 0) != turned
    away = 3 if y0 == y1 else 6
    foot = y + away * _POINT if up else y - away * _POINT - tall
    ground = x - wide / 2, x + wide / 2, foot, foot + tall
    return _Spot((x, y), (0, away if up else -away), "center", "bottom" if up else "top", ground)


def _meet(one: Ground, other: Ground) -> bool:
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


# --- boxes


def _frame(ax: Axes, boxes: Mapping[str, _Place]) -> None:
    """The frame around what the provider calls AVAILABLE."""
    box = boxes["available"]
    left, foot = box.x - box.wide / 2, box.y - box.tall / 2
    ax.add_patch(
        Rectangle(
            (left, foot),
            box.wide,
            box.tall,
            fill=False,
            edgecolor=ink(ax),
            linewidth=0.8,
            linestyle=(0, (4, 2)),
        )
    )
    name = "in use" if GONE in boxes else "available"
    ax.text(left + 0.1, foot + box.tall - 0.1, name, fontsize=TEXT, va="top")


def _box(ax: Axes, diagram: StateDiagram, name: str, box: _Place) -> None:
    """One box: a stripe in the look of the state, its name, and what is said of it.

    Its ground is light whatever the page's is, so that arrows may pass behind it.
    """
    found = next((state for state in diagram.states if state.name == name), None)
    left, foot = box.x - box.wide / 2, box.y - box.tall / 2
    quiet = 0.4 if box.faint else 1.0
    ax.add_patch(
        Rectangle(
            (left, foot),
            box.wide,
            box.tall,
            facecolor="none" if box.faint else "#ffffff",
            edgecolor=ink(ax),
            linewidth=0.5 if box.faint else 0.9,
            alpha=quiet,
            zorder=3,
        )
    )
    if not box.faint and name != GONE:
        fill = FILLS.get(name, Fill(GREY))
        stripe = Rectangle((left, foot), 0.16, box.tall, zorder=3)
        # Dark in every theme, as the ground is light.
        stripe.set(facecolor=fill.colour, hatch=fill.hatch, edgecolor=_DARK, linewidth=0.5)
        stripe.set_hatch_linewidth(HATCH_WIDTH)
        ax.add_patch(stripe)
    said = [_words(name)]
    if found is not None:
        said.append(f"{share(found.time)} of time")
        said.append(f"{diagram.of_bill(found.amount)} of bill" if found.amount else "")
    step = 0.27
    y = box.y + step * (len([s for s in said if s]) - 1) / 2
    for row, text in enumerate(said):
        ax.text(
            left + 0.24,
            y - row * step,
            text,
            fontsize=TEXT - (0 if row == 0 else 0.5),
            fontweight="bold" if row == 0 and not box.faint and box.wide > _NARROW else "normal",
            color=ink(ax) if box.faint else _DARK,
            va="center",
            alpha=0.7 if box.faint else 1.0,  # less could not be read
            zorder=4,
            parse_math=False,
        )
