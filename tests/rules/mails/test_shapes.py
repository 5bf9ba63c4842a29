"""Where a link leads, whoever reads it."""

import pytest

from delist.rules.mails.shapes import host_of, is_at


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example%2f@check.spamhaus.org/?t=1",
        "https://somebody@check.spamhaus.org/?t=1",
        "https://somebody:word@check.spamhaus.org/?t=1",
        "https://check.spamhaus.org/..\\x?t=1",
        "https://check.spamhaus.org\\.evil.example/?t=1",
        "https://check%2espamhaus.org/?t=1",
        "https://check.spamhaus.org/\t?t=1",
        "javascript:location='https://check.spamhaus.org/'",
        "//check.spamhaus.org/?t=1",
    ],
)
def test_a_link_that_programs_read_in_different_ways_leads_to_no_host(link: str) -> None:
    assert host_of(link) == ""


def test_a_host_ends_before_the_page_the_question_and_the_fragment() -> None:
    for end in ("/.spamhaus.org", "?.spamhaus.org", "#.spamhaus.org", ":443/.spamhaus.org"):
        assert host_of(f"https://evil.example{end}") == "evil.example"


@pytest.mark.parametrize(
    ("domain", "is_own"),
    [("spamhaus.org", True), ("a.Spamhaus.ORG.", True), ("xspamhaus.org", False), ("spamhaus.org.evil.example", False)],
)
def test_a_domain_is_one_of_these_or_lies_below_one(domain: str, is_own: bool) -> None:
    assert is_at(domain, ["spamhaus.org"]) is is_own
