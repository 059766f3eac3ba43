"""Classify texts with the model in this folder: one line of JSON for each text, with its answer.

Texts come from the command line or, if there are none, as lines (UTF-8) from standard input.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, Iterator, Tuple

HERE = Path(__file__).resolve().parent
Tweet = Tuple[str, str]
"""A topic, and a text about it."""


def main() -> None:
    """Classify what the command line says; a mistake ends it with one line on stderr and exit status 1."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # as `head` closes the pipe
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    arguments = _parser().parse_args()
    try:
        _classify(arguments)
    except ModuleNotFoundError as error:
        sys.exit(f"error: {sys.executable} has no module '{error.name}'; README.md says how to install what is needed")
    except (ValueError, RuntimeError, OSError) as error:
        sys.exit("error: {}".format(" ".join(str(error).split())))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="a text to classify; write -- before one that starts with -")
    parser.add_argument("--topic", help="the topic the texts are about, for a model that reads pairs")
    parser.add_argument(
        "--lines",
        choices=("text", "tsv", "jsonl"),
        default="text",
        help="what a line of standard input is: a text, topic and text with a tab between, or a JSON object with 'text' and"
        " 'topic' (default: text)",
    )
    parser.add_argument("--threads", type=int, default=1, help="threads the runtime may use (default: 1)")
    return parser


def _classify(arguments: argparse.Namespace) -> None:
    from replite.device.classifier import Classifier  # needs numpy, whose absence `main` reports

    processors = os.cpu_count() or 1
    if not 1 <= arguments.threads <= processors:  # with very many the runtime crashes
        raise ValueError(f"--threads {arguments.threads}: this machine has {processors} processors; give 1 or more, up to that")
    manifest = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
    pair = manifest["preprocessing"]["input"] == "pair"
    if pair and arguments.topic is None and (arguments.texts or arguments.lines == "text"):
        raise ValueError("the model reads a topic and a text about it: give --topic NAME, or --lines tsv or jsonl")
    classifier = Classifier(HERE / "model.tflite", manifest, HERE / "vocab.txt", threads=arguments.threads)
    for topic, text in _tweets(arguments, pair):
        encoding = classifier.encode(topic, text)
        answer = classifier.answer(text, encoding, classifier.infer(encoding))
        print(json.dumps({**answer, "truncated": encoding.truncated}), flush=True)


def _tweets(arguments: argparse.Namespace, pair: bool) -> Iterator[Tweet]:
    topic = _decode(os.fsencode(arguments.topic or ""))
    for text in arguments.texts:
        yield topic, _decode(os.fsencode(text))
    if arguments.texts:
        return
    for number, line in enumerate(sys.stdin.buffer, start=1):
        text = _decode(line.rstrip(b"\r\n"))
        if arguments.lines == "text":
            yield topic, text
        else:
            yield _read_tsv(number, text) if arguments.lines == "tsv" else _read_json(number, text, topic, pair)


def _decode(content: bytes) -> str:
    """Bytes that are not UTF-8 become U+FFFD, which the tokenizer drops."""
    return content.decode("utf-8", errors="replace")


def _read_tsv(number: int, line: str) -> Tweet:
    topic, tab, text = line.partition("\t")
    if not tab:
        raise ValueError(f"line {number}: there is no tab between topic and text")
    return topic, text


def _read_json(number: int, line: str, topic: str, pair: bool) -> Tweet:
    try:
        entry: Any = json.loads(line)
        topic, text = entry.get("topic", topic), entry["text"]
    except (ValueError, KeyError, AttributeError, RecursionError):
        raise ValueError(f"line {number}: not a JSON object with a 'text'") from None
    if not isinstance(text, str) or not isinstance(topic, str):
        raise ValueError(f"line {number}: 'text' and 'topic' must be strings")
    if pair and not topic:
        raise ValueError(f"line {number}: there is no 'topic'; write one into the line or give --topic")
    return topic, text


if __name__ == "__main__":
    main()
