"""From equations to a program, in Python and in JavaScript."""
