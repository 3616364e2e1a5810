"""The recipe in miniature, and its training pictures."""

import json

import numpy as np
import pytest
import torch

from sxai.demo.canvas import PARTS
from sxai.demo.pets import draw_pet, seed_of
from sxai.demo.recipe import Recipe, answers_to, main, make_checkpoint, pretrain
from sxai.demo.species import ANATOMY, PETS, SPECIES, STYLES
from sxai.demo.training_pictures import NOT_SHOWN, TrainingSet, draw_training_set, painted_over
from sxai.networks.small import SIZE
from sxai.networks.weights import load_checkpoint, read_metadata

TINY = Recipe(pictures=40, pets=20, epochs=2, batch=16, seed=5)


@pytest.fixture(scope="module")
def training_set():
    return draw_training_set(40, 3, SPECIES, SIZE)


def test_lessons_take_turns_and_know_the_styles(training_set):
    assert training_set.pixels.shape == (40, SIZE, SIZE, 3)
    np.testing.assert_array_equal(training_set.labels, np.tile(np.arange(20), 2))
    for label, row in zip(training_set.labels, training_set.styles, strict=True):
        for part, style in zip(PARTS, row, strict=True):
            assert style == NOT_SHOWN or STYLES[part][style] == getattr(ANATOMY[SPECIES[label]], part)


def test_a_part_counts_as_shown_only_when_enough_of_it_is_left(training_set):
    assert ((training_set.styles == NOT_SHOWN) == (training_set.areas < 10)).all()


def test_lessons_without_hiding_show_what_was_drawn():
    drawn = draw_training_set(4, 8, PETS, 128, hide=False)
    for row in range(4):
        pet = draw_pet(PETS[row % 2], seed_of(8, row))
        np.testing.assert_array_equal(drawn.pixels[row], pet.pixels)
        assert drawn.areas[row].tolist() == [int(pet.parts[part].sum()) for part in PARTS]


def test_two_workers_draw_what_one_draws():
    one, two = (draw_training_set(6, 4, PETS, 32, workers=workers) for workers in (1, 2))
    np.testing.assert_array_equal(one.pixels, two.pixels)
    np.testing.assert_array_equal(one.areas, two.areas)


def test_painting_over_changes_pixels_only_where_a_part_may_be_lost():
    lost = 0
    for seed in range(30):
        pet = draw_pet("cat", seed)
        pixels, parts = painted_over(pet, np.random.default_rng(seed))
        same = (pixels == pet.pixels).all(axis=2)
        for part in PARTS:
            assert not (parts[part] & ~pet.parts[part]).any()
            assert (same | ~parts[part])[pet.parts[part] & parts[part]].all()
            lost += bool(pet.parts[part].any() and not parts[part].any())
    assert lost >= 5


def test_amounts_average_one_where_a_part_shows_and_vanish_elsewhere(training_set):
    amounts = answers_to(training_set).amounts.numpy().reshape(-1, 4, NOT_SHOWN)
    for index in range(4):
        shows = training_set.styles[:, index] != NOT_SHOWN
        assert amounts[shows, index].sum(axis=1).mean() == pytest.approx(1, rel=1e-5)
        assert not amounts[~shows, index].any()
        own = training_set.styles[shows, index]
        assert (amounts[shows, index].argmax(axis=1) == own).all()


def test_amounts_grow_with_the_area_but_more_slowly():
    areas = np.array([[100, 0, 0, 0], [3200, 0, 0, 0]])
    styles = np.array([[1, 5, 5, 5], [1, 5, 5, 5]])
    amounts = answers_to(TrainingSet(np.zeros((2, 1, 1, 3), np.uint8), np.zeros(2, int), areas, styles)).amounts
    assert amounts[1, 1] == pytest.approx(8 * amounts[0, 1])
    assert not amounts[:, [0, *range(2, 20)]].any()


def test_learning_lowers_the_loss_and_is_repeated_by_the_seed(training_set):
    seen = []

    def keep(stage, done, total, detail=None):
        seen.append(detail["loss"])

    recipe = Recipe(pictures=40, epochs=4, batch=16, seed=2)
    first = pretrain(training_set, recipe, keep)
    again = pretrain(training_set, recipe)
    assert len(seen) == 4
    assert seen[-1] < seen[0]
    for one, other in zip(first.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_training_leaves_the_callers_random_state_alone(training_set):
    torch.manual_seed(9)
    expected = torch.rand(3)
    torch.manual_seed(9)
    pretrain(training_set, Recipe(pictures=40, epochs=1, batch=40))
    torch.testing.assert_close(torch.rand(3), expected)


def test_the_recipe_writes_a_network_that_loads_again(tmp_path):
    target = tmp_path / "tiny.safetensors"
    network = make_checkpoint(TINY, target)
    loaded = load_checkpoint(target)
    x = torch.rand(2, 3, SIZE, SIZE)
    with torch.no_grad():
        torch.testing.assert_close(loaded(x), network(x))
    assert loaded.classes == PETS
    recorded = json.loads(read_metadata(target)["recipe"])
    assert recorded["pictures"] == 40
    assert recorded["seed"] == 5


def test_the_command_takes_smaller_numbers_and_says_where_it_wrote(tmp_path, capsys):
    target = tmp_path / "made.safetensors"
    numbers = ["--pictures", "20", "--pets", "10", "--epochs", "1", "--workers", "1"]
    assert main(["--out", str(target), *numbers]) == 0
    assert target.exists()
    assert str(target) in capsys.readouterr().err
