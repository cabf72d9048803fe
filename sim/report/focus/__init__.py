"""A run's bill in the columns of FOCUS, so that it can be laid beside the provider's own export.

- `sim.report.focus.columns`: names, types and versions
- `sim.report.focus.catalogue`: services, regions and units
- `sim.report.focus.rows`: from charges to rows
- `sim.report.focus.forecast`: from the amounts of a forecast to rows
"""

from sim.report.focus.columns import FOCUS_1_2, OF_FORECASTS, OWN, RENAMED, VERSIONS, columns
from sim.report.focus.forecast import forecast_focus_rows
from sim.report.focus.rows import ACCOUNT, Bill, focus_rows

__all__ = [
    "ACCOUNT",
    "FOCUS_1_2",
    "OF_FORECASTS",
    "OWN",
    "RENAMED",
    "VERSIONS",
    "Bill",
    "columns",
    "focus_rows",
    "forecast_focus_rows",
]
