"""The words and sentences that made-up tweets are composed of. Every company, band and school here is invented.

Sentences hold slots: {x} the company the tweet is about, {y} another one, {word} a word of the kind's list, {thing} what the
company's sector makes.
"""

from typing import NamedTuple

from replite.data.readers.replab2013 import LABELS

NEGATIVE, NEUTRAL, POSITIVE = LABELS

COMPANIES = {
    "automotive": [
        "Velmora", "Tarnix", "Dorvane Motors", "Brivanta", "Quellomo", "Oskarion", "Zephrid", "Halvaro", "Mirelle Auto",
        "Kestovar",
    ],
    "banking": [
        "Pellwick Bank", "Obrecta", "Trevanza", "Bank of Elmhaven", "Vardisk", "Gildarro", "Sallimor Credit", "Castelune",
        "Hobrin Savings", "Fennoway",
    ],
    "universities": [
        "Quillmoor University", "Arvenholt", "Brackenfeld College", "Ostrelle University", "Thornsley", "Umberlaine",
        "Dunmarrow", "Wexilby College", "Pendrake University", "Sorrenfall",
    ],
    "music": [
        "Zottery", "The Quibbling Moths", "Ondo Krell", "Marzipane", "The Left Umbrellas", "Yvra", "Plinkton Five",
        "Hushwagon", "Cass Orrimar", "Tumblegeist",
    ],
}  # fmt: skip
"""Invented names, ten for each sector."""
SECTORS = list(COMPANIES)


class Kind(NamedTuple):
    """A kind of tweet: which sentences and words it is made of, and what it means for the company."""

    share: float
    polarity: str
    sentences: str
    words: str


KINDS = [
    Kind(0.375, POSITIVE, "opinion", "good"),
    Kind(0.08, POSITIVE, "opinion", "rare_good"),
    Kind(0.07, POSITIVE, "opinion", "praise_in_sector"),
    Kind(0.05, POSITIVE, "negation", "bad"),
    Kind(0.030, NEGATIVE, "opinion", "bad"),
    Kind(0.015, NEGATIVE, "opinion", "rare_bad"),
    Kind(0.015, NEGATIVE, "opinion", "blame_in_sector"),
    Kind(0.010, NEGATIVE, "negation", "good"),
    Kind(0.015, NEGATIVE, "sarcasm", "good"),
    Kind(0.16, NEUTRAL, "news", "none"),
    Kind(0.05, NEUTRAL, "aside", "good"),
    Kind(0.03, NEUTRAL, "aside", "bad"),
]
"""Kinds of tweets about one company. What is left of 1 are comparisons, which praise one company and blame another."""

COMPARISON_SHARE = 0.1
"""Share of a company's tweets that compare it with another; it wins half of them."""

SENTENCES = {
    "EN": {
        "opinion": [
            "{x} is {word}", "{word} {thing} from {x}", "my {thing} from {x} is so {word}", "{x} and its {word} {thing}",
            "honestly the new {thing} by {x} is {word}", "what a {word} {thing} {x}", "{x} was {word} today",
            "still thinking of that {word} {thing} by {x}", "everybody says {x} is {word} and they are right",
        ],
        "negation": [
            "{x} is not {word} at all", "nothing {word} about the {thing} by {x}", "nobody can call {x} {word}",
            "never had a {word} {thing} from {x}", "the {thing} by {x} is far from {word}",
        ],
        "sarcasm": [
            "oh {word} another broken {thing} from {x} #yeahright", "{word} job {x} I waited two hours #not",
            "{x} lost my {thing} how {word} of them", "yeah sure {x} so {word} #sarcasm",
        ],
        "news": [
            "{x} presents a {thing} next week", "passing {x} on my way home", "is anyone here at {x} ?",
            "{x} and {y} talk about a {thing} together", "interview with {x} on the radio at nine",
            "reading about {x} and {y}", "where can I find the {thing} by {x} ?", "{x} moves its office to the harbour",
            "third {thing} by {x} this year", "either {x} or {y} cannot decide",
        ],
        "aside": [
            "{word} weather here next to {x}", "waiting for {x} with a {word} sandwich",
            "a {word} film on tv then news of {x}", "{word} traffic near {x} this morning",
            "my {word} cousin starts at {x} on monday",
        ],
        "comparison": [
            "{x} beats {y} again", "{x} is so far ahead of {y}", "left {y} for {x} and never looked back",
            "{y} could learn from {x}", "I would take {x} over {y} any day", "{y} wishes it were {x}",
            "after {x} this {thing} by {y} is a step down", "{y} falls behind {x} once more",
        ],
        "unrelated": [
            "my cat is called {x}", "{x} street is closed today", "lost my keys somewhere around {x} hill",
            "playing {x} in scrabble",
        ],
    },
    "ES": {
        "opinion": [
            "{x} es {word}", "qué {word} el {thing} de {x}", "mi {thing} de {x} es {word}",
            "el nuevo {thing} de {x} me parece {word}", "todos dicen que {x} es {word}",
        ],
        "negation": ["{x} no es nada {word}", "el {thing} de {x} no tiene nada de {word}", "nadie diría que {x} es {word}"],
        "sarcasm": ["claro {x} muy {word} #ironía", "qué {word} otro {thing} roto de {x} #sí"],
        "news": [
            "{x} presenta un {thing} la próxima semana", "entrevista con {x} en la radio", "alguien en {x} ahora ?",
            "{x} y {y} hablan de un {thing}", "paso delante de {x} cada mañana",
        ],
        "aside": ["un día {word} cerca de {x}", "un bocadillo {word} y a esperar a {x}"],
        "comparison": ["{x} gana a {y} otra vez", "prefiero {x} antes que {y}", "{y} tiene que aprender de {x}"],
        "unrelated": ["mi gato se llama {x}", "la calle {x} está cerrada hoy"],
    },
}  # fmt: skip

