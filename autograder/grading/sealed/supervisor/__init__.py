"""What runs outside, and decides: it starts the processes, gives them orders, and holds the time.

`executor` runs submissions, `notebook` takes one through its cells, `pair` orders its two `processes` about and holds
the `clock`, `child` is one of them; `clean` takes what they put out for text and pictures, and `verdict` takes what a
test came to for a mark. `launch` starts the warm process (`ahead` of time, if asked to) in its `sandbox`, as one of the
`users`, in a `place` of its own; `templates` and `libraries` save what all have in common.
"""
