"""The pieces of the Common traits page."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import pandas as pd
import streamlit as st

from sxai.images.verbs.stored import thumbnail, thumbnail_path
from sxai.networks.verbs.networks import list_models
from sxai.plot.theme import class_colour
from sxai.project.project import Project
from sxai.traits.figures import (
    component_scores,
    cumulative_ratios,
    layer_ratio_line,
    proportion_scatter,
    ratio_bars,
    spread_curve,
)
from sxai.traits.verbs.combinations import StoredCombination, combined_picture
from sxai.traits.verbs.layers import LayerRatios, layer_ratios
from sxai.traits.verbs.spread import TraitSpread, trait_spread
from sxai.traits.verbs.traits import CommonTraits, common_traits, searched_samples
from widgets.jobs import work
from widgets.spaces import visuals
from widgets.ui import assessment_view
from widgets.ui.charts import chart, project_classes
from widgets.ui.session import plain

SEARCH = "flips"
WHOLE, SEARCHED = "whole images", "best combinations"
LEAST, PAPER = 2, 300
SHOWN, TILE = 6, 150
"""Searched pictures in the row, and their longer side in pixels."""

COMPONENTS: dict[str, int | str] = {"1st": 1, "2nd": 2, "3rd": 3, "last": "last"}


@dataclass(frozen=True)
class Choice:
    """The settings of the page: ``n`` samples of a class, and whether new jobs search combinations first."""

    class_name: str
    n: int
    search: bool
    colour: str

    @property
    def method(self) -> str | None:
        """The search that new work uses; None for whole images."""
        return SEARCH if self.search else None


def missing(project: Project) -> bool:
    """Show the next step if no class has enough images or there is no network; whether that is so."""
    if not _classes(project):
        assessment_view.nothing_yet(
            ":material/photo_library:",
            "No images yet",
            "Common traits are what the images of one class share.",
            "data/samples",
            "Import images",
        )
    elif not list_models(project):
        assessment_view.nothing_yet(
            ":material/network_node:",
            "No network yet",
            "Common traits are read from a network's features.",
            "data/networks",
            "Choose a network",
        )
    else:
        return False
    return True


def _classes(project: Project) -> dict[str, int]:
    """Classes with enough images, and how many they have."""
    counts = {record.name: sum(record.images.values()) for record in project.catalogue.classes()}
    return {name: count for name, count in counts.items() if count >= LEAST}


def choice(project: Project) -> Choice:
    """The class, the number of samples and the search, chosen in one row."""
    counts = _classes(project)
    with st.container(horizontal=True, vertical_alignment="bottom", key="traits-choice"):
        name = st.selectbox("Class", list(counts), key="page.traits.class", width=220, persist_state="session")
        n = st.number_input(
            "Samples Nₛ",
            LEAST,
            counts[name],
            min(PAPER, counts[name]),
            key=f"page.traits.n.{name}",
            width=160,
            persist_state="session",
            help="Random images of the class, masked or not. The paper uses 300.",
        )
        search = st.toggle(
            "Search the best combination of superpixels first",
            key="page.traits.search",
            persist_state="session",
            help="Removes what does not speak for the class from every image. It takes many passes through the "
            "network for each image; what was found is kept.",
        )
    return Choice(name, int(n), search, class_colour(name, project_classes(project)))


def found(project: Project, chosen: Choice) -> dict[str, CommonTraits]:
    """The kept traits of the choice, with and without the search, after the button that makes the wanted ones."""
    traits = {
        label: compressed
        for label, method in ((WHOLE, None), (SEARCHED, SEARCH))
        if (compressed := common_traits.known(project, chosen.class_name, chosen.n, method))
    }
    wanted = SEARCHED if chosen.search else WHOLE
    arguments = {"class_name": chosen.class_name, "n": chosen.n, "search": chosen.method}
    label = f"Extract common traits of {plain(chosen.class_name)}"
    _made_by_job(project, "traits", arguments, label, ready=wanted in traits, primary=not traits)
    if not traits:
        st.info(
            f"The features of {chosen.n:,} samples of {plain(chosen.class_name)} are compressed into components: the "
            "first is what most of them share.",
            icon=":material/lightbulb:",
        )
    return traits


def _made_by_job(
    project: Project, verb: str, arguments: dict[str, Any], label: str, ready: bool, primary: bool = False
) -> None:
    """The button that starts a job, unless its outcome is ready; or the job that runs."""
    job = work.follow(project, verb)
    if work.busy(job) or ready:
        return
    kind = "primary" if primary else "secondary"
    if st.button(label, type=kind, icon=":material/play_arrow:", key=f"traits-go-{verb}"):  # type: ignore[arg-type]
        work.begin(project, verb, arguments)


def ratios(chosen: Choice, traits: dict[str, CommonTraits]) -> None:
    """Information ratios of the first components, and the number of components for 85 %."""
    values = {label: compressed.ratios for label, compressed in traits.items()}
    left, right = st.columns(2, gap="large")
    with left:
        chart(ratio_bars(values, chosen.class_name, chosen.colour), "traits-ratios")
    with right:
        chart(cumulative_ratios(values, chosen.class_name, chosen.colour), "traits-cumulative")


def before_and_after(project: Project, chosen: Choice, traits: dict[str, CommonTraits]) -> None:
    """Some samples before and after the search, and its gain over all samples."""
    if SEARCHED not in traits:
        return
    searched = traits[SEARCHED]
    samples = project.remember(
        ("searched", project.seed, searched.model, searched.created), lambda: searched_samples(project, searched)
    )
    if not samples:
        return
    st.header("What the search leaves")
    with st.container(horizontal=True, key="traits-searched"):
        for sample in samples[:SHOWN]:
            _pair(project, sample)
    risen = sum(sample.gain > 0 for sample in samples)
    gain, passes = (fmean(getattr(sample, name) for sample in samples) for name in ("gain", "forwards"))
    st.caption(
        f"Above the picture, below what speaks most for {plain(chosen.class_name)}: superpixels that do not are black. "
        f"The log-odds of P({plain(chosen.class_name)}) rose in {risen:,} of {len(samples):,} images, by {gain:.1f} on "
        f"average, with {passes:.0f} passes through the network each."
    )


def _pair(project: Project, sample: StoredCombination) -> None:
    composed = project.remember(
        ("composed", sample.image_id, sample.created), lambda: thumbnail(combined_picture(project, sample), TILE)
    )
    with st.container(width=TILE, gap="small"):
        st.image(str(thumbnail_path(project, sample.image_id, TILE)), width="stretch")
        st.image(composed, width="stretch")
        st.caption(f"{sample.full_fitness:.1f} → {sample.fitness:.1f}", help="Log-odds of the class, before and after")


def components(project: Project, chosen: Choice, traits: dict[str, CommonTraits]) -> None:
    """The scores of one component over the channels, and what components look like."""
    labels = list(traits)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = st.segmented_control("Component", list(COMPONENTS), default="1st", key="page.traits.pc", required=True)
        label = labels[-1]
        if len(labels) > 1:
            label = st.segmented_control("Samples", labels, default=labels[-1], key="page.traits.kind", required=True)
    compressed = traits[label]
    there = {
        word: number for word, number in COMPONENTS.items() if number == "last" or int(number) <= len(compressed.ratios)
    }
    if which in there:
        scores = compressed.component(there[which])
        chart(component_scores(scores, which, chosen.class_name, chosen.colour), "traits-scores")
    else:
        st.info(f"These samples have {len(compressed.ratios)} components.", icon=":material/info:")
    _provenance(compressed, f"{len(compressed.image_ids)} samples of {chosen.class_name}", label)
    st.header("What it looks like")
    targets = [f"{chosen.class_name}:{number}" for number in there.values()]
    visuals.pictures(project, targets, "traits-visuals", chosen.n, compressed.search)


def stability(project: Project, chosen: Choice) -> None:
    """Spread by number of samples, and growth of the scores."""
    spreads = {
        label: spread
        for label, method in ((WHOLE, None), (SEARCHED, SEARCH))
        if (spread := trait_spread.known(project, chosen.class_name, search=method))
    }
    wanted = SEARCHED if chosen.search else WHOLE
    arguments = {"class_name": chosen.class_name, "search": chosen.method}
    _made_by_job(project, "spread", arguments, "Repeat with other samples", ready=wanted in spreads)
    if not spreads:
        st.caption("Three times other samples, at six sizes: does the first component stay the same?")
        return
    curves = {label: [(point.size, point.percent) for point in spread.points] for label, spread in spreads.items()}
    shared = {label: [point.size for point in spread.points if not point.disjoint] for label, spread in spreads.items()}
    latest = list(spreads.values())[-1]
    left, right = st.columns(2, gap="large")
    with left:
        chart(spread_curve(curves, shared, chosen.class_name, chosen.colour), "traits-spread")
    with right:
        sizes = [point.size for point in latest.points]
        fig = proportion_scatter(sizes, latest.scores[:, 0], latest.exponent, chosen.class_name)
        chart(fig, "traits-proportion")
    if latest.dropped:
        told = " and ".join(filter(None, [", ".join(map(str, latest.dropped[:-1])), str(latest.dropped[-1])]))
        st.caption(f"{plain(chosen.class_name)} has too few images for {told} samples.")
    _spread_numbers(spreads)


def _spread_numbers(spreads: dict[str, TraitSpread]) -> None:
    rows = [
        {
            "samples": label,
            "Nₛ": point.size,
            "spread": point.percent,
            "literal": point.literal_percent,
            "cosine": point.cosine,
            "scale": point.scale,
            "root": point.expected_scale,
            "separate": point.disjoint,
        }
        for label, spread in spreads.items()
        for point in spread.points
    ]
    with st.expander("The numbers", icon=":material/table:"):
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            alt="Spread and growth of the first component by number of samples",
            column_config={
                "spread": st.column_config.NumberColumn("spread e (%)", format="%.2f"),
                "literal": st.column_config.NumberColumn(
                    "as printed", format="%.1f", help="The paper's formula without a denominator: it grows with √Nₛ"
                ),
                "cosine": st.column_config.NumberColumn(format="%.4f", help="With the average at the largest Nₛ"),
                "scale": st.column_config.NumberColumn(format="%.3f", help="Scores relative to the largest Nₛ"),
                "root": st.column_config.NumberColumn("√ of the share", format="%.3f", help="√(Nₛ / largest Nₛ)"),
                "separate": st.column_config.CheckboxColumn("separate images", help="The repeats share no image"),
            },
        )
        for label, spread in spreads.items():
            _provenance(spread, f"{spread.repeats} repeats", label)


def layers(project: Project, chosen: Choice) -> None:
    """Ratio of the first component from the input to the output."""
    by_layer = layer_ratios.known(project, chosen.class_name, chosen.n)
    arguments = {"class_name": chosen.class_name, "n": chosen.n}
    _made_by_job(project, "layers", arguments, "Compress every layer", ready=by_layer is not None)
    if by_layer is None:
        st.caption(
            f"The maps of {chosen.n:,} whole images are compressed at every layer and position. It may take minutes; "
            "each layer is kept when it is done."
        )
        return
    names, kinds = [layer.name for layer in by_layer.layers], [layer.kind for layer in by_layer.layers]
    ratios, errors = [layer.ratio for layer in by_layer.layers], [layer.error for layer in by_layer.layers]
    chart(layer_ratio_line(names, kinds, ratios, errors, chosen.class_name, chosen.colour), "traits-layers")
    for name, reason in by_layer.skipped:
        st.caption(plain(f"{name} is left out: {reason}."))
    _provenance(by_layer, f"{len(by_layer.image_ids)} samples of {chosen.class_name}", _positions(by_layer))


def _positions(by_layer: LayerRatios) -> str:
    sampled = [layer for layer in by_layer.layers if layer.positions + layer.dead < layer.of]
    if not sampled:
        return "every position"
    return f"a grid of at most {by_layer.parameters['positions']:,} positions in {len(sampled)} layers"


def _provenance(result: CommonTraits | TraitSpread | LayerRatios, *parts: str) -> None:
    """The network, samples, seed and version of a result."""
    lines: Sequence[str] = (
        f"network {result.model}",
        *parts,
        f"seed {result.parameters['seed']}",
        f"sxai {result.version}",
        result.created[:16].replace("T", " "),
    )
    st.caption(plain("Made with " + " · ".join(lines)))
