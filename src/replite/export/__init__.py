"""Stage 3: a checkpoint and a variant become a FlatBuffer, checked where it runs."""

import replite.train  # noqa: F401  (settles how TensorFlow starts)
