"""The app: `streamlit run streamlit_app.py`."""

import streamlit as st

from explorer.ui.components import downloads
from explorer.ui.shell import frame, sidebar

st.set_page_config(
    page_title="VAE Explorer", page_icon=frame.ICON, layout="wide", initial_sidebar_state=frame.SIDEBAR_PX
)

page = st.navigation(
    [
        st.Page("explorer/pages/start.py", title="Start", icon=":material/visibility:", default=True, url_path="home"),
        st.Page("explorer/pages/start.py", url_path="start", visibility="hidden"),  # its own name works too
        st.Page("explorer/pages/train.py", title="Train", icon=":material/monitoring:"),
        st.Page("explorer/pages/compare.py", title="Compare", icon=":material/compare:"),
        st.Page("explorer/pages/interpolate.py", title="Interpolate", icon=":material/conversion_path:"),
        st.Page("explorer/pages/beta.py", title="Beta", icon=":material/tune:"),
        st.Page("explorer/pages/blur.py", title="Blur", icon=":material/biotech:"),
        st.Page("explorer/pages/claims.py", title="Claims", icon=":material/fact_check:"),
    ]
)
frame.apply_style()
downloads.deliver()
sidebar.show()
with frame.explained_errors():
    page.run()
