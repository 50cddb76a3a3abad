"""Why a command was not done."""

from edgepose.messages.command import ErrorName


class Refusal(Exception):
    """A command that is not done, or that did not work; the text tells a person why."""

    def __init__(self, error: ErrorName, message: str) -> None:
        # It goes to the journal, and may hold what somebody sent.
        super().__init__("".join(each if each.isprintable() else "?" for each in message))
        self.error: ErrorName = error
