"""What FOCUS calls the services, regions and units that a bill of desksim has.

A price-book item is known by the first word of its path. The names of services are the provider's;
the pair of category and subcategory is ours, from the closed lists of FOCUS: which pair the
provider's own export has for a service is not published, and should be looked up in one before the
two are grouped together. A service that is none of the known ones, such as a solution with a price
of the scenario's own, is called by the first word of its item and is `Other`.

Sources: FOCUS 1.2, columns ServiceCategory, ServiceSubcategory and attribute UnitFormat; AWS
General Reference, "Regions and endpoints" (2026).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

PROVIDER: Final = "AWS"
"""Who sells, publishes and bills what is simulated."""


@dataclass(frozen=True)
class Service:
    """A service, and where FOCUS puts it."""

    name: str
    category: str
    subcategory: str


WORKSPACES: Final = Service("Amazon WorkSpaces", "Compute", "End User Computing")
APPLICATIONS: Final = Service("Amazon WorkSpaces Applications", "Compute", "End User Computing")
_VPC: Final = Service("Amazon Virtual Private Cloud", "Networking", "Network Infrastructure")

SERVICES: Final[Mapping[str, Service]] = {
    "personal": WORKSPACES,
    "pool": WORKSPACES,
    "directory": Service("AWS Directory Service", "Identity", "Identity and Access Management"),
    "kms": Service("AWS Key Management Service", "Security", "Secret Management"),
    "nat": _VPC,
    "public-ipv4": _VPC,
    "transit-gateway": _VPC,
    "vpc-endpoint": _VPC,
    "vpn": _VPC,
    "transfer": Service("AWS Data Transfer", "Networking", "Network Connectivity"),
    "direct-connect": Service("AWS Direct Connect", "Networking", "Network Connectivity"),
    "ebs": Service("Amazon Elastic Block Store", "Storage", "Block Storage"),
    "fsx-windows": Service("Amazon FSx", "Storage", "File Storage"),
}
"""Services by the first word of an item."""

REGIONS: Final[Mapping[str, str]] = {
    "af-south-1": "Africa (Cape Town)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "ca-central-1": "Canada (Central)",
    "eu-central-1": "Europe (Frankfurt)",
    "eu-west-1": "Europe (Ireland)",
    "eu-west-2": "Europe (London)",
    "eu-west-3": "Europe (Paris)",
    "il-central-1": "Israel (Tel Aviv)",
    "sa-east-1": "South America (Sao Paulo)",
    "us-east-1": "US East (N. Virginia)",
    "us-gov-east-1": "AWS GovCloud (US-East)",
    "us-gov-west-1": "AWS GovCloud (US-West)",
    "us-west-2": "US West (Oregon)",
}
"""Regions in which there are WorkSpaces; another one is called by its code."""


def service(item: str, pool: Mapping[str, Any]) -> Service:
    """The service that an item belongs to.

    Args:
        item: item of the price book.
        pool: settings of the pool that is charged, if it is one; streaming bundles are those of
            WorkSpaces Applications.
    """
    family = item.partition("/")[0]
    if family == "pool" and str(pool.get("bundle", "")).startswith("stream."):
        return APPLICATIONS
    return SERVICES.get(family) or Service(family, "Other", "Other (Other)")


def unit(word: str) -> str:
    """A unit as FOCUS writes it: `GB-Months` of `GB-month`, `10000 Requests`, `GB`."""
    name = re.sub(r"(?<![A-Za-z])[a-z]", lambda first: first[0].upper(), word)
    return f"{name}s" if name[-1:].islower() and not name.endswith("s") else name
