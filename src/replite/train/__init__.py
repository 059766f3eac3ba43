"""Stage 2: a split and a model entry become a fine-tuned checkpoint.

Importing this package settles how TensorFlow starts: the transformers library's TensorFlow classes need Keras 2.
"""

import logging
import os
import sys

from replite.train.quiet import QuietImport

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Of a GPU what is needed, where TensorFlow takes all of its memory: several jobs may share one.
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
# A graph for each length of a batch is meant; TensorFlow warns of them at length.
logging.getLogger("tensorflow").setLevel(logging.ERROR)
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
if "tensorflow" not in sys.modules:
    sys.meta_path.insert(0, QuietImport())
