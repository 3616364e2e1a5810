"""The Attacks page's playground: one picture, an attack, and both seen by the network and its concepts."""

import hashlib
from dataclasses import dataclass
from typing import Any

import streamlit as st

from sxai.assess.detection import DetectionRule
from sxai.assess.verdict import ImageAssessment
from sxai.attacks.attack import METHODS, Method
from sxai.attacks.verbs.attack import AttackedImage, attack_image
from sxai.attacks.verbs.calibrate_detection import detection_rule
from sxai.attacks.verbs.table import EPSILONS
from sxai.demo.verbs.fill import is_demo
from sxai.networks.verbs.networks import active_model
from sxai.project.project import Project
from widgets.ui import assessment_view, uploads
from widgets.ui.before_after import before_after_row
from widgets.ui.image_chooser import find_image
from widgets.ui.session import plain

PICTURE, MANY = "One picture", "Many pictures, and the rule"
VIEWS = (PICTURE, MANY)
SOURCES = {"project": "From the project", "upload": "Upload"}
STRENGTHS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
METHOD_NAMES: dict[Method, str] = {"pgd": "PGD, L∞ (the paper's)", "fgsm": "FGSM, one step", "l2-pgd": "PGD, L2"}
DONE = "page.attack.done"


@dataclass(frozen=True)
class Wanted:
    """A picture and how to attack it; ``ready`` when it was asked for."""

    image: int | bytes
    name: str
    epsilon: float
    method: Method
    target: str
    ready: bool


@dataclass(frozen=True)
class DemoAttack:
    """An attack on a picture of the demo that shows what detection is worth."""

    label: str
    image: str
    epsilon: float


DEMO_ATTACKS = (
    DemoAttack("An attack that is noticed", "cat-0002-front.png", 0.05),
    DemoAttack("One that is not noticed", "cat-0032-portrait.png", 0.005),
)


def examples(project: Project) -> None:
    """On the demo, two attacks to begin with."""
    ids = {image.name: image.id for image in project.catalogue.images(split="val")} if is_demo(project) else {}
    with st.container(horizontal=True, key="attack-examples"):
        for one in DEMO_ATTACKS:
            if one.image in ids:
                st.button(one.label, icon=":material/play_arrow:", on_click=_begin, args=(project, ids[one.image], one))


def _begin(project: Project, image_id: int, one: DemoAttack) -> None:
    """Choose the picture and the attack, as if it was asked for."""
    st.query_params["image"] = str(image_id)
    st.session_state.update(
        {
            "attack-source": "project",
            "page.attack.image": image_id,
            "attack-epsilon": one.epsilon,
            "attack-method": "pgd",
            "attack-target": "other",
            DONE: (image_id, one.epsilon, "pgd", "other", active_model(project).model),
        }
    )


def view() -> str:
    """Which half of the page to show; the choice stands in the address."""
    chosen = st.segmented_control(
        "View", VIEWS, default=PICTURE, required=True, key="view", bind="query-params", label_visibility="collapsed"
    )
    return str(chosen)


def chosen(project: Project) -> Wanted | None:
    """The picture and the attack that a person chooses; None as long as there is no picture."""
    picture = _picture(project)
    if picture is None:
        return None
    with st.container(horizontal=True, vertical_alignment="bottom", key="attack-settings"):
        method = st.selectbox("Attack", METHODS, format_func=METHOD_NAMES.__getitem__, width=230, key="attack-method")
        epsilon = st.select_slider(
            "Strength ε (pixel values run from 0 to 1)",
            STRENGTHS,
            0.05,
            width=330,
            key="attack-epsilon",
            format_func=_strength,
            help="0.05, 0.01 and 0.005 are the paper's. For L2 it is the root mean square of all changes.",
        )
        target = target_choice(project, "attack-target")
        asked = st.button("Attack", type="primary", icon=":material/bolt:", key="attack-go")
    image, name = picture
    key = (_content(image), float(epsilon), method, target, active_model(project).model)
    if asked:
        st.session_state[DONE] = key
    return Wanted(image, name, float(epsilon), method, target, st.session_state.get(DONE) == key)


def target_choice(project: Project, key: str) -> str:
    """Towards which class, or only away from the present one."""
    names = {"other": "the nearest other class", "untargeted": "any other class (untargeted)"}
    options = [*names, *active_model(project).classes]
    return str(st.selectbox("Towards", options, format_func=lambda one: names.get(one, one), width=230, key=key))


def _strength(epsilon: float) -> str:
    return f"{epsilon:g} (paper)" if epsilon in EPSILONS else f"{epsilon:g}"


def _content(image: int | bytes) -> Any:
    return image if isinstance(image, int) else hashlib.sha256(image).hexdigest()


