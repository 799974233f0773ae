"""Runs submissions so that their code reaches nothing but its own answers.

Student cells run in one process and test cells in another; plain data crosses between them. Both are forks of a warm
process, each in namespaces of its own.
"""
