"""What a project remembers of how it is masked."""

from sxai.annotation.verbs.choices import MaskingChoices, masking_choices, set_masking_choices


def test_choices_are_kept_in_the_project(toy_project):
    assert masking_choices(toy_project) == MaskingChoices(suggest=True, order="strong")
    set_masking_choices(toy_project, MaskingChoices(suggest=False, order="uncertain"))
    assert masking_choices(toy_project) == MaskingChoices(suggest=False, order="uncertain")
