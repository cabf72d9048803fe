"""The FinOps Foundation's validator asked about a FOCUS file: `make focus`.

It wants an environment and a Python of its own, looks for files of its own in the folder in which
it is started, and ends with 0 whatever it finds. So it is started in its folder, and its answer is
read. What no file like ours can pass is known, with the reasons in `docs/focus.md`.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import sim
from sim.report.focus.forecast import Rows

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / ".cache" / "focus"
SCENARIO = ROOT / "scenarios" / "remote-office.yaml"

SUPPORTED = (
    "ACCOUNT_NAMING_SUPPORTED",
    "BILLING_BASED_ON_PROVISIONED_RESOURCES_SUPPORTED",
    "MULTIPLE_PRICING_CATEGORIES_SUPPORTED",
    "NEGOTIATED_PRICING_SUPPORTED",
    "PUBLIC_PRICE_LIST_SUPPORTED",
    "REGION_SUPPORTED",
    "RESOURCE_TYPE_ASSIGNMENT_SUPPORTED",
    "SUB_ACCOUNT_SUPPORTED",
    "TAGGING_SUPPORTED",
    "UNIT_PRICING_SUPPORTED",
    "USAGE_MEASUREMENT_SUPPORTED",
)
"""What the provider has, so that the columns which go with it are asked for."""

IMPOSSIBLE = re.compile(
    r"InvoiceId-C-005-C|ConsumedQuantity-C-00[0-6]-[CM]|PricingCurrency[A-Z]\w+-C-\d+-[CM]"
    r"|CostAndUsage-D-0(4[6-9]|5[0-6])-C"
)
"""Rules that fail for any file like ours."""

PASSED = re.compile(r"Pass: (\d+)")
FAILED = re.compile(r"(?m)^❌ ([\w-]+): FAIL(.*)$")


def answer(file: Path) -> str:
    """What the validator says of a file."""
    (packages,) = ENVIRONMENT.glob("lib/python*/site-packages")
    told = subprocess.run(
        [
            ENVIRONMENT / "bin" / "focus-validator",
            *("--data-file", file, "--validate-version", "1.2", "--block-download"),
            *("--applicability-criteria", ",".join(SUPPORTED)),
        ],
        cwd=packages,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return told.stdout + told.stderr


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The bill of a run, and a forecast in each kind of rows."""
    file = folder / "focus.parquet"
    sim.run(SCENARIO, facts=False).write_focus(file)
    yield "bill", file
    found = sim.forecast(SCENARIO, months=3, replications=4)
    for rows in get_args(Rows):
        found.write_focus(file, rows=rows)
        yield f"forecast, {rows}", file


def main() -> int:
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, file in files(Path(folder)):
            told = answer(file)
            passed, broken = PASSED.search(told), FAILED.findall(told)
            failed = {rule: why for rule, why in broken if not IMPOSSIBLE.fullmatch(rule)}
            if passed is None:
                sys.stderr.write(told)
                return 1
            sys.stdout.write(
                f"{name}: {passed[1]} rules of FOCUS 1.2 passed, {len(failed)} failed\n"
            )
            sys.stdout.writelines(f"{rule}{why}\n" for rule, why in failed.items())
            wrong += len(failed)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
