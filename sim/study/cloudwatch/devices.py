"""Checks of the certificates of trusted devices, for the whole directory.

Each check that is decided is a sample of all three metrics at that instant. One that takes no time
leaves no trace in the facts unless it fails; a scenario that wants to see it gives it some.

Source: AWS WorkSpaces Administration Guide, "Monitor your WorkSpaces using CloudWatch metrics",
footnote 2: emitted when users attempt to access their WorkSpaces, if the feature is enabled.
"""

import numpy as np

from sim.record import LOGONS, NEVER, Cause, Outcome
from sim.study.cloudwatch.periods import Periods
from sim.study.cloudwatch.scope import Recorded
from sim.study.cloudwatch.tallies import Events, Tally
from sim.units import Millis

FAILED = (Cause.UNTRUSTED_DEVICE, Cause.CERTIFICATE_EXPIRED)


def device_metrics(facts: Recorded, periods: Periods, end: Millis) -> dict[str, Tally]:
    """Samples by slot, of everybody's logons; `end` is the end of the run."""
    won, lost = Events(periods), Events(periods)
    names = ("arrival", "network_check", "trusted_device", "done", "outcome", "cause")
    for batch in facts.batches(LOGONS, *names):
        failed = (batch["outcome"] == Outcome.REFUSED) & np.isin(batch["cause"], FAILED)
        before = batch["arrival"] + batch["network_check"].astype(np.int64)
        decided = before + batch["trusted_device"]
        ended = np.where(batch["done"] == NEVER, end, batch["done"])
        # Only who leaves, or is found by the end, may have been in the middle of it.
        cut = np.isin(batch["outcome"], (Outcome.ABANDONED, Outcome.OPEN)) & (decided >= ended)
        checked = (batch["trusted_device"] > 0) & ~cut
        won.add(decided[checked & ~failed])
        lost.add(decided[failed])
    both = won.number + lost.number
    return {
        "TrustedDeviceValidationAttempt": Tally.of_ones(both, both),
        "TrustedDeviceValidationSuccess": Tally.of_ones(won.number, both),
        "TrustedDeviceValidationFailure": Tally.of_ones(lost.number, both),
    }
