"""The app: `streamlit run streamlit_app.py`. The server imports this file once, and then runs it for each page."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx


def draw() -> None:
    """A page, in the frame that all share."""
    from explorer.ui.components import classroom, downloads, live, terms
    from explorer.ui.lessons import make
    from explorer.ui.shell import address, callbacks, frame, lesson_bar, sidebar, unexpected, upload
    from explorer.ui.shell.pages import PAGES, START

    def offer_recording() -> None:
        make.offer_recording(page.url_path or START.name)

    st.set_page_config(
        page_title="VAE Explorer", page_icon=frame.ICON, layout="wide", initial_sidebar_state=frame.SIDEBAR_PX
    )
    others = [st.Page(p.path, title=p.title, icon=f":material/{p.icon}:") for p in PAGES if p != START]
    page = st.navigation(
        [
            st.Page(START.path, title=START.title, icon=f":material/{START.icon}:", default=True, url_path="home"),
            st.Page(START.path, title=START.title, url_path=START.name, visibility="hidden"),  # its own name works too
            *others,
        ]
    )
    callbacks.watch()
    unexpected.begin(page.title)
    frame.apply_style()
    downloads.deliver()
    live.open_line()
    classroom.attend()
    terms.listen()
    with upload.fields_known(), address.followed():
        callbacks.say()
        for draw_part in (lesson_bar.show, offer_recording, sidebar.show, classroom.offer, page.run):
            with frame.explained_errors():  # what fails in one leaves the others standing
                draw_part()
    unexpected.keep_choices()


if get_script_run_ctx(suppress_warning=True) is not None:
    draw()
elif __name__ != "__mp_main__":  # a child process that `multiprocessing` starts serves nothing
    from explorer.ui.shell import server, unexpected

    serving = server.start()
    app = st.App(
        __file__,
        routes=serving.routes,
        middleware=serving.middleware,
        lifespan=serving.lifespan,
        on_script_error=unexpected.show_last,
    )
