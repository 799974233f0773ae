"""The student's process: it runs what the student wrote, and answers what tests ask.

`student` answers, `of_things` is what can be asked, `watched` what may have changed, `under` what a call runs under;
`looks` and `described` say what a value is, `called` and `lending` what a test has handed over. What stays here is told
by `references_student`.
"""
