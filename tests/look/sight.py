"""A page at the sizes at which people meet it: what is wrong with it, and its pictures."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.look.browser import Browser

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
    "a script wrote to the console: error",
    "a script failed: Uncaught",
    "asked for http://127.0.0.1:9/picture.png",
)


def overlooked(browser: Browser, folder: Path) -> list[str]:
    """Which of the faults of a page that has them all are not found."""
    found = list(look(browser, FAULTS, folder))
    return [fault for fault in FAULTS_FOUND if not any(one.startswith(fault) for one in found)]


def look(browser: Browser, page: Path, folder: Path) -> Iterator[str]:
    """What is wrong with a page; its pictures are in `folder` when all has been said."""
    folder.mkdir(parents=True, exist_ok=True)
    browser.open(page)
    for size in SIZES:
        for theme in ("light",) if size.sheet else ("light", "dark"):
            where = size.name if size.sheet else f"{size.name}-{theme}"
            _show(browser, size, theme)
            for finding in _found(browser, size):
                yield f"{where}: {finding}"
            if size.sheet:
                _save(folder / f"{where}.pdf", _printed(browser, size.sheet))
            else:
                _save(folder / f"{where}.png", _picture(browser, size))
    for event in browser.events:
        yield from _heard(event, page)


def _show(browser: Browser, size: Size, theme: str) -> None:
    browser.do(
        "Emulation.setDeviceMetricsOverride",
        width=size.width,
        height=size.height,
        deviceScaleFactor=1,
        mobile=size.touched,
    )
    browser.do(
        "Emulation.setEmulatedMedia",
        media="print" if size.sheet else "screen",
        features=[{"name": "prefers-color-scheme", "value": theme}],
    )


def _found(browser: Browser, size: Size) -> list[str]:
    """What the checks say of the page as it is shown."""
    arguments = json.dumps(bool(size.sheet)), json.dumps(not size.touched)
    found: list[str] = browser.evaluate(f"({_CHECKS})({', '.join(arguments)})")
    return found


def _picture(browser: Browser, size: Size) -> str:
    height = browser.evaluate("document.documentElement.scrollHeight")
    clip = {"x": 0, "y": 0, "width": size.width, "height": height, "scale": 1}
    shown = browser.do("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
    picture: str = shown["data"]
    return picture


def _printed(browser: Browser, sheet: tuple[float, float]) -> str:
    width, height = sheet
    printed = browser.do(
        "Page.printToPDF", paperWidth=width, paperHeight=height, preferCSSPageSize=False
    )
    document: str = printed["data"]
    return document


def _save(file: Path, encoded: str) -> None:
    file.write_bytes(base64.b64decode(encoded))


def _heard(event: dict[str, Any], page: Path) -> Iterator[str]:
    """What the browser complained of, and whatever it asked for besides the page."""
    told = event["params"]
    match event["method"]:
        case "Log.entryAdded":
            yield f"the browser says: {told['entry']['text']}"
        case "Runtime.exceptionThrown":
            yield f"a script failed: {told['exceptionDetails']['text']}"
        case "Runtime.consoleAPICalled":
            yield f"a script wrote to the console: {told['type']}"
        case "Network.requestWillBeSent":
            asked = told["request"]["url"]
            if asked != page.resolve().as_uri() and not asked.startswith("data:"):
                yield f"asked for {asked}"
