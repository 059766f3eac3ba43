"""Cleaning of a tweet before it is tokenized: web addresses, symbols, punctuation and redundant spaces are taken out."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Callable, Dict, Iterator, Mapping

from .unicode import CATEGORY_16

# A scheme or www, a domain followed by a path (t.co/x, pic.twitter.com/x), or an address that Twitter cut short ("http…").
_URL = re.compile(
    r"(?:https?:/|www\.)\S*"
    r"|(?<![a-z0-9.-])(?:[a-z0-9-]+\.)+[a-z]{2,}/\S*"
    r"|\bhttps?(?:…|\.\.\.)",
    re.IGNORECASE,
)


class CharacterTable(Dict[int, str]):
    """A table for `str.translate` that asks `replace` for each character it meets for the first time."""

    def __init__(self, replace: Callable[[str], str]) -> None:
        super().__init__()
        self._replace = replace

    def __missing__(self, code: int) -> str:
        replacement = self[code] = self._replace(chr(code))
        return replacement


def clean(text: str, *, enabled: bool, urls: bool, symbols: bool, punctuation: bool, spaces: bool) -> str:
    """`text` without web addresses, symbols, punctuation and redundant spaces, as the switches say.

    A web address, a symbol or a punctuation mark becomes a space, so that words on its two sides stay apart; an apostrophe
    inside a word too, because BERT's tokenizer splits words there itself. Characters that only act on their neighbours
    (joiners, variation selectors, enclosing keycaps, control characters) vanish with the symbols and leave no space.
    With `enabled` false the text is returned as it is; the tokenizer drops control characters in any case.
    """
    if not enabled:
        return text
    if urls:
        text = _URL.sub(" ", text)
    text = text.translate(_table(symbols, punctuation))
    return " ".join(text.split()) if spaces else text


def words(text: str, cleaning: Mapping[str, Any]) -> Iterator[tuple[int, int, str]]:
    """Each run of characters without white space: its start and end in `text`, and what `clean` leaves of it."""
    for word in re.finditer(r"\S+", text):
        yield word.start(), word.end(), " ".join(clean(word[0], **cleaning).split())


@lru_cache(maxsize=None)
def _table(symbols: bool, punctuation: bool) -> CharacterTable:
    """The replacement of each character."""

    def replace(character: str) -> str:
        category = CATEGORY_16(character)
        if character.isspace():
            return character
        if category[0] == "P":
            return " " if punctuation else character
        if not symbols:
            return character
        if category in ("Cc", "Cf", "Me") or "\ufe00" <= character <= "\ufe0f":
            return ""
        return " " if category[0] in "SC" else character

    return CharacterTable(replace)
