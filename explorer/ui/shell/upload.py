"""A person's own picture, cut down to what the models take; and which pages have a field for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.data import picture_file
from explorer.errors import ExplorerError
from explorer.live.gate import FIELDS, MOST_OF_A_PICTURE
from explorer.ui.charts import pictures
from explorer.ui.shell import frame, permissions

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

_SHOWN = 192  # pixels a side of the crop as the page shows it
_HAS_FIELD = "has-picture-field"  # in the session: whether this run drew one


@contextmanager
def fields_known() -> Iterator[None]:
    """Around a page: when it is drawn to its end without a field, files of its viewer are refused from then on."""
    st.session_state[_HAS_FIELD] = False
    yield
    if not st.session_state[_HAS_FIELD]:
        FIELDS.close(_session())


def uploaded_photo(label: str, key: str) -> np.ndarray | None:
    """A file field that takes a PNG, JPEG or WebP, and below it the crop and what the model sees of it.

    A file that can't be read is explained in place. The picture stays in this visit's memory: it does not go into the
    URL, nor to disk.

    Returns
    -------
    uint8 array (3, 32, 32), or None as long as there is no readable picture.
    """
    st.session_state[_HAS_FIELD] = True
    FIELDS.open(_session(), permissions.visitor())
    most = picture_file.MAX_BYTES if permissions.is_teacher() else MOST_OF_A_PICTURE
    file = st.file_uploader(label, list(picture_file.SUFFIXES), key=key, max_upload_size=most >> 20)
    if file is None:
        return None
    try:
        pixels, preview = _read(file.file_id, file)
    except ExplorerError as e:
        frame.show_error(e)
        return None
    st.html(preview)
    return pixels


def _session() -> str:
    context = get_script_run_ctx()
    return context.session_id if context else ""


@st.cache_resource(max_entries=16, show_spinner=False)
def _read(file_id: str, _file: UploadedFile) -> tuple[np.ndarray, str]:
    """Pixels, and HTML that shows them."""
    from PIL import Image

    read = picture_file.read_picture(_file.getvalue())
    crop = np.asarray(Image.fromarray(read.crop).resize((_SHOWN, _SHOWN)))
    depth = picture_file.depth_note(read.deep_bits)
    centre = f"its centre, {depth.rstrip('.')}" if depth else "its centre"
    seen = read.pixels.transpose(1, 2, 0)
    return read.pixels, (
        '<div class="photo"><div class="photo-pair">'
        f'<figure><img src="{pictures.data_uri(crop)}" alt="The centre of your picture">'
        f"<figcaption>{centre}</figcaption></figure>"
        f'<figure><img class="pixels" src="{pictures.data_uri(seen)}" alt="Your picture in 32 x 32 pixels">'
        "<figcaption>as the model sees it</figcaption></figure></div>"
        "<p>The model has never seen pictures like yours, only those of its training data: "
        "expect it to be less faithful here.</p></div>"
    )
