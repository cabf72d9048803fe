"""Native charts of Excel in the colours of every other figure, each with a text for who cannot see.

Surfaces are told apart by hatches too, lines by dashes and markers.
"""

from collections.abc import Sequence
from typing import Any, Final

from sim.report.style import BLUE, SKY, Fill
from sim.report.workbook.sheets import Place, Sheet

ROW_PX: Final = 20
"""Height of a row [px]."""

_HATCHES = {
    "/": "wide_upward_diagonal",
    "\\": "wide_downward_diagonal",
    "x": "trellis",
    "|": "narrow_vertical",
    "-": "narrow_horizontal",
    "+": "large_grid",
}
_INK, _LINES = "#404040", "#D9D9D9"
FONT: Final = {"size": 9, "color": _INK, "bold": False}
AMOUNT_AXIS: Final = {
    "name_font": FONT,
    "num_font": FONT,
    "num_format": "#,##0",
    "major_gridlines": {"visible": True, "line": {"color": _LINES, "width": 0.75}},
    "line": {"none": True},
}
"""An axis of amounts."""


def surface(fill: Fill) -> dict[str, Any]:
    """A surface in a colour and with a hatch, as XlsxWriter says it."""
    edge = {"border": {"color": _INK, "width": 0.5}}
    if not fill.hatch:
        return {"fill": {"color": fill.colour}, **edge}
    pattern = {
        "pattern": _HATCHES[fill.hatch[0]],
        "fg_color": "#FFFFFF",
        "bg_color": fill.colour,
    }
    return {"pattern": pattern, **edge}


def line(colour: str, *, dash: str = "solid", marker: str = "none") -> dict[str, Any]:
    """A line in a colour, with its own dash and marker."""
    return {
        "line": {"color": colour, "width": 2.0, "dash_type": dash},
        "marker": {
            "type": marker,
            "size": 6,
            "fill": {"color": colour},
            "border": {"color": colour},
        },
    }


def series(name: str | Place, across: Place, values: Place, look: dict[str, Any]) -> dict[str, Any]:
    """A series of a chart: its name or where that stands, what it runs over, its values."""
    shown = name if isinstance(name, str) else _at(name)
    return {"name": shown, "categories": _block(across), "values": _block(values), **look}


def dress(chart: Any, *, title: str, unit: str, legend: bool = True) -> None:
    """Give a chart its title and axes."""
    chart.set_title({"name": title, "name_font": {"size": 12, "bold": True}, "overlay": False})
    chart.set_x_axis({"num_font": FONT, "line": {"color": _INK}})
    chart.set_y_axis(AMOUNT_AXIS | {"name": unit})
    chart.set_legend({"position": "bottom", "font": FONT} if legend else {"none": True})


def fan(
    workbook: Any,
    across: Place,
    blocks: tuple[Place, Place, Place, Place],
    *,
    title: str,
    more: Sequence[dict[str, Any]] = (),
) -> Any:
    """A band from P10 to P90 with the mean in it.

    Args:
        workbook: where.
        across: months.
        blocks: P10, P90 less P10, mean, P90.
        title: of the chart.
        more: further lines.
    """
    p10, width, mean, p90 = blocks
    chart = workbook.add_chart({"type": "area", "subtype": "stacked"})
    nothing = {"fill": {"none": True}, "border": {"none": True}}
    sky = {"fill": {"color": SKY, "transparency": 45}, "border": {"none": True}}
    chart.add_series(series("Below P10", across, p10, nothing))
    chart.add_series(series("P10 to P90: 8 of 10 runs", across, width, sky))
    lines = workbook.add_chart({"type": "line"})
    lines.add_series(series("Mean of all runs", across, mean, line(BLUE, marker="circle")))
    lines.add_series(
        series("P10: in 1 of 10 runs at most", across, p10, line(BLUE, dash="dash_dot"))
    )
    lines.add_series(
        series("P90: in 9 of 10 runs at most", across, p90, line(BLUE, dash="round_dot"))
    )
    for one in more:
        lines.add_series(one)
    chart.combine(lines)
    dress(chart, title=title, unit="")
    chart.set_legend({"position": "bottom", "font": FONT, "delete_series": [0]})
    return chart


def insert(sheet: Sheet, row: int, column: int, chart: Any, said: str, *, rows: int) -> int:
    """Put a chart on a sheet, `rows` high, and say what it shows; the row below."""
    chart.set_size({"width": 760, "height": rows * ROW_PX})
    sheet.worksheet.insert_chart(row, column, chart, {"description": said, "object_position": 2})
    return row + rows + 1


def _at(place: Place) -> list[Any]:
    return [place.sheet, place.row, place.column]


def _block(place: Place) -> list[Any]:
    return list(place)
