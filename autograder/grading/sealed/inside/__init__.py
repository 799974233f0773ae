"""What runs in the sandbox on both sides: the warm process, how its forks are sealed, and how they run cells.

`zygote` forks, `isolate` seals the fork, with what `kernel` and `seccomp` can do; then it follows `orders`. `cells` are
run in the `shell`, and their `outputs` and `figures` collected.
"""
