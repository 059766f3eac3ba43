"""Checkpoints of the hub that can be planned without it: their configurations, and where their vocabulary is at hand.

known_checkpoints.json has both by hub name. Google's uncased models of English share one vocabulary, which MiniLM has too.
"""

import json
from pathlib import Path

from replite.tasks import Graph
from replite.train.checkpoint import load_tokenizer

KNOWN = json.loads(Path(__file__).with_name("known_checkpoints.json").read_text(encoding="utf-8"))


def stand_in(checkpoint: str | None, graph: Graph, folder: Path) -> Path | None:
    """Write a checkpoint of the same architecture and vocabulary, with random weights, to `folder`; None for one not known.

    Raises `TrainError` where the vocabulary is not at hand.
    """
    if checkpoint not in KNOWN:
        return None
    from transformers import AutoConfig

    known = KNOWN[checkpoint]
    tokenizer = load_tokenizer(known["tokenizer"])
    model = graph.model_class().from_config(AutoConfig.for_model(**known["architecture"]))
    model(model.dummy_inputs)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder, legacy_format=False)
    return folder
