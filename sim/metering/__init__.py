"""Facts and a window to usage: what a provider's meter would have counted. Pure.

Metering reads the tables that a run recorded and returns quantities of price-book items by desktop,
or pool and user, and UTC calendar month; `sim.pricing` multiplies them by prices. A run can thus be
priced again without being metered again, and metered again under another reading of the rules
without being simulated again. The rules, their settings and their sources are in `docs/billing.md`.
"""

from sim.metering.possible import possible_items
from sim.metering.usage import METERED, meter

__all__ = ["METERED", "meter", "possible_items"]
