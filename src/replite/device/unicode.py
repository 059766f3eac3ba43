"""Unicode as the `tokenizers` library knows it, whatever Unicode the Python here has.

Python 3.8 has the tables of Unicode 12.1, 3.13 those of 15.1, and the library has some of Unicode 8, 9 and 16. The ranges below
are those code points of which a Python from 3.8 to 3.15 thinks otherwise; of all others they agree, and Python is asked.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from itertools import groupby
from typing import Iterator, Mapping


class Categories:
    """General categories of one version of Unicode.

    `differing` has by category the code points that a Python may take for something else: hexadecimal numbers and ranges.
    """

    def __init__(self, differing: Mapping[str, str]) -> None:
        ranges = sorted((*_ends(part), category) for category, parts in differing.items() for part in parts.split())
        self._first, self._last, self._categories = zip(*ranges)

    def __call__(self, character: str) -> str:
        """The character's category; of one on which Pythons differ perhaps its letter alone (L, M, N, P)."""
        code = ord(character)
        place = bisect_right(self._first, code) - 1
        differs = place >= 0 and code <= self._last[place]
        return self._categories[place] if differs else unicodedata.category(character)


def lower(character: str) -> str:
    """The character in lower case by Unicode 16: one character, or two for a capital I with a dot."""
    return _LOWER.get(character) or character.lower()


def has_capital(word: str) -> bool:
    """Whether the word has a letter that `lower` changes."""
    return any(lower(character) != character for character in word)


def decomposed(text: str) -> str:
    """The text's canonical decomposition (NFD) by Unicode 9."""
    parts = [
        part for character in text for part in (character if character in _WHOLE else unicodedata.normalize("NFD", character))
    ]
    runs = groupby(parts, lambda part: _combining(part) > 0)
    return "".join(part for marks, run in runs for part in (sorted(run, key=_combining) if marks else run))


def _combining(character: str) -> int:
    """The character's canonical combining class; 0 for what is newer than Unicode 9."""
    known = CATEGORY_8(character) == "Mn" or character in REORDERED
    return unicodedata.combining(character) if known else 0


def _ends(part: str) -> tuple[int, int]:
    first, _, last = part.partition("-")
    return int(first, 16), int(last or first, 16)


def _characters(parts: str) -> Iterator[str]:
    for part in parts.split():
        first, last = _ends(part)
        yield from map(chr, range(first, last + 1))


