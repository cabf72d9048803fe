"""Look at the pages in Chromium, at every size, in both themes and on paper: `make look`.

`python -m tests.look FILE...` looks at the files named instead. It fails when anything is found;
screenshots and printed pages are left in `reports/look`.
"""

import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.look.pages import pages
from tests.look.sight import FAULTS, look, overlooked
from tests.markup import faults
from tests.shipped import ROOT

PICTURES = ROOT / "reports" / "look"

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "`make look` needs Chromium, and none of "
    f"{', '.join(PROGRAMS)} was found. On Debian: apt-get install chromium\n"
)


def main(files: list[str]) -> int:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        sys.stderr.write(MISSING)
        return 1
    shown: Iterable[tuple[str, Path]]
    if files:
        shown = [
            ("-".join(Path(file).resolve().with_suffix("").parts[-2:]), Path(file))
            for file in files
        ]
    else:
        shutil.rmtree(PICTURES, ignore_errors=True)
        shown = pages(PICTURES / "results")
    PICTURES.mkdir(parents=True, exist_ok=True)
    number = found = 0
    with sync_playwright() as drivers, drivers.chromium.launch(executable_path=program) as browser:
        for name, findings in _seen(browser, shown):
            number += name != FAULTS.stem
            for finding in findings:
                found += 1
                sys.stdout.write(f"{name}, {finding}\n")
    where = PICTURES.relative_to(ROOT)
    sys.stdout.write(f"{number} pages looked at, {found} findings; pictures are in {where}\n")
    return 1 if found else 0


def _seen(
    browser: Browser, shown: Iterable[tuple[str, Path]]
) -> Iterator[tuple[str, Iterable[str]]]:
    """What is wrong with each page, after the page that has every fault."""
    unseen = overlooked(browser, PICTURES / FAULTS.stem)
    yield FAULTS.stem, (f"not found, though it is there: {fault}" for fault in unseen)
    for name, page in shown:
        markup = page.read_text(encoding="utf-8")
        yield name, (*faults(markup), *look(browser, page, PICTURES / name))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
