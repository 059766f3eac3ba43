"""Composes made-up tweets about invented companies.

They are hard in the ways real ones are: polarity is towards a company, so a comparison, with the same text, praises one and
blames the other; words mean different things in different sectors; there is negation, sarcasm, words seen a few times only,
polar words about something else, and labels that are wrong.
"""

import random
import string
from dataclasses import dataclass, replace
from itertools import count

from replite.data import generated_lexicon as lexicon
from replite.data.readers.replab2013 import LABELS

SPANISH = 0.12
UNRELATED = 0.05
DELETED = 0.03
NEAR_DUPLICATES = 0.03
WRONG_LABELS = 0.07
REPEATS_OF_TRAINING = 0.02


@dataclass(frozen=True)
class Company:
    """An invented company."""

    entity_id: str
    name: str
    sector: str


@dataclass(frozen=True)
class Tweet:
    """A tweet as one company's files hold it; `polarity` is "" for an unrelated one, `text` is "" for a deleted one."""

    tweet_id: int
    company: Company
    text: str
    language: str
    polarity: str
    near_duplicate_of: int = -1


def companies(number: int) -> list[Company]:
    """The first `number` companies, spread evenly over the sectors."""
    chosen = []
    for index in range(number):
        sector = index % len(lexicon.SECTORS)
        name = lexicon.COMPANIES[lexicon.SECTORS[sector]][index // len(lexicon.SECTORS)]
        chosen.append(Company(f"MADEUPD{sector + 1:02}E{index + 1:03}", name, lexicon.SECTORS[sector]))
    return chosen


class Author:
    """Writes tweets, the same ones for the same seed."""

    def __init__(self, about: list[Company], seed: int):
        self._random = random.Random(seed)
        self._companies = about
        # Beyond 2^53 a float no longer tells neighbouring numbers apart; real ids are as large.
        self._ids = count(2**57, 3)

    def training(self, per_company: int) -> list[Tweet]:
        """`per_company` tweets about each company, in random order, comparisons under both companies' ids."""
        compared = self._comparisons(round(per_company * lexicon.COMPARISON_SHARE / 2))
        tweets = list(compared)
        for company in self._companies:
            missing = per_company - sum(tweet.company == company for tweet in compared)
            single = [self._single(company) for _ in range(missing)]
            tweets += [self._near_duplicate_of(single) if self._happens(NEAR_DUPLICATES) else tweet for tweet in single]
        self._random.shuffle(tweets)
        return [self._spoil(tweet) for tweet in tweets]

    def test(self, per_company: int, training: list[Tweet]) -> list[Tweet]:
        """Like `training`, but some texts repeat a training tweet of the same company word for word."""
        tweets = self.training(per_company)
        originals = {
            company: [tweet for tweet in training if tweet.company == company and tweet.text] for company in self._companies
        }
        return [
            self._repeat(tweet, self._random.choice(originals[tweet.company])) if self._happens(REPEATS_OF_TRAINING) else tweet
            for tweet in tweets
        ]

    def _comparisons(self, per_company: int) -> list[Tweet]:
        """Each company wins `per_company` comparisons and loses as many; winner and loser share text and tweet id."""
        tweets = []
        for winner in self._companies:
            for _ in range(per_company):
                loser = self._next_in_sector(winner)
                language = self._language()
                sentence = self._random.choice(lexicon.SENTENCES[language]["comparison"])
                text = self._dress(self._fill(sentence, language, winner, loser))
                tweet = Tweet(next(self._ids), winner, text, language, lexicon.POSITIVE)
                tweets += [tweet, replace(tweet, company=loser, polarity=lexicon.NEGATIVE)]
        return tweets

    def _single(self, company: Company) -> Tweet:
        language = self._language()
        if self._happens(UNRELATED):
            polarity, sentence, word = "", self._random.choice(lexicon.SENTENCES[language]["unrelated"]), ""
        else:
            kind = self._random.choices(lexicon.KINDS, weights=[kind.share for kind in lexicon.KINDS])[0]
            polarity = kind.polarity
            sentence = self._random.choice(lexicon.SENTENCES[language][kind.sentences])
            word = self._random.choice(self._words(kind.words, language, company.sector))
        text = self._dress(self._fill(sentence, language, company, self._next_in_sector(company), word))
        return Tweet(next(self._ids), company, text, language, polarity)

    def _words(self, words: str, language: str, sector: str) -> list[str]:
        if words == "praise_in_sector":
            return lexicon.PRAISE_IN_SECTOR[language][sector]
        if words == "blame_in_sector":
            return lexicon.BLAME_IN_SECTOR[language][sector]
        return lexicon.WORDS[language][words]

    def _fill(self, sentence: str, language: str, company: Company, other: Company, word: str = "") -> str:
        thing = self._random.choice(lexicon.THINGS[language][company.sector])
        return sentence.format(x=self._mention(company), y=self._mention(other), word=word, thing=thing)

    def _mention(self, company: Company) -> str:
        joined = company.name.replace(" ", "")
        forms = [company.name, company.name.lower(), f"#{joined}", f"@{joined.lower()}"]
        return self._random.choices(forms, weights=[6, 2, 1, 1])[0]

    def _dress(self, text: str) -> str:
        """Put around a sentence what tweets have around theirs; nothing of it tells the polarity."""
        chance, choose = self._happens, self._random.choice
        parts = [
            f"RT {choose(lexicon.HANDLES)}:" if chance(0.1) else choose(lexicon.HANDLES) if chance(0.15) else "",
            choose(lexicon.OPENINGS) if chance(0.3) else "",
            f'"{text}"' if chance(0.06) else text,
            choose(lexicon.ENDINGS) if chance(0.35) else "",
            choose(lexicon.EMOJI) if chance(0.2) else "",
            choose(lexicon.HASHTAGS) if chance(0.15) else "",
            self._url() if chance(0.35) else "",
        ]
        separator = "\xa0" if chance(0.2) else "   " if chance(0.05) else " "
        return separator.join(part for part in parts if part) + ("\xa0" if chance(0.25) else "")

    def _url(self) -> str:
        return "http://t.example/" + "".join(self._random.choices(string.ascii_letters + string.digits, k=8))

    def _near_duplicate_of(self, tweets: list[Tweet]) -> Tweet:
        original = self._random.choice(tweets)
        text = f"{original.text} {self._url()}"
        return replace(original, tweet_id=next(self._ids), text=text, near_duplicate_of=original.tweet_id)

    def _repeat(self, tweet: Tweet, original: Tweet) -> Tweet:
        return replace(tweet, text=original.text, language=original.language, polarity=original.polarity)

    def _spoil(self, tweet: Tweet) -> Tweet:
        """Delete some texts and give some tweets a wrong label."""
        if self._happens(DELETED):
            return replace(tweet, text="")
        if tweet.polarity and self._happens(WRONG_LABELS):
            return replace(tweet, polarity=self._random.choice([label for label in LABELS if label != tweet.polarity]))
        return tweet

    def _next_in_sector(self, company: Company) -> Company:
        """The company that `company` is compared with; with few companies it is of another sector."""
        rivals = [other for other in self._companies if other.sector == company.sector]
        if len(rivals) == 1:
            rivals = self._companies
        return rivals[(rivals.index(company) + 1) % len(rivals)]

    def _language(self) -> str:
        return "ES" if self._happens(SPANISH) else "EN"

    def _happens(self, probability: float) -> bool:
        return self._random.random() < probability
