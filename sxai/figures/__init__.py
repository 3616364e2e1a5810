"""Numbers in, plotly figures out: no Streamlit, no database."""

from sxai.figures.attacks import (
    CurvePoints,
    Rate,
    Strength,
    epsilon_rates,
    magnified,
    roc_curves,
    score_histograms,
)
from sxai.figures.comparing import agreement_scatter, model_dumbbells
from sxai.figures.distribution import (
    EmpiricalFit,
    NormalFit,
    activation_histogram,
    masking_histogram,
    probability_curves,
    qq_plot,
)
from sxai.figures.evidence import evidence_map, saliency_map
from sxai.figures.inversion import loss_curves, method_race
from sxai.figures.localisation import class_heat, gain_band, pointing_curves
from sxai.figures.masks import mask_effects_strip, mask_growth, mask_places
from sxai.figures.occluders import (
    ConceptBar,
    LearningPoint,
    concept_shares,
    epsilon_sweep,
    occluder_curves,
    occluder_dumbbells,
    occluder_matrix,
)
from sxai.figures.prototypes import (
    bubble_rings,
    filter_ranks,
    orthogonality_heatmap,
    orthogonality_panels,
    sensitivity_boxes,
    similarity_bars,
    term_curves,
)
from sxai.figures.radar import probability_radar, radar_thumbnail
from sxai.figures.scoreboard import auc_intervals, calibration_lines
from sxai.figures.search import margin_histogram, margin_plot, probability_histograms
from sxai.figures.spaces import (
    crosstalk_heatmap,
    difference_bars,
    masking_dumbbells,
    score_bars,
    similarity_heatmap,
)
from sxai.figures.table import figure_csv, figure_data
from sxai.figures.theme import alt_text, class_colour, concept_marker, config, describe, template
from sxai.figures.training import confusion_matrix, learning_curves, reliability_diagram
from sxai.figures.traits import (
    component_scores,
    cumulative_ratios,
    layer_ratio_line,
    proportion_scatter,
    ratio_bars,
    spread_curve,
)
from sxai.figures.vectors import (
    attribute_bars,
    diversity_scatter,
    grey_dumbbells,
    relevance_bars,
    relevance_heatmap,
    retrieval_bars,
    shift_bars,
    vector_map,
    vector_tree,
)

__all__ = [
    "ConceptBar",
    "CurvePoints",
    "EmpiricalFit",
    "LearningPoint",
    "NormalFit",
    "Rate",
    "Strength",
    "activation_histogram",
    "agreement_scatter",
    "alt_text",
    "attribute_bars",
    "auc_intervals",
    "bubble_rings",
    "calibration_lines",
    "class_colour",
    "class_heat",
    "component_scores",
    "concept_marker",
    "concept_shares",
    "config",
    "confusion_matrix",
    "crosstalk_heatmap",
    "cumulative_ratios",
    "describe",
    "difference_bars",
    "diversity_scatter",
    "epsilon_rates",
    "epsilon_sweep",
    "evidence_map",
    "figure_csv",
    "figure_data",
    "filter_ranks",
    "gain_band",
    "grey_dumbbells",
    "layer_ratio_line",
    "learning_curves",
    "loss_curves",
    "magnified",
    "margin_histogram",
    "margin_plot",
    "mask_effects_strip",
    "mask_growth",
    "mask_places",
    "masking_dumbbells",
    "masking_histogram",
    "method_race",
    "model_dumbbells",
    "occluder_curves",
    "occluder_dumbbells",
    "occluder_matrix",
    "orthogonality_heatmap",
    "orthogonality_panels",
    "pointing_curves",
    "probability_curves",
    "probability_histograms",
    "probability_radar",
    "proportion_scatter",
    "qq_plot",
    "radar_thumbnail",
    "ratio_bars",
    "relevance_bars",
    "relevance_heatmap",
    "reliability_diagram",
    "retrieval_bars",
    "roc_curves",
    "saliency_map",
    "score_bars",
    "score_histograms",
    "sensitivity_boxes",
    "shift_bars",
    "similarity_bars",
    "similarity_heatmap",
    "spread_curve",
    "template",
    "term_curves",
    "vector_map",
    "vector_tree",
]
