"""A little English grammar: names to nouns, their number, articles and lists."""

import re
from collections.abc import Sequence

UNCOUNTABLE = frozenset({"fur", "hair", "skin", "wool", "plumage", "fluff", "fleece", "grass", "water", "sky"})
"""Nouns that take neither article nor plural."""

IRREGULAR_PLURALS = frozenset({"teeth", "feet", "hooves", "geese", "mice", "people", "children", "men", "women"})
"""Plurals that do not end in s."""

SINGULARS_IN_S = frozenset(
    {"lens", "gas", "atlas", "canvas", "christmas", "series", "species", "news", "triceratops", "biceps"}
)
"""Singulars whose ending looks like a plural."""

AN_ANYWAY = re.compile(r"(?:hour|honest|honou?r|heir|[fhlmnrsx](?:[- ]|$)|8|11(?!\d)|18(?!\d))", re.IGNORECASE)
"""Beginnings with a consonant or digit that sound like a vowel: an hour, an X-ray, an 8."""

A_ANYWAY = re.compile(
    r"(?:eu|ewe|ones?\b|onesie|once\b|uni(?!n|m)|u[bkst][aeiou]|ubi|uran|use|u(?:[- ]|$))", re.IGNORECASE
)
"""Beginnings with a vowel that sound like a consonant: a unicorn, a European fire salamander, a ewe."""


def words(name: str) -> str:
    """A class or concept name as words for a sentence.

    Underscores and hyphens become spaces, a leading WordNet number and everything after a comma go.

    >>> words("golden_retriever"), words("front-legs"), words("n02123045_tabby, tabby cat")
    ('golden retriever', 'front legs', 'tabby')
    """
    bare = re.sub(r"^n\d{8}[-_ ]+", "", name.strip()).split(",")[0]
    return " ".join(re.sub(r"[-_\s]+", " ", bare).split()) or name.strip() or "unnamed"


def is_plural(noun: str) -> bool:
    """Whether the last word of ``noun`` is a plural.

    >>> [noun for noun in ("eyes", "nose", "front legs", "teeth", "iris", "lens", "fur") if is_plural(noun)]
    ['eyes', 'front legs', 'teeth']
    """
    last = noun.lower().split()[-1] if noun.split() else ""
    if last in IRREGULAR_PLURALS:
        return True
    return len(last) > 2 and last.endswith("s") and last[-2] not in "sui" and last not in SINGULARS_IN_S


def singular(noun: str) -> str:
    """The noun for one of a class whose folder was named in the plural.

    >>> singular("cats"), singular("foxes"), singular("puppies"), singular("bus"), singular("wolves")
    ('cat', 'fox', 'puppy', 'bus', 'wolf')
    """
    if not is_plural(noun) or noun.lower().split()[-1] in IRREGULAR_PLURALS:
        return noun
    for ending, replacement in (
        ("olves", "olf"),
        ("ies", "y"),
        ("shes", "sh"),
        ("ches", "ch"),
        ("sses", "ss"),
        ("xes", "x"),
    ):
        if noun.lower().endswith(ending) and len(noun) > max(len(ending), 4):
            return noun[: -len(ending)] + replacement
    return noun[:-1]


def article(noun: str) -> str:
    """ "a" or "an" before ``noun``, by sound as far as spelling tells.

    >>> [article(noun) for noun in ("cat", "owl", "hour", "unicorn", "X-ray", "European otter", "umbrella")]
    ['a', 'an', 'an', 'a', 'an', 'a', 'an']
    """
    if AN_ANYWAY.match(noun):
        return "an"
    if A_ANYWAY.match(noun):
        return "a"
    return "an" if noun[:1].lower() in "aeiouàáâäæèéêëìíîïòóôöøœùúûü" and noun else "a"


def one(noun: str) -> str:
    """``noun`` with the article it needs, if any.

    >>> one("nose"), one("eyes"), one("fur"), one("owl")
    ('a nose', 'eyes', 'fur', 'an owl')
    """
    bare = is_plural(noun) or noun.lower().split()[-1] in UNCOUNTABLE
    return noun if bare else f"{article(noun)} {noun}"


def be(nouns: Sequence[str]) -> str:
    """ "is" or "are" for one noun or several.

    >>> be(["nose"]), be(["eyes"]), be(["nose", "mouth"])
    ('is', 'are', 'are')
    """
    return "are" if len(nouns) > 1 or is_plural(nouns[0]) else "is"


def them(nouns: Sequence[str]) -> str:
    """ "it" or "them" for one noun or several.

    >>> them(["nose"]), them(["eyes"]), them(["nose", "mouth"])
    ('it', 'them', 'them')
    """
    return "them" if be(nouns) == "are" else "it"


def enumerate_nouns(nouns: Sequence[str]) -> str:
    """Nouns as an English list.

    >>> enumerate_nouns(["eyes"]), enumerate_nouns(["eyes", "ears", "a nose"])
    ('eyes', 'eyes, ears and a nose')
    """
    return " and ".join(part for part in (", ".join(nouns[:-1]), nouns[-1]) if part)


def percent(share: float) -> str:
    """A share as a percentage with one decimal that never rounds up to certainty.

    >>> percent(0.971), percent(0.99999), percent(1.0), percent(0.0001), percent(0.0)
    ('97.1 %', '> 99.9 %', '100 %', '< 0.1 %', '0 %')
    """
    if share in (0.0, 1.0):
        return f"{share * 100:.0f} %"
    if share < 0.0005:
        return "< 0.1 %"
    return "> 99.9 %" if share >= 0.9995 else f"{share * 100:.1f} %"
