"""A lesson's sheet."""

from explorer.lessons import Lesson


def show(lesson: Lesson) -> None:
    """All of it."""
