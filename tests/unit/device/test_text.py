"""What cleaning leaves of a tweet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replite.device.text import clean

ALL = {"enabled": True, "urls": True, "symbols": True, "punctuation": True, "spaces": True}


@pytest.mark.parametrize(
    ("tweet", "cleaned"),
    [
        ("Great   car!", "Great car"),
        ("see http://t.co/Ab1 now", "see now"),
        ("see HTTPS://example.org/a?b=c#d, www.example.org/x pic.twitter.com/Ab1", "see"),
        ("cut short http://t.c… or http…", "cut short or"),
        ("glued:http://t.co/Ab1", "glued"),
        ("one.two and/or etc. 24/7", "one two and or etc 24 7"),
        ("@BMW's #M3 isn't bad_at_all", "BMW s M3 isn t bad at all"),
        ("5€ + $7 = ½ → ok", "5 7 ½ ok"),
        ("no\xa0break\u3000wide\u2028line\ttab\r\n", "no break wide line tab"),
        (
            "family \U0001f469\u200d\U0001f469\u200d\U0001f467 thumb\U0001f44d\U0001f3fd heart\u2764\ufe0fend 1\ufe0f\u20e3",
            "family thumb heart end 1",
        ),
        ("NUL\0, bell\a, soft\xadhyphen, \u202emarks\u202c", "NUL bell softhyphen marks"),
        ("Müller, señor, 東京、日本", "Müller señor 東京 日本"),
        ("\ud83d lone surrogate", "lone surrogate"),
        ("http://t.co/x !!!", ""),
    ],
)
def test_addresses_symbols_punctuation_and_redundant_spaces_go(tweet: str, cleaned: str) -> None:
    assert clean(tweet, **ALL) == cleaned


@pytest.mark.parametrize(
    ("kept", "cleaned"),
    [
        ("urls", "Wow http t co x 5 ok"),
        ("symbols", "Wow 5€ ok"),
        ("punctuation", "Wow!! 5 ok?"),
        ("spaces", "Wow     5   ok "),
    ],
)
def test_each_kind_can_be_kept(kept: str, cleaned: str) -> None:
    assert clean("Wow!! http://t.co/x 5€  ok?", **{**ALL, kept: False}) == cleaned


@given(st.text())
def test_disabled_cleaning_changes_nothing(tweet: str) -> None:
    assert clean(tweet, **{**ALL, "enabled": False}) == tweet


@given(st.text())
def test_cleaning_twice_is_cleaning_once(tweet: str) -> None:
    once = clean(tweet, **ALL)
    assert clean(once, **ALL) == once


def test_an_endless_domain_is_not_endless_work() -> None:
    assert clean("a." * 100_000, **ALL).startswith("a a")
