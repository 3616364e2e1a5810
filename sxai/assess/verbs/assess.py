"""Assessment: what the network says of an image, which concepts it saw, and how far that can be trusted."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from data_store.records import ModelRecord, SpaceRecord
from sxai.assess.assessment import assess, flags
from sxai.assess.detection import DetectionRule, detected
from sxai.assess.familiarity import Familiarity
from sxai.assess.sentences import cnn_line, doubt, mentioned, one_space_line, sentence
from sxai.assess.tampering import Tampering, tampering_by_rule
from sxai.assess.verbs.detection_rule import RuleInUse, rule_in_use, rule_values
from sxai.assess.verbs.gates import Census, GateSettings, GateTests, gate_settings, gate_tests, image_census, margins
from sxai.assess.verdict import Backing, ImageAssessment, Verdict, verdict
from sxai.errors import ModelError, SpaceError
from sxai.images.decode import canvas, decode
from sxai.images.verbs.stored import find_image
from sxai.networks.network import Network
from sxai.networks.verbs.networks import load_network, model_record, probabilities_of
from sxai.progress import Progress, silent
from sxai.project.project import Project
from sxai.spaces.calibration import Calibration
from sxai.spaces.overlap import one_space
from sxai.spaces.space import SemanticSpace, readings
from sxai.spaces.verbs.calibrate import calibrations_in_use, probability_in_use
from sxai.spaces.verbs.reader import Reader
from sxai.spaces.verbs.stored import spaces_of, usable_spaces
from sxai.spaces.verbs.verdicts import StoredVerdict, verdicts_of, why_poor


@dataclass(frozen=True)
class ReadingRules:
    """By what pictures are assessed now, all read at one moment.

    Attributes
    ----------
    record
        the named network, or the active one.
    stored
        its spaces in use.
    calibrations
        those that probabilities are read from, by space; none where the project uses the paper's.
    rule
        which pictures look adversarial.
    gates
        how pictures pass the gates before that of the concepts.
    verdicts
        how far each space that was scored can be trusted, by name.
    census
        the project's images by class and split, which the gates compare with.
    """

    record: ModelRecord
    stored: tuple[SpaceRecord, ...]
    calibrations: Mapping[str, Calibration]
    rule: RuleInUse
    gates: GateSettings
    verdicts: Mapping[str, StoredVerdict]
    census: Census

    @classmethod
    def of(cls, project: Project, model: str | None = None) -> "ReadingRules":
        """The rules of the named (or active) network, in one transaction."""
        with project.catalogue.read():
            record, settings = model_record(project, model), project.catalogue.settings()
            stored = tuple(usable_spaces(project, record, settings))
            calibrations = calibrations_in_use(project, record, stored, settings)
            rule = rule_in_use(project, record, stored, settings)
            gates = gate_settings(project, record, settings)
            verdicts = verdicts_of(project, record, stored)
            return cls(record, stored, calibrations, rule, gates, verdicts, image_census(project))


@dataclass(frozen=True)
class Assessor:
    """A trained network with its semantic spaces, ready to assess features of any number of images.

    Attributes
    ----------
    reader
        gives the features that the spaces read.
    spaces, owners
        the spaces in use, and the class of each.
    rule
        which pictures the rule over concepts calls adversarial.
    poor
        why each space that was scored as poor is so.
    backing
        what a verdict rests on besides the picture.
    tests
        the gates of familiarity and of tampering; None as in the paper, or without pictures to compare with.
    combined
        whether tampering is tested by certainty and distance rather than by the rule.
    paper
        whether the verdict is the paper's assessment alone.
    twins
        pairs of concepts of a class that are read from the same channels.
    """

    reader: Reader
    spaces: tuple[SemanticSpace, ...]
    owners: tuple[str, ...]
    rule: DetectionRule
    poor: Mapping[str, str]
    backing: Backing
    tests: GateTests | None = None
    combined: bool = False
    paper: bool = False
    twins: tuple[tuple[str, str], ...] = ()

    @property
    def record(self) -> ModelRecord:
        """The network as the catalogue has it."""
        return self.reader.record

    @property
    def network(self) -> Network:
        """The network itself."""
        return self.reader.network

    @classmethod
    def of(cls, project: Project, model: str | None = None, progress: Progress = silent) -> "Assessor":
        """The assessor of the named (or active) network.

        Features of training pictures that are missing are computed first.

        Raises
        ------
        ModelError
            when its head is not trained yet.
        SpaceError
            when no space was extracted yet; both tell the next step.
        """
        rules = ReadingRules.of(project, model)
        record = rules.record
        if not record.trained:
            raise ModelError(f"the network {record.name} has no trained head; run: sxai model train {record.name}")
        if not rules.stored:
            raise SpaceError(f"no semantic space of the network {record.name} yet; run: sxai space extract --all")
        network = load_network(project, record)
        reader = Reader.of(project, record, network, rules.stored)
        spaces = spaces_of(rules.stored, project)
        if rules.calibrations:
            spaces = tuple(replace(space, calibration=rules.calibrations.get(space.name)) for space in spaces)
        return cls(
            reader=reader,
            spaces=spaces,
            owners=tuple(space.class_name for space in rules.stored),
            rule=rules.rule.rule,
            poor=why_poor(rules.verdicts),
            backing=Backing(record.classes, {space.full_name: space.n_masks for space in rules.stored}),
            tests=gate_tests(project, record, network, rules.gates, rules.census, progress),
            combined=rules.rule.combined,
            paper=rules.gates.paper,
            twins=tuple((first, second) for first, second, _ in one_space(spaces)),
        )

    def assess(self, file: str, features: np.ndarray, image_id: int | None = None) -> ImageAssessment:
        """Assess one image from its features (1, C)."""
        return self.assess_all([file], features, [image_id])[0]

    def assess_all(
        self, files: Sequence[str], features: np.ndarray, image_ids: Sequence[int | None] | None = None
    ) -> list[ImageAssessment]:
        """Assess images from their features (n, C), row by row."""
        if not files:
            return []
        ids = list(image_ids) if image_ids is not None else [None] * len(files)
        outputs = probabilities_of(self.network, features)
        read = readings(self.spaces, features)
        predicted = [self.record.classes[index] for index in outputs.argmax(axis=1)]
        alarms = detected(self.rule, rule_values(self.rule, self.spaces, self.owners, predicted, read))
        familiarity = self.familiarity(features, ids)
        tampering = self._judged(features, familiarity, alarms)
        return [
            self._said(
                file,
                image_id,
                dict(zip(self.record.classes, outputs[row].tolist(), strict=True)),
                {name: float(values[row]) for name, values in read.probabilities.items()},
                {name: float(values[row]) for name, values in read.paper.items()},
                {name: float(values[row]) for name, values in read.activations.items()},
                bool(alarms[row]),
                familiarity[row],
                tampering[row],
            )
            for row, (file, image_id) in enumerate(zip(files, ids, strict=True))
        ]

    def familiarity(
        self, features: np.ndarray, image_ids: Sequence[int | None] | None = None
    ) -> Sequence[Familiarity | None]:
        """How like the training pictures those with features (n, ≥ C) are; None for each where that is not asked."""
        if self.tests is None:
            return [None] * len(features)
        return self.tests.familiarity.judge(features[:, : self.network.channels], image_ids)

    def tampering(
        self, features: np.ndarray, familiarity: Sequence[Familiarity | None] | None = None
    ) -> Sequence[Tampering | None]:
        """Whether certainty and distance of pictures with features (n, ≥ C) look tampered with.

        None for each where the gates are not asked.
        """
        if self.tests is None or self.tests.tampering is None:
            return [None] * len(features)
        found = self.familiarity(features) if familiarity is None else familiarity
        distance = np.array([one.distance for one in found if one is not None])
        return self.tests.tampering.judge({"margin": margins(self.network, features), "distance": distance})

    def _judged(
        self, features: np.ndarray, familiarity: Sequence[Familiarity | None], alarms: np.ndarray
    ) -> Sequence[Tampering | None]:
        """Tampering by the test in use: the combined one, or the rule whose ``alarms`` (n,) these are."""
        if self.combined or self.paper:
            return self.tampering(features, familiarity)
        return [tampering_by_rule(bool(alarm)) for alarm in alarms]

    def _said(
        self,
        file: str,
        image_id: int | None,
        outputs: dict[str, float],
        probabilities: dict[str, float],
        paper: dict[str, float],
        activations: dict[str, float],
        adversarial: bool,
        familiarity: Familiarity | None,
        tampering: Tampering | None,
    ) -> ImageAssessment:
        predicted = max(outputs, key=lambda name: outputs[name])
        supported = assess(predicted, outputs[predicted], probabilities, self.record.classes)
        named = {f"{predicted}.{finding.concept}": finding.concept for finding in mentioned(supported)}
        twins = [(named[first], named[second]) for first, second in self.twins if {first, second} <= set(named)]
        poor = [name for name in named if name in self.poor]
        doubtful = [named[name] for name in poor]
        raised = flags(supported, adversarial)
        if self.paper:
            told = Verdict(supported.level, sentence(supported), (), tuple(raised), ())
        else:
            told = verdict(supported, raised, familiarity, tampering, self.backing, doubtful)
        return ImageAssessment(
            file=file,
            image_id=image_id,
            predicted=predicted,
            confidence=outputs[predicted],
            outputs=outputs,
            probabilities=probabilities,
            activations=activations,
            assessment=supported.level,
            sentence=sentence(supported),
            cnn_line=cnn_line(supported),
            findings=supported.concepts,
            flags=list(told.flags),
            model=self.record.name,
            level=told.level,
            verdict=told.sentence,
            gates=told.gates,
            advice=told.advice,
            familiarity=familiarity,
            tampering=tampering,
            paper_probabilities=paper if any(space.calibration for space in self.spaces) else {},
            doubts={name: self.poor[name] for name in poor},
            caution=" ".join(filter(None, [doubt(doubtful), *(one_space_line(*pair) for pair in twins)])),
        )


def assessment_fingerprint(project: Project, model: str | None = None) -> str:
    """What an assessment rests on besides the picture: another string after any change of it.

    The network with its head, the spaces with their reference distributions and verdicts, the rule of detection, and
    the gates with the pictures that these compare with.
    """
    rules = ReadingRules.of(project, model)
    record, spaces = rules.record, list(rules.stored)
    network = (record.name, record.sha256, record.artefact, rules.census)
    made = (*network, spaces, rules.rule, rules.gates, probability_in_use(project, record.name), rules.verdicts)
    return hashlib.sha256(repr(made).encode()).hexdigest()


def assess_bytes(
    project: Project, name: str, data: bytes, model: str | None = None, keep: bool = True
) -> ImageAssessment:
    """Assess an uploaded or pasted picture; ``keep=False`` leaves no record of it."""
    assessor = Assessor.of(project, model)
    result = assessor.assess(name, assessor.reader.pictures([canvas(decode(data).pixels)]))
    if keep:
        record_assessments(project, assessor, [result])
    return result


def assess_image(project: Project, image_id: int, model: str | None = None, keep: bool = True) -> ImageAssessment:
    """Assess an image of the project; ``keep=False`` leaves no record of it."""
    assessor = Assessor.of(project, model)
    image = find_image(project, image_id)
    features = assessor.reader.images([image])
    result = assessor.assess(image.name, features, image_id)
    if keep:
        record_assessments(project, assessor, [result])
    return result


def record_assessments(project: Project, assessor: Assessor, results: Iterable[ImageAssessment]) -> None:
    """Keep what was said of images, so that it can be looked up later."""
    said = [(result.image_id, result.file, asdict(result)) for result in results]
    project.catalogue.add_assessments(assessor.record.id, said)


def similar(
    project: Project, probabilities: dict[str, float], limit: int = 8, model: str | None = None, skip: int | None = None
) -> list[tuple[int, float]]:
    """The project's images whose semantic probabilities are nearest (root mean square), as (image id, distance).

    Compared over the concepts that ``probabilities`` and the network's spaces share; SpaceError without any.
    """
    assessor = Assessor.of(project, model)
    spaces = [space for space in assessor.spaces if space.name in probabilities]
    if not spaces:
        raise SpaceError(f"none of {', '.join(probabilities) or 'no concepts'} has a semantic space; assess it again.")
    images = [image for image in project.catalogue.images() if image.id != skip]
    features = assessor.reader.images(images)
    matrix = np.stack([space.probability(features) for space in spaces], axis=1)
    target = np.asarray([probabilities[space.name] for space in spaces])
    distance = np.sqrt(((matrix - target) ** 2).mean(axis=1))
    nearest: Sequence[int] = np.argsort(distance, kind="stable")[:limit].tolist()
    return [(images[index].id, float(distance[index])) for index in nearest]
