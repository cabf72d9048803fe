"""What can go wrong with several runs, and be wrong with a question about a result."""


class ResultError(ValueError):
    """A result is none, or does not hold what is asked of it; the message is a sentence."""


class StudyError(RuntimeError):
    """A run of a study failed; the message is a sentence."""
