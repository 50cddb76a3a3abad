"""Why a run of the vision process has ended, or must."""

from dataclasses import dataclass

from edgepose.messages.report import Cause


@dataclass(frozen=True, slots=True)
class Ended:
    """`cause` is for programs, `words` are for people: no sentence, for what stands before them.

    `refused`: a camera wants another name or password than ours.
    """

    cause: Cause
    words: str
    refused: bool = False
