"""The Model page's pieces: adding a network, training it live, and what it has learned."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from sxai.networks.figures import confusion_matrix, learning_curves, reliability_diagram
from sxai.networks.fitting import MAX_PASSES
from sxai.networks.verbs.at_hand import check_reachable
from sxai.networks.verbs.networks import (
    BackboneChoice,
    ModelDetail,
    ModelSummary,
    backbone_choices,
    model_detail,
    use_model,
)
from sxai.networks.verbs.remove import remove_model, rename_model
from sxai.project.project import Project
from sxai.spaces.verbs.stored import list_spaces
from widgets.jobs import work
from widgets.ui import assessment_view, whole_menu
from widgets.ui.charts import chart
from widgets.ui.pages import file_of
from widgets.ui.session import boundary

WEIGHTS = {
    "built-in": "comes with the package",
    "imagenet": "ImageNet weights, downloaded once",
    "file": "needs a weights file",
}
HISTORY = "page.model.history"
MANY = 8
"""With more classes the confusion matrix takes the whole width."""
OTHER = "Another one, by its name"
OTHERS = "timm:resnet18, timm:vit_tiny_patch16_224, package.module:factory"


def backbone_field(
    key: str, described: dict[str, str] | None = None, order: list[str] | None = None
) -> tuple[str, BackboneChoice | None]:
    """Choose a backbone: one of the registry with what is known of it, or one that is typed, with None."""
    choices = {choice.name: choice for choice in backbone_choices()}
    order = order or sorted(choices, key=lambda name: (choices[name].weights != "built-in", name))
    words = described or {}
    chosen = st.selectbox(
        "Backbone",
        [*order, OTHER],
        format_func=lambda name: words.get(name, name),
        key=f"{key}-backbone",
        width="stretch",
    )
    if chosen != OTHER:
        return chosen, choices[chosen]
    typed = st.text_input(
        "Its name",
        key=f"{key}-other",
        placeholder=OTHERS,
        help="timm:NAME is any classifier of the package timm. module:factory is your own code; "
        "it runs only when SXAI_OWN_NETWORKS names it.",
    )
    return typed.strip(), None


def named_after(backbone: str) -> str:
    """A name for a network made of that backbone.

    >>> named_after("timm:vit_tiny_patch16_224"), named_after("my.nets:make"), named_after("vgg19")
    ('vit_tiny_patch16_224', 'make', 'vgg19')
    """
    return re.sub(r"[^\w.-]", "-", backbone.rpartition(":")[2])


def choose(networks: list[ModelSummary]) -> ModelSummary:
    """The network to look at; the active one at first."""
    names = [network.model for network in networks]
    active = next((at for at, network in enumerate(networks) if network.active), 0)
    if st.session_state.get("network") not in (None, *names):
        del st.session_state["network"]
    chosen = st.selectbox("Network", names, index=active, key="network", bind="query-params", width=320)
    return networks[names.index(chosen)]


def headline(project: Project, summary: ModelSummary, size: int) -> None:
    """Four numbers, a description of the network, and whether it is in use."""
    with st.container(horizontal=True, vertical_alignment="center", key="model-head"):
        if summary.active:
            st.badge("In use", icon=":material/check:", color="green")
        elif st.button("Use this network", icon=":material/check:", key="model-use"):
            use_model(project, summary.model)
            st.rerun()
        parts = [summary.backbone, f"head {summary.head or 'not trained yet'}", f"weights {Path(summary.weights).name}"]
        st.caption(assessment_view.plain(" · ".join(parts)), width="stretch")
        _menu(project, summary)
    with st.container(horizontal=True, key="model-numbers"):
        for split, label in (("val", "Validation accuracy"), ("train", "Training accuracy")):
            value = summary.accuracy.get(split)
            st.metric(label, "–" if value is None else f"{value:.1%}")
        st.metric("Channels C", f"{summary.channels:,}")
        st.metric("Input", f"{size} × {size}")
        st.metric("Classes", f"{len(summary.classes)}" if summary.classes else "–")


def _menu(project: Project, summary: ModelSummary) -> None:
    def rename(new: str) -> None:
        rename_model(project, summary.model, new)
        st.session_state.pop("network", None)

    def delete() -> None:
        remove_model(project, summary.model)
        st.session_state.pop("network", None)

    def goes() -> str:
        return f"its {len(list_spaces(project, summary.model))} semantic spaces, its features and assessments"

    whole_menu.menu("model", summary.model, goes, delete, rename)


def training(project: Project, summary: ModelSummary) -> None:
    """The form that starts a training run, or the run itself with its early results."""
    job = work.follow(project, "train", _early)
    if work.busy(job):
        return
    if job is not None and job.state == "done":
        st.session_state.pop(HISTORY, None)
        work.dismiss("train")
        ran = len(model_detail(project, summary.model).history)
        st.success(f"Training finished after {ran} epochs; the best one was kept.", icon=":material/check_circle:")
    with st.expander("Train", icon=":material/fitness_center:", expanded=not summary.trained):
        _training_form(project, summary)


EPOCHS_HELP = {
    "head": "An epoch of a head takes milliseconds, so training goes on after these until validation stops improving, "
    f"up to {MAX_PASSES} epochs. The chart shows every one.",
    "all": "Passes over the training images; exactly so many run.",
}


def _training_form(project: Project, summary: ModelSummary) -> None:
    st.caption(
        "Head only is fast and keeps the network's features. Fine-tuning changes all layers: it fits the data better, "
        "takes longer, and makes spaces extracted before out of date."
    )
    how = st.segmented_control(
        "What to train",
        ["head", "all"],
        default="head",
        required=True,
        key="train-what",
        format_func={"head": "Head only", "all": "Fine-tune all layers"}.__getitem__,
    )
    with st.container(horizontal=True):
        label = "Epochs, at least" if how == "head" else "Epochs"
        epochs = st.number_input(label, 1, 200, 3, key="train-epochs", width=160, help=EPOCHS_HELP[how])
        batch = st.number_input("Batch", 1, 512, 16, key="train-batch", width=130)
        rate = st.number_input(
            "Learning rate",
            0.0,
            1.0,
            1e-3 if how == "head" else 1e-4,
            format="%.5f",
            step=1e-4,
            key=f"train-rate-{how}",
            width=160,
        )
    if st.button(
        "Train", type="secondary" if summary.trained else "primary", icon=":material/play_arrow:", key="train-go"
    ):
        st.session_state[HISTORY] = {}
        arguments = {
            "name": summary.model,
            "epochs": int(epochs),
            "batch": int(batch),
            "head_only": how == "head",
            "learning_rate": float(rate) or None,
        }
        work.begin(project, "train", arguments)


def _early(detail: dict[str, Any]) -> None:
    """Loss and accuracy so far: each sign of progress carries one epoch."""
    if "epoch" not in detail:
        return
    seen: dict[int, dict[str, Any]] = st.session_state.setdefault(HISTORY, {})
    seen[int(detail["epoch"])] = detail
    chart(learning_curves([seen[epoch] for epoch in sorted(seen)], detail.get("epochs")), "train-live")


def learned(project: Project, detail: ModelDetail) -> None:
    """The results of training: learning curves, confusion matrix, calibration."""
    if detail.history:
        chart(learning_curves(detail.history, over=True), "model-history")
    many = len(detail.summary.classes) > MANY
    left, right = (st.container(), st.container()) if many else st.columns(2, gap="large")
    with left:
        if detail.confusion is not None:
            chart(confusion_matrix(detail.confusion, detail.summary.classes), "model-confusion")
            _to_mistakes()
    with right:
        if detail.calibration is not None:
            known = detail.calibration
            fig = reliability_diagram(known["confidence"], known["accuracy"], known["count"], known["ece"])
            chart(fig, "model-calibration")
    if detail.confusion is None and detail.summary.trained:
        st.caption("There is no validation split, so accuracy on unseen images is not known.")


def _to_mistakes() -> None:
    if st.button("Show the mistakes", icon=":material/arrow_forward:", key="model-mistakes"):
        st.switch_page(file_of("data/samples"), query_params={"said": "wrong", "split": "val"})


def inside(detail: ModelDetail) -> None:
    """Layers that can be read, and the preprocessing of pictures."""
    st.header("Layers and input")
    fit = {"squash": "squashed to a square", "crop": "cropped to a square"}.get(detail.summary.fit, detail.summary.fit)
    st.caption(
        f"A picture is {fit} of {detail.size} × {detail.size} pixels ({detail.interpolation}) and normalised "
        f"inside the network. "
        f"Semantic spaces read the {detail.summary.channels} channels after global average pooling."
    )
    st.caption(_signs(detail))
    left, right = st.columns(2, gap="large")
    left.dataframe(pd.DataFrame({"tap": detail.taps}), hide_index=True, height=190, alt="Layers that can be read")
    rows = {"channel": ["red", "green", "blue"], "mean": detail.mean, "std": detail.std}
    right.dataframe(pd.DataFrame(rows), hide_index=True, alt="Normalisation by colour channel")


def _signs(detail: ModelDetail) -> str:
    """What the sign of features means in this network."""
    if detail.features_nonnegative:
        return "Features are never below 0: a channel is active or it is not."
    return (
        "Features can be below 0, as in transformers: a high activation Aₛ says that features lie where the concept "
        "moves them, no longer that its neurons are active. Probabilities keep their meaning (docs/networks.md)."
    )


def arriving(project: Project) -> None:
    """A network that is being added, then its first features, where there are images."""
    job = work.follow(project, "model")
    if job is not None and job.state == "done":
        work.dismiss("model")
        st.session_state.pop("network", None)
        if project.catalogue.count_images():
            work.begin(project, "features", {"model": job.arguments["name"]})
    features = work.follow(project, "features")
    if features is not None and features.state == "done":
        work.dismiss("features")
        st.success("Its features are ready. Train its head next.", icon=":material/check_circle:")


def adding(project: Project, first: bool) -> None:
    """The form that adds a network; it stays as it is filled in while one is being added, or when that failed."""
    busy = any(job.verb == "model" for job in project.catalogue.jobs(states=work.RUNNING))
    with st.expander("Add a network", icon=":material/add:", expanded=first, key="add-form"):
        backbone, choice = backbone_field("add")
        if choice is not None:
            facts = f"{choice.channels:,} channels · {choice.size} × {choice.size} · {WEIGHTS[choice.weights]}"
            st.caption(assessment_view.plain(f"{choice.description} {facts}"))
        with st.container(horizontal=True):
            name = st.text_input("Name", named_after(backbone), key=f"add-name-{backbone}", width=220)
            fit = st.selectbox("Make square by", ["squash", "crop"], key="add-fit", width=180)
        weights = weights_field("add", choice)
        if st.button(
            "Add",
            type="primary" if first else "secondary",
            icon=":material/add:",
            key="add-go",
            disabled=busy or not (name.strip() and backbone),
        ):
            with boundary():
                with st.spinner("Checking the weights of the network"):
                    check_reachable(backbone, weights)
                work.begin(project, "model", _arguments(name, backbone, weights, fit))


def _arguments(name: str, backbone: str, weights: str | None, fit: str) -> dict[str, Any]:
    return {"name": name.strip(), "backbone": backbone, "weights": weights, "fit": fit}


def weights_field(key: str, choice: BackboneChoice | None) -> str | None:
    """Where weights come from: None for those that come with the backbone."""
    label = "Weights file (leave empty for those that come with it)"
    if choice is not None and choice.weights == "imagenet":
        label = "Weights file (leave empty for ImageNet's, which are downloaded unless they are here)"
    if choice is not None and choice.weights == "file":
        label = "Weights file"
    if choice is None:
        label = "Weights: a file, or pretrained to let timm download its own (leave empty for your own code)"
    of = "other" if choice is None else choice.name
    typed = st.text_input(label, key=f"{key}-weights-{of}", placeholder="weights.safetensors")
    return typed.strip() or None
