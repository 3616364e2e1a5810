"""Numbers in, plotly figures out: no Streamlit, no database."""

from sxai.figures.distribution import NormalFit, activation_histogram, masking_histogram, qq_plot
from sxai.figures.radar import probability_radar, radar_thumbnail
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

__all__ = [
    "NormalFit",
    "activation_histogram",
    "alt_text",
    "class_colour",
    "concept_marker",
    "config",
    "confusion_matrix",
    "crosstalk_heatmap",
    "describe",
    "difference_bars",
    "figure_csv",
    "figure_data",
    "learning_curves",
    "margin_histogram",
    "margin_plot",
    "masking_dumbbells",
    "masking_histogram",
    "probability_histograms",
    "probability_radar",
    "qq_plot",
    "radar_thumbnail",
    "reliability_diagram",
    "score_bars",
    "similarity_heatmap",
    "template",
]
