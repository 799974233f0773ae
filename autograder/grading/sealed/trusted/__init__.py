"""The tests' process: it runs test cells, and asks the student's process for the answers.

`tests` runs their cells; `asking` asks the student's process, what was `noticed` meanwhile, and whether it is
`hollow`, is weighed as `doubts`. What
a test does besides calling: `handed` and `packing`, `lent`, `in_a_row`, `in_place`. What it has of the student's are
`stand_ins` for `things`, told by `references_tests`.
"""
