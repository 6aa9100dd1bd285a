"""An invitation makes one account, whatever happens beside it."""

from pathlib import Path

from model_check import check

SPECS = Path(__file__).parents[1] / "specs"


def test_the_database_keeps_an_invitation_from_being_used_twice() -> None:
    result = check(SPECS / "invite-database.yaml")
    assert result.as_expected, result.text()


def test_looking_first_would_not_do() -> None:
    result = check(SPECS / "invite.yaml")
    assert result["one_account"].verdict == "violated"