CATEGORY_8 = Categories(
    {
        "Cn": (
            "61D 7FD 890-891 897-89F 8CA-8E2 9FD-9FE A76 AFA-AFF B55 C04 C3C C77 C84 D00 D3B-D3C D81 EBA ECE 180F 1885-1886 "
            "1ABF-1ADD 1AE0-1AEB 1B4E-1B4F 1B7D-1B7F 1DF6-1DFB 2E43-2E4F 2E52-2E5D A82C A8C5 A8FF A9BD 10D24-10D27 "
            "10D69-10D6E 10EAB-10EAD 10ED0 10EFA-10EFF 10F46-10F50 10F55-10F59 10F82-10F89 11070 11073-11074 110C2 110CD "
            "111CF 1123E 11241 1133B 113BB-113C0 113CE 113D0 113D2 113D4-113D5 113D7-113D8 113E1-113E2 11438-1143F "
            "11442-11444 11446 1144B-1144F 1145A-1145B 1145D-1145E 11660-1166C 116B9 1182F-11837 11839-1183B 1193B-1193C "
            "1193E 11943-11946 119D4-119D7 119DA-119DB 119E0 119E2 11A01-11A0A 11A33-11A38 11A3B-11A47 11A51-11A56 "
            "11A59-11A5B 11A8A-11A96 11A98-11A9C 11A9E-11AA2 11B00-11B09 11B60 11B62-11B64 11B66 11BE1 11C30-11C36 "
            "11C38-11C3D 11C3F 11C41-11C45 11C70-11C71 11C92-11CA7 11CAA-11CB0 11CB2-11CB3 11CB5-11CB6 11D31-11D36 11D3A "
            "11D3C-11D3D 11D3F-11D45 11D47 11D90-11D91 11D95 11D97 11EF3-11EF4 11EF7-11EF8 11F00-11F01 11F36-11F3A 11F40 "
            "11F42-11F4F 11F5A 11FFF 12FF1-12FF2 13430-13440 13447-13455 1611E-16129 1612D-1612F 16D6D-16D6F 16E97-16E9A "
            "16F4F 16FE2 16FE4 1CF00-1CF2D 1CF30-1CF46 1E000-1E006 1E008-1E018 1E01B-1E021 1E023-1E024 1E026-1E02A 1E08F "
            "1E130-1E136 1E2AE 1E2EC-1E2EF 1E4EC-1E4EF 1E5EE-1E5EF 1E5FF 1E6E3 1E6E6 1E6EE-1E6EF 1E6F5 1E944-1E94A "
            "1E95E-1E95F"
        ),
        "P": "166D 111C9",
        "Mn": "1734 1171E",
    }
)
"""Of Unicode 8, for a character that is punctuation (P), a mark without width (Mn) or invisible (Cc, Cf) in any version."""
CATEGORY_16 = Categories(
    {
        "L": (
            "870-887 889-88E 8B5 8BE-8C9 C5D CDD D04 170D 171F 1B4C 1C89-1C8A 2C2F 2C5F 31BB-31BF 4DB6-4DBF 9FF0-9FFF "
            "A7C0-A7C1 A7C7-A7CD A7D0-A7D1 A7D3 A7D5-A7DC A7F2-A7F6 AB68-AB69 10570-1057A 1057C-1058A 1058C-10592 "
            "10594-10595 10597-105A1 105A3-105B1 105B3-105B9 105BB-105BC 105C0-105F3 10780-10785 10787-107B0 107B2-107BA "
            "10D4A-10D65 10D6F-10D85 10E80-10EA9 10EB0-10EB1 10EC2-10EC4 10F70-10F81 10FB0-10FC4 11071-11072 11075 11147 "
            "1123F-11240 11380-11389 1138B 1138E 11390-113B5 113B7 113D1 113D3 11460-11461 11740-11746 11900-11906 11909 "
            "1190C-11913 11915-11916 11918-1192F 1193F 11941 11AB0-11ABF 11BC0-11BE0 11F02 11F04-11F10 11F12-11F33 11FB0 "
            "12F90-12FF0 1342F 13441-13446 13460-143FA 16100-1611D 16A70-16ABE 16D40-16D6C 18AF3-18CD5 18CFF-18D08 "
            "1AFF0-1AFF3 1AFF5-1AFFB 1AFFD-1AFFE 1B11F-1B122 1B132 1B155 1DF00-1DF1E 1DF25-1DF2A 1E030-1E06D 1E290-1E2AD "
            "1E4D0-1E4EB 1E5D0-1E5ED 1E5F0 1E7E0-1E7E6 1E7E8-1E7EB 1E7ED-1E7EE 1E7F0-1E7FE 2A6D7-2A6DF 2B735-2B739 "
            "2EBF0-2EE5D 30000-3134A 31350-323AF"
        ),
        "M": (
            "897-89F 8CA-8D2 B55 C3C CF3 D81 ECE 1715 180F 1ABF-1ACE 1DFA A82C 10D69-10D6D 10EAB-10EAC 10EFC-10EFF "
            "10F82-10F85 11070 11073-11074 110C2 111CE-111CF 11241 113B8-113C0 113C2 113C5 113C7-113CA 113CC-113D0 113D2 "
            "113E1-113E2 11930-11935 11937-11938 1193B-1193E 11940 11942-11943 11F00-11F01 11F03 11F34-11F3A 11F3E-11F42 "
            "11F5A 13440 13447-13455 1611E-1612F 16FE4 16FF0-16FF1 1CF00-1CF2D 1CF30-1CF46 1E08F 1E2AE 1E4EC-1E4EF "
            "1E5EE-1E5EF"
        ),
        "N": (
            "10D40-10D49 10FC5-10FCB 116D0-116E3 11950-11959 11BF0-11BF9 11F50-11F59 16130-16139 16AC0-16AC9 16D70-16D79 "
            "1CCF0-1CCF9 1D2C0-1D2D3 1E4F0-1E4F9 1E5F1-1E5FA 1FBF0-1FBF9"
        ),
        "P": (
            "61D 1B4E-1B4F 1B7D-1B7F 2E52-2E5D 10D6E 10EAD 10F86-10F89 113D4-113D5 113D7-113D8 1145A 116B9 11944-11946 "
            "11B00-11B09 11BE1 11F43-11F4F 12FF1-12FF2 16D6D-16D6F 1E5FF"
        ),
        "Cf": "890-891 13439-1343F",
        "Cn": (
            "88F C5C CDC 1ACF-1ADD 1AE0-1AEB A7CE-A7CF A7D2 A7D4 A7F1 10940-10959 10EC5-10EC7 10ED0 10EFA-10EFB 11B60-11B67 "
            "11DB0-11DDB 11DE0-11DE9 16EA0-16EB8 16EBB-16ED3 16FF2-16FF6 187F8-187FF 18D09-18D1E 18D80-18DF2 1E6C0-1E6DE "
            "1E6E0-1E6F5 1E6FE-1E6FF 2B73A-2B73F 2CEA2-2CEAD 323B0-33479"
        ),
    }
)
"""Of Unicode 16, but that a symbol may be unassigned (Cn): nothing here tells these apart."""
REORDERED = frozenset(
    _characters(
        "8D4-8E1 1B44 1BAA 1BF2-1BF3 1DFB 302E-302F A953 A9C0 111C0 11235 1134D 11442 11446 116B6 11C3F 1D165-1D166 "
        "1D16D-1D172 1E000-1E006 1E008-1E018 1E01B-1E021 1E023-1E024 1E026-1E02A 1E944-1E94A"
    )
)
"""Characters that are no accents by Unicode 8, but change places with their neighbours in `decomposed`."""
_WHOLE = frozenset(_characters("105C9 105E4 11383 11385 1138E 11391 113C5 113C7-113C8 11938 16121-16128 16D68-16D6A"))
_LOWER = {
    character: chr(ord(character) + distance)
    for distance, parts in {
        0: "A7CE A7D2 A7D4 16EA0-16EB8",
        1: "1C89 A7C0 A7C7 A7C9 A7CC A7D0 A7D6 A7D8 A7DA A7F5",
        32: "10D50-10D65",
        39: "10570-1057A 1057C-1058A 1058C-10592 10594-10595",
        48: "2C2F",
        0x0264 - 0xA7CB: "A7CB",
        0x019B - 0xA7DC: "A7DC",
    }.items()
    for character in _characters(parts)
}
