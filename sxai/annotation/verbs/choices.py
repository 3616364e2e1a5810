"""What a project remembers of how its pictures are masked: whether suggestions are wanted, and in which order."""

from dataclasses import asdict, dataclass

from sxai.annotation.verbs.record import Order
from sxai.project.project import Project

SETTING = "masking-choices"


@dataclass(frozen=True)
class MaskingChoices:
    """Whether superpixels are suggested, and the order of the image queue."""

    suggest: bool = True
    order: Order = "strong"


def masking_choices(project: Project) -> MaskingChoices:
    """The project's choices; by default suggestions are on and the clearest pictures come first."""
    return MaskingChoices(**project.catalogue.get_setting(SETTING, {}))


def set_masking_choices(project: Project, choices: MaskingChoices) -> None:
    """Remember the choices for everybody who masks in this project."""
    project.catalogue.set_setting(SETTING, asdict(choices))
