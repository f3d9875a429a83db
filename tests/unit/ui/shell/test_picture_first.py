"""What reaches the browser first."""

from __future__ import annotations

import streamlit
from streamlit.testing.v1 import AppTest

TRIED_WITH = "1.67.0"


def page() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from explorer.ui.shell.picture_first import PictureFirst

    context = get_script_run_ctx()
    assert context
    send, sent = context._enqueue, []

    def record(message):
        text = message.delta.new_element.text.body
        if text:
            sent.append(text)
        send(message)

    context._enqueue = record
    try:
        with PictureFirst() as order:
            picture = st.container()
            progress = st.empty()
            with st.container(), order.later():
                st.text("choices")
                with order.now(), progress:
                    st.text("progress")
                st.text("more choices")
            picture.text("picture")
            if st.session_state.get("fails"):
                raise ValueError
            st.text("the rest")
    except ValueError:
        st.text("explained")
    st.session_state["sent"] = sent


def test_streamlit_is_the_version_that_its_private_method_was_tried_with():
    assert streamlit.__version__ == TRIED_WITH, (
        "PictureFirst replaces ScriptRunContext._enqueue, which any version may rename. If the other tests here pass, "
        "and tests/benchmarks/interaction.py finds Compare and Interpolate no slower than before, name the new version "
        "here. If not, let `later` and `now` be blocks that do nothing: pages stay right, their pictures come later."
    )


def test_what_comes_later_is_sent_last_and_stands_where_it_was_drawn():
    test = AppTest.from_function(page).run()
    assert test.session_state["sent"] == ["progress", "picture", "the rest", "choices", "more choices"]
    assert [text.value for text in test.text] == ["picture", "progress", "choices", "more choices", "the rest"]


def test_nothing_is_lost_when_something_goes_wrong():
    test = AppTest.from_function(page)
    test.session_state["fails"] = True
    test.run()
    assert test.session_state["sent"] == ["progress", "picture", "choices", "more choices", "explained"]
    assert not test.exception


def two_within_each_other() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from explorer.ui.shell.picture_first import PictureFirst

    context = get_script_run_ctx()
    assert context
    send, sent = context._enqueue, []

    def record(message):
        if text := message.delta.new_element.text.body:
            sent.append(text)
        send(message)

    context._enqueue = record
    with PictureFirst() as outer:
        with outer.later():
            st.text("choices")
        with PictureFirst() as inner:
            st.text("picture")
            with inner.later():
                st.text("numbers")
        st.text("what takes long")
    st.session_state["sent"] = sent


def test_what_stands_around_a_picture_does_not_wait_for_what_follows_it():
    test = AppTest.from_function(two_within_each_other).run()
    assert test.session_state["sent"] == ["picture", "choices", "numbers", "what takes long"]
