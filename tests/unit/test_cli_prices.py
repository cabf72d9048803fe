"""`desksim prices`: what there is, what is in it, how two books differ."""

import re
from pathlib import Path

import pytest

from sim.cli.commands import desksim
from sim.cli.errors import told
from sim.pricing import read_price_book, shipped_books
from tests.small_office import PRICES

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def piped(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


def answer(capsys: Capture, *words: str) -> str:
    assert told(desksim, ["prices", *words]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_every_shipped_book_is_listed_with_its_dates(capsys: Capture) -> None:
    out = answer(capsys, "list")

    for name, path in shipped_books().items():
        book = read_price_book(path)
        assert re.search(rf"(?m)^{name} +{re.escape(book.as_of)} .* {len(book)} +USD$", out)


def test_a_book_is_shown_item_by_item_with_its_sources(capsys: Capture) -> None:
    out = answer(capsys, "show", "us-east-1", "--item", "personal/autostop-")
    book = read_price_book(shipped_books()["us-east-1"])
    chosen = [price for price in book.prices if price.item.startswith("personal/autostop-")]

    assert len(chosen) > 5
    for price in chosen:
        line = rf"(?m)^{re.escape(price.item)} +{price.unit} .* {re.escape(str(price.unit_price))}$"
        assert re.search(line, out), price.item
        assert price.source in out
    assert "personal/alwayson-month" not in out


def test_a_book_may_be_a_file_of_ones_own(capsys: Capture, tmp_path: Path) -> None:
    text = (PRICES / "us-east-1.csv").read_text(encoding="utf-8")
    (tmp_path / "mine.csv").write_text(text.replace(",0.22,", ",0.23,"), encoding="utf-8")
    mine = str(tmp_path / "mine.csv")

    out = answer(capsys, "diff", "us-east-1", mine)
    changed = [line for line in out.splitlines() if "personal/autostop-hours/value" in line]
    assert len(changed) == 1
    assert re.search(r"0\.22 +0\.23 +\+0\.01$", changed[0])
    assert "mine" in answer(capsys, "list", mine)
    assert answer(capsys, "diff", mine, mine) == "mine and mine price everything alike\n"


def test_what_only_one_book_knows_is_no_change_of_price(capsys: Capture) -> None:
    out = answer(capsys, "diff", "us-east-1", "eu-west-1")

    line = next(line for line in out.splitlines() if line.startswith("nat/hour"))
    assert re.search(r"0\.045 +not known$", line)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["show", "mars-north-1"], "expected a file, or one of ap-southeast-1"),
        (["show", "us-east-1", "--item", "personal/autostop-hour/"], "nearest: personal/autostop"),
        (["diff", "us-east-1"], "Missing argument 'OTHER'"),
        (["list", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_what_is_not_there_is_a_sentence_and_2(
    capsys: Capture, words: list[str], sentence: str
) -> None:
    assert told(desksim, ["prices", *words]) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err
    assert "Traceback" not in err


def test_a_file_that_is_no_price_book_is_told_row_by_row(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("item,price\n", encoding="utf-8")

    assert told(desksim, ["prices", "list", str(tmp_path / "mine.csv")]) == 2
    assert "mine.csv:1: unknown column 'price'" in capsys.readouterr().err


def test_books_in_two_currencies_are_not_compared(capsys: Capture, tmp_path: Path) -> None:
    text = shipped_books()["us-east-1"].read_text(encoding="utf-8").replace(",USD,", ",EUR,")
    (tmp_path / "euros.csv").write_text(text, encoding="utf-8")

    assert told(desksim, ["prices", "diff", "us-east-1", str(tmp_path / "euros.csv")]) == 2
    assert "expected one currency, got USD and EUR" in capsys.readouterr().err
