import pytest

from sxai.errors import SpaceError
from sxai.reproduction.study import Amounts, Study, listed, share


def test_concepts_of_the_paper_come_first_and_others_stand_for_those_that_are_missing(spaced_project):
    study = Study.of(spaced_project)
    assert study.classes == ("cat", "dog")
    assert study.concepts("cat") == ["eyes", "nose"]
    assert study.space("dog", "nose") == "dog.nose"
    renamed = {"cat.tail": None, "cat.beak": None, "cat.nose": None}
    other = Study(study.project, study.record, study.classes, renamed)
    assert [other.space("cat", part) for part in ("eyes", "nose", "legs")] == ["cat.tail", "cat.nose", "cat.beak"]


def test_a_missing_space_is_told_with_the_next_step(spaced_project):
    with pytest.raises(SpaceError, match=r"paper's legs.*cat\.eyes.*sxai space extract cat\.legs"):
        Study.of(spaced_project).space("cat", "legs")


def test_classes_may_be_named_in_another_order(spaced_project):
    study = Study.of(spaced_project, classes=["dog", "cat"])
    assert study.classes == ("dog", "cat")
    assert study.colour("cat") == Study.of(spaced_project).colour("cat")


def test_no_more_images_than_there_are(spaced_project):
    study = Study.of(spaced_project)
    assert study.at_most(300, "cat") == 24
    assert study.at_most(5, "cat") == 5


def test_the_papers_amounts_are_the_default():
    amounts = Amounts()
    assert (amounts.n, amounts.n_ratio, amounts.repeats, amounts.sizes[-1]) == (300, 500, 3, 300)
    assert amounts.epsilons == (0.05, 0.01, 0.005)
    assert amounts.attack_steps == 40


def test_fewer_samples_bound_every_trait():
    amounts = Amounts().at_most(60)
    assert (amounts.n, amounts.n_ratio, amounts.sizes) == (60, 60, (10, 25, 50))
    assert Amounts().at_most(5).sizes == (5,)
    assert Amounts().at_most(None) == Amounts()
    with pytest.raises(SpaceError, match="1 samples"):
        Amounts().at_most(1)


def test_words():
    assert share(1) == "100.0 %"
    assert listed(()) == "none"
