"""What crosses between the two processes, and how: plain data, never anything that decoding would run.

`channel` carries frames, `peer` calls and answers. What is `plain` crosses by value (`wire`: `writing`, `reading`, what
is `required` of it), as `standard` classes, `values` of libraries, `tables` and their `entries`, `trees` and their
`sympy_names`, or as what is `known` everywhere; exceptions as `raised` says. Anything else stays where it is, and
`references` to it cross: on the other side it is `far`, has `special` methods, and is `compared` as its `kinds` allow.
"""
