"""The pure core of the checks: data in, frozen reports out.

Nothing here prints or touches a notebook but ``publish``; :mod:`autograder.check` and ``autograder.asked`` are the edge
that calls it.
The rooms: ``sizes`` reads what an author says of the arguments, ``draw`` makes data from it, ``call`` runs the
learner's function (``quiet`` keeps it so), ``compare`` measures, ``bank`` and ``mistakes`` name; ``question``,
``values``, ``shapes`` and ``adjoints`` put these together, ``report`` is the result and ``publish`` shows it.
"""
