"""Which metrics there are: names, units and statistics as the provider publishes them.

Source: AWS WorkSpaces Administration Guide, "Monitor your WorkSpaces using CloudWatch metrics" and
"WorkSpaces Pools metrics and dimensions" (copies of 2026). "Data Samples" there is the statistic
SampleCount of the API.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

NAMESPACE = "AWS/WorkSpaces"

STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
"""All that CloudWatch keeps of a period's samples, percentiles apart."""

_ALL = STATISTICS
_NO_SUM = ("SampleCount", "Average", "Minimum", "Maximum")
_LEVELS = ("Average", "Minimum", "Maximum")
_EVENTS = ("Average", "Sum", "Minimum", "Maximum")


@dataclass(frozen=True)
class Metric:
    """One metric that the facts determine."""

    name: str
    unit: str
    """As the API spells it."""
    statistics: tuple[str, ...]
    """Those that the provider offers."""
    meaning: str
    """What is counted or measured."""


def _by_name(*metrics: Metric) -> Mapping[str, Metric]:
    return MappingProxyType({metric.name: metric for metric in metrics})


OF_DESKTOPS = _by_name(
    Metric("Available", "Count", _ALL, "desktops that are healthy"),
    Metric("Unhealthy", "Count", _ALL, "desktops that fail their health checks"),
    Metric("Stopped", "Count", _ALL, "desktops that are stopped"),
    Metric("Maintenance", "Count", _ALL, "desktops under maintenance"),
    Metric("ConnectionAttempt", "Count", _ALL, "attempts to connect after authentication"),
    Metric("ConnectionSuccess", "Count", _ALL, "attempts that got their streaming connection"),
    Metric("ConnectionFailure", "Count", _ALL, "attempts that did not"),
    Metric("SessionLaunchTime", "Seconds", _NO_SUM, "from authentication to streaming"),
    Metric("SessionDisconnect", "Count", _ALL, "sessions that were disconnected"),
    Metric("UserConnected", "Count", _ALL, "desktops with a user connected"),
    Metric("InSessionLatency", "Milliseconds", _NO_SUM, "round trip from client to desktop"),
    Metric("ConnectionDuration", "Seconds", _NO_SUM, "time that DCV connections have been open"),
)
"""Metrics of desktops, each in every dimension of them."""

OF_DIRECTORY = _by_name(
    Metric("TrustedDeviceValidationAttempt", "Count", _ALL, "checks of a device's certificate"),
    Metric("TrustedDeviceValidationSuccess", "Count", _ALL, "those that it passed"),
    Metric("TrustedDeviceValidationFailure", "Count", _ALL, "those that it failed"),
)
"""Metrics of the whole directory only."""

OF_POOLS = _by_name(
    Metric("ActiveUserSessionCapacity", "Count", _LEVELS, "user sessions held"),
    Metric("ActualUserSessionCapacity", "Count", _LEVELS, "user sessions there is room for"),
    Metric("AvailableUserSessionCapacity", "Count", _LEVELS, "actual less active"),
    Metric("PendingUserSessionCapacity", "Count", _LEVELS, "user sessions being provisioned"),
    Metric("DesiredUserSessionCapacity", "Count", _LEVELS, "actual and pending"),
    Metric("UserSessionsCapacityUtilization", "Percent", _LEVELS, "active over actual"),
    Metric("InsufficientCapacityError", "Count", _EVENTS, "requests refused for want of capacity"),
)
"""Metrics of pools, published every minute."""

_INSIDE = "measured inside the desktop, which is not modelled"
_STREAM = "a property of the stream, which is not modelled"
_REBOOT = "when the desktops of the start last rebooted is not known, nor what a resume counts as"
_DATE = "certificates have no dates of their own in a scenario"

ABSENT: Mapping[str, str] = MappingProxyType(
    {
        "CPUUsage": _INSIDE,
        "MemoryUsage": _INSIDE,
        "RootVolumeDiskUsage": _INSIDE,
        "UserVolumeDiskUsage": _INSIDE,
        "GPUUsage": _INSIDE,
        "CPUQueueLength": _INSIDE,
        "RootVolumeDiskIOQueueLength": _INSIDE,
        "UserVolumeDiskIOQueueLength": _INSIDE,
        "MemoryPageHardFaults": _INSIDE,
        "PagingFileUsage": _INSIDE,
        "UpTime": _REBOOT,
        "UDPPacketLossRate": _STREAM,
        "TCPRetransmissionRate": _STREAM,
        "Bandwidth": _STREAM,
        "BandwidthInbound": _STREAM,
        "CongestionWindow": _STREAM,
        "FramesPerSecond": _STREAM,
        "TrustedDeviceCertificateDaysBeforeExpiration": _DATE,
    }
)
"""Metrics that the provider publishes and a run cannot tell, each with the reason."""
