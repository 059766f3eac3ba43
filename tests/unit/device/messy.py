"""Text as tweets can hold it, and worse."""

import random

from hypothesis import strategies as st

EMOJI = [chr(code) for code in range(0x1F300, 0x1F700)]
ANY_TEXT = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.characters(max_codepoint=0x24F), st.sampled_from(EMOJI)), max_size=60
)
SPACES = " \t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u180e\u2000\u2003\u200a\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
SPECIAL = (
    "\0\x7f\xad\u0130\u0131\u03a3\u1e9e\ufb01\u200c\u200d\u034f\ufe0f\U000e0100\ue000\U0010ffff\ufffd\ufdd0\uac00\u1100\u2f800"
)
MARKS = [
    chr(code)
    for first, last in ((0x300, 0x36F), (0x8C8, 0x8FF), (0x1DC0, 0x1DFF), (0x1E000, 0x1E02A))
    for code in range(first, last)
]


def random_texts(count: int, seed: int) -> list[str]:
    """Texts of all of Unicode but surrogates, in which what tokenizers treat apart is frequent."""
    draw = random.Random(seed)
    blocks = [*range(0x20, 0x3000, 0x20), *range(0xA640, 0xABF0, 0x20), *range(0x10000, 0x20000, 0x20)]  # scripts, old and new
    kinds = [
        lambda: chr(draw.choice((draw.randrange(0xD800), draw.randrange(0xE000, 0x110000)))),
        lambda: chr(draw.choice(blocks) + draw.randrange(0x20)),
        lambda: chr(draw.randrange(0x20, 0x7F)),
        lambda: draw.choice(SPACES),
        lambda: draw.choice(SPECIAL),
        lambda: draw.choice(MARKS),
        lambda: draw.choice(EMOJI),
        lambda: draw.choice("\u4e00\u9fff\u3400\U0002b820\U0002f800\uf900"),
    ]

    def text() -> str:
        chosen = draw.sample(kinds, draw.randint(1, 4))
        return "".join(draw.choice(chosen)() for _ in range(draw.choice((3, 10, 40))))

    words = [draw.choice(("a", "\xe9", "\u0300", "\U0001f600", "1", "!")) * draw.randint(90, 110) for _ in range(count // 100)]
    return [*(text() for _ in range(count - len(words))), *words]