def _picture(project: Project) -> tuple[int | bytes, str] | None:
    source = st.segmented_control(
        "Picture",
        list(SOURCES),
        default="project",
        required=True,
        key="attack-source",
        persist_state="session",
        format_func=SOURCES.__getitem__,
        label_visibility="collapsed",
    )
    if source == "upload":
        file = st.file_uploader(
            "Picture",
            type=uploads.KINDS,
            key="attack-file",
            max_upload_size=uploads.PICTURE_MB,
            label_visibility="collapsed",
        )
        return (file.getvalue(), file.name) if file else None
    image = find_image(project, "attack")
    return (image.id, image.name) if image else None


def attacked(project: Project, wanted: Wanted) -> AttackedImage | None:
    """The outcome, with a bar that moves at every step; None, with a hint, until it was asked for."""
    if not wanted.ready:
        st.info("Choose a strength and attack: clean and adversarial are shown side by side.", icon=":material/bolt:")
        return None
    bar = st.empty()

    def report(stage: str, done: int, total: int, detail: dict[str, Any] | None = None) -> None:
        step, steps = (detail or {}).get("step", 1), (detail or {}).get("steps", 1)
        bar.progress(step / steps if steps else 1.0, text=f"Attacking, step {step} of {steps}")

    found = attack_image(
        project, wanted.image, wanted.epsilon, wanted.method, target=wanted.target, name=wanted.name, progress=report
    )
    bar.empty()
    return found


def outcome(project: Project, found: AttackedImage | None) -> None:
    """Both pictures with the change between them, then the assessment of each."""
    if found is None:
        return
    _headline(project, found)
    _pictures(found)
    left, right = st.columns(2, gap="large")
    for column, said, title in ((left, found.clean, "Clean"), (right, found.adversarial, "Adversarial")):
        with column, st.container(key=f"attack-{title.lower()}"):
            st.header(title)
            assessment_view.verdict(project, said, f"attack-verdict-{title.lower()}")
            assessment_view.radar(project, said, f"attack-radar-{title.lower()}")
            assessment_view.warnings(said)
    st.caption(
        plain(
            f"Made with network {found.clean.model} · {METHOD_NAMES[found.settings.method]} · "
            f"ε {found.settings.epsilon:g} · {found.settings.steps} steps · seed {found.seed} · sxai {found.version} · "
            f"{found.created[:16].replace('T', ' ')}"
        )
    )


def _headline(project: Project, found: AttackedImage) -> None:
    before, after = found.clean.predicted, found.adversarial.predicted
    with st.container(horizontal=True, vertical_alignment="center", key="attack-outcome"):
        if found.flipped:
            st.badge(plain(f"{before} became {after}"), icon=":material/swap_horiz:", color="orange")
        else:
            st.badge(plain(f"still {before}"), icon=":material/shield:", color="green")
        if found.flagged:
            st.badge("noticed as adversarial", icon=":material/flag:", color="green")
        elif "unfamiliar" in found.adversarial.flags:
            st.badge("stopped as unfamiliar", icon=":material/travel_explore:", color="blue")
        elif found.flipped:
            st.badge("not noticed", icon=":material/visibility_off:", color="red")
        if "adversarial" in found.clean.flags:
            st.badge("false alarm on the clean picture", icon=":material/notification_important:", color="orange")
    used = detection_rule(project)
    rule = None if used.combined else used.rule
    size = found.norms
    lost = " Rounded to 8 bits, as files keep pictures, the change has no effect." if not found.survives else ""
    st.caption(
        plain(
            f"Noticed when {rule_words(rule)}. Largest change {size.largest:.4f}, root mean square {size.rms:.4f}, L2 "
            f"{size.l2:.2f}; {size.changed:.0%} of the values changed.{lost}"
        )
    )


def rule_words(rule: DetectionRule | None) -> str:
    """When a picture counts as adversarial by a rule over concepts, or by the combined test, as part of a sentence."""
    if rule is None:
        return "certainty and distance from the known pictures together leave the range of natural pictures"
    value = "P" if rule.scale == "probability" else "z (activation in standard deviations)"
    return (
        f"one {value} of the predicted class is above {rule.one:.4g} {rule.combine} "
        f"at least {rule.count} are above {rule.many:.4g}"
    )


def _pictures(found: AttackedImage) -> None:
    captions = (
        f"Clean: {_said(found.clean)}",
        "The change, {times} magnified about grey",
        f"Adversarial: {_said(found.adversarial)}",
    )
    before_after_row(found.pictures, "adversarial", captions, "attack-png")


def _said(said: ImageAssessment) -> str:
    return f"{said.predicted}, {said.confidence:.1%}"
