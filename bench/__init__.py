"""Speed and memory: what each kind of work costs, measured on this machine beside what else it could cost here.

    python -m bench [--quick] [--only PART] [--write]

CPU per operation first, rates second, and both as ratios within one run: the load and what it loads share the same cores.
"""
