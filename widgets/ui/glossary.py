"""The words and symbols of the app, one click away from every page."""

from collections.abc import Mapping

import streamlit as st

TERMS: Mapping[str, str] = {
    "Concept": "A part that you can point at, such as a cat's eyes: `cat.eyes`.",
    "Mask": "The region of a picture that shows a concept. It is filled with its surroundings to hide the concept.",
    "Superpixel": "A piece of a picture with one colour and texture. Masks are made of these.",
    "Features": "The numbers that a network computes of a picture before its last layer, one for each channel.",
    "Semantic space": "The few channels that change most when a concept is masked, and by how much.",
    "SSN": "Semantically sensitive neurons: the channels of a semantic space.",
    "Δ": "Mean difference of the features with and without the concept.",
    "Activation A": "How strongly a picture excites a semantic space.",
    "P": "Semantic probability: the place of a picture's activation among the pictures of the class. An average "
    "one has 0.5, a P above 1 is stronger than any of them. It is a rank, not the chance that the part is there.",
    "ΔP": "P less the largest P of the same concept in another class.",
    "q-q, R²": "How well the activations of a class follow the normal distribution that P is read from; 1 is perfect.",
    "Presence AUC": "How often a picture that shows the part has a higher P than one that does not; 0.5 is chance.",
    "Familiar": "Whether a picture is like those that the network learned from, at a chosen rate of false alarms.",
    "Intact": "Whether certainty and distance lie in the range of natural pictures, so that no attack is suspected.",
    "Supported": "Whether the concepts of the predicted class are seen, more than those of any other class.",
    "Conformal p-value": "Share of pictures kept aside that are at least as strange as this one.",
    "Common traits": "The directions that the features of a class vary least in or share most (row-centred PCA).",
    "Occluder": "A pattern, as faint as possible, that makes the network miss a class wherever it is laid.",
    "Vector": "The direction of a concept or class among all channels (SeVec).",
    "Reference": "The pictures that the distribution of a concept's activations is taken over.",
}


def button() -> None:
    """Opens the glossary."""
    if st.button("Glossary", icon=":material/menu_book:", type="tertiary", key="glossary"):
        _dialog()


@st.dialog("Glossary", width="large")
def _dialog() -> None:
    asked = st.text_input("Find a word", key="glossary-find", placeholder="P, Δ, familiar …")
    found = {word: text for word, text in TERMS.items() if asked.lower() in f"{word} {text}".lower()}
    st.markdown("\n".join(f"- **{word}**: {text}" for word, text in found.items()) or "Nothing here has that word.")
