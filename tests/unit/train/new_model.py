"""Models with random weights, straight from their configuration."""

from typing import Any

from tf_keras.utils import set_random_seed

from replite.train.dropout import seed_dropout


def new_model(architecture: dict[str, Any], dropout: float) -> Any:
    """A classifier of 100 word pieces and three labels, the same at each call; `dropout` is that of all layers."""
    from transformers import AutoConfig, TFAutoModelForSequenceClassification

    rates = ("hidden_dropout_prob", "attention_probs_dropout_prob", "dropout", "attention_dropout", "seq_classif_dropout")
    settings = {"vocab_size": 100, "num_labels": 3, "initializer_range": 0.2}
    set_random_seed(0)
    configuration = AutoConfig.for_model(**settings | dict.fromkeys(rates, dropout) | architecture)
    model = TFAutoModelForSequenceClassification.from_config(configuration)
    model(model.dummy_inputs)
    seed_dropout(model, seed=0)
    return model
