"""The workbook of a run: by hand on lines that are made up, then on a small office that is run."""

import re
import shutil
import zipfile
from collections import defaultdict
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

import sim
from sim.api.folder import is_result
from sim.api.workbooks import workbook, write_workbook
from sim.cli.commands import desksim
from sim.cli.errors import told
from sim.report.contents import Assumption
from sim.report.workbook import Charged, Head, RunBook, StudyBook, charges
from sim.report.workbook.run import run_workbook
from sim.study.execution import Serial
from tests.small_office import TEXT, with_pools, write_office
from tests.spreadsheet import Spreadsheet, Value, differences

Capture = pytest.CaptureFixture[str]
OFFICE = TEXT.replace("horizon: 14 d", "horizon: 5 d").replace("warm_up: 1 d\n", "")

HEAD = Head(
    name="made-up",
    description="",
    answer=["It costs something."],
    period="2026-09-01 until before 2026-11-01 (UTC)",
    currency="USD",
    basis="one run, no interval",
    prices="a-book",
    as_of="2026-07-01",
    provenance=[("seed", "1")],
)


def charged(
    quantity: str,
    price: str = "0.335",
    *,
    cost_center: str = "sales",
    month: str = "2026-09",
    item: str = "nat/hour",
) -> Charged:
    return Charged(
        month=month,
        cost_center=cost_center,
        fleet="office",
        charge="gateway",
        item=item,
        quantity=Decimal(quantity),
        unit="hour",
        unit_price=Decimal(price),
        source="a price list (2026-07-01)",
    )


def book_of(*rows: Charged, head: Head = HEAD, study: StudyBook | None = None) -> RunBook:
    """What a simulator says that has these charges: exact, and rounded half-up by line."""
    quantities: dict[tuple[str, str, str, str, Decimal], Decimal] = defaultdict(Decimal)
    exact: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        quantities[row.line] += row.quantity
        exact[row.cost_center] += row.quantity * row.unit_price
    invoice = {
        line: (quantity * line[-1]).quantize(Decimal("0.01"), ROUND_HALF_UP)
        for line, quantity in quantities.items()
    }
    return RunBook(
        head=head,
        charges=sorted(rows, key=lambda row: (row.line, row.cost_center)),
        invoice=invoice,
        exact=exact,
        total=sum(invoice.values(), Decimal(0)),
        assumptions=[
            Assumption(path="a.b", value="1 h", meaning="Said.", source="a guide", stated=True)
        ],
        study=study,
    )


def written(folder: Path, book: RunBook) -> Spreadsheet:
    file = folder / "book.xlsx"
    file.write_bytes(run_workbook(book))
    return Spreadsheet(file)


def amounts(book: Spreadsheet) -> list[Value]:
    return book.column("Charges", "Amount [USD]", 4)


# --- by hand


def test_a_line_is_rounded_as_on_an_invoice(tmp_path: Path) -> None:
    """3 hours at 0.335 are 1.005, in binary a little less: a cent and a half up is 1.01."""
    book = written(tmp_path, book_of(charged("3")))
    assert amounts(book) == [1.01]
    assert book.named("list_cost") == 1.01
    assert book.named("checks_result") == "OK"
    assert book.sheet("Charges")["I5"].value == 1.01
    assert book.formulas()["Charges", "I5"] == "=ROUND(F5*H5,2)"
    assert book.formulas()["Charges", "H5"] == "=price_nat_hour"


def test_cost_centres_that_share_a_line_leave_its_rounding_to_nobody(tmp_path: Path) -> None:
    """1 hour each at 0.125: 0.13 and 0.13, but the line is of 2 hours: 0.25, so 0.01 too much."""
    book = written(
        tmp_path, book_of(charged("1", "0.125"), charged("1", "0.125", cost_center="ops"))
    )
    assert amounts(book) == [0.13, 0.13, -0.01]
    assert book.column("Charges", "Cost centre", 4) == ["ops", "sales", "(rounding)"]
    assert book.named("list_cost") == 0.25
    assert differences(book, book.computed()) == []


def test_an_item_with_two_prices_has_a_name_for_each(tmp_path: Path) -> None:
    rows = charged("1", "0.1"), charged("1", "0.2", month="2026-10"), charged("2", item="nat hour")
    book = written(tmp_path, book_of(*rows))
    assert {name for name in book.names if name.startswith("price_")} == {
        "price_nat_hour",
        "price_nat_hour_2",
        "price_nat_hour_3",
    }
    assert amounts(book) == [0.67, 0.1, 0.2]


