"""A classifier that knows no order of words beyond pairs: what a transformer has to beat, and can learn from.

Tf-idf weights of words and pairs of words, of runs of two to five characters, and of words together with the topic they are
about; on them a logistic regression (scikit-learn). For the training tweets it says what a copy of it that did not learn from
them says (out-of-fold, five folds), so that as a teacher it does not merely repeat the labels.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline

from replite.config.data import Cleaning
from replite.data.splits import load_split
from replite.device.text import clean
from replite.files import sha256, write_text
from replite.records.data import Card
from replite.records.predictions import COLUMNS, Answers
from replite.records.record import Identity
from replite.records.train import BagOfWordsMetrics, Metrics
from replite.tasks import DEFAULT, graph, primary, task
from replite.train.teaching import Teaching

FOLDS = 5
INVERSE_REGULARIZATION = 3.0
RAREST_WORD = 2
"""Words that occur in fewer tweets are left out."""
RAREST_CHARACTERS = 3
MOST_CHARACTERS = 200_000
"""Runs of characters, the most frequent ones."""


def train(data: Path, cleaning: Cleaning, seed: int, *, metrics: Path, teaching: Path, predictions: Path) -> None:
    """Learn from the prepared data set in the folder `data`; write `BagOfWordsMetrics`, the `Teaching` of the training tweets and
    the answers to the validation tweets.

    Unusual data (a label with a few tweets, no words that occur twice), and too little memory, end with files that say why there
    is nothing: only a student that learns from it needs it. Raises `DataError` for a split that cannot be read.
    """
    splits = {name: load_split(data / f"{name}.parquet") for name in ("train", "validation", "test")}
    card, decided = Card.read(data / "card.json"), [cleaning, seed]
    try:
        if not task(card.task).bag_of_words:
            raise ValueError(f"it does not learn the task '{card.task}'")
        said = bag_of_words(splits, card.labels, cleaning, seed, card.task)
    except (ValueError, MemoryError) as error:
        reason = (
            f"the bag of words cannot be trained on '{card.dataset}': {' '.join(str(error).split()) or 'memory is exhausted'}"
        )
        print(f"{reason}; the report goes without it", flush=True)
        Teaching.write_failure(teaching, f"{reason}; set 'distillation.bag_of_words' to 0")
        write_text(predictions, pd.DataFrame(columns=COLUMNS).to_csv(index=False))
        identity = Identity.of(metrics, decision=decided, outputs=[teaching, predictions])
        BagOfWordsMetrics(dataset=card.dataset, task=card.task, failed=reason, identity=identity).write(metrics)
        return
    logits = graph(card.task).logits(said["train"])
    states = np.zeros((len(logits), 0), dtype=np.float32)
    Teaching(card.labels, logits, states, sha256(data / "train.parquet")).write(teaching)
    answers = _decided(said, splits, card)
    validation = Answers(said["validation"], answers["validation"])
    write_text(predictions, validation.table(splits["validation"], card.labels).to_csv(index=False))
    BagOfWordsMetrics(
        dataset=card.dataset,
        task=card.task,
        validation=_score(answers["validation"], splits["validation"], card),
        test=_score(answers["test"], splits["test"], card),
        identity=Identity.of(metrics, decision=decided, outputs=[teaching, predictions]),
    ).write(metrics)


def bag_of_words(
    splits: dict[str, pd.DataFrame], labels: list[str], cleaning: Cleaning, seed: int, task: str = DEFAULT
) -> dict[str, np.ndarray]:
    """Learn from the split `train`, and classify all `splits` (columns topic_id, text, label), itself out-of-fold.

    Gives probabilities float64 [tweets, labels] of each split.
    """
    tweets = {name: _columns(split, cleaning) for name, split in splits.items()}
    targets = graph(task).targets(list(splits["train"]["label"]), labels, [])
    several = targets.ndim == 2
    if several and (targets < 0).any():
        raise ValueError("there are texts without gold")
    gold = targets.astype(int) if several else splits["train"]["label"].to_numpy()
    folds = (KFold if several else StratifiedKFold)(FOLDS, shuffle=True, random_state=seed)
    outside = cross_val_predict(_classifier(seed, several), tweets["train"], gold, cv=folds, method="predict_proba")
    classifier = _classifier(seed, several).fit(tweets["train"], gold)
    present = np.asarray(labels) if several else classifier.classes_
    found = {name: classifier.predict_proba(tweets[name]) for name in ("validation", "test")}
    return {name: _in_order(said, present, labels) for name, said in (found | {"train": outside}).items()}


def _decided(said: dict[str, np.ndarray], splits: dict[str, pd.DataFrame], card: Card) -> dict[str, list[str]]:
    """The answers to the splits validation and test, with the kind of thresholds that does best on validation."""
    of_task, gold = graph(card.task), list(splits["validation"]["label"])
    kinds = of_task.thresholds(said["validation"], gold, card.labels, []) or {"fixed": []}

    def merit(values: list[float]) -> float:
        chosen_by, answers = primary(card.task), of_task.decide(said["validation"], card.labels, values, [])
        return chosen_by.merit(_score(answers, splits["validation"], card).figures.get(chosen_by.column, 0.0))

    best = max(kinds.values(), key=merit)
    return {name: of_task.decide(said[name], card.labels, best, []) for name in ("validation", "test")}


def _score(answers: list[str], split: pd.DataFrame, card: Card) -> Metrics:
    return task(card.task).score(list(split["label"]), answers, list(split["topic_id"]), card.labels)


def _columns(split: pd.DataFrame, cleaning: Cleaning) -> pd.DataFrame:
    """`text` cleaned, and `about`, its words with the topic's id before each."""
    texts = [clean(text, **cleaning.model_dump()).lower() for text in split["text"]]
    about = [
        " ".join([topic, *(f"{topic}/{word}" for word in text.split())])
        for topic, text in zip(split["topic_id"], texts, strict=True)
    ]
    return pd.DataFrame({"text": texts, "about": about})


def _classifier(seed: int, several: bool) -> Pipeline:
    words = {"token_pattern": r"\S+", "lowercase": False, "sublinear_tf": True, "min_df": RAREST_WORD}
    characters = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=RAREST_CHARACTERS, max_features=MOST_CHARACTERS
    )
    features = ColumnTransformer(
        [
            ("words", TfidfVectorizer(ngram_range=(1, 2), **words), "text"),
            ("characters", characters, "text"),
            ("about", TfidfVectorizer(**words), "about"),
        ]
    )
    regression = {"C": INVERSE_REGULARIZATION, "tol": 1e-3, "max_iter": 200, "random_state": seed}
    if several:  # liblinear, which knows two classes alone, is ten times as fast with each label
        return make_pipeline(features, OneVsRestClassifier(LogisticRegression(solver="liblinear", **regression)))
    return make_pipeline(features, LogisticRegression(solver="saga", **regression))


def _in_order(probabilities: np.ndarray, present: np.ndarray, labels: list[str]) -> np.ndarray:
    """Columns as `labels` has them; 0 for a label without a training tweet."""
    ordered = np.zeros((len(probabilities), len(labels)))
    ordered[:, [labels.index(label) for label in present]] = probabilities
    return ordered
