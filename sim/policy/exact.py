"""Shares and percentages as the exact numbers that a person wrote.

0.7 has no exact binary form: 21 / 0.7 is a little more than 30 in floating point, and its ceiling
31. Capacities are whole numbers, so policies reckon with what was written.
"""

from decimal import Decimal
from fractions import Fraction


def exact(number: float) -> Fraction:
    """7/10 for 0.7: the shortest decimal that makes the same float."""
    return Fraction(Decimal(repr(float(number))))


def ceiling(ratio: Fraction) -> int:
    """The least whole number that is not below."""
    return -(-ratio.numerator // ratio.denominator)


def rounded_up(count: int, multiple: int) -> int:
    """The least multiple that is not below `count`."""
    return -(-count // multiple) * multiple
