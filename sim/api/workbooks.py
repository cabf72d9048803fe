"""Results as workbooks: what is in a folder, and where the file goes."""

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.errors import ResultError
from sim.api.folder import SUMMARY
from sim.storage import replace_file

if TYPE_CHECKING:
    from sim.api.forecasting import Forecast
    from sim.api.results import Run


def workbook(result: "Run | Forecast | Path") -> bytes:
    """The workbook of a run, of a forecast, or of the folder of either.

    Raises:
        ResultError: when the folder is neither.
        ValueError: when it has more rows or runs than a sheet of Excel.
    """
    from sim.api.forecast_book import forecast_book, forecast_book_in
    from sim.api.forecasting import DOCUMENT, Forecast
    from sim.api.run_book import run_book, run_book_in
    from sim.report.workbook.forecast import forecast_workbook
    from sim.report.workbook.run import run_workbook

    if isinstance(result, Forecast):
        return forecast_workbook(forecast_book(result))
    if not isinstance(result, Path):
        return run_workbook(run_book(result))
    if (result / DOCUMENT).is_file():
        return forecast_workbook(forecast_book_in(result))
    if result.is_dir() and not (result / SUMMARY).is_file():
        raise ResultError(
            f"{result}: expected a folder that `desksim run` or `desksim forecast` wrote, found "
            f"neither {SUMMARY} nor {DOCUMENT} in it"
        )
    return run_workbook(run_book_in(result))


def write_workbook(result: "Run | Forecast | Path", file: str | PathLike[str]) -> Path:
    """Write the workbook of a result, whole or not at all.

    Raises:
        ResultError: when a folder is neither of a run nor of a forecast.
        ValueError: for another suffix than `.xlsx`, or more rows or runs than a sheet of Excel has.
        OSError: as one sentence, when the system refuses; the old file stands then.
    """
    path = Path(file)
    if path.suffix != ".xlsx":
        raise ValueError(f"expected a file that ends in .xlsx, got {path.name!r}")
    content = workbook(result)
    with replace_file(path) as temporary:
        temporary.write_bytes(content)
    return path
