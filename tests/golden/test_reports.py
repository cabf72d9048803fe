"""Nothing that a user sees of the shipped scenarios changed unnoticed."""

import json

import pytest

from tests.golden.reports import (
    FOLDER,
    REFERENCE,
    REFERENCE_FILES,
    REFERENCE_SCENARIO,
    RENEWAL,
    compare,
    golden_file,
    golden_text,
    invoice_lines,
    summary_lines,
    without_drawings,
)
from tests.shipped import NAMES, shipped


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_scenario_answers_as_before(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    now = golden_text(shipped(name, tmp_path_factory))

    compare(golden_file(name).read_text(encoding="utf-8"), now, golden_file(name).name)


def test_there_is_a_golden_report_for_each_shipped_scenario_and_for_no_other() -> None:
    assert {file.stem for file in FOLDER.glob("*.txt")} == set(NAMES)


# --- the reference report, for those who want to see a result before they run anything


@pytest.mark.parametrize("file", REFERENCE_FILES)
def test_the_reference_report_is_what_the_command_writes_today(
    file: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    kept = (REFERENCE / file).read_text(encoding="utf-8")
    now = shipped(REFERENCE_SCENARIO, tmp_path_factory).text(file)

    compare(without_drawings(kept), without_drawings(now), f"reports/reference/{file}")


def test_the_reference_report_has_its_figures() -> None:
    page = (REFERENCE / "report.html").read_text(encoding="utf-8")

    assert page.count("<svg") == page.count("<figcaption") == 8
    assert "<path" not in without_drawings(page)


# --- the comparison itself


def test_a_cent_more_is_noticed_and_shown() -> None:
    kept = "total 30,869.12\nper month 10,289.71\n"

    with pytest.raises(AssertionError) as told:
        compare(kept, kept.replace("30,869.12", "30,869.13"), "office.txt")

    lines = str(told.value).splitlines()
    assert "--- office.txt as committed" in lines
    assert "+++ office.txt now" in lines
    assert "-total 30,869.12" in lines
    assert "+total 30,869.13" in lines
    assert " per month 10,289.71" in lines
    assert lines[-1] == RENEWAL


def test_the_same_text_is_no_difference() -> None:
    compare("total 1\n", "total 1\n", "office.txt")


def test_invoice_lines_are_shown_with_quantities_to_four_decimals() -> None:
    """90.8555555556 months at 35.00 are 3,179.944..., invoiced as 3,179.94."""
    text = (
        "replication,month,fleet,charge,item,quantity,unit,unit_price,amount,unrounded,currency\n"
        "0,2026-09,,nat,nat/hour,1440,hour,0.045,64.80,64.800,USD\n"
        "0,2026-09,staff,month,a/b,90.8555555556,desktop-month,35,3179.94,3179.9444444460,USD\n"
    )

    assert invoice_lines(text) == [
        "month    fleet  charge  item       quantity  unit           unit_price   amount",
        "2026-09  -      nat     nat/hour  1440.0000  hour                0.045    64.80",
        "2026-09  staff  month   a/b         90.8556  desktop-month          35  3179.94",
    ]


def test_summary_numbers_are_shown_to_five_digits_by_path() -> None:
    document = {
        "cost": {"total": "30869.12", "per_desktop": None},
        "logons": {"mean_s": 32.39871, "connected": 1_234_567, "refused": {}},
        "by_month": [{"month": "2026-09", "amount": "1.00", "share": 0.123456789}],
        "assumptions": [{"path": "seed"}],
    }

    assert summary_lines(json.loads(json.dumps(document))) == [
        "cost.total = 30869.12",
        "cost.per_desktop = null",
        "logons.mean_s = 32.399",
        "logons.connected = 1234567",
        "logons.refused = {}",
        "by_month[month 2026-09] = amount 1.00, share 0.12346",
    ]
