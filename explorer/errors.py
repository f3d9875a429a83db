"""The one exception for things a person can put right."""

from explorer.printing import printable


class ExplorerError(Exception):
    """What went wrong, in words for the person in front of the screen.

    Parameters
    ----------
    what : str
        What was wrong and what was given: "batch_size is 0".
    advice : str
        What is allowed and what to do next: "choose a whole number from 2 to 1024".
    """

    def __init__(self, what: str, advice: str = "") -> None:
        self.what, self.advice = printable(what), printable(advice)
        super().__init__(f"{self.what}. {self.advice}".strip() if advice else self.what)
