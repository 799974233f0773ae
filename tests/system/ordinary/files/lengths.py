"""Lengths in other units: the module that the instructor gives beside the notebooks."""


def to_metres(feet):
    return 0.3048 * feet
