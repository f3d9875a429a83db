"""Lessons: a way through the pages, a step at a time; and how to make one."""

from __future__ import annotations

from explorer import lessons
from explorer.ui.lessons import listing, make, sheet
from explorer.ui.shell import address, frame
from explorer.ui.shell.things import THINGS

asked = address.asked(listing.SHEET)
found, wrong = lessons.listed(THINGS)
chosen = next((lesson for lesson in found if lesson.name == asked), None)
if asked and chosen is None:
    address.refuse(listing.SHEET, "sheet of the lesson", "the list")
if chosen:
    sheet.show(chosen)
else:
    frame.title("Lessons", "A way through the pages, a step at a time.")
    listing.show(found, wrong)
    with frame.explained_errors():
        make.show(found)