def test_a_result_without_charges_has_a_workbook_too(tmp_path: Path) -> None:
    book = written(tmp_path, book_of())
    assert book.named("list_cost") == 0
    assert differences(book, book.computed()) == []


def test_a_total_that_is_not_the_simulators_is_wrong(tmp_path: Path) -> None:
    """The checks can fail: half a cent more than the rows add up to."""
    good = book_of(charged("3"))
    bad = RunBook(**{**vars(good), "total": Decimal("1.015")})
    book = written(tmp_path, bad)
    assert book.named("checks_result") == "WRONG"
    assert differences(book, book.computed()) == []


def test_what_lies_between_a_list_price_and_a_budget(tmp_path: Path) -> None:
    """100 at list: less 10 % is 90; 5 % contingency 4.5; 20 % tax of 94.5 is 18.9: 113.4.

    At 0.9 for one dollar that is 102.06.
    """
    book = written(tmp_path, book_of(charged("1000", "0.1")))
    computed = book.computed(
        {"discount": 0.1, "contingency": 0.05, "tax_rate": 0.2, "exchange_rate": 0.9}
    )
    first = int(book.where("list_cost")[1][1:])
    column = [computed["Summary", f"B{row}"] for row in range(first, first + 6)]
    assert column == pytest.approx([100, -10, 4.5, 18.9, 113.4, 102.06])
    assert computed["Summary", f"C{first + 8}"] == pytest.approx(102.06)
    assert computed["Assumptions", book.where("adjustment")[1]] == pytest.approx(1.0206)


