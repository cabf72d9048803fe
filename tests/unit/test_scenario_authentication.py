"""What a Simple AD cannot do is told where it is asked of it."""

from pathlib import Path

import pytest

from tests.unit.scenario_files import OFFICE, Folder


def problems(tmp_path: Path, users: int, directory: str, more: str = "") -> list[str]:
    text = OFFICE.replace("users: 10", f"users: {users}") + f"directory: {directory}\n{more}"
    return Folder(tmp_path).problems(text)


@pytest.mark.parametrize(
    ("size", "users"), [("", 500), (", size: small", 500), (", size: large", 5_000)]
)
def test_a_simple_ad_has_so_many_users_and_no_more(tmp_path: Path, size: str, users: int) -> None:
    directory = f"{{kind: simple-ad{size}}}"
    Folder(tmp_path).load(
        OFFICE.replace("users: 10", f"users: {users}") + f"directory: {directory}\n"
    )
    (problem,) = problems(tmp_path, users + 1, directory)
    assert f"directory.kind: expected at most {users:,} users of a" in problem
    assert problem.endswith(
        f"got {users + 1:,}" + ("; a large one has up to 5,000" * (users == 500))
    )


@pytest.mark.parametrize("kind", ["ad-connector", "managed-ad-standard", "managed-ad-enterprise"])
def test_other_directories_enforce_no_number(tmp_path: Path, kind: str) -> None:
    text = OFFICE.replace("users: 10", "users: 20000") + f"directory: {{kind: {kind}}}\n"
    assert Folder(tmp_path).load(text).scenario.directory


def test_who_does_not_use_the_directory_does_not_count(tmp_path: Path) -> None:
    text = OFFICE.replace("users: 10", "users: 600").replace(
        "bundle: standard", "bundle: standard\n    uses_directory: false"
    )
    assert Folder(tmp_path).load(text + "directory: {kind: simple-ad}\n").scenario.directory


def test_a_simple_ad_asks_for_no_second_factor(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, 10, "{kind: simple-ad}", "access: {mfa: {}}\n")
    assert "access.mfa: expected no second factor, which a Simple AD cannot ask for" in problem
