"""The start page: one real example, a place to try any picture, and the path to one's own verdicts."""

from widgets.start import home

home.page()
