"""Run by any Python with numpy: gives the pieces of each text, cleaned texts and its version of Unicode.

Standard input is a JSON list of cases, each with `preprocessing` (a manifest's), `vocabulary` (a path) and `texts`. Prints JSON.
"""

import json
import sys
import unicodedata
from pathlib import Path

from replite.device.preprocessing import Preprocessor
from replite.device.text import clean


def main() -> None:
    found = []
    cases = json.load(sys.stdin)
    for case in cases:
        tokenizer = Preprocessor(case["preprocessing"], Path(case["vocabulary"]), [8])._tokenizer
        found.append([tokenizer.tokenize(text) for text in case["texts"]])
    switches = dict.fromkeys(("enabled", "urls", "symbols", "punctuation", "spaces"), True)
    cleaned = [clean(text, **switches) for text in cases[0]["texts"]]
    print(json.dumps({"unicode": unicodedata.unidata_version, "pieces": found, "cleaned": cleaned}))


if __name__ == "__main__":
    main()
