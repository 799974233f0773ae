"""The pure core of the checks: data in, frozen reports out.

Nothing here prints or touches a notebook; :mod:`autograder.check` is the edge that does.
The rooms: ``sizes`` reads what an author says of the arguments, ``draw`` makes data from it, ``call`` runs the
learner's function, ``compare`` measures, ``mistakes`` names, ``question`` and ``values`` put these together,
``report`` is the result and ``publish`` shows it.
"""
