"""The summary's part about streams: round trips in their bands, and the links of sites."""

from typing import TYPE_CHECKING, Any

from sim.api.numbers import instant, minutes, rounded, share
from sim.scenario import Scenario
from sim.study.measures import Ratio
from sim.study.run import Measures
from sim.study.sites import SiteUse
from sim.study.streaming import Latency
from sim.units import Millis

if TYPE_CHECKING:
    from sim.api.results import Run


def streaming(measures: Measures) -> list[dict[str, Any]]:
    """The field `streaming`."""
    return [_protocol(measures, latency) for latency in measures.latencies]


def _protocol(measures: Measures, latency: Latency) -> dict[str, Any]:
    found = [band for band in measures.streaming if band.protocol == latency.protocol]
    return {
        "protocol": latency.protocol,
        "round_trip_mean_ms": rounded(latency.mean),
        "round_trip_p95_ms": latency.p95,
        "bands": [
            {
                "band": band.band,
                "below_ms": band.below,
                "sessions": band.sessions,
                "connected_min": minutes(band.worked),
                "share": share(band.share),
            }
            for band in found
        ],
    }


def sites(run: "Run") -> list[dict[str, Any]]:
    """The field `sites`."""
    return [_site(run.scenario.spec, use) for use in run.measures.sites]


def _site(spec: Scenario, use: SiteUse) -> dict[str, Any]:
    return {
        "site": use.site,
        "capacity_mbit_s": mbit_s(use.capacity),
        "usable_mbit_s": mbit_s(use.usable),
        "peak_mbit_s": mbit_s(use.peak.count),
        "peak_at": instant(spec, use.peak.at),
        "mean_mbit_s": mbit_s(use.mean),
        "saturated_min": minutes(use.saturated),
        "least_share": share(use.least),
        **_short(use.connected, use.short),
        "populations": [
            {"population": one.population, **_short(one.connected, one.short)} for one in use.people
        ],
    }


def _short(connected: Millis, short: Millis) -> dict[str, Any]:
    return {
        "connected_min": minutes(connected),
        "short_min": minutes(short),
        "short_share": share(Ratio(short, connected).value),
    }


def mbit_s(rate: float) -> float:
    """Mbit/s of kbit/s."""
    return rounded(rate / 1000)
