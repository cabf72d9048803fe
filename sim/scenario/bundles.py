"""What the provider sells: bundles and their sizes, and the volumes that go with them."""

from typing import Literal

from pydantic import model_validator

from sim.scenario.fields import Gigabytes, Specification, incoherent

RunningMode = Literal["AlwaysOn", "AutoStop"]
Bundle = Literal[
    "value",
    "standard",
    "performance",
    "power",
    "powerpro",
    "generalpurpose.4xlarge",
    "generalpurpose.8xlarge",
    "graphics.g4dn",
    "graphicspro.g4dn",
]

COLD_BUNDLES = frozenset(
    {"generalpurpose.4xlarge", "generalpurpose.8xlarge", "graphics.g4dn", "graphicspro.g4dn"}
)
"""Bundles that cannot hibernate and start cold. Source: AWS WorkSpaces Administration Guide,
"Manage the running mode", 2025-26."""

BUNDLE_SIZES: dict[str, tuple[int, int, int]] = {
    "value": (1, 2, 0),
    "standard": (2, 4, 0),
    "performance": (2, 8, 0),
    "power": (4, 16, 0),
    "powerpro": (8, 32, 0),
    "generalpurpose.4xlarge": (16, 64, 0),
    "generalpurpose.8xlarge": (32, 128, 0),
    "graphics.g4dn": (4, 16, 1),
    "graphicspro.g4dn": (16, 64, 1),
    "stream.standard.medium": (2, 4, 0),
    "stream.standard.large": (2, 8, 0),
}
"""vCPU, memory [GB] and GPUs of each bundle. Sources: AWS Price List, attribute
`bundleDescription`, 2026-07; for `stream...` AWS AppStream 2.0, instance families, 2023."""

VOLUME_PAIRS = ((80, 10), (80, 50), (80, 100), (175, 100))
"""Fixed (root, user) volume groups [GB]; above the last one, root 175-2000 and user 100-2000.
General purpose bundles begin there, graphics bundles at 100 and 100.
Source: AWS WorkSpaces Administration Guide, "Modify a WorkSpace", 2025-26."""

LARGE_USER_GB = 100
"""Least user volume beside a root volume that is not one of the fixed pairs."""
LARGEST_GB = 2000
"""Largest volume of either kind."""


def _least_root(bundle: str) -> int:
    """Least root volume [GB] that is not one of the fixed pairs."""
    return 100 if bundle.startswith("graphics") else 175


def _sold_in_pairs(bundle: str) -> bool:
    return not bundle.startswith(("graphics", "generalpurpose"))


def is_sold(bundle: str, root: int, user: int) -> bool:
    """Whether the provider sells a bundle with these volumes [GB].

    Source: AWS WorkSpaces Administration Guide, "Modify a WorkSpace", 2025-26.
    """
    large = _least_root(bundle) <= root <= LARGEST_GB and LARGE_USER_GB <= user <= LARGEST_GB
    return large or (_sold_in_pairs(bundle) and (root, user) in VOLUME_PAIRS)


def larger_volumes(
    bundle: str, root: int, user: int, *, step: int, limit: int = LARGEST_GB
) -> "Volumes | None":
    """The next larger user volume, with the root volume that it needs; None beyond `limit` GB.

    The fixed pairs come first, then steps of `step` GB, of which the last may be shorter.
    """
    pairs = VOLUME_PAIRS if _sold_in_pairs(bundle) else ()
    for pair_root, pair_user in pairs:
        if pair_root == root and pair_user > user:
            return Volumes.of(root, pair_user) if pair_user <= limit else None
    larger = min(user + step, limit, LARGEST_GB)
    return Volumes.of(max(root, _least_root(bundle)), larger) if larger > user else None


def check_volumes(root: int, user: int, key: str, bundle: str = "") -> None:
    """Refuse volumes [GB] that the provider does not sell; `key` is where they are written."""
    if not is_sold(bundle, root, user):
        words = "80 GB with user 10, 50 or 100 GB, or root " if _sold_in_pairs(bundle) else ""
        least_root, least_user = _least_root(bundle), LARGE_USER_GB
        raise incoherent(
            key,
            f"expected root {words}{least_root}-2000 GB with user {least_user}-2000 GB, "
            f"got root {root} GB with user {user} GB",
        )


class Volumes(Specification):
    """Target of a resize."""

    root: Gigabytes
    """Root volume [GB]."""
    user: Gigabytes
    """User volume [GB]."""

    @classmethod
    def of(cls, root: int, user: int) -> "Volumes":
        """Volumes of these sizes [GB], which are sold."""
        return cls.model_construct(root=root, user=user)

    @property
    def label(self) -> str:
        """`175 GB + 100 GB`."""
        return f"{self.root} GB + {self.user} GB"

    @model_validator(mode="after")
    def _sold(self) -> "Volumes":
        check_volumes(self.root, self.user, "root")
        return self