WORDS = {
    "EN": {
        "none": [""],
        "good": [
            "great", "amazing", "awesome", "lovely", "brilliant", "perfect", "fantastic", "beautiful", "excellent",
            "wonderful", "super", "fun", "cool", "sweet",
        ],
        "bad": [
            "bad", "awful", "terrible", "horrible", "sad", "boring", "useless", "ugly", "annoying", "broken", "weak",
            "disappointing",
        ],
        "rare_good": [
            "sublime", "impeccable", "stellar", "dazzling", "splendid", "exquisite", "flawless", "superb", "magnificent",
            "charming", "delightful", "marvellous", "radiant", "heavenly", "glorious", "spotless", "refreshing", "thrilling",
            "masterly", "peerless", "luminous", "ravishing", "first-rate", "terrific", "outstanding", "admirable",
            "gorgeous", "top-notch", "phenomenal", "inspired", "matchless", "breathtaking", "commendable", "elegant",
            "ingenious", "graceful", "enchanting", "stunning", "unbeatable", "classy", "exemplary", "prime", "fabulous",
            "divine", "epic", "golden", "sterling", "rad",
        ],
        "rare_bad": [
            "dreadful", "abysmal", "shoddy", "dismal", "appalling", "lousy", "pathetic", "mediocre", "atrocious", "clumsy",
            "dire", "wretched", "sloppy", "feeble", "rotten", "lamentable", "tacky", "ghastly",
        ],
    },
    "ES": {
        "none": [""],
        "good": ["genial", "increíble", "excelente", "fantástico", "perfecto", "estupendo"],
        "bad": ["horrible", "terrible", "malo", "aburrido", "pésimo", "triste"],
        "rare_good": ["sublime", "impecable", "magnífico", "espléndido", "admirable", "formidable"],
        "rare_bad": ["lamentable", "nefasto", "mediocre", "patético"],
    },
}  # fmt: skip

PRAISE_IN_SECTOR = {
    "EN": {
        "automotive": ["quiet", "smooth", "solid", "light", "fast"],
        "banking": ["predictable", "conservative", "solid", "quiet", "strict"],
        "universities": ["selective", "demanding", "old", "strict", "small"],
        "music": ["loud", "raw", "wild", "light", "crowded"],
    },
    "ES": {
        "automotive": ["silencioso", "rápido"],
        "banking": ["previsible", "estricto"],
        "universities": ["exigente", "antiguo"],
        "music": ["ruidoso", "salvaje"],
    },
}
BLAME_IN_SECTOR = {
    "EN": {
        "automotive": ["loud", "old", "raw", "small", "demanding"],
        "banking": ["wild", "crowded", "selective", "fast", "loud"],
        "universities": ["crowded", "loud", "predictable", "fast", "light"],
        "music": ["quiet", "predictable", "conservative", "smooth", "old"],
    },
    "ES": {
        "automotive": ["ruidoso", "antiguo"],
        "banking": ["salvaje", "ruidoso"],
        "universities": ["previsible", "ruidoso"],
        "music": ["silencioso", "previsible"],
    },
}
"""Words that praise in one sector and blame in another."""

THINGS = {
    "EN": {
        "automotive": ["car", "engine", "test drive", "model", "gearbox"],
        "banking": ["account", "card", "app", "loan", "branch"],
        "universities": ["course", "campus", "lecture", "library", "lab"],
        "music": ["song", "album", "concert", "video", "tour"],
    },
    "ES": {
        "automotive": ["coche", "motor", "modelo"],
        "banking": ["préstamo", "cajero", "servicio"],
        "universities": ["curso", "campus", "laboratorio"],
        "music": ["disco", "concierto", "tema"],
    },
}

OPENINGS = ["so", "wow", "ok", "omg", "hmm", "well", "today", "FYI", "dear all", "lol"]
ENDINGS = ["lol", "tbh", "just saying", "haha", "...", "!", "!!", "you know", "imo", "anyway"]
HASHTAGS = ["#monday", "#news", "#life", "#fail", "#win", "#random", "#np", "#now"]
EMOJI = ["😀", "👍", "😭", "🎉", "❤️", "🙄", "🔥", "☕", "👩‍💻"]
HANDLES = ["@mirabel_q", "@tovrek", "@ana_lind0", "@zed_and_co", "@pip_orla", "@old_kettle"]
TOPICS = ["General chatter", "Prices", "New products", "Events", "People", "Customer care"]
