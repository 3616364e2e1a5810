"""A new project: pictures, a network, go."""

import streamlit as st

from widgets.project import starting

st.title("New project")
st.caption("Pictures of two classes or more and a pretrained network. Nothing leaves this machine.")
starting.form()
st.divider()
st.header("Or look at a larger demo")
starting.species()
