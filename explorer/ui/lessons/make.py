"""Make a lesson: steps are recorded from what is on the screen, on any page, and written here."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from explorer import lessons
from explorer.errors import ExplorerError
from explorer.lessons import LESSON, STEP, Choice, Estimate, Lesson, Step
from explorer.ui.components import downloads
from explorer.ui.shell import deeds, frame, permissions, sidebar
from explorer.ui.shell.pages import PAGES
from explorer.ui.shell.things import THINGS

_DRAFT = "lesson-draft"  # in the session, as long as one is made
_NOTHING, _CHOICE, _ESTIMATE = "nothing", "one of 2 to 4", "with a slider"
_NOT_OF_A_STEP = {LESSON, STEP, "token", "join"}
_RECORDS = {page.name: page for page in PAGES}
_numbers = itertools.count(1)


@dataclass
class DraftStep:
    """A step as it is written; `number` stays its own wherever it is moved."""

    link: str
    first: str = ""
    second: str = ""
    point: str = ""
    asks: str = _NOTHING
    ask: str = ""
    options: list[str] = field(default_factory=lambda: ["", "", "", ""])
    truth: str = ""
    low: float = 0.0
    high: float = 100.0
    unit: str = ""
    at: float = 50.0
    logarithmic: bool = False
    why: str = ""
    number: int = field(default_factory=lambda: next(_numbers))

    @property
    def page(self) -> str:
        """Name of the page that it shows."""
        return self.link.partition("?")[0]


@dataclass
class Draft:
    """A lesson as it is written; `name` is that of the file it was taken from."""

    title: str = ""
    minutes: int = 10
    sentence: str = ""
    steps: list[DraftStep] = field(default_factory=list)
    name: str = ""


def draft() -> Draft | None:
    """What is made, if something is."""
    return st.session_state.get(_DRAFT)


# -- on every page -----------------------------------------------------------------------------------------------------


def offer_recording(page: str) -> None:
    """In the sidebar, while a lesson is made: a button that takes the present page as a step, and its form."""
    made = draft()
    if made is None or page not in THINGS or not permissions.may("make lessons"):
        return
    with st.sidebar, st.container(key="recording"):
        st.caption(f"Making {frame.plain(made.title) or 'a lesson'}, {_steps(len(made.steps))}")
        st.button(
            "Record this page", icon=":material/add_location:", on_click=_record, args=(page,), width="stretch",
            help="What is on the screen, as the address says it, becomes the next step.",
        )  # fmt: skip
        if made.steps:
            with st.popover(f"Write step {len(made.steps)}", width="stretch", key="write-step"):
                _write(made.steps[-1])
        st.page_link(_RECORDS["lessons"].path, label="All steps", icon=":material/school:")


def _record(page: str) -> None:
    made = draft()
    if made is not None and len(made.steps) < lessons.MAX_STEPS:
        made.steps.append(DraftStep(_here(page)))


def _here(page: str) -> str:
    """Page and query of the present address, its images named, as another machine may show others unasked."""
    query = [(n, v) for n in st.query_params for v in st.query_params.get_all(n) if n not in _NOT_OF_A_STEP]
    if "source" not in st.query_params and page != "claims":
        query.insert(0, ("source", sidebar.chosen_source()[0]))
    return f"{page}?{urlencode(query)}" if query else page


# -- on the page Lessons -----------------------------------------------------------------------------------------------


def show(found: list[Lesson]) -> None:
    """The lesson that is made, or how to begin."""
    if not permissions.may("make lessons"):
        return
    made = draft()
    st.html(f'<h2 class="section">{"The lesson that you make" if made else "Make a lesson"}</h2>')
    if made is None:
        _begin(found)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        made.title = st.text_input("Title", made.title, max_chars=60, key="draft-title")
        made.minutes = int(
            st.number_input("Minutes", 1, lessons.MAX_MINUTES, made.minutes, key="draft-minutes", width=120)
        )
    made.sentence = st.text_input("What is seen, in a sentence", made.sentence, max_chars=200, key="draft-sentence")
    if not made.steps:
        st.info("Go to a page and set it as it should be seen; **Record this page** in the sidebar makes a step of it.")
    for i, step in enumerate(made.steps):
        with st.container(border=True, key=f"draft-step-{step.number}"):
            _show_step(made, i, step)
    with st.container(horizontal=True):
        if made.steps:
            downloads.button(
                "Download",
                f"{lessons.name_of(made.title)}.toml",
                lambda: _content(made),
                "lesson-file",
                icon="download",
            )
            if st.button("Save on this machine", type="primary", icon=":material/save:"):
                with frame.explained_errors():
                    _save(made, found)
                    st.rerun()
        st.button("Discard", icon=":material/delete:", on_click=_discard)


def _begin(found: list[Lesson]) -> None:
    known = {lesson.name: lesson for lesson in found}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Begin with", ["", *known], key="draft-of", format_func=lambda name: _title(known.get(name)), width=280
        )
        st.button("Make it", icon=":material/edit:", on_click=_take, args=(known.get(name),))
        with st.popover("A file of one", icon=":material/upload_file:", key=frame.popover_key("lesson-file")):
            _upload()
    st.caption("Steps are recorded from what is on the screen, on any page; a sentence or two says what to look at.")


def _upload() -> None:
    file = st.file_uploader("Lesson", "toml", key="lesson-file-in", max_upload_size=1)
    if file is not None:
        with frame.explained_errors():
            lesson = lessons.parse(file.getvalue(), lessons.name_of(file.name.removesuffix(".toml")), THINGS)
            st.button(f"Make {frame.plain(lesson.title)}", icon=":material/edit:", on_click=_take, args=(lesson,))


def _discard() -> None:
    st.session_state.pop(_DRAFT, None)


def _title(lesson: Lesson | None) -> str:
    return lesson.title if lesson else "an empty one"


def _take(lesson: Lesson | None) -> None:
    made = Draft()
    if lesson:
        steps = [_drafted(step) for step in lesson.steps]
        made = Draft(lesson.title, lesson.minutes, lesson.sentence, steps, lesson.name)
    st.session_state[_DRAFT] = made
    frame.close_popovers()


def _drafted(step: Step) -> DraftStep:
    made = DraftStep(step.link, step.sentences[0], (*step.sentences, "")[1], step.point)
    question = step.question
    if question:
        made.ask, made.why = question.ask, question.why
    if isinstance(question, Choice):
        made.asks, made.truth = _CHOICE, question.truth
        made.options = [*question.options, "", "", ""][: lessons.OPTIONS[1]]
    elif isinstance(question, Estimate):
        made.asks, made.unit, made.logarithmic = _ESTIMATE, question.unit, question.logarithmic
        made.low, made.high, made.at = question.low, question.high, question.truth
    return made


def _save(made: Draft, found: list[Lesson]) -> None:
    lesson = _lesson(made)
    if lesson.name != made.name and any(other.name == lesson.name for other in found):
        raise ExplorerError(
            f"There is a lesson \u201c{lesson.title}\u201d already", "Give yours another title, or edit that one."
        )
    deeds.save_lesson(lesson)
    _discard()


def _content(made: Draft) -> bytes:
    return lessons.dumps(_lesson(made)).encode()


def _lesson(made: Draft) -> Lesson:
    """What is made, as it would be read from its file; ExplorerError for what isn't finished."""
    name = lessons.name_of(made.title)
    lesson = Lesson(name, made.title, made.minutes, made.sentence, tuple(_step(step) for step in made.steps))
    return lessons.parse(lessons.dumps(lesson).encode(), name, THINGS)


