"""What the library costs beside what else a user could write: `python -m tests.benchmarks`.

Everything is a ratio within one run, against one server in a process of its own, because
absolute times say more about the machine than about the code.
"""
