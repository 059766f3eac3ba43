"""The files of a crate, by name from the folder of results: a closed list, and what of a study is left out of it.

Left out is what holds texts or words learnt from them: splits, the devices' texts, generated packages; checkpoints, whose
tokenizers hold a vocabulary; exported files, which hold it in their metadata; and vocabularies themselves. What a teacher said is
left out with them, for its size. All of it is known by the hashes in the records.
"""

import re

from replite.files.names import CHECKPOINT, FIGURE, NAME, PACKAGE, RUN, within

METADATA = "ro-crate-metadata.json"
BASELINES, TRAINING = "baselines.csv", "training_labels.csv"
"""In a data set's folder, made for the crate: the baselines' answers to the validation texts, and how many training texts of each
topic have each label."""

LEFT_OUT = "|".join(
    [
        rf"data/{NAME}/((train|validation|test|unlabelled)\.parquet|device_tweets\.jsonl)",
        within(rf"data/{NAME}/package", PACKAGE),
        within(rf"{RUN}/checkpoint", CHECKPOINT),
        rf"{RUN}/teaching(_unlabelled)?\.npz",
        rf"train/{NAME}/bag_of_words\.npz",
        rf"export/{NAME}/{NAME}/(traced/\d+/float\.tflite|{NAME}/model\.tflite)",
        rf"export/{NAME}/{NAME}/(traced/\d+|{NAME})/vocab\.txt",
    ]
)
"""Files of a study that no crate holds."""
_PACKED = "|".join(
    [
        rf"data/{NAME}/((card|unlabelled|hygiene|package|device_tweets)\.json|{BASELINES}|{TRAINING})",
        rf"train/{NAME}/bag_of_words\.(json|csv)",
        rf"{RUN}/((metrics|durations|evaluation|seeds|teaching|teaching_unlabelled)\.json|(predictions|history)\.csv|run\.dat)",
        rf"export/{NAME}/{NAME}/traced/\d+/(trace\.json|float_predictions\.csv)",
        rf"export/{NAME}/{NAME}/{NAME}/(manifest\.json|validation_predictions\.csv|host_predictions\.(csv|json))",
        rf"measure/{NAME}/{NAME}/{NAME}/{NAME}(/\d+)?\.(csv|json)",
        rf"measure/{NAME}/{NAME}/{NAME}/{NAME}/operators\.json",
        rf"report/{NAME}/((benchmark|models|draws|operators)\.csv|(benchmark|draws|operators|report|recommendation|provenance|candidates)\.json)",
        rf"report/{NAME}/(report\.html|together/{NAME}\.(csv|json)|figures/{FIGURE})",
        rf"report/{NAME}/tables/((cells|models|recommendation)\.(md|tex)|methods\.md)",
    ]
)


def is_packed(name: str) -> bool:
    """Whether a crate may hold a file of this name beside its metadata."""
    return re.fullmatch(_PACKED, name) is not None


def is_left_out(name: str) -> bool:
    """Whether a study may have a file of this name that no crate holds."""
    return re.fullmatch(LEFT_OUT, name) is not None
