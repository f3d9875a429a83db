"""The app: `streamlit run streamlit_app.py`. The server imports this file once, and then runs it for each page."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx


def draw() -> None:
    """A page, in the frame that all share."""
    from explorer.ui.components import classroom, downloads, live, terms
    from explorer.ui.lessons import make
    from explorer.ui.shell import address, frame, lesson_bar, server_log, sidebar, upload
    from explorer.ui.shell.pages import PAGES, START

    st.set_page_config(
        page_title="VAE Explorer", page_icon=frame.ICON, layout="wide", initial_sidebar_state=frame.SIDEBAR_PX
    )
    others = [st.Page(p.path, title=p.title, icon=f":material/{p.icon}:") for p in PAGES if p != START]
    page = st.navigation(
        [
            st.Page(START.path, title=START.title, icon=f":material/{START.icon}:", default=True, url_path="home"),
            st.Page(START.path, url_path=START.name, visibility="hidden"),  # its own name works too
            *others,
        ]
    )
    server_log.leave_out_lost_viewers()
    frame.apply_style()
    downloads.deliver()
    live.open_line()
    classroom.attend()
    terms.listen()
    with upload.fields_known(), address.followed():
        lesson_bar.show()
        make.offer_recording(page.url_path or START.name)
        sidebar.show()
        classroom.offer()
        with frame.explained_errors():
            page.run()


if get_script_run_ctx(suppress_warning=True) is not None:
    draw()
elif __name__ != "__mp_main__":  # a child process that `multiprocessing` starts serves nothing
    from explorer.ui.shell import server

    serving = server.start()
    app = st.App(__file__, routes=serving.routes, middleware=serving.middleware, lifespan=serving.lifespan)
