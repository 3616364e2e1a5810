"""What was assessed before, as a small table."""

import pandas as pd
import streamlit as st

from sxai.assess.verbs.history import past_assessments
from sxai.project.project import Project
from widgets.ui.assessment_view import LEVELS

SHOWN = 50


def table(project: Project) -> None:
    """The last assessments, newest first, folded away; nothing before the first."""
    rows = [
        {
            "picture": past.file,
            "level": LEVELS[past.level][0],
            "verdict": past.verdict,
            "network": past.model,
            "when": pd.Timestamp(past.created),
        }
        for past in past_assessments(project, SHOWN)
    ]
    if rows:
        with st.expander("What was assessed before", icon=":material/history:"):
            st.dataframe(pd.DataFrame(rows), hide_index=True, key="assess-history", alt="What was assessed before")
