"""``sxai traits …`` on the demo: the keys that scripts rely on, and words for people."""

import pytest

WHOLE = ("--no-search",)


def test_traits_show_json(on_demo):
    document = on_demo("traits", "show", "cat", "--n", "30", *WHOLE)
    assert (document["class"], document["n"], document["search"]) == ("cat", 30, None)
    assert len(document["ratios"]) == 5
    assert document["ratios"] == sorted(document["ratios"], reverse=True)
    assert 1 <= document["components_for_85"] <= document["components"]
    assert set(document["top"][0]) == {"channel", "score"}


def test_traits_show_for_people(sxai, demo_home):
    outcome = sxai("traits", "show", "dog", "--n", "20", *WHOLE, "--home", demo_home, "-q")
    assert outcome.status == 0, outcome.err
    assert "dog in pets: 20 samples, whole images" in outcome.out
    assert "85 % need" in outcome.out


def test_traits_spread_json(on_demo):
    document = on_demo("traits", "spread", "cat", "--sizes", "5, 20,500", "--repeats", "2")
    assert [point["size"] for point in document["points"]] == [5, 20]
    assert document["dropped"] == [500]
    assert {"percent", "literal_percent", "cosine", "scale", "disjoint"} <= set(document["points"][0])
    assert document["exponent"] == pytest.approx(0.5, abs=0.1)


def test_traits_spread_for_people(sxai, demo_home):
    outcome = sxai("traits", "spread", "cat", "--sizes", "5,60,900", "--home", demo_home, "-q")
    assert outcome.status == 0, outcome.err
    assert "N_s    5: spread" in outcome.out
    assert "repeats share images" in outcome.out
    assert "900 samples: too few images" in outcome.out


def test_sizes_that_are_no_numbers_are_wrong_usage(sxai, demo_home):
    outcome = sxai("traits", "spread", "cat", "--sizes", "ten", "--home", demo_home)
    assert outcome.status == 2
    assert "give whole numbers with commas" in outcome.err


def test_traits_layers(sxai, on_demo, demo_home):
    document = on_demo("traits", "layers", "cat", "--n", "6", "--positions", "16")
    assert [layer["name"] for layer in document["layers"]][-1] == "GAP"
    assert all(0 < layer["ratio"] <= 1 for layer in document["layers"])
    shown = sxai("traits", "layers", "cat", "--n", "6", "--positions", "16", "--home", demo_home, "-q")
    assert "conv1_1" in shown.out
    assert "of 9,216 positions" in shown.out


def test_traits_search(sxai, on_demo, demo_home):
    document = on_demo("traits", "search", "cat", "--count", "2")
    assert (document["class"], document["method"], len(document["images"])) == ("cat", "flips", 2)
    for one in document["images"]:
        assert one["fitness"] >= one["full_fitness"]
        assert 0 < one["kept"] <= one["superpixels"]
    assert document["mean"]["gain"] >= 0
    shown = sxai("traits", "search", "cat", "--count", "2", "--home", demo_home, "-q")
    assert document["images"][0]["name"] in shown.out
    assert "on average +" in shown.out
    traits = on_demo("traits", "show", "cat", "--n", "2")
    assert traits["search"] == "flips"


def test_an_unknown_method_is_told(sxai, demo_home):
    outcome = sxai("traits", "search", "cat", "--method", "luck", "--count", "2", "--home", demo_home)
    assert outcome.status == 1
    assert "no method 'luck'" in outcome.err


def test_an_unknown_class_is_told(sxai, demo_home):
    outcome = sxai("traits", "show", "bird", *WHOLE, "--home", demo_home)
    assert outcome.status == 1
    assert "no class 'bird'; this project has cat, dog" in outcome.err
