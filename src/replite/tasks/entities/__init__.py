"""Entities in a text, of several types: its gold and answers are lists of them, see `spans`."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from replite.records.train import Metrics
from replite.tasks import Metric
from replite.tasks.entities.lexicon import learn, look_up
from replite.tasks.entities.metrics import counts, evaluate
from replite.tasks.entities.spans import held, read, to_tags, words, write
from replite.tasks.scoring import MetricsError, f1, outside, rarest


class Entities:
    """The task."""

    metrics: Sequence[Metric] = (
        Metric("entity_f1", "Entity F1", "F1 of whole entities of all types, tags read by conlleval's rule."),
        Metric("entity_precision", "Entity precision", "Share of the entities found that are right, in place and type."),
        Metric("entity_recall", "Entity recall", "Share of the entities that were found, in place and type."),
        Metric(
            "strict_f1", "Strict F1", "F1 of whole entities, where one that does not begin with a B- tag does not count as found."
        ),
    )
    output = "Probability of each tag, for each word piece."
    answer = (
        "`entities`, each with its `start` and `end` in the text as it was given, in characters (Unicode code points) from 0, "
        "what stands there as its `text`, its `type` and its `score`, the mean of its words'"
    )
    bag_of_words = False
    by_word = True

    def unknown(self, gold: str, labels: Sequence[str]) -> str | None:
        """The first type that is none, or gold that is no list of entities."""
        try:
            return next((entity.type for entity in read(gold) if entity.type not in labels), None)
        except MetricsError:
            return gold

    def counts(self, gold: pd.Series, labels: Sequence[str]) -> dict[str, int]:
        """Entities of each type."""
        return dict(zip(labels, map(int, counts(gold, gold, labels)[:, 0].sum(axis=0)), strict=True))

    def strata(self, gold: pd.Series) -> pd.Series:
        """The rarest type of each text's entities is its stratum."""
        return pd.Series(rarest([{entity.type for entity in own} for own in held(gold)]), index=gold.index, dtype=str)

    def score(self, gold: Sequence[str], answers: Sequence[str | None], topics: Sequence[str], labels: Sequence[str]) -> Metrics:
        """See `replite.tasks.entities.metrics.evaluate`."""
        return evaluate(gold, answers, labels)

    def tallies(self, gold: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> np.ndarray:
        """Entities in gold and answer both, and those of the two together: [texts, 2]."""
        right, said, true = counts(gold, answers, labels).sum(axis=2).T
        return np.stack([right, said + true], axis=1).astype(np.float32)

    def score_of(self, sums: np.ndarray) -> np.ndarray:
        """F1 over all types."""
        return f1(sums[..., 0], sums[..., 1])

    def baselines(self, train: pd.DataFrame, test: pd.DataFrame, labels: Sequence[str]) -> dict[str, list[str]]:
        """`lexicon` alone: without reading the text nothing is found."""
        lexicon = learn(train["text"], train["label"])
        longest = max(map(len, lexicon), default=0)
        return {"lexicon": [write(look_up(text, lexicon, longest)) for text in test["text"]]}

    def agreement(self, answers: Sequence[str], others: Sequence[str]) -> float:
        """F1 of the entities of one against the other's, 1 where neither has any."""
        pairs = [[{entity[:3] for entity in own} for own in pair] for pair in zip(held(answers), held(others), strict=True)]
        involved = sum(len(one) + len(other) for one, other in pairs)
        return 2 * sum(len(one & other) for one, other in pairs) / involved if involved else 1.0

    def fault(
        self,
        outputs: np.ndarray,
        answers: Sequence[str],
        labels: Sequence[str],
        thresholds: Sequence[float],
        texts: Sequence[str],
    ) -> str | None:
        """Outputs, where there are some, have to be from 0 to 1, answers entities of known types, each of words of its text, and
        none a stray one that goes on the one before it."""
        if outputs.ndim == 2 and outputs.shape[1]:
            return "there is a number for each label, which a text with entities has none of"
        for row, (answer, text) in enumerate(zip(answers, texts, strict=True)):
            if self.unknown(answer, labels) is not None:
                return f"row {row}: the answer {answer!r:.50} is no list of entities of the types {', '.join(labels)}"
            try:
                entities = read(answer)
                to_tags(entities, words(text), labels)
            except MetricsError as error:
                return f"row {row}: {error}"
            for before, one in pairwise(entities):
                if one.stray and one.type == before.type and not text[before.end : one.start].strip():
                    return f"row {row}: no B- began the entity {write([one])[1:-1]:.50}, which goes on the one before it"
        return outside(outputs)


TASK = Entities()
