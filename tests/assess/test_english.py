import pytest

from sxai.assess import english


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cat", "cat"),
        ("golden_retriever", "golden retriever"),
        ("front-legs", "front legs"),
        ("Maine Coon", "Maine Coon"),
        ("n02099601_golden_retriever", "golden retriever"),
        ("n02099601-golden_retriever", "golden retriever"),
        ("tabby, tabby cat", "tabby"),
        ("  two   spaces_ ", "two spaces"),
        ("st. bernard", "st. bernard"),
        ("___", "___"),
        ("  ", "unnamed"),
        ("Bär", "Bär"),
    ],
)
def test_names_become_words(name, expected):
    assert english.words(name) == expected


@pytest.mark.parametrize(
    "noun", ["eyes", "legs", "ears", "front legs", "whiskers", "teeth", "hooves", "feathers", "Eyes"]
)
def test_plurals_are_known(noun):
    assert english.is_plural(noun)
    assert english.be([noun]) == "are"
    assert english.one(noun) == noun


@pytest.mark.parametrize("noun", ["nose", "tail", "iris", "lens", "face", "abacus", "dress", "s", "mouth of fish"])
def test_singulars_are_known(noun):
    assert not english.is_plural(noun)
    assert english.be([noun]) == "is"
    assert english.one(noun).split()[0] in ("a", "an")


@pytest.mark.parametrize("noun", ["fur", "striped fur", "wool"])
def test_uncountable_nouns_take_no_article_and_a_singular_verb(noun):
    assert english.one(noun) == noun
    assert english.be([noun]) == "is"


@pytest.mark.parametrize(
    ("plural", "expected"),
    [
        ("cats", "cat"),
        ("dogs", "dog"),
        ("horses", "horse"),
        ("puppies", "puppy"),
        ("ties", "tie"),
        ("foxes", "fox"),
        ("thrushes", "thrush"),
        ("finches", "finch"),
        ("lionesses", "lioness"),
        ("wolves", "wolf"),
        ("golden retrievers", "golden retriever"),
        ("cat", "cat"),
        ("bus", "bus"),
        ("ibis", "ibis"),
        ("albatross", "albatross"),
        ("triceratops", "triceratops"),
        ("mice", "mice"),
    ],
)
def test_a_folder_named_in_the_plural_becomes_one_of_its_kind(plural, expected):
    assert english.singular(plural) == expected


@pytest.mark.parametrize(
    ("noun", "expected"),
    [
        ("cat", "a"),
        ("owl", "an"),
        ("Elephant", "an"),
        ("hour hand", "an"),
        ("honest face", "an"),
        ("heir", "an"),
        ("house", "a"),
        ("unicorn", "a"),
        ("uniform", "a"),
        ("uninteresting spot", "an"),
        ("umbrella", "an"),
        ("usual suspect", "a"),
        ("ukulele", "a"),
        ("urchin", "an"),
        ("European otter", "a"),
        ("ewe", "a"),
        ("one-eyed cat", "a"),
        ("onesie", "a"),
        ("onion", "an"),
        ("X-ray fish", "an"),
        ("U-boat", "a"),
        ("F", "an"),
        ("8-legged thing", "an"),
        ("11th leg", "an"),
        ("110th leg", "a"),
        ("7", "a"),
        ("écureuil", "an"),
        ("猫", "a"),
    ],
)
def test_articles_follow_the_sound(noun, expected):
    assert english.article(noun) == expected


def test_several_nouns_take_a_plural_verb():
    assert english.be(["nose", "mouth"]) == "are"


@pytest.mark.parametrize(
    ("nouns", "expected"),
    [(["eyes"], "eyes"), (["eyes", "a nose"], "eyes and a nose"), (["a", "b", "c", "d"], "a, b, c and d")],
)
def test_lists_end_with_and(nouns, expected):
    assert english.enumerate_nouns(nouns) == expected


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.0, "0 %"),
        (1e-9, "< 0.1 %"),
        (0.0005, "0.1 %"),
        (0.9714, "97.1 %"),
        (0.5, "50.0 %"),
        (0.99949, "99.9 %"),
        (0.9995, "> 99.9 %"),
        (0.9999999, "> 99.9 %"),
        (1.0, "100 %"),
    ],
)
def test_percentages_never_round_to_certainty(share, expected):
    assert english.percent(share) == expected


@pytest.mark.parametrize(
    ("nouns", "expected"), [(["nose"], "it"), (["fur"], "it"), (["teeth"], "them"), (["nose", "mouth"], "them")]
)
def test_pronouns_agree(nouns, expected):
    assert english.them(nouns) == expected
