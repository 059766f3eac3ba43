"""The files that RepLite makes on this machine, as regular expressions: nothing else is emptied or removed there.

The standard library is enough for this module, so that `make clean` runs where nothing is installed.
"""

NAME = r"[A-Za-z0-9][A-Za-z0-9_.+-]*"
"""The name of a data set, model, variant or device."""
TRIED, BOARD = rf"{NAME}\.tried", r"this_machine|device_\w+"
"""In .replite/circuit_breakers and .replite/start_temperatures: what is known of a board for the length of a run."""
SNAKEMAKES_OWN = r"\.snakemake_timestamp"
"""A file that Snakemake puts into a folder that is a job's output."""
PACKAGE = (
    r"entities/replab2013_entities\.tsv",
    r"(training|test)/(labeled|tweet_info|tweet_text)/MADEUPD\d+E\d+\.dat",
    r"(training|test)/goldstandard(_official_replab2013)?/goldstandard_polarity\.dat",
    SNAKEMAKES_OWN,
)
"""In the package of a generated data set."""
CHECKPOINT = (
    r"(config|preprocessing|thresholds|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab)\.json",
    r"(vocab|merges)\.txt",
    r"tf_model(-\d+-of-\d+)?\.h5(\.index\.json)?",
    SNAKEMAKES_OWN,
)
"""In the folder of a fine-tuned model."""
_SHARD = r"(\.index|\.data-\d+-of-\d+)?(\.tempstate\d+)?"
RESUME = (
    r"state\.json",
    r"best\.h5",
    rf"epoch-\d+-step-\d+(_temp/part-\d+-of-\d+)?{_SHARD}",
)
"""In the folder from which a training goes on."""
_DRAWN = rf"(accuracy|scores)_against_size|latency_by_device|margin_kept|memory|models_over_seeds|sustained_runs|texts_{NAME}"
FIGURE = rf"({_DRAWN}|figures)\.(svg|pdf|png|json)"
"""In the folder of a report's figures."""
REPORT = (
    r"(benchmark|models|draws|operators)\.(csv|json)",
    r"report\.(html|json)",
    r"(compare\.csv|crate\.zip|(recommendation|provenance|candidates)\.json)",
    rf"together/{NAME}\.(csv|json)",
    f"figures/{FIGURE}",
    r"tables/((cells|models|recommendation)\.(md|tex)|methods\.md)",
)
"""In a report's folder."""


def within(folder: str, names: tuple[str, ...]) -> str:
    """The names in a folder, which is a regular expression too."""
    return f"(?:{folder})/(?:{'|'.join(names)})"


RUN = rf"train/{NAME}/{NAME}(/seeds/\d+)?"
_EXPORT = (
    rf"export/{NAME}/{NAME}/traced/\d+/(float\.tflite|vocab\.txt|trace\.json|float_predictions\.csv)",
    rf"export/{NAME}/{NAME}/{NAME}/(model\.tflite|vocab\.txt|manifest\.json|validation_predictions\.csv|host_predictions\.(csv|json))",
)
PLAN = (
    rf"data/{NAME}/device_tweets\.jsonl?",
    rf"train/{NAME}/{NAME}/(built|training)\.json",
    within(f"train/{NAME}/{NAME}/checkpoint", CHECKPOINT),
    *_EXPORT,
    rf"measure/{NAME}/{NAME}/{NAME}/{NAME}\.(csv|json)",
    rf"{NAME}/plan\.(csv|txt|html|json)",
)
"""In results/plan/."""
RESULTS = (
    rf"data/{NAME}/(train|validation|test|unlabelled)\.parquet",
    rf"data/{NAME}/((card|unlabelled|hygiene|package)\.json|device_tweets\.jsonl?)",
    within(f"data/{NAME}/package", PACKAGE),
    rf"train/{NAME}/bag_of_words\.(json|npz|csv)",
    within(RUN, (r"(metrics|durations|evaluation|seeds)\.json", r"(predictions|history)\.csv", r"run\.dat", r"owner\.lock")),
    within(RUN, (r"teaching(_unlabelled)?\.(json|npz)",)),
    within(f"{RUN}/checkpoint", CHECKPOINT),
    within(f"{RUN}/resume", RESUME),
    *_EXPORT,
    rf"bundle/{NAME}/{NAME}/{NAME}\.zip",
    rf"measure/{NAME}/{NAME}/{NAME}/{NAME}((/\d+)?\.(csv|json)|/operators\.json)",
    rf"unmeasured/{NAME}/({NAME}/{NAME}/{NAME}\.json|(together|operators)\.txt)",
    within(rf"report(/{NAME})?(/incomplete)?", REPORT),
    r"benchmarks/(latency|training|scale|engines|products)\.(md|csv)",
    r"benchmarks/(latency_samples|training_samples|scale_cells)\.csv",
    rf"try/{NAME}/table\.(csv|txt)",
    within("plan", PLAN),
    rf"logs/[a-z_]+(/{NAME})*\.log",
)
"""In results/."""
STATE = (
    r"handover/[0-9a-f]{64}\.json",
    rf"(circuit_breakers/{TRIED}|start_temperatures/({BOARD})|first_tries/{NAME}|reports/{NAME})",
    rf"devices/{NAME}/((client_key|host_key)(\.pub)?|keys\.lock)",
    r"wheels/([0-9a-f]{16}/[^/]+\.whl|lock)",
    r"userlands/lock",
)
"""In .replite/, beside RepLite's folders on simulated devices and what other programs filled."""
