"""The attacks: each is a function from an empty directory to nothing, and fails with an AssertionError.

An attack is named after what it tries. The function asserts what the product does instead.
"""

from __future__ import annotations

from tests.attack import answers, browsers, command_line, doors, recovery, scans, wire

ATTACKS = {
    function.__name__: function
    for module in (answers, recovery, doors, browsers, scans, wire, command_line)
    for function in vars(module).values()
    if getattr(function, "__module__", "") == module.__name__ and getattr(function, "is_attack", False)
}
"""Each attack by its name."""
