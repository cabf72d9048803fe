"""Look at the pages in Chromium, at every size, in both themes and on paper: `make look`.

`python -m tests.look FILE...` looks at the files named instead. It fails when anything is found;
screenshots and printed pages are left in `reports/look`.
"""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.look.browser import chromium
from tests.look.pages import pages
from tests.look.sight import FAULTS, look, overlooked
from tests.markup import faults
from tests.shipped import ROOT

PICTURES = ROOT / "reports" / "look"


def main(files: list[str]) -> int:
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
    try:
        with chromium(PICTURES / "chromium.log") as browser:
            for fault in overlooked(browser, PICTURES / FAULTS.stem):
                found += 1
                sys.stdout.write(f"not found, though it is in {FAULTS.name}: {fault}\n")
            for name, page in shown:
                number += 1
                markup = page.read_text(encoding="utf-8")
                for finding in (*faults(markup), *look(browser, page, PICTURES / name)):
                    found += 1
                    sys.stdout.write(f"{name}, {finding}\n")
    except LookupError as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    where = PICTURES.relative_to(ROOT)
    sys.stdout.write(f"{number} pages looked at, {found} findings; pictures are in {where}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
