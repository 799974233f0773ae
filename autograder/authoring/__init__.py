"""What authors and instructors use: units as text, their checks, and the nbgrader course that is built from them.

Import from the modules; this package itself loads nothing.
"""
