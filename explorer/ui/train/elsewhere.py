"""Models that were trained elsewhere: which are here, and for the teacher a field for one more."""

from __future__ import annotations

import streamlit as st

from explorer import models
from explorer.data import SOURCES
from explorer.models import Model
from explorer.ui.charts import tables
from explorer.ui.shell import deeds, frame, permissions
from explorer.units import NOTEBOOK_BETA

_SUFFIXES = ["pt", "pth", "bin", "ckpt", "safetensors"]
_UNKNOWN = "unknown"
_TOLD = "elsewhere-told"  # in the session: what came of an import, or of a removal
_VERSION = "elsewhere-version"  # in the session: of the field, which is empty again after an import


def show() -> None:
    """A fold with the list and the field; nothing for viewers, who find the models on all pages."""
    if not permissions.may("upload files"):
        return
    known = models.imported()
    told = st.session_state.pop(_TOLD, "")
    count = f" ({len(known)})" if known else ""
    with st.expander(f"Models from elsewhere{count}", expanded=bool(told), icon=":material/upload_file:"):
        if told:
            st.caption(told)
        for model in known:
            _row(model)
        _field()


def _row(model: Model) -> None:
    said = f"{tables.latent_words(model)}; trained on {model.trained_on} {model.effort}"
    measured = "" if model.measured else ". Not measured yet."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{frame.plain(model.title)}**: {frame.plain(said + measured)}", width="stretch")
        query = {"model": model.id, "source": SOURCES[model.source].title}
        st.page_link("explorer/pages/compare.py", label="Compare", icon=":material/compare:", query_params=query)
        st.button("Remove", key=f"remove-{model.id}", type="tertiary", on_click=_remove, args=(model,))


def _field() -> None:
    version = st.session_state.setdefault(_VERSION, 0)
    file = st.file_uploader(
        "Weights of the notebook's network, or of this app", _SUFFIXES, key=f"elsewhere-file-{version}",
        help="torch.save(model.state_dict(), FILE), or safetensors. Nothing in the file is executed. An architecture "
        "of your own comes with code, and is imported on the command line: python -m explorer import --help",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name", key=f"elsewhere-name-{version}", max_chars=80, placeholder="The file's")
        sources = {_UNKNOWN: "unknown"} | {key: of.title for key, of in SOURCES.items() if not of.upload}
        source = st.selectbox("Trained on", list(sources), format_func=sources.__getitem__, key="elsewhere-source")
        beta = st.number_input(
            "Beta that it was trained at", 0.0, 100.0, None, key="elsewhere-beta", format="%g",
            placeholder=f"unknown: {NOTEBOOK_BETA:g}",
            help="In this app's units, which are the notebook's.",
        )  # fmt: skip
        pressed = st.button("Import", key="elsewhere-import", type="primary", disabled=file is None)
    if pressed and file:
        with frame.explained_errors():
            model = deeds.import_model(
                file.getvalue(), file.name, name, "" if source == _UNKNOWN else source, beta
            )  # fmt: skip
            st.session_state[_VERSION] = version + 1
            st.session_state[_TOLD] = (
                f"{frame.plain(model.title)} stands on all pages that show models. It is being measured, beside "
                "everything else."
            )
            st.rerun()


def _remove(model: Model) -> None:
    deeds.remove_model(model)
    st.session_state[_TOLD] = f"{frame.plain(model.title)} was removed."
