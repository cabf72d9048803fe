"""What can be wrong with a question about a result."""


class ResultError(ValueError):
    """A result is none, or does not hold what is asked of it; the message is a sentence."""
