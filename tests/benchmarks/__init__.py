"""Compare the cost of the library with that of the alternatives: `python -m tests.benchmarks`.

Most results are ratios within one run, on one server in a process of its own, because absolute
times depend on the machine more than on the code.
"""
