"""The rules by which the parameters of a new country are set."""
