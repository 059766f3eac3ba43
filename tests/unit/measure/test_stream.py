"""Text from devices is shown without what would act on a terminal or turn a line around."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replite.measure.ssh.stream import printable, printable_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(st.text())
def test_all_of_a_text_is_printable_and_the_rest_stays(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) == len(text)
    assert all(new == old for new, old in zip(shown, text, strict=True) if old.isprintable())


@pytest.mark.parametrize("sign", ["\x1b[2J", "\x9b2J", "\u202e", "\u2066", "\u200b", "\r", "\x00", "\ufeff", "\u2028"])
def test_signs_that_act_are_gone(sign: str) -> None:
    assert not set(sign[0]) & set(printable(f"a{sign}b"))


@given(JSON)
def test_texts_in_json_are_too_also_those_in_escapes(value: object) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")):
        try:
            shown = printable_json(text)
        except ValueError:  # surrogates in bytes
            continue
        assert json.dumps(json.loads(shown), ensure_ascii=False).isprintable()


def test_json_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        printable_json("[" * 100_000 + "]" * 100_000)
