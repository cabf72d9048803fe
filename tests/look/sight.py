"""A page at the sizes at which people meet it: what is wrong with it, and its pictures."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, ViewportSize

_CHECKS = Path(__file__).with_name("checks.js").read_text(encoding="utf-8")

_INCH = 96
"""CSS pixels in an inch."""
_MARGIN = 2 * 15 / 25.4
"""Both margins of the style sheet's `@page`, 15 mm each [in]."""


@dataclass(frozen=True)
class Size:
    """A window, or a sheet of paper."""

    name: str
    width: int
    height: int
    sheet: tuple[float, float] | None = None
    """Width and height of the paper [in]; None of a screen."""
    touched: bool = False


def _paper(name: str, width: float, height: float) -> Size:
    across, down = (int((side - _MARGIN) * _INCH) for side in (width, height))
    return Size(name, across, down, sheet=(width, height))


SIZES = (
    Size("phone", 390, 844, touched=True),
    Size("laptop", 1366, 768),
    _paper("a4", 210 / 25.4, 297 / 25.4),
    _paper("letter", 8.5, 11),
)


THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
"""Paper knows the first only."""

FAULTS = Path(__file__).with_name("faults.html")
FAULTS_FOUND = (
    "phone-light: the page is 30",
    'phone-light: the link "x" is',
    "laptop-light: <div> in #wide reaches from",
    "laptop-light: <div> in #stuck cannot be scrolled",
    'laptop-light: "words that go on after their box" leaves <p>',
    "laptop-light: <p> in #cut cuts its text",
    'laptop-light: "cut label" leaves <svg>',
    'laptop-light: "first label" and "second label" overlap in "Drawing"',
    'laptop-light: 1 texts in "<p>": only 6.0 px high, such as "tiny"',
    'laptop-light: 1 texts in "<p>": a contrast of only 2.85, such as "pale"',
    'laptop-light: 1 texts in "<span>": a contrast of only 1.28, such as "grey on grey"',
    'laptop-light: 1 texts in "Drawing": a contrast of only 2.82, such as "on a surface"',
    "a4: <div> reaches from",
    "the console says: a complaint",
    "a script failed: ",
    "asked for http://127.0.0.1:9/picture.png",
)


def overlooked(browser: Browser, folder: Path) -> list[str]:
    """Which of the faults of a page that has them all are not found."""
    found = list(look(browser, FAULTS, folder))
    return [fault for fault in FAULTS_FOUND if not any(one.startswith(fault) for one in found)]


def look(browser: Browser, file: Path, folder: Path) -> Iterator[str]:
    """What is wrong with a page; its pictures are in `folder` when all has been said."""
    folder.mkdir(parents=True, exist_ok=True)
    heard: dict[str, None] = {}
    """What the browser complained of, and whatever it asked for besides the page."""
    for size in SIZES:
        window = ViewportSize(width=size.width, height=size.height)
        with browser.new_context(
            viewport=window, has_touch=size.touched, is_mobile=size.touched
        ) as context:
            page = context.new_page()
            page.on("console", lambda told: heard.update(_said(told)))
            page.on("pageerror", lambda told: heard.update(_failed(told)))
            page.on("request", lambda asked: heard.update(_asked(asked, file)))
            page.goto(file.resolve().as_uri())
            yield from _looked(page, size, folder)
    yield from heard


def _looked(page: Page, size: Size, folder: Path) -> Iterator[str]:
    """What is wrong at one size, in each theme; pictures are left in `folder`."""
    for theme in THEMES[:1] if size.sheet else THEMES:
        where = size.name if size.sheet else f"{size.name}-{theme}"
        page.emulate_media(media="print" if size.sheet else "screen", color_scheme=theme)
        for finding in page.evaluate(_CHECKS, [bool(size.sheet), not size.touched]):
            yield f"{where}: {finding}"
        if size.sheet:
            width, height = (f"{side}in" for side in size.sheet)
            page.pdf(path=folder / f"{where}.pdf", width=width, height=height)
        else:
            page.screenshot(path=folder / f"{where}.png", full_page=True)


def _said(told: ConsoleMessage) -> dict[str, None]:
    return {f"the console says: {told.text}": None}


def _failed(told: Error) -> dict[str, None]:
    return {f"a script failed: {told.message}": None}


def _asked(asked: Request, file: Path) -> dict[str, None]:
    own = asked.url == file.resolve().as_uri() or asked.url.startswith("data:")
    return {} if own else {f"asked for {asked.url}": None}
