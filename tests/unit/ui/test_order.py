"""What reaches the browser first."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from explorer.ui.order import PictureFirst

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