def test_a_sheet_that_is_too_short_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Room for two rows: two lines fit, two parts of one line and their rest do not."""
    monkeypatch.setattr(charges, "MOST_CHARGES", 2)
    written(tmp_path, book_of(charged("1"), charged("1", month="2026-10")))
    with pytest.raises(ValueError, match=r"made-up: expected at most 2 rows .* got 3; charges.csv"):
        run_workbook(book_of(charged("1"), charged("1", cost_center="ops")))


def test_what_runs_cost_is_by_nearest_rank(tmp_path: Path) -> None:
    """Ten runs of 1 to 10: P10 is the 1st, P50 the 5th, P90 the 9th."""
    study = StudyBook(
        costs={"": [Decimal(cost) for cost in range(1, 11)]},
        estimates=[{"measure": "cost", "fleet": "", "value": 5.5, "unit": "USD", "n": 10}],
        quantiles={(10, ""): Decimal(1), (50, ""): Decimal(5), (90, ""): Decimal(9)},
    )
    book = written(tmp_path, book_of(charged("3"), study=study))
    assert [book.stored("Runs", f"B{row}") for row in (5, 6, 7, 8)] == [5.5, 1, 5, 9]
    assert book.named("checks_result") == "OK"
    assert differences(book, book.computed()) == []


# --- an office


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> sim.Run:
    """Five days across the end of a month, with pools."""
    text = with_pools(OFFICE).replace("2026-09-01", "2026-09-28")
    text = text.replace("cost_center: head office", 'cost_center: "=1+1"')
    return sim.run(write_office(tmp_path_factory.mktemp("office"), text), facts=False)


@pytest.fixture(scope="module")
def of_office(run: sim.Run, tmp_path_factory: pytest.TempPathFactory) -> Spreadsheet:
    return Spreadsheet(run.workbook(tmp_path_factory.mktemp("book") / "office.xlsx"))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[sim.Run, Path]:
    """A run without pools, and its folder."""
    folder = tmp_path_factory.mktemp("written")
    found = sim.run(write_office(folder, OFFICE), facts=False)
    return found, found.write(folder / "run")


def test_every_formula_comes_to_what_is_stored(of_office: Spreadsheet) -> None:
    assert len(of_office.formulas()) > 150
    assert differences(of_office, of_office.computed()) == []


def test_the_workbook_has_the_simulators_totals(run: sim.Run, of_office: Spreadsheet) -> None:
    assert of_office.named("list_cost") == float(run.summary["cost"]["total"])
    assert of_office.named("list_cost") == float(sum(run.invoice["amount"]))
    assert of_office.named("checks_result") == "OK"
    assert set(of_office.column("Checks", "Result", 5)) == {"OK"}


def test_a_price_that_is_changed_moves_everything(of_office: Spreadsheet) -> None:
    """Double the AlwaysOn fee: each of its rows is twice as much, to the cent, and so is the rest.

    The checks say that it was the reader who did it.
    """
    name = next(name for name in of_office.names if "alwayson_month_standard" in name)
    price = of_office.named(name)
    assert isinstance(price, float | int)
    computed = of_office.computed({name: 2 * price})
    rows = range(5, 5 + len(amounts(of_office)))
    more = Decimal(0)
    for row in rows:
        if of_office.formulas()["Charges", f"I{row}"].startswith("=ROUND(F"):
            quantity = Decimal(repr(of_office.stored("Charges", f"F{row}")))
            changed = of_office.formulas()["Charges", f"H{row}"] == f"={name}"
            rate = Decimal(repr(of_office.stored("Charges", f"H{row}"))) * (2 if changed else 1)
            amount = (quantity * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
            assert computed["Charges", f"I{row}"] == float(amount)
            more += changed * amount / 2
    before = of_office.named("list_cost")
    assert isinstance(before, float)
    assert more > 10
    assert computed[of_office.where("list_cost")] == pytest.approx(before + float(more), abs=0.02)
    assert computed[of_office.where("checks_result")] == "PRICE CHANGED"


def test_a_name_that_looks_like_a_formula_is_text(of_office: Spreadsheet) -> None:
    """The cost centre `=1+1`, wherever it stands, also when somebody edits its cell."""
    cells = [cell for row in of_office.sheet("Charges").iter_rows() for cell in row]
    found = [cell for cell in cells if cell.value == "=1+1"]
    assert len(found) == 2
    assert {(cell.data_type, cell.quotePrefix) for cell in found} == {("s", True)}


def test_prices_say_where_they_come_from(of_office: Spreadsheet) -> None:
    sheet = of_office.sheet("Assumptions")
    rows = {row[1].value: [cell.value for cell in row] for row in sheet.iter_rows()}
    found = rows["pool/stopped-hour"]
    assert found[2:] == [
        "per hour", 0.025, 0.025, "USD", "2026-07-01", "price_pool_stopped_hour", "a price list",
    ]  # fmt: skip
    assert rows["fleets.staff.logon.streaming"][2] == "default"


def test_what_is_drawn_can_be_read_without_eyes_and_nothing_leads_outside(
    of_office: Spreadsheet,
) -> None:
    with zipfile.ZipFile(of_office.file) as parts:
        names = parts.namelist()
        drawings = [parts.read(name).decode() for name in names if "drawings/drawing" in name]
    assert not [name for name in names if "external" in name.lower() or "vba" in name.lower()]
    assert "xl/charts/chart2.xml" in names
    frames = sum(drawing.count("<xdr:graphicFrame ") for drawing in drawings)
    assert frames == sum(drawing.count("descr=") for drawing in drawings) == 2


def test_it_prints(of_office: Spreadsheet) -> None:
    for name in of_office.sheets:
        sheet = of_office.sheet(name)
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.print_title_rows
        assert sheet.freeze_panes
        assert sheet.oddHeader.left.text == "small-office"
        assert sheet.oddFooter.left.text.startswith("Prices as of 20")
    for name in ("Charges", "Checks"):
        assert of_office.sheet(name).auto_filter.ref


def test_equal_results_are_equal_files_wherever_they_are(
    office: tuple[sim.Run, Path], tmp_path: Path
) -> None:
    found, folder = office
    file = found.workbook(tmp_path / "memory.xlsx")
    assert file.read_bytes() == workbook(found) == workbook(folder)


# --- several runs


def test_several_runs_say_what_one_may_cost(tmp_path: Path) -> None:
    file = write_office(tmp_path, OFFICE.replace("5 d", "2 d"))
    study = sim.replicate(file, 3, executor=Serial(), out=tmp_path / "runs", facts=False)
    assert study.first is not None
    file = study.first.workbook(tmp_path / "book.xlsx")
    assert file.read_bytes() == workbook(tmp_path / "runs")
    book = Spreadsheet(file)
    assert book.stored("Runs", "B5") == pytest.approx(study.estimate("cost").value)
    assert book.column("Runs", "Run", 10) == [0, 1, 2]
    assert "wait_p95_s" in book.column("Measures", "Measure", 4)
    assert book.stored("Summary", "A3") == study.answer()[0]
    assert book.named("checks_result") == "OK"
    assert differences(book, book.computed()) == []


# --- the command


def test_the_command_writes_beside_the_result(
    office: tuple[sim.Run, Path], capsys: Capture
) -> None:
    assert told(desksim, ["export", "excel", str(office[1])]) == 0
    assert capsys.readouterr().out == f"{office[1] / 'workbook.xlsx'}\n"
    assert (office[1] / "workbook.xlsx").read_bytes() == workbook(office[1])
    assert is_result(office[1])


def test_the_command_writes_where_it_is_told(office: tuple[sim.Run, Path], tmp_path: Path) -> None:
    file = tmp_path / "deeper" / "bill.xlsx"
    assert told(desksim, ["export", "excel", str(office[1]), "-o", str(file)]) == 0
    assert file.is_file()


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ((), "expected a folder that `desksim run` wrote, found nothing"),
        (("notes/",), "neither summary.json nor forecast.json in it"),
        (("notes/", "notes/summary.json"), "expected the schema desksim/run/1, found None"),
        (("notes/", "notes/forecast.json"), "expected the schema desksim/forecast/1, found None"),
    ],
)
def test_anything_else_is_refused(
    made: tuple[str, ...], said: str, tmp_path: Path, capsys: Capture
) -> None:
    for name in made:
        place = tmp_path / name
        place.mkdir() if name.endswith("/") else place.write_text("{}", encoding="utf-8")
    assert told(desksim, ["export", "excel", str(tmp_path / "notes")]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert list(tmp_path.rglob("*.xlsx")) == []


@pytest.mark.parametrize("kind", ["excel", "focus"])
@pytest.mark.parametrize(
    "changed",
    [
        ("charges.csv", lambda lines: lines[:-1], "expected an invoice of its charges"),
        ("invoice.csv", lambda lines: lines[:-1], "expected an invoice of its charges"),
        ("charges.csv", lambda _: [], "expected a CSV file"),
        ("charges.csv", lambda lines: [lines[0], "0" + ",x" * 14 + "\n"], "digits, got 'x'"),
        ("summary.json", lambda lines: [re.sub('"total": "', '"total": "9', one) for one in lines],
         "expected an invoice of 9"),
    ],
)  # fmt: skip
def test_a_bill_that_was_cut_or_changed_is_refused(
    kind: str,
    changed: tuple[str, Callable[[list[str]], list[str]], str],
    office: tuple[sim.Run, Path],
    tmp_path: Path,
    capsys: Capture,
) -> None:
    """Sums of a table that has lost its end look like any others."""
    name, change, said = changed
    for file in ("summary.json", "charges.csv", "invoice.csv", "resolved.yaml"):
        shutil.copy(office[1] / file, tmp_path)
    lines = (tmp_path / name).read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / name).write_text("".join(change(lines)), encoding="utf-8")
    assert told(desksim, ["export", kind, str(tmp_path)]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("study", "said"), [("{", "result that is whole"), ("{}", "estimates.csv")]
)
def test_half_a_study_is_refused(
    study: str, said: str, office: tuple[sim.Run, Path], tmp_path: Path, capsys: Capture
) -> None:
    for file in ("summary.json", "charges.csv", "invoice.csv"):
        shutil.copy(office[1] / file, tmp_path)
    (tmp_path / "study.json").write_text(study, encoding="utf-8")
    assert told(desksim, ["export", "excel", str(tmp_path)]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_another_kind_of_file_is_refused(
    office: tuple[sim.Run, Path], tmp_path: Path, capsys: Capture
) -> None:
    assert told(desksim, ["export", "excel", str(office[1]), "-o", str(tmp_path / "a.xls")]) == 2
    assert "expected a file that ends in .xlsx" in " ".join(capsys.readouterr().err.split())
    with pytest.raises(ValueError, match=r"expected a file that ends in .xlsx, got 'a.ods'"):
        write_workbook(office[1], tmp_path / "a.ods")


def test_a_refusal_of_the_system_leaves_what_was_there(
    office: tuple[sim.Run, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    file = tmp_path / "bill.xlsx"
    file.write_bytes(b"of yesterday")

    def full(_self: Path, _content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert told(desksim, ["export", "excel", str(office[1]), "-o", str(file)]) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert file.read_bytes() == b"of yesterday"
    assert list(tmp_path.iterdir()) == [file]
