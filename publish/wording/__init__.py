"""How an edition says numbers, months, colours and states: the register of an official document, a module a subject.

An absent number is printed as a dash, never as 0; a number that rounds to nothing is 0.0 without a sign.
"""

from typing import Any

Row = dict[str, Any]