def _step(made: DraftStep) -> Step:
    sentences = tuple(sentence for sentence in (made.first, made.second) if sentence) or ("",)
    question: Choice | Estimate | None = None
    if made.asks == _CHOICE:
        question = Choice(made.ask, tuple(option for option in made.options if option), made.truth, made.why)
    elif made.asks == _ESTIMATE:
        question = Estimate(made.ask, made.low, made.high, made.unit, made.at, made.why, made.logarithmic)
    return Step(made.link, sentences, made.point, question)


def _show_step(made: Draft, i: int, step: DraftStep) -> None:
    record = _RECORDS[step.page]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f'<p class="draft-step"><b>Step {i + 1}</b> {record.title}</p>')
        query: list[tuple[str, Any]] = list(Step(step.link, ()).query)
        st.page_link(record.path, label=f"Show step {i + 1}", icon=f":material/{record.icon}:", query_params=query)
        for icon, what, to in (("arrow_upward", "Up", i - 1), ("arrow_downward", "Down", i + 1)):
            st.button(
                f"{what}: step {i + 1}", key=f"{what}-{step.number}", icon=f":material/{icon}:", type="tertiary",
                disabled=not 0 <= to < len(made.steps), on_click=_move, args=(made, i, to),
            )  # fmt: skip
        st.button(
            f"Remove step {i + 1}", key=f"remove-{step.number}", icon=":material/delete:", type="tertiary",
            on_click=made.steps.remove, args=(step,),
        )  # fmt: skip
    _write(step)


def _move(made: Draft, i: int, to: int) -> None:
    made.steps[i], made.steps[to] = made.steps[to], made.steps[i]


def _write(step: DraftStep) -> None:
    """The fields of a step; what they say is kept in it, as fields forget it when they are on the screen no more."""
    n = step.number
    step.first = st.text_input("First sentence", step.first, max_chars=200, key=f"first-{n}")
    step.second = st.text_input("Second sentence", step.second, max_chars=200, key=f"second-{n}")
    things = THINGS[step.page]
    left, right = st.columns(2)
    with left:
        names = ["", *things]
        step.point = st.selectbox(
            "Points at", names, names.index(step.point), key=f"point-{n}",
            format_func=lambda name: things.get(name, "nothing"),
        )  # fmt: skip
    with right:
        kinds = [_NOTHING, _CHOICE, _ESTIMATE]
        step.asks = st.selectbox("Asks for", kinds, kinds.index(step.asks), key=f"asks-{n}")
    if step.asks == _NOTHING:
        return
    step.ask = st.text_input("Question", step.ask, max_chars=140, key=f"ask-{n}")
    if step.asks == _CHOICE:
        columns = st.columns(len(step.options))
        for i, column in enumerate(columns):
            with column:
                step.options[i] = st.text_input(f"Answer {i + 1}", step.options[i], max_chars=48, key=f"option-{i}-{n}")
        given = [option for option in step.options if option]
        if given:
            at = given.index(step.truth) if step.truth in given else 0
            step.truth = st.selectbox("The true one", given, at, key=f"truth-{n}-{len(given)}")
    else:
        low, high, unit, truth = st.columns(4)
        step.low = low.number_input("From", value=step.low, format="%g", key=f"low-{n}")
        step.high = high.number_input("To", value=step.high, format="%g", key=f"high-{n}")
        step.unit = unit.text_input("Unit", step.unit, max_chars=24, key=f"unit-{n}")
        step.at = truth.number_input("The truth", value=step.at, format="%g", key=f"at-{n}")
        step.logarithmic = st.checkbox(
            "Equal ways are equal ratios, as on the slider of beta", step.logarithmic, key=f"log-{n}"
        )
    step.why = st.text_input("Why, with the number that is seen", step.why, max_chars=280, key=f"why-{n}")


def _steps(count: int) -> str:
    return f"{count} step{'s' * (count != 1)}"
